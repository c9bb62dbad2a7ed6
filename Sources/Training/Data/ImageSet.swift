import Messages

/// Images, each with its class.
public struct ImageSet: Sendable {
  /// Where the images are.
  public let sources: [ImageSource]
  /// The classes' names.
  public let labels: [String]
  /// For each source, the position of its class in ``labels``.
  public let labelOfSource: [Int]
  /// Files that were left out since they are no images by their names.
  public let skipped: Int
  /// What the set was opened as; nil for one that was made of its parts.
  public let path: String?

  /// A set from its parts.
  ///
  /// - Precondition: there are as many labels of sources as sources, all of them below the number of labels.
  public init(
    sources: [ImageSource], labels: [String], labelOfSource: [Int], skipped: Int = 0, path: String? = nil
  ) {
    precondition(
      sources.count == labelOfSource.count, "\(labelOfSource.count) classes for \(sources.count) images")
    precondition(
      labelOfSource.allSatisfy(labels.indices.contains), "a class beyond the \(labels.count) labels")
    self.sources = sources
    self.labels = labels
    self.labelOfSource = labelOfSource
    self.skipped = skipped
    self.path = path
  }

  /// Images of the set.
  public var count: Int { sources.count }

  /// Images of each class.
  public var countOfLabel: [Int] {
    var counts = [Int](repeating: 0, count: labels.count)
    for label in labelOfSource { counts[label] += 1 }
    return counts
  }

  /// What a set is wanted for.
  public enum Purpose: Hashable, Sendable {
    /// To learn from: there must be two classes or more, and no class folder without images.
    case training
    /// To judge a network that knows its classes: some of them are enough.
    case judging
  }

  /// Opens a set of any kind: a folder with a folder for each class, CIFAR's binary files or a folder of them, or a
  /// manifest whose name ends in `.csv`, `.jsonl` or `.ndjson`.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/data`` or ``TrainingError/Code/file``.
  public init(path: String, for purpose: Purpose = .training) throws(TrainingError) {
    let ending = path.split(separator: ".").last?.lowercased()
    if ending == "csv" || ending == "jsonl" || ending == "ndjson" {
      try self.init(manifest: path)
    } else if ending == "bin" || !CIFARFiles.names(in: path).isEmpty {
      try self.init(cifar: path)
    } else {
      try self.init(folder: path, for: purpose)
    }
    guard !sources.isEmpty else { throw TrainingError(.data, "\(path): there are no images in it") }
    if purpose == .training { try requireTwoClasses() }
  }

  private func requireTwoClasses() throws(TrainingError) {
    guard labelOfSource.contains(where: { $0 != labelOfSource[0] }) else {
      throw TrainingError(
        .data,
        "\(title): all images are of one class, '\(labels[labelOfSource[0]])'; a network learns to tell two or more apart"
      )
    }
  }

  /// The images of the set at the given positions, in that order; the labels stay.
  public func subset(_ indices: [Int]) -> ImageSet {
    ImageSet(
      sources: indices.map { sources[$0] }, labels: labels, labelOfSource: indices.map { labelOfSource[$0] },
      path: path)
  }

  /// What messages call the set.
  var title: String { path ?? "the data set" }
}
