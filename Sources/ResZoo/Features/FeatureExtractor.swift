import ImageInput
public import Inference
public import ModelDescriptor
import ResNetGraph
public import ResNetModel
public import TensorCore
import Training

/// Why no features can be had of a network.
public enum FeatureError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No node has this path; some that go as far.
  case unknownPath(String, near: [String])
  /// The network does not take the images.
  case inference(InferenceError)

  public var description: String {
    switch self {
    case .unknownPath(let path, let near):
      "there is no node '\(path)'; close to it: \(near.joined(separator: ", "))"
    case .inference(let error): error.description
    }
  }
}

/// Gives what a layer inside a network puts out for images, such as embeddings to compare images by.
///
/// Only what the layer needs is computed, with the kernels and the fusions of the whole network. It may be used from several
/// threads at once; each call works with memory of its own.
public final class FeatureExtractor: Sendable {
  /// What the model says of itself.
  public let descriptor: ModelDescriptor
  /// What images go through before the network.
  public let preprocessing: Preprocessing
  /// The node whose output is given.
  public let node: String
  /// Extents of one image's features: [channels, height, width], or [channels].
  public let shape: [Int]
  private let reader: FeatureReader
  private let pipeline: ImagePipeline
  private let options: Classifier.Options

  /// Prepares a model for images of the size that its preprocessing gives.
  ///
  /// - Parameters:
  ///   - path: the name of a node, of a block (`layer3.5`, meaning what it puts out) or of a stage (`layer3`); nil for the
  ///     pooled embedding before the head.
  ///   - pools: whether each channel's mean over height and width is given instead of the map. The embedding and what the
  ///     head's linear layers put out has no height and width in any case.
  /// - Throws: ``FeatureError``.
  public init(
    _ model: Model, node path: String? = nil, pools: Bool = false,
    options: Classifier.Options = Classifier.Options()
  ) throws(FeatureError) {
    descriptor = model.descriptor
    let index = try model.graph.index(ofPath: path)
    node = model.graph.nodes[index].name
    self.options = options
    pipeline = try ImagePipeline(model, outputs: [index], options: options)
    preprocessing = pipeline.preprocessing
    let map = pipeline.plan.shape(of: index)
    let isVector = pools || path == nil || index > model.graph.embedding
    shape = isVector ? [map.channels] : [map.channels, map.height, map.width]
    reader = FeatureReader(node: index, map: map, shape: Shape(shape))
  }

  /// The features of the image in a file.
  ///
  /// - Returns: float32 of shape ``shape``.
  /// - Throws: ``ClassificationError``.
  public func features(of path: String) throws(ClassificationError) -> Tensor {
    let session: InferenceSession
    do {
      session = try InferenceSession(plan: pipeline.plan, threads: options.threads)
    } catch {
      throw .inference(error)
    }
    do throws(ImageError) {
      let preprocessor = try Preprocessor(preprocessing)
      _ = try session.withInput(0) { (span) throws(ImageError) in
        try preprocessor.prepareTensor(atPath: path, into: &span)
      }
    } catch {
      throw .image(error)
    }
    session.run(count: 1)
    return reader.features(of: 0, in: session)
  }

  /// The features of images in files, as many at once as there are processors.
  ///
  /// An image that cannot be read gets a result with its error; the others are not affected. Memory does not grow with
  /// the number of images.
  ///
  /// - Parameter body: gets one result for each path, in order, one at a time, on any thread. What it throws ends the work.
  /// - Throws: what `body` throws, or ``ClassificationError``.
  public func features(files paths: [String], _ body: (FeatureResult) throws -> Void) throws {
    let reader = reader
    try pipeline.run(paths.map(ImageSource.file)) { _, session, slot in
      reader.features(of: slot, in: session)
    } emit: { image, outcome in
      try body(FeatureResult(input: paths[image], outcome: outcome.value, image: outcome.image))
    }
  }
}

/// Copies one image's features out of a session.
private struct FeatureReader: Sendable {
  let node: Int
  let map: FeatureShape
  let shape: Shape

  func features(of image: Int, in session: InferenceSession) -> Tensor {
    var buffer = AlignedBuffer(floatCount: shape.elementCount, uninitialized: true)
    var target = buffer.mutableFloats
    let (channels, pixels) = (map.channels, map.height * map.width)
    session.withOutput(node, of: image) { source in
      if shape.rank == 1 {
        for channel in 0..<channels {
          var sum = 0.0
          for pixel in 0..<pixels { sum += Double(source[pixel * channels + channel]) }
          target[channel] = Float(sum / Double(pixels))
        }
      } else {
        for channel in 0..<channels {
          for pixel in 0..<pixels { target[channel * pixels + pixel] = source[pixel * channels + channel] }
        }
      }
    }
    return Tensor(shape: shape, elementType: .float32, buffer: buffer)
  }
}

extension Graph {
  /// The node that a path leads to; the embedding without one.
  func index(ofPath path: String?) throws(FeatureError) -> Int {
    guard let path else { return embedding }
    guard let index = node(atPath: path) else { throw .unknownPath(path, near: paths(near: path)) }
    return index
  }
}

extension ImagePipeline {
  /// A pipeline to chosen nodes, for images of the size that the model's preprocessing gives.
  init(_ model: Model, outputs: [Int], options: Classifier.Options) throws(FeatureError) {
    precondition(
      options.threads >= 0 && options.batch > 0, "a batch of \(options.batch) on \(options.threads) threads")
    var preprocessing = model.descriptor.preprocessing
    if options.ignoresExif { preprocessing.exif = .ignore }
    do {
      let plan = try InferencePlan(
        model, height: preprocessing.inputSize[1], width: preprocessing.inputSize[2], exact: options.exact,
        goal: options.goal, threads: options.threads, outputs: outputs)
      self.init(
        plan: plan, preprocessing: preprocessing, threads: options.threads, batch: options.batch)
    } catch {
      throw .inference(error)
    }
  }
}
