/// Pictures, each with its class.
public struct PictureSet: Sendable {
  /// Where the pictures are.
  public let sources: [PictureSource]
  /// The classes' names.
  public let labels: [String]
  /// For each source, the position of its class in ``labels``.
  public let labelOfSource: [Int]
  /// Files that were left out since they are no pictures by their names.
  public let skipped: Int

  /// A set from its parts.
  ///
  /// - Precondition: there are as many labels of sources as sources, all of them below the number of labels.
  public init(sources: [PictureSource], labels: [String], labelOfSource: [Int], skipped: Int = 0) {
    precondition(
      sources.count == labelOfSource.count, "\(labelOfSource.count) classes for \(sources.count) pictures")
    precondition(
      labelOfSource.allSatisfy(labels.indices.contains), "a class beyond the \(labels.count) labels")
    self.sources = sources
    self.labels = labels
    self.labelOfSource = labelOfSource
    self.skipped = skipped
  }

  /// Pictures of the set.
  public var count: Int { sources.count }

  /// Pictures of each class.
  public var countOfLabel: [Int] {
    var counts = [Int](repeating: 0, count: labels.count)
    for label in labelOfSource { counts[label] += 1 }
    return counts
  }

  /// Opens a set of any kind: a folder with a folder for each class, CIFAR's binary files or a folder of them, or a
  /// manifest whose name ends in `.csv`, `.jsonl` or `.ndjson`.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/data`` or ``TrainingError/Code/file``; sets of fewer than two classes
  ///   are refused.
  public init(path: String) throws(TrainingError) {
    let ending = path.split(separator: ".").last?.lowercased()
    if ending == "csv" || ending == "jsonl" || ending == "ndjson" {
      try self.init(manifest: path)
    } else if ending == "bin" || !CIFARFiles.names(in: path).isEmpty {
      try self.init(cifar: path)
    } else {
      try self.init(folder: path)
    }
  }

  /// The pictures of the set at the given positions, in that order; the labels stay.
  public func subset(_ indices: [Int]) -> PictureSet {
    PictureSet(
      sources: indices.map { sources[$0] }, labels: labels, labelOfSource: indices.map { labelOfSource[$0] })
  }

  /// The same pictures with the classes numbered as in `labels`, for a set that is judged by another's classes.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/data`` when a class has no such label, or several have it.
  public func relabelled(_ labels: [String]) throws(TrainingError) -> PictureSet {
    let positions = Dictionary(labels.enumerated().map { ($1, [$0]) }, uniquingKeysWith: +)
    let unknown = self.labels.filter { positions[$0]?.count != 1 }
    guard unknown.isEmpty else {
      throw TrainingError(
        .data,
        "\(unknown.count) of \(self.labels.count) classes are not among the \(labels.count) wanted ones, or are twice: "
          + unknown.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + "; wanted are "
          + labels.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + (labels.count > 5 ? ", …" : ""))
    }
    let position = self.labels.map { positions[$0]?.first ?? 0 }
    return PictureSet(
      sources: sources, labels: labels, labelOfSource: labelOfSource.map { position[$0] }, skipped: skipped)
  }

  /// Checks that a set can be learnt from.
  func checked(_ path: String) throws(TrainingError) -> PictureSet {
    guard !sources.isEmpty else { throw TrainingError(.data, "\(path): there are no pictures in it") }
    guard labelOfSource.contains(where: { $0 != labelOfSource[0] }) else {
      throw TrainingError(
        .data,
        "\(path): all pictures are of one class, '\(labels[labelOfSource[0]])'; a network learns to tell two or more apart"
      )
    }
    return self
  }
}
