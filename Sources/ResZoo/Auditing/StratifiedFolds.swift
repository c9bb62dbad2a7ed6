import TensorCore

/// Parts of images, each with about the same share of every class, such that images of one group are in one part.
struct StratifiedFolds {
  /// For each image, the number of its fold.
  let foldOfImage: [Int]
  /// The number of folds.
  let count: Int

  /// - Parameters:
  ///   - labels: the class of each image.
  ///   - groups: images that must not be divided, such as copies; those that are in none are alone.
  ///   - count: the number of folds.
  ///   - seed: the same seed gives the same folds.
  /// - Complexity: O(images · log images).
  init(labels: [Int], groups: [[Int]], count: Int, seed: UInt64) {
    self.count = count
    var units = groups
    let grouped = Set(groups.joined())
    units += labels.indices.filter { !grouped.contains($0) }.map { [$0] }
    var random = SplitMix64(seed: seed)
    random.shuffle(&units)
    let classes = (labels.max() ?? -1) + 1
    var sizes = Array(repeating: Array(repeating: 0, count: count), count: classes)
    var totals = Array(repeating: 0, count: count)
    var folds = Array(repeating: 0, count: labels.count)
    // The largest groups first: the others even out what they leave.
    for unit in units.enumerated().sorted(by: {
      ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
    }).map(\.element) {
      let fold =
        (0..<count).min { left, right in
          func load(_ fold: Int) -> Int { unit.reduce(0) { $0 + sizes[labels[$1]][fold] } }
          return (load(left), totals[left], left) < (load(right), totals[right], right)
        } ?? 0
      for image in unit {
        folds[image] = fold
        sizes[labels[image]][fold] += 1
      }
      totals[fold] += unit.count
    }
    foldOfImage = folds
  }
}
