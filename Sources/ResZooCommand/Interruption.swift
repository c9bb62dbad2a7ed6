import Files
import Platform
import Synchronization

/// The first signal to end, for work that ends in an orderly way instead of at once.
enum Interruption {
  private static let isDeferred = Atomic<Bool>(false)
  /// The signal that came; 0 for none.
  private static let number = Atomic<Int32>(0)

  /// From now on the first signal only raises ``isRequested``; the second one ends the process.
  static func `defer`() { isDeferred.store(true, ordering: .relaxed) }

  /// True if a signal asked for the work to end.
  static var isRequested: Bool { number.load(ordering: .relaxed) != 0 }

  /// - Returns: true if the process continues until the work has ended.
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
