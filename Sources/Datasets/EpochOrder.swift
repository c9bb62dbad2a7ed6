import TensorCore

/// The order in which an epoch takes the images of a set.
public enum EpochOrder: String, Hashable, Sendable, CaseIterable {
  /// The order of the set.
  case sorted
  /// Each image once, in random order.
  case shuffled
  /// As many images as the set has, each class equally often to within one: images of large classes are left out, and images of
  /// small classes come again, none twice before all others of its class.
  case balanced

  /// Returns positions in the set, one for each image that the epoch takes.
  ///
  /// - Parameters:
  ///   - seed: the same seed and epoch give the same order.
  ///   - epoch: counted from 1.
  public func indices(of set: ImageSet, seed: UInt64, epoch: Int) -> [Int] {
    var random = SplitMix64(seed: seed, epoch, -1)
    switch self {
    case .sorted:
      return Array(0..<set.count)
    case .shuffled:
      var indices = Array(0..<set.count)
      random.shuffle(&indices)
      return indices
    case .balanced:
      return Self.balanced(set.membersOfLabel.filter { !$0.isEmpty }, count: set.count, random: &random)
    }
  }

  private static func balanced(_ classes: [[Int]], count: Int, random: inout SplitMix64) -> [Int] {
    guard !classes.isEmpty else { return [] }
    var luck = Array(classes.indices)
    random.shuffle(&luck)
    var indices: [Int] = []
    indices.reserveCapacity(count)
    for (position, chosen) in luck.enumerated() {
      var members = classes[chosen]
      var left = count / classes.count + (position < count % classes.count ? 1 : 0)
      while left > 0 {
        random.shuffle(&members)
        indices += members.prefix(left)
        left -= min(left, members.count)
      }
    }
    random.shuffle(&indices)
    return indices
  }
}
