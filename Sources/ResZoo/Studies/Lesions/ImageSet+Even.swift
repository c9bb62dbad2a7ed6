import Datasets

extension ImageSet {
  /// So many images, taken evenly from the classes and within each of them, in the order of the set; all if there are no more.
  ///
  /// - Precondition: each image has one class, and `limit` is above 0.
  func evenly(_ limit: Int) -> ImageSet {
    guard limit < count else { return self }
    var members = [[Int]](repeating: [], count: labels.count)
    for (image, label) in labelOfSource.enumerated() { members[label].append(image) }
    var quotas = [Int](repeating: 0, count: labels.count)
    var left = limit
    while left > 0 {
      for label in members.indices where left > 0 && quotas[label] < members[label].count {
        quotas[label] += 1
        left -= 1
      }
    }
    let chosen = members.indices.flatMap { label in
      (0..<quotas[label]).map { members[label][$0 * members[label].count / quotas[label]] }
    }
    return subset(chosen.sorted())
  }
}
