import CThreads

/// A value that one thread at a time uses, and that a forked child finds in one piece: fork waits until nobody uses it.
///
/// All of them share one lock of the process: it is to be held for moments, and nothing that is done with it may lock another one,
/// or fork.
package final class ForkMutex<Value>: @unchecked Sendable {
  private var value: Value

  /// A value that nobody uses yet.
  package init(_ value: sending Value) {
    self.value = value
  }

  /// Lends the value while no other thread uses it or another such value.
  package func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    rz_fork_lock()
    defer { rz_fork_unlock() }
    return try body(&value)
  }
}
