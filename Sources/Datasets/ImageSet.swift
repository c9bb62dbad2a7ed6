import Files
public import ImageInput
public import Messages

/// Images, each with its class, or with any number of classes.
public struct ImageSet: Sendable {
  /// The places of the images.
  public let sources: [ImageSource]
  /// The classes' names.
  public let labels: [String]
  /// For each source, the position of its class in ``labels``; empty where an image has any number of classes.
  public let labelOfSource: [Int]
  /// For each source, its classes; nil where each has one.
  public let labelSets: [LabelSet]?
  /// The files of a folder that were left out, as they are no images by their names or not of a format that can be read.
  public let leftOut: LeftOutFiles
  /// The path that the set was opened by; nil for a set that was made from its parts.
  public let path: String?
  /// Remarks on how the path was understood, and on folders that were left out.
  public private(set) var remarks: [Remark]

  /// A set from its parts.
  ///
  /// - Precondition: there are as many labels of sources as sources, all of them below the number of labels.
  public init(
    sources: [ImageSource], labels: [String], labelOfSource: [Int], leftOut: LeftOutFiles = LeftOutFiles(),
    path: String? = nil, remarks: [Remark] = []
  ) {
    precondition(
      sources.count == labelOfSource.count, "\(labelOfSource.count) classes for \(sources.count) images")
    precondition(
      labelOfSource.allSatisfy(labels.indices.contains), "a class beyond the \(labels.count) labels")
    self.sources = sources
    self.labels = labels
    self.labelOfSource = labelOfSource
    labelSets = nil
    self.leftOut = leftOut
    self.path = path
    self.remarks = remarks
  }

  /// A set from its parts whose images have any number of classes.
  ///
  /// - Precondition: there are as many sets of labels as sources, all of them below the number of labels.
  public init(
    sources: [ImageSource], labels: [String], labelSets: [LabelSet], leftOut: LeftOutFiles = LeftOutFiles(),
    path: String? = nil, remarks: [Remark] = []
  ) {
    precondition(
      sources.count == labelSets.count, "\(labelSets.count) sets of classes for \(sources.count) images")
    precondition(
      labelSets.allSatisfy { $0.positions.allSatisfy(labels.indices.contains) },
      "a class beyond the \(labels.count) labels")
    self.sources = sources
    self.labels = labels
    labelOfSource = []
    self.labelSets = labelSets
    self.leftOut = leftOut
    self.path = path
    self.remarks = remarks
  }

  /// The number of images.
  public var count: Int { sources.count }

  /// The number of images of each class.
  public var countOfLabel: [Int] {
    var counts = [Int](repeating: 0, count: labels.count)
    for label in labelOfSource { counts[label] += 1 }
    for label in labelSets?.lazy.flatMap(\.positions) ?? [] { counts[label] += 1 }
    return counts
  }

  /// A use of a set, which decides on what it must have.
  public enum Purpose: Hashable, Sendable {
    /// Training: there must be two classes or more, and no class folder without images.
    case training
    /// Evaluation of a network that knows its classes: images of some of them are enough.
    case evaluation
  }

  /// Opens a set of any kind: a folder with a folder for each class, CIFAR's binary files or a folder of them, WebDataset's shards
  /// (``init(shards:labels:)``), or a manifest whose name ends in `.csv`, `.tsv`, `.jsonl` or `.ndjson`. Of a folder with parts (``DatasetParts``) it is the part for the purpose.
  ///
  /// - Parameter form: the number of classes that an image has. Where the set's form can name only one, the image has no other.
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data`` or ``DatasetError/Code/file``.
  public init(
    path: String, for purpose: Purpose = .training, labels form: LabelForm = .one
  ) throws(DatasetError) {
    let ending = path.split(separator: ".").last?.lowercased()
    if ending == "csv" || ending == "tsv" || ending == "jsonl" || ending == "ndjson" {
      try self.init(manifest: path, labels: form)
    } else if ShardPaths.isNamed(by: path) {
      try self.init(shards: path, labels: form)
    } else if ending == "bin" || !CIFARFiles.names(in: path).isEmpty {
      try self.init(cifar: path)
    } else if let parts = try DatasetParts(of: path) {
      let part = try parts.part(for: purpose)
      try self.init(path: part, for: purpose, labels: form)
      remarks = [parts.remark(on: purpose)] + remarks
      return
    } else {
      try self.init(folder: path, for: purpose)
    }
    guard !sources.isEmpty else { throw DatasetError(.data, "\(path): there are no images in it") }
    if form != .one {
      self = withLabelSets
      guard !labels.isEmpty else { throw DatasetError(.data, "\(path): no image has a label") }
    } else if purpose == .training {
      try requireTwoClasses()
    }
  }

  /// True for what is neither an image nor a folder of images: a manifest, shards, CIFAR's binary files.
  public static func isListed(path: String) -> Bool {
    let ending = path.split(separator: ".").last?.lowercased() ?? ""
    return ["csv", "tsv", "jsonl", "ndjson", "bin"].contains(ending) || ShardPaths.isNamed(by: path)
      || !CIFARFiles.names(in: path).isEmpty
  }

  private func requireTwoClasses() throws(DatasetError) {
    guard labelOfSource.contains(where: { $0 != labelOfSource[0] }) else {
      throw DatasetError(
        .data,
        "\(title): all images are of one class, '\(labels[labelOfSource[0]])'; a network learns to tell two or more apart"
      )
    }
  }

  /// The images of the set at the given positions, in that order; the labels stay.
  public func subset(_ indices: [Int]) -> ImageSet {
    let sources = indices.map { self.sources[$0] }
    guard let labelSets else {
      return ImageSet(
        sources: sources, labels: labels, labelOfSource: indices.map { labelOfSource[$0] }, path: path)
    }
    return ImageSet(
      sources: sources, labels: labels, labelSets: indices.map { labelSets[$0] }, path: path)
  }

  /// The last part of the path, and the one before it where that is a part of a data set such as `train`; nil without a name.
  package var name: String? {
    guard let parts = path?.pathParts, let last = parts.last, last != ".", last != ".." else {
      return nil
    }
    return parts.suffix(DatasetParts.isPart(last) ? 2 : 1).joined(separator: "/")
  }

  /// The name of the set in messages.
  var title: String { path ?? "the data set" }
}
