import Messages
import TensorCore

extension ImageSet {
  /// Divides the set so that every class gives the same share of its images to validation, chosen at random.
  ///
  /// Each class gives the rounded share, at least one image if it has two, and never all. Both parts keep the order of
  /// the set, and all labels. Where images have any number of classes, validation gets its share of all images.
  ///
  /// - Parameters:
  ///   - validationShare: the share of the images that validation gets, above 0 and below 1.
  ///   - seed: the same seed divides in the same way.
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/options`` for another share, and with ``DatasetError/Code/data`` when
  ///   no class has two images.
  public func split(
    validationShare: Double, seed: UInt64
  ) throws(DatasetError) -> (training: ImageSet, validation: ImageSet) {
    guard validationShare > 0, validationShare < 1 else {
      throw DatasetError(
        .options, "a share of \(validationShare) for validation; it must be above 0 and below 1")
    }
    var isValidation = [Bool](repeating: false, count: count)
    let groups = labelSets == nil ? membersOfLabel : [Array(sources.indices)]
    for (label, var members) in groups.enumerated() where members.count > 1 {
      var random = SplitMix64(seed: seed, label, members.count)
      random.shuffle(&members)
      let share = Int((Double(members.count) * validationShare).rounded())
      for index in members.prefix(min(max(share, 1), members.count - 1)) { isValidation[index] = true }
    }
    let validation = sources.indices.filter { isValidation[$0] }
    guard !validation.isEmpty else {
      throw DatasetError(.data, "no class has two images, so none is left for validation; add images")
    }
    return (subset(sources.indices.filter { !isValidation[$0] }), subset(validation))
  }

  /// The positions of each class's images.
  var membersOfLabel: [[Int]] {
    var members = [[Int]](repeating: [], count: labels.count)
    for (index, label) in labelOfSource.enumerated() { members[label].append(index) }
    for (index, labels) in (labelSets ?? []).enumerated() {
      for label in labels.positions { members[label].append(index) }
    }
    return members
  }
}
