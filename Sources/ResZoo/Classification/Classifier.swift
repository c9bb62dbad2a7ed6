public import Datasets
public import ImageInput
public import Inference
import Metrics
public import ModelDescriptor
public import ResNetModel
public import TensorCore

/// A model ready to classify images and tensors.
///
/// It may be used from several threads at once; each call works with memory of its own. The model's weights are kept once,
/// in packed form.
public final class Classifier: Sendable {
  /// Settings of a classifier.
  public struct Options: Hashable, Sendable {
    /// The number of processors to use; 0 for all.
    public var threads: Int
    /// The most images that go through the network together, on each processor. The results do not depend on it.
    public var batch: Int
    /// True if EXIF orientation is ignored, whatever the preprocessing of the model.
    public var ignoresExif: Bool
    /// True if convolutions sum in double precision: closest to the network's mathematics, and several times slower.
    public var exact: Bool
    /// The numbers that are multiplied; single precision if `exact`.
    public var precision: InferencePrecision
    /// The goal of the choice of algorithms, which decides on the last digits of results.
    public var goal: InferenceGoal
    /// The views of each image whose probabilities are averaged; nil for the one that preprocessing says.
    public var augmentation: TestTimeAugmentation?
    /// True if the packed weights lie in files of the user's cache that processes map, so that the machine holds them once, however many
    /// processes open the model. A change of those files in place, by a program that knows nothing of it, changes results.
    public var sharesWeights: Bool
    /// True if the last map is kept until an image's answer is read, so that a server can say where in the image a class was seen. The logits
    /// are the same bits.
    package var explains = false

    /// Options; all processors and EXIF as the model says by default.
    public init(
      threads: Int = 0, batch: Int = 8, ignoresExif: Bool = false, exact: Bool = false,
      precision: InferencePrecision = .float32, goal: InferenceGoal = .throughput,
      augmentation: TestTimeAugmentation? = nil,
      sharesWeights: Bool = false
    ) {
      self.threads = threads
      self.batch = batch
      self.ignoresExif = ignoresExif
      self.exact = exact
      self.precision = precision
      self.goal = goal
      self.augmentation = augmentation
      self.sharesWeights = sharesWeights
    }
  }

  /// The model's description.
  public let descriptor: ModelDescriptor
  /// The preprocessing that images go through before the network.
  public var preprocessing: Preprocessing { pipeline.preprocessing }
  /// The views of each image whose probabilities are averaged; nil for the one that preprocessing says.
  public var augmentation: TestTimeAugmentation? { options.augmentation }
  /// The numbers that are multiplied; never ``InferencePrecision/automatic``.
  public var precision: InferencePrecision { pipeline.plan.precision }
  /// The name of the numbers that its layers multiply: `int8` for a quantized network, else that of ``precision``.
  public var arithmetic: String { pipeline.plan.arithmetic }
  /// The map that divides logits among the places of an image, or the reason why there is none; nil unless ``Options/explains``.
  let classMap: Result<ClassMap, ExplanationError>?
  let pipeline: ImagePipeline
  private let options: Options

  /// Prepares a model for images of the size that its preprocessing gives.
  ///
  /// - Throws: ``InferenceError`` when the network takes no such images, or has no head, or when images that are prepared so have not
  ///   the views that are asked for.
  public init(_ model: Model, options: Options = Options()) throws(InferenceError) {
    guard model.descriptor.architecture.head != .none else {
      throw InferenceError(
        .answer, "the network has no head: it puts out features and knows no classes; fine-tune it first")
    }
    descriptor = model.descriptor
    self.options = options
    let classMap: Result<ClassMap, ExplanationError>? =
      options.explains ? Result { () throws(ExplanationError) in try ClassMap(model) } : nil
    self.classMap = classMap
    let map = classMap.flatMap { try? $0.get() }
    pipeline = try ImagePipeline(
      model, outputs: map.map { [$0.node, model.graph.nodes.count - 1] }, options: options)
  }

  /// Classifies the image in a file.
  ///
  /// - Throws: ``ClassificationError``.
  public func classify(_ path: String, top count: Int = 5) throws(ClassificationError) -> Classification {
    try classify(.file(path: path), top: count)
  }

  /// Classifies an encoded image in memory, such as an upload.
  ///
  /// - Parameters:
  ///   - bytes: an image file's contents.
  ///   - count: the number of classes to name, the likeliest first.
  /// - Throws: ``ClassificationError``.
  public func classify(
    image bytes: [UInt8], top count: Int = 5
  ) throws(ClassificationError) -> Classification {
    try classify(.data(name: "", bytes: bytes), top: count)
  }

  /// Classifies a batch that is preprocessed already.
  ///
  /// - Parameters:
  ///   - input: float32 of shape [images, channels, height, width].
  ///   - count: the number of classes to name for each image, the likeliest first.
  /// - Returns: one classification for each image.
  /// - Throws: ``InferenceError``.
  public func classify(_ input: Tensor, top count: Int = 5) throws(InferenceError) -> [Classification] {
    let images = max(1, input.shape.dimensions.first ?? 1)
    let session = try InferenceSession(
      plan: pipeline.plan, capacity: min(options.batch, images), threads: options.threads)
    let logits = try session.logits(for: input)
    let classes = pipeline.plan.classes
    return (0..<logits.shape.dimensions[0]).map { image in
      let start = image * classes
      let scores = Scores(
        logits.floats.extracting(start..<start + classes),
        form: AnswerForm(of: descriptor).scoreForm(views: 1))
      return Classification(scores, of: descriptor, count: count)
    }
  }

  /// Classifies images in files, as many at once as there are processors.
  ///
  /// An image that cannot be read gets a result with its error, and so does one whose logits are not all finite; the others are not
  /// affected. Memory does not grow with
  /// the number of images.
  ///
  /// - Parameters:
  ///   - paths: image files.
  ///   - count: the number of classes that each result lists.
  ///   - body: gets one result for each path, in order, one at a time, on any thread. An error that it throws ends the work.
  /// - Throws: the error of `body`, or ``ClassificationError``.
  public func classify(
    files paths: [String], top count: Int = 5, _ body: (ImageResult) throws -> Void
  ) throws {
    try classify(images: paths.map(ImageSource.file), top: count, body)
  }

  /// Classifies images in files or in memory; else as ``classify(files:top:_:)``.
  public func classify(
    images: [ImageSource], top count: Int = 5, _ body: (ImageResult) throws -> Void
  ) throws {
    let descriptor = descriptor
    let answer = AnswerForm(of: descriptor)
    try pipeline.run(images) { ran in
      ran.scores(answer).map { Classification($0, of: descriptor, count: count) }
    } emit: { image, outcome in
      try body(
        ImageResult(
          input: images[image].description, outcome: outcome.value.flatMap(\.self), image: outcome.image))
    }
  }

  /// Classifies images that are anywhere.
  ///
  /// - Parameters:
  ///   - count: the number of classes that each result lists.
  ///   - body: gets an outcome for each image, in order, one at a time, on any thread. An error that it throws ends the work.
  /// - Throws: the error of `body`, or ``ClassificationError``.
  package func classify(
    _ images: PipelineImages, top count: Int,
    _ body: (Int, Result<Classification, ImageError>, ImageInfo?) throws -> Void
  ) throws {
    let descriptor = descriptor
    let answer = AnswerForm(of: descriptor)
    try pipeline.run(images) { ran in
      ran.scores(answer).map { Classification($0, of: descriptor, count: count) }
    } emit: { image, outcome in
      try body(image, outcome.value.flatMap(\.self), outcome.image)
    }
  }

  /// The logits, for images or, of the size that preprocessing gives, for tensors.
  package var logits: NodeOutput {
    NodeOutput(pipeline, node: pipeline.plan.logits, isVector: true)
  }

  private func classify(
    _ source: ImageSource, top count: Int
  ) throws(ClassificationError) -> Classification {
    let answer = try pipeline.run(source).scores(AnswerForm(of: descriptor))
    do {
      return Classification(try answer.get(), of: descriptor, count: count)
    } catch {
      throw .image(error)
    }
  }
}
