/// A value that a thread of its own computes while the others go on.
package final class BackgroundValue<Value: Sendable>: @unchecked Sendable {
  private let monitor = Monitor()
  private var value: Value?

  /// Begins to compute; when the system gives no thread, computes at once.
  package init(_ compute: @escaping @Sendable () -> Value) {
    let work: @Sendable () -> Void = { [self] in
      let result = compute()
      monitor.locked {
        value = result
        monitor.wakeAll()
      }
    }
    if !DetachedThread.start(work) { work() }
  }

  /// Waits for the value.
  package func wait() -> Value {
    monitor.locked {
      while true {
        if let value { return value }
        monitor.wait()
      }
    }
  }
}
