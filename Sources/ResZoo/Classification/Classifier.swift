import ImageInput
public import Inference
public import ModelDescriptor
public import ResNetModel
public import TensorCore
import Training

/// A model ready to classify images and tensors.
///
/// It may be used from several threads at once; each call works with memory of its own. The model's weights are kept once,
/// in packed form.
public final class Classifier: Sendable {
  /// How images are classified.
  public struct Options: Hashable, Sendable {
    /// Processors to use; 0 for all.
    public var threads: Int
    /// Most images that go through the network together, on each processor. The results do not depend on it.
    public var batch: Int
    /// Whether EXIF orientation is ignored, whatever the model's preprocessing says.
    public var ignoresExif: Bool

    /// Whether convolutions sum in double precision: the closest to the network's mathematics, and several times slower.
    public var exact: Bool

    /// What to favour; it decides on algorithms, and so on the last digits of results.
    public var goal: InferenceGoal

    /// Options; all processors and EXIF as the model says by default.
    public init(
      threads: Int = 0, batch: Int = 8, ignoresExif: Bool = false, exact: Bool = false,
      goal: InferenceGoal = .throughput
    ) {
      self.threads = threads
      self.batch = batch
      self.ignoresExif = ignoresExif
      self.exact = exact
      self.goal = goal
    }
  }

  /// What the model says of itself.
  public let descriptor: ModelDescriptor
  /// What images go through before the network.
  public let preprocessing: Preprocessing
  private let options: Options
  private let plan: InferencePlan

  /// Prepares a model for images of the size that its preprocessing gives.
  ///
  /// - Throws: ``InferenceError`` when the network takes no such images.
  public init(_ model: Model, options: Options = Options()) throws(InferenceError) {
    precondition(
      options.threads >= 0 && options.batch > 0, "a batch of \(options.batch) on \(options.threads) threads")
    descriptor = model.descriptor
    var preprocessing = model.descriptor.preprocessing
    if options.ignoresExif { preprocessing.exif = .ignore }
    self.preprocessing = preprocessing
    self.options = options
    plan = try InferencePlan(
      model, height: preprocessing.inputSize[1], width: preprocessing.inputSize[2], exact: options.exact,
      goal: options.goal, threads: options.threads)
  }

  /// Classifies the image in a file.
  ///
  /// - Throws: ``ClassificationError``.
  public func classify(_ path: String, top count: Int = 5) throws(ClassificationError) -> Classification {
    try classify(top: count) { (preprocessor, span) throws(ImageError) in
      try preprocessor.prepareTensor(atPath: path, into: &span)
    }
  }

  /// Classifies an encoded image in memory, such as an upload.
  ///
  /// - Parameter bytes: a JPEG or PNG file's contents.
  /// - Throws: ``ClassificationError``.
  public func classify(
    image bytes: [UInt8], top count: Int = 5
  ) throws(ClassificationError) -> Classification {
    try classify(top: count) { (preprocessor, span) throws(ImageError) in
      try preprocessor.prepareTensor(bytes, into: &span)
    }
  }

  /// Classifies a batch that is preprocessed already.
  ///
  /// - Parameter input: float32 of shape [images, channels, height, width].
  /// - Returns: one classification for each image.
  /// - Throws: ``InferenceError``.
  public func classify(_ input: Tensor, top count: Int = 5) throws(InferenceError) -> [Classification] {
    let images = max(1, input.shape.dimensions.first ?? 1)
    let session = try InferenceSession(
      plan: plan, capacity: min(options.batch, images), threads: options.threads)
    let logits = try session.logits(for: input)
    return (0..<logits.shape.dimensions[0]).map { image in
      let start = image * plan.classes
      return Classification(
        logits: logits.floats.extracting(start..<start + plan.classes), labels: descriptor.labels,
        count: count)
    }
  }

  /// Classifies images in files, as many at once as there are processors.
  ///
  /// An image that cannot be read gets a result with its error; the others are not affected. Memory does not grow with
  /// the number of images.
  ///
  /// - Parameters:
  ///   - paths: JPEG and PNG files.
  ///   - count: how many classes each result lists.
  ///   - body: gets one result for each path, in order, one at a time, on any thread. What it throws ends the work.
  /// - Throws: what `body` throws, or ``ClassificationError``.
  public func classify(
    files paths: [String], top count: Int = 5, _ body: (ImageResult) throws -> Void
  ) throws {
    let labels = descriptor.labels
    try pipeline.run(paths.map(ImageSource.file)) { _, logits in
      Classification(logits: logits, labels: labels, count: count)
    } emit: { image, outcome in
      try body(ImageResult(input: paths[image], outcome: outcome.value, image: outcome.image))
    }
  }

  var pipeline: ImagePipeline {
    ImagePipeline(plan: plan, preprocessing: preprocessing, threads: options.threads, batch: options.batch)
  }

  private func classify(
    top count: Int,
    prepare: (Preprocessor, inout MutableSpan<Float>) throws(ImageError) -> ImageInfo
  ) throws(ClassificationError) -> Classification {
    let session: InferenceSession
    do {
      session = try InferenceSession(plan: plan, capacity: 1, threads: options.threads)
    } catch {
      throw .inference(error)
    }
    do throws(ImageError) {
      let preprocessor = try Preprocessor(preprocessing)
      _ = try session.withInput(0) { (span) throws(ImageError) in try prepare(preprocessor, &span) }
    } catch {
      throw .image(error)
    }
    session.run(count: 1)
    return session.withLogits(of: 0) { logits in
      Classification(logits: logits, labels: descriptor.labels, count: count)
    }
  }
}
