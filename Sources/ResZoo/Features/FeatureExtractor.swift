public import Datasets
public import ImageInput
public import Inference
public import ModelDescriptor
import ResNetGraph
public import ResNetModel
public import TensorCore

/// A reason why a network gives no features.
public enum FeatureError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No node has this path; similar paths are listed.
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

/// The features of one image among many.
public struct FeatureResult: Sendable {
  /// The path as it was given.
  public let input: String
  /// The features, or the reason why the image could not be read.
  public let outcome: Result<Tensor, ImageError>
  /// The properties of the image; nil when it could not be read.
  public let image: ImageInfo?
}

/// Gives the output of a layer inside a network for images, such as embeddings to compare images by.
///
/// Only what the layer needs is computed, with the kernels and the fusions of the whole network. It may be used from several
/// threads at once; each call works with memory of its own.
public final class FeatureExtractor: Sendable {
  /// The model's description.
  public let descriptor: ModelDescriptor
  /// The preprocessing that images go through before the network.
  public var preprocessing: Preprocessing { pipeline.preprocessing }
  /// The node whose output is given.
  public let node: String
  /// The extents of the features of one image: [channels, height, width], or [channels].
  public let shape: [Int]
  private let reader: FeatureReader
  private let pipeline: ImagePipeline

  /// Prepares a model for images of the size that its preprocessing gives.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - path: the name of a node, of a block (`layer3.5`, for its output) or of a stage (`layer3`); nil for the pooled
  ///     embedding before the head.
  ///   - pools: true to get the mean of each channel over height and width instead of the map. The embedding and the outputs
  ///     of the head's linear layers have no height and width in any case.
  ///   - options: the threads, the batch and the goal, as for a ``Classifier``.
  /// - Throws: ``FeatureError``.
  public init(
    _ model: Model, node path: String? = nil, pools: Bool = false,
    options: Classifier.Options = Classifier.Options()
  ) throws(FeatureError) {
    descriptor = model.descriptor
    let index = try model.graph.index(ofPath: path)
    node = model.graph.nodes[index].name
    pipeline = try ImagePipeline(model, to: [index], options: options)
    let map = pipeline.plan.shape(of: index)
    let isVector = pools || path == nil || index > model.graph.embedding
    shape = isVector ? [map.channels] : [map.channels, map.height, map.width]
    reader = FeatureReader(node: index, map: map, shape: Shape(shape))
  }

  /// Computes the features of the image in a file.
  ///
  /// - Returns: float32 of shape ``shape``.
  /// - Throws: ``ClassificationError``.
  public func features(of path: String) throws(ClassificationError) -> Tensor {
    reader.features(of: try pipeline.run(.file(path: path)))
  }

  /// Computes the features of images in files, as many at once as there are processors.
  ///
  /// An image that cannot be read gets a result with its error; the others are not affected. Memory does not grow with
  /// the number of images.
  ///
  /// - Parameters:
  ///   - paths: the images' files.
  ///   - body: gets one result for each path, in order, one at a time, on any thread. An error that it throws ends the work.
  /// - Throws: the error of `body`, or ``ClassificationError``.
  public func features(files paths: [String], _ body: (FeatureResult) throws -> Void) throws {
    try features(images: paths.map(ImageSource.file), body)
  }

  /// Computes the features of images in files or in memory; else as ``features(files:_:)``.
  public func features(images: [ImageSource], _ body: (FeatureResult) throws -> Void) throws {
    let reader = reader
    try pipeline.run(images) { ran in
      reader.features(of: ran)
    } emit: { image, outcome in
      try body(
        FeatureResult(input: images[image].description, outcome: outcome.value, image: outcome.image))
    }
  }
}

/// Copies one image's features out of a session.
private struct FeatureReader: Sendable {
  let node: Int
  let map: FeatureShape
  let shape: Shape

  func features(of ran: ImagePipeline.Ran) -> Tensor {
    var buffer = AlignedBuffer(floatCount: shape.elementCount, uninitialized: true)
    var target = buffer.mutableFloats
    let (channels, pixels) = (map.channels, map.height * map.width)
    ran.session.withOutput(node, of: ran.slot) { source in
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
  /// Returns the node of a path; the embedding without one.
  func index(ofPath path: String?) throws(FeatureError) -> Int {
    guard let path else { return embedding }
    guard let index = node(atPath: path) else { throw .unknownPath(path, near: paths(near: path)) }
    return index
  }
}

extension ImagePipeline {
  /// Prepares a model for the outputs of chosen nodes.
  init(_ model: Model, to outputs: [Int], options: Classifier.Options) throws(FeatureError) {
    // Features are those of one view.
    var options = options
    options.augmentation = nil
    do {
      try self.init(model, outputs: outputs, options: options)
    } catch {
      throw .inference(error)
    }
  }
}
