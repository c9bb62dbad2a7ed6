import TensorCore

/// The sets of blocks that are left out, one after the other.
struct LesionPlan {
  /// Each block alone, then random sets of two, three and more.
  let sets: [[String]]

  /// The most draws for each set that is wanted, as sets may come again.
  private static let patience = 20

  /// Draws sets.
  ///
  /// - Parameters:
  ///   - blocks: the blocks that can be left out.
  ///   - largest: the most blocks that are left out together.
  ///   - draws: the sets of each size from 2 on; fewer where there are not so many.
  ///   - seed: the seed of the draws. A set does not depend on ``largest``, nor on how many are drawn after it.
  ///   - isPossible: false for sets that cannot be left out together.
  init(
    of blocks: [String], largest: Int, draws: Int, seed: UInt64,
    isPossible: (Set<String>) -> Bool = { _ in true }
  ) {
    var sets = blocks.map { [$0] }
    for size in 2..<max(2, min(largest, blocks.count) + 1) {
      var drawn: Set<[Int]> = []
      var random = SplitMix64(seed: seed, size, blocks.count)
      for _ in 0..<Self.patience * draws where drawn.count < draws {
        var order = Array(blocks.indices)
        random.shuffle(&order)
        let chosen = order.prefix(size).sorted()
        let set = chosen.map { blocks[$0] }
        if isPossible(Set(set)), drawn.insert(chosen).inserted { sets.append(set) }
      }
    }
    self.sets = sets
  }
}
