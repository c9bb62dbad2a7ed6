public import Datasets
import Files
public import ImageInput
public import Messages

/// The images of a data set and, if there is one, of the set to validate with, as an audit takes them together.
public struct AuditedImages: Sendable {
  /// The part that an image is of.
  public enum Part: String, Hashable, Sendable {
    /// The images to train on.
    case training
    /// The images to validate with.
    case validation
  }

  /// The places of the images: those to train on, then those to validate with.
  public private(set) var sources: [ImageSource]
  /// The names of the classes of both parts; empty for images without labels.
  public private(set) var classes: [String]
  /// For each image, the place of its class; nil for one without a label.
  public private(set) var labels: [Int?]
  /// The number of images to train on, which are the first.
  public private(set) var trainingCount: Int
  /// The path of the data set.
  public let path: String
  /// The path of the set to validate with.
  public private(set) var validationPath: String?
  /// The files of folders that were left out.
  public private(set) var leftOut: LeftOutFiles
  /// Remarks on how the paths were understood.
  public private(set) var remarks: [Remark]

  /// Images and their classes.
  ///
  /// - Parameters:
  ///   - sources: the places of the images.
  ///   - classes: the names of the classes.
  ///   - labels: for each image, the place of its class.
  ///   - path: the name of the set.
  /// - Precondition: there are as many labels as images, each below the number of classes.
  public init(sources: [ImageSource], classes: [String] = [], labels: [Int?]? = nil, path: String) {
    let labels = labels ?? Array(repeating: nil, count: sources.count)
    precondition(labels.count == sources.count, "\(labels.count) labels of \(sources.count) images")
    precondition(
      labels.allSatisfy { $0.map(classes.indices.contains) ?? true },
      "a label beyond \(classes.count) classes")
    (self.sources, self.classes, self.labels, self.path) = (sources, classes, labels, path)
    trainingCount = sources.count
    leftOut = LeftOutFiles()
    remarks = []
  }

  /// Opens a data set: a folder with a folder for each class, a manifest, shards, CIFAR's files, or a folder of images without labels. Of a
  /// folder with the parts `train` and `val` (or `test`) the second is the set to validate with, unless one is named.
  ///
  /// - Parameters:
  ///   - path: the data set.
  ///   - validation: the set to validate with; nil for none, or the one beside the training images.
  /// - Throws: ``DatasetError``.
  public init(path: String, validation: String? = nil) throws(DatasetError) {
    var (training, other) = (path, validation)
    var remarks: [Remark] = []
    if !ImageSet.isListed(path: path), let parts = try? DatasetParts(of: path), let first = parts.training {
      training = first
      other = validation ?? parts.validation
      remarks.append("\(path): audits \(first)" + (other.map { ", with \($0) to validate with" } ?? ""))
    }
    let first = try Self.open(training)
    self.init(
      sources: first.sources, classes: first.labels, labels: first.isLabelled ? first.labelOfSource : nil,
      path: path)
    leftOut = first.leftOut
    self.remarks = remarks + first.remarks
    guard let other else { return }
    let second = try Self.open(other)
    validationPath = other
    leftOut.add(second.leftOut)
    self.remarks += second.remarks
    join(second)
  }

  /// The number of images.
  public var count: Int { sources.count }

  /// The part that an image is of.
  public func part(of image: Int) -> Part { image < trainingCount ? .training : .validation }

  /// The name of the class of an image; nil without a label.
  public func label(of image: Int) -> String? { labels[image].map { classes[$0] } }

  /// The images of a set.
  private struct Opened {
    var sources: [ImageSource]
    var labels: [String] = []
    var labelOfSource: [Int] = []
    var leftOut = LeftOutFiles()
    var remarks: [Remark] = []

    var isLabelled: Bool { !labels.isEmpty }
  }

  private static func open(_ path: String) throws(DatasetError) -> Opened {
    if let images = plainFolder(path) { return images }
    let set = try ImageSet(path: path, for: .evaluation)
    return Opened(
      sources: set.sources, labels: set.labels, labelOfSource: set.labelOfSource, leftOut: set.leftOut,
      remarks: set.remarks)
  }

  /// The images of a folder that has images in it and no folders for classes; nil for anything else.
  private static func plainFolder(_ path: String) -> Opened? {
    guard isFolder(path), !ImageSet.isListed(path: path), let entries = ImageFiles.folders(in: path),
      entries.folders.allSatisfy({ $0.hasPrefix("_") })
    else { return nil }
    var files = ImageFiles()
    files.add(path)
    guard !files.paths.isEmpty else { return nil }
    return Opened(
      sources: files.paths.indices.map {
        files.illegible.contains($0) ? .illegible(name: files.paths[$0]) : .file(path: files.paths[$0])
      }, leftOut: files.leftOut,
      remarks: ["\(path): there are no folders for classes, so no labels are checked"])
  }

  private mutating func join(_ other: Opened) {
    let places = Dictionary(classes.enumerated().map { ($1, $0) }) { first, _ in first }
    let unknown = other.labels.filter { places[$0] == nil }
    if !classes.isEmpty, !unknown.isEmpty {
      remarks.append(
        "\(validationPath ?? ""): classes that \(path) does not have: \(unknown.prefix(5).map(\.excerpt).joined(separator: ", "))"
          + (unknown.count > 5 ? ", …" : ""))
    }
    classes += unknown
    let own = Dictionary(classes.enumerated().map { ($1, $0) }) { first, _ in first }
    sources += other.sources
    labels +=
      other.isLabelled
      ? other.labelOfSource.map { own[other.labels[$0]] }
      : Array(repeating: nil, count: other.sources.count)
  }
}
