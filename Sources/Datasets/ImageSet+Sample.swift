import TensorCore

extension ImageSet {
  /// A part of the set with the same number of images of each class, chosen at random; where the number cannot be divided, the first
  /// classes have one more, and where a class has too few, the others fill up.
  ///
  /// The part keeps the order of the set and all labels. Where images have any number of classes, classes are not looked at.
  ///
  /// - Parameters:
  ///   - limit: the number of images; the whole set where it has no more.
  ///   - seed: the same seed chooses the same images.
  public func sample(of limit: Int, seed: UInt64) -> ImageSet {
    guard limit < count else { return self }
    var groups = labelSets == nil ? membersOfLabel : [Array(sources.indices)]
    for label in groups.indices {
      var random = SplitMix64(seed: seed, label, groups[label].count)
      random.shuffle(&groups[label])
    }
    var chosen: [Int] = []
    var round = 0
    while chosen.count < limit {
      for group in groups where group.count > round && chosen.count < limit { chosen.append(group[round]) }
      round += 1
    }
    return subset(chosen.sorted())
  }
}

extension ImageSource {
  /// So many of some images, chosen at random, in their order; all of them where there are no more.
  ///
  /// - Parameter seed: the same seed chooses the same images.
  public static func sample(of sources: [ImageSource], count: Int, seed: UInt64) -> [ImageSource] {
    guard count < sources.count else { return sources }
    var indices = Array(sources.indices)
    var random = SplitMix64(seed: seed)
    random.shuffle(&indices)
    return indices.prefix(count).sorted().map { sources[$0] }
  }
}
