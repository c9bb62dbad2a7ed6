public import Datasets
import Files
public import ImageInput
public import Messages
import ModelDescriptor

/// The images of a study that trains networks: those to train on, and others to test with.
public struct StudyData: Sendable {
  /// The data set's name or path.
  public let name: String
  /// The images to train on.
  public let training: ImageSet
  /// The images to test with, whose classes are numbered as those of ``training``.
  public let test: ImageSet
  /// Remarks on how the data set was understood, and on what was chosen of it.
  public private(set) var remarks: [Remark]
  /// The files that were left out, as they are no images.
  public private(set) var leftOut: [LeftOutFiles] = []

  /// Data from its parts.
  public init(name: String, training: ImageSet, test: ImageSet, remarks: [Remark] = []) {
    self.name = name
    self.training = training
    self.test = test
    self.remarks = remarks
  }

  /// Opens a folder with the parts `train` and `test` (or `val`), CIFAR's binary files, or a data set without a part to test with, of
  /// which each class gives a fifth.
  ///
  /// - Parameters:
  ///   - path: the data set, as ``ImageSet/init(path:for:labels:)`` takes it.
  ///   - limit: the most images to train on, and to test with, of each class the same number (``ImageSet/sample(of:seed:)``, seed 0);
  ///     nil for all.
  /// - Throws: ``DatasetError``.
  public init(path: String, limit: Int? = nil) throws(DatasetError) {
    let whole = try ImageSet(path: path, for: .training)
    var remarks = whole.remarks
    var training = whole
    var test: ImageSet
    var leftOut = [whole.leftOut]
    if let place = try Self.testPlace(of: path) {
      let set = try ImageSet(path: place, for: .evaluation)
      remarks.append("\(path): tests with \(place)")
      leftOut.append(set.leftOut)
      test = try set.relabelled(training.labels, of: path)
    } else {
      (training, test) = try whole.split(validationShare: Self.testShare, seed: 0)
      remarks.append(
        "\(path): has no folder 'test' or 'val', so a fifth of each class, \(test.count) images, is held out to test with"
      )
    }
    if let limit {
      guard limit >= whole.labels.count else {
        throw DatasetError(
          .options,
          """
          \(path): \(limit) images to train on are fewer than the \(whole.labels.count) classes; at least one of each is \
          needed
          """)
      }
      if limit > training.count {
        remarks.append("\(path): has \(training.count) images to train on, so all are taken, not \(limit)")
      }
    }
    let chosen = limit.map { training.sample(of: $0, seed: 0) } ?? training
    let tested = limit.map { test.sample(of: $0, seed: 0) } ?? test
    if chosen.count < training.count {
      remarks.append(
        "\(path): \(chosen.count) of \(training.count) images to train on, the same number of each class, chosen by seed 0"
      )
    }
    if tested.count < test.count {
      remarks.append("\(path): \(tested.count) of \(test.count) images to test with, chosen likewise")
    }
    self.init(name: path, training: chosen, test: tested, remarks: remarks)
    self.leftOut = leftOut
  }

  /// The share of each class that is tested with where there is no part for it.
  private static let testShare = 0.2

  /// The part to test with; nil where there is none.
  private static func testPlace(of path: String) throws(DatasetError) -> String? {
    if let parts = try DatasetParts(of: path) { return parts.training == nil ? nil : parts.validation }
    return ["test_batch.bin", "test.bin"].map { path + "/" + $0 }.first { FileIdentity(path: $0) != nil }
  }

  /// A remark on images of another size than networks take, after a look at the first one; nil where they are alike.
  func remarkOnSize(_ preprocessing: Preprocessing) -> Remark? {
    guard let first = training.sources.first, preprocessing.inputSize.count == 3,
      let image = try? first.thumbnail(side: 1 << 13)
    else { return nil }
    let (height, width) = (preprocessing.inputSize[1], preprocessing.inputSize[2])
    guard image.width != width || image.height != height else { return nil }
    return
      "\(first): has \(image.width)×\(image.height) pixels; the networks take \(width)×\(height), to which images are scaled"
  }
}
