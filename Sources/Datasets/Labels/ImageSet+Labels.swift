public import Messages

extension ImageSet {
  /// The position of each of the set's classes among other labels, by their names.
  ///
  /// The classes of shards (``init(shards:labels:)``) that are numbers are those of the labels. `African_crocodile` is the label `African crocodile` where there is only one like it, and the numbers of WordNet are those of
  /// ImageNet's 1,000 classes.
  ///
  /// - Parameters:
  ///   - labels: a network's, or another set's.
  ///   - owner: the owner of the labels, for the error.
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data`` when a class has no such label, or several have it.
  public func positions(
    among labels: [String], of owner: String = "the network"
  ) throws(DatasetError) -> [Int] {
    if let numbers = numbers(among: labels) { return numbers }
    let positions = ClassNames.positions(of: self.labels, among: labels)
    let unknown = self.labels.indices.filter { positions[$0] == nil }.map { self.labels[$0] }
    guard unknown.isEmpty else {
      throw DatasetError(
        .data,
        """
        \(title): \(unknown.count) of \(self.labels.count) classes are not among the \(labels.count) of \(owner), or more \
        than once: \(unknown.quoted). The classes of \(owner) are \(labels.quoted). \(advice)
        """)
    }
    return positions.map { $0 ?? 0 }
  }

  /// The same images with the classes numbered as in `labels`, for a set that is evaluated by the classes of another set or a network.
  ///
  /// - Throws: ``DatasetError`` as ``positions(among:of:)``.
  public func relabelled(
    _ labels: [String], of owner: String = "the network"
  ) throws(DatasetError) -> ImageSet {
    let position = try positions(among: labels, of: owner)
    guard let labelSets else {
      return ImageSet(
        sources: sources, labels: labels, labelOfSource: labelOfSource.map { position[$0] }, leftOut: leftOut,
        path: path)
    }
    return ImageSet(
      sources: sources, labels: labels,
      labelSets: labelSets.map { LabelSet($0.positions.map { position[$0] }) }, leftOut: leftOut, path: path)
  }

  /// A remark that the classes, which are numbers, are taken as positions of labels; nil where names decide.
  public func remarkOnNumbers(among labels: [String], of owner: String = "the network") -> Remark? {
    guard let numbers = numbers(among: labels), let first = numbers.first, let last = numbers.last else {
      return nil
    }
    return
      "\(title): its classes are numbers, and taken as positions among those of \(owner): \(first) is '\(labels[first])', \(last) is '\(labels[last])'"
  }

  /// The classes of shards as numbers of labels; nil unless all are, and no label is such a number.
  private func numbers(among labels: [String]) -> [Int]? {
    guard case .member = sources.first, Set(labels).isDisjoint(with: self.labels) else { return nil }
    let numbers = self.labels.compactMap { Int($0) }.filter(labels.indices.contains)
    return numbers.count == self.labels.count ? numbers : nil
  }

  /// A remedy for unknown classes.
  private var advice: String {
    guard case .record = sources.first else { return "Rename the classes, or leave them out" }
    return
      "A file \(CIFARFiles.Kind.ten.namesFile) or \(CIFARFiles.Kind.hundred.namesFile) beside it names CIFAR's classes"
  }
}
