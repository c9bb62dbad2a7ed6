import Files
import Platform
import Synchronization

/// A work that wants to end in an orderly way when it is told to, instead of at once.
enum Interruption {
  private static let isDeferred = Atomic<Bool>(false)
  /// The signal that came; 0 for none.
  private static let number = Atomic<Int32>(0)

  /// From now on the first signal only raises ``isRequested``; the second one ends the process.
  static func `defer`() { isDeferred.store(true, ordering: .relaxed) }

  /// Whether somebody wants the work to end.
  static var isRequested: Bool { number.load(ordering: .relaxed) != 0 }

  /// - Returns: whether the process may go on until the work has ended.
  static func receive(_ signal: Int32) -> Bool {
    guard isDeferred.load(ordering: .relaxed), !isRequested else { return false }
    number.store(signal, ordering: .relaxed)
    return true
  }

  /// Ends the process as the signal would have ended it, so that a shell knows.
  static func end() {
    ProcessSetup.end(by: number.load(ordering: .relaxed))
  }
}
