/// A value that one thread at a time uses.
///
/// In place of the library's `Mutex`, whose lock on Linux names its owner by a thread's number that it remembers: in a child of fork the
/// first thread still goes by its parent's number, and others that wait for it end the process.
package final class Locked<Value>: @unchecked Sendable {
  private let monitor = Monitor()
  private var value: Value

  /// A value that nobody uses yet.
  package init(_ value: sending Value) {
    self.value = value
  }

  /// Lends the value while no other thread uses it.
  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    monitor.locked { body(&value) }
  }
}
