public import Datasets
public import ImageInput
import Inference
public import ModelDescriptor
public import ResNetGraph
public import ResNetModel
import TensorCore

/// Measures the outputs of a network's nodes for images, which shows dead, saturated and badly scaled layers.
public final class NodeSurvey: Sendable {
  /// A measured node.
  public struct Entry: Hashable, Sendable {
    /// The node.
    public let node: Node
    /// The shape of its output for one image.
    public let shape: FeatureShape
    /// The statistics of its output over all images.
    public internal(set) var statistics: NodeStatistics
  }

  /// The model's description.
  public let descriptor: ModelDescriptor
  private let entries: [Entry]
  private let outputs: [Int]
  private let pipeline: ImagePipeline

  /// Prepares a model for images of the size that its preprocessing gives.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - paths: paths of nodes as for ``FeatureExtractor``; all nodes when there are none. The map of each node takes memory.
  ///   - options: the threads and the goal, as for a ``Classifier``; images run one by one.
  /// - Throws: ``FeatureError``.
  public init(
    _ model: Model, nodes paths: [String] = [], options: Classifier.Options = Classifier.Options()
  ) throws(FeatureError) {
    let graph = model.graph
    var chosen: Set<Int> = paths.isEmpty ? Set(graph.nodes.indices) : []
    for path in paths { chosen.insert(try graph.index(ofPath: path)) }
    outputs = chosen.sorted()
    descriptor = model.descriptor
    var single = options
    single.batch = 1
    var pipeline = try ImagePipeline(model, to: outputs, options: single)
    // All maps of one image are kept at once, in every lane; lanes may take a quarter of the machine.
    let bytes = pipeline.plan.memoryNeeded(capacity: 1, threads: 1) ?? .max
    pipeline.laneLimit = max(1, Machine.memoryByteCount / 4 / max(1, bytes))
    self.pipeline = pipeline
    entries = outputs.map { index in
      Entry(
        node: graph.nodes[index], shape: pipeline.plan.shape(of: index), statistics: NodeStatistics())
    }
  }

  /// Measures images in files, as many at once as there are processors. The result does not depend on how many.
  ///
  /// - Parameters:
  ///   - paths: the images' files.
  ///   - body: gets one outcome for each path, in order, one at a time, on any thread. An error that it throws ends the work.
  /// - Returns: the nodes in the order in which they run; images that cannot be read count nowhere.
  /// - Throws: the error of `body`, or ``ClassificationError``.
  public func measure(
    files paths: [String],
    _ body: (_ input: String, _ outcome: Result<ImageInfo?, ImageError>) throws -> Void = { _, _ in }
  ) throws -> [Entry] {
    try measure(images: paths.map(ImageSource.file), body)
  }

  /// Measures images in files or in memory; else as ``measure(files:_:)``.
  public func measure(
    images: [ImageSource],
    _ body: (_ input: String, _ outcome: Result<ImageInfo?, ImageError>) throws -> Void = { _, _ in }
  ) throws -> [Entry] {
    let outputs = outputs
    var sums = entries
    try pipeline.run(images) { ran in
      outputs.map { node in ran.session.withOutput(node, of: ran.slot) { NodeStatistics($0) } }
    } emit: { image, outcome in
      if case .success(let measured) = outcome.value {
        for (index, statistics) in measured.enumerated() { sums[index].statistics.add(statistics) }
      }
      try body(images[image].description, outcome.value.map { _ in outcome.image })
    }
    return sums
  }
}
