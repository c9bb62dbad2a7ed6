import CThreads

/// The one thread that a child of fork begins with, which must not compute beside others: see `rz_thread_is_forked`.
package enum ForkedThread {
  /// True on that thread.
  package static var isCurrent: Bool { rz_thread_is_forked() }

  /// Runs `body` on a thread of its own while this one waits.
  ///
  /// - Returns: nil when the system gives no thread; nothing was run then.
  package static func stepAside<Result>(_ body: () -> Result) -> Result? {
    var result: Result?
    withoutActuallyEscaping({ result = body() }) { body in
      let call = Call(body)
      _ = unsafe rz_run_on_thread(
        { context in
          guard let context = unsafe context else { return }
          unsafe Unmanaged<Call>.fromOpaque(context).takeUnretainedValue().body()
        }, Unmanaged.passUnretained(call).toOpaque())
      withExtendedLifetime(call) {}
    }
    return result
  }

  private final class Call {
    let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }
  }
}
