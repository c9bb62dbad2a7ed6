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
  public var preprocessing: Preprocessing { output.pipeline.preprocessing }
  /// The node whose output is given.
  public let node: String
  /// The extents of the features of one image: [channels, height, width], or [channels].
  public var shape: [Int] { output.shape }
  private let output: NodeOutput

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
    output = try NodeOutput(model, node: path, pools: pools, options: options)
    node = model.graph.nodes[output.node].name
  }

  /// Computes the features of the image in a file.
  ///
  /// - Returns: float32 of shape ``shape``.
  /// - Throws: ``ClassificationError``.
  public func features(of path: String) throws(ClassificationError) -> Tensor {
    output.tensor(of: try output.pipeline.run(.file(path: path)))
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
    let output = output
    try output.pipeline.run(images) { ran in
      output.tensor(of: ran)
    } emit: { image, outcome in
      try body(
        FeatureResult(input: images[image].description, outcome: outcome.value, image: outcome.image))
    }
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
  init(
    _ model: Model, to outputs: [Int], size: (height: Int, width: Int)? = nil, options: Classifier.Options
  ) throws(FeatureError) {
    // Features are those of one view.
    var options = options
    options.augmentation = nil
    do {
      try self.init(model, outputs: outputs, size: size, options: options)
    } catch {
      throw .inference(error)
    }
  }
}
