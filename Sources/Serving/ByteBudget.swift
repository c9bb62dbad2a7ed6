import Synchronization

/// Bytes that requests may hold together.
final class ByteBudget: Sendable {
  private let limit: Int
  private let used = Atomic<Int>(0)

  init(limit: Int) {
    self.limit = limit
  }

  /// Takes bytes, if that many are left.
  func take(_ count: Int) -> Bool {
    let (before, after) = used.wrappingAdd(count, ordering: .relaxed)
    guard count <= limit, after <= limit || before == 0 else {
      used.wrappingSubtract(count, ordering: .relaxed)
      return false
    }
    return true
  }

  /// Gives bytes back that were taken.
  func giveBack(_ count: Int) {
    used.wrappingSubtract(count, ordering: .relaxed)
  }
}
