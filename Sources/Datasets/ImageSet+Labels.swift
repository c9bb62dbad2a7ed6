import Messages

extension ImageSet {
  /// The position of each of the set's classes among other labels, by their names.
  ///
  /// - Parameters:
  ///   - labels: a network's, or another set's.
  ///   - owner: the owner of the labels, for the error.
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data`` when a class has no such label, or several have it.
  public func positions(
    among labels: [String], of owner: String = "the network"
  ) throws(DatasetError) -> [Int] {
    let positions = Dictionary(labels.enumerated().map { ($1, [$0]) }, uniquingKeysWith: +)
    let unknown = self.labels.filter { positions[$0]?.count != 1 }
    guard unknown.isEmpty else {
      throw DatasetError(
        .data,
        """
        \(title): \(unknown.count) of \(self.labels.count) classes are not among the \(labels.count) of \(owner), or more \
        than once: \(Self.listed(unknown)). The classes of \(owner) are \(Self.listed(labels)). \(advice)
        """)
    }
    return self.labels.map { positions[$0]?.first ?? 0 }
  }

  /// The same images with the classes numbered as in `labels`, for a set that is evaluated by the classes of another set or a network.
  ///
  /// - Throws: ``DatasetError`` as ``positions(among:of:)``.
  public func relabelled(
    _ labels: [String], of owner: String = "the network"
  ) throws(DatasetError) -> ImageSet {
    let position = try positions(among: labels, of: owner)
    return ImageSet(
      sources: sources, labels: labels, labelOfSource: labelOfSource.map { position[$0] }, leftOut: leftOut,
      path: path)
  }

  private static func listed(_ labels: [String]) -> String {
    labels.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + (labels.count > 5 ? ", …" : "")
  }

  /// A remedy for unknown classes.
  private var advice: String {
    guard case .record = sources.first else { return "Rename the classes, or leave them out" }
    return
      "A file \(CIFARFiles.Kind.ten.namesFile) or \(CIFARFiles.Kind.hundred.namesFile) beside it names CIFAR's classes"
  }
}
