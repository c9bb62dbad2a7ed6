public import Datasets
public import ImageInput
import Inference
public import ModelDescriptor
import ResNetGraph
public import ResNetModel
import TensorCore

/// Makes 8-bit networks (NETWORK §5.9) of one network: what images tell of its maps is measured once.
public struct Quantizer: Sendable {
  /// How a network is quantized.
  public struct Options: Hashable, Sendable {
    /// The choice of ranges.
    public var method: Calibration.Method
    /// True to change biases so that the layers' outputs keep their means (Nagel et al. 2019, section 4.2).
    public var correctsBiases: Bool
    /// True if EXIF orientation is ignored, whatever the preprocessing of the model.
    public var ignoresExif: Bool
    /// The number of processors to use; 0 for all.
    public var threads: Int

    /// Options; by default those that keep most of the accuracy of the project's networks.
    public init(
      method: Calibration.Method = .meanSquaredError, correctsBiases: Bool = true, ignoresExif: Bool = false,
      threads: Int = 0
    ) {
      self.method = method
      self.correctsBiases = correctsBiases
      self.ignoresExif = ignoresExif
      self.threads = threads
    }

    /// How images run through networks.
    var running: Classifier.Options { Classifier.Options(threads: threads, ignoresExif: ignoresExif) }
  }

  /// The network that was measured.
  public let model: Model
  private let options: Options
  private let images: [ImageSource]
  private let statistics: [Int: MapStatistics]
  private let listSHA256: String

  /// The layers that can compute with integers, in the order of the network.
  public var layers: [String] { Self.layers(of: model) }

  /// The layers of a network that can compute with integers, in the order of the network.
  public static func layers(of model: Model) -> [String] {
    QuantizableParts(model.graph).layers.map { model.graph.nodes[$0].name }
  }

  /// Measures the maps of a network. Memory does not grow with the number of images.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - images: some hundred images such as the network will see, without labels; those that cannot be read are left out.
  ///   - options: how networks are made of it.
  ///   - body: gets one outcome for each image, in order, one at a time, on any thread. An error that it throws ends the work.
  /// - Throws: the error of `body`, ``QuantizationError``, or ``ClassificationError``.
  public init(
    _ model: Model, calibrating images: [ImageSource], options: Options = Options(),
    _ body: (_ input: String, _ outcome: Result<ImageInfo?, ImageError>) throws -> Void = { _, _ in }
  ) throws {
    guard model.quantization == nil else { throw QuantizationError.alreadyQuantized }
    let parts = QuantizableParts(model.graph)
    guard !parts.layers.isEmpty else { throw QuantizationError.noLayers }
    self.model = model
    self.options = options
    self.images = images
    statistics = try MapSurvey(model, maps: parts.maps, options: options.running).measure(images, body)
    listSHA256 = ImageDigest.listSHA256(of: images, threads: options.threads)
  }

  /// The quantized network. Figures that were measured with the network itself are left out of its description, and so is a
  /// golden trace.
  ///
  /// - Parameter kept: layers that are to compute in floats, and the reason of each.
  /// - Throws: ``QuantizationError``.
  public func quantized(keeping kept: [String: String] = [:]) throws(QuantizationError) -> Model {
    let graph = model.graph
    let known = Set(layers)
    for name in kept.keys.sorted() where !known.contains(name) { throw .unknownLayer(name) }
    let parts = QuantizableParts(graph, keeping: Set(kept.keys))
    guard !parts.layers.isEmpty else { throw .noLayers }
    let choice = RangeChoice(method: options.method)
    var record = Quantization(maps: [:], layers: parts.layers.map { graph.nodes[$0].name })
    for map in parts.maps {
      guard let measured = statistics[parts.sources[map] ?? map] else { continue }
      guard let chosen = choice.map(measured) else { throw .range(node: graph.nodes[map].name) }
      record.maps[graph.nodes[map].name] = chosen
    }
    var tensors = try integerWeights(of: parts.layers)
    if options.correctsBiases {
      model.correctBiases(of: parts.layers, in: &tensors, statistics: statistics)
    }
    var descriptor = model.descriptor
    descriptor.architecture.quantization = record
    descriptor.calibration = Calibration(
      images: statistics.first?.value.images ?? 0, listSHA256: listSHA256, method: options.method,
      correctsBiases: options.correctsBiases, kept: kept)
    descriptor.trace = nil
    descriptor.temperature = nil
    descriptor.metrics = [:]
    do {
      return try Model(descriptor: descriptor, parameters: tensors)
    } catch {
      throw .model(error)
    }
  }

  /// All tensors as they are stored, those of layers' weights as integers.
  private func integerWeights(of layers: [Int]) throws(QuantizationError) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for parameter in model.graph.parameters {
      tensors[parameter.name] = model.tensors.stored(parameter.name)
    }
    for layer in layers {
      let name = model.graph.nodes[layer].name + ".weight"
      guard tensors[name]?.elementType != .int8 else { continue }
      do throws(NarrowingFault) {
        tensors[name] = try model.parameter(name).narrowed(to: .int8)
      } catch {
        throw .weights(name)
      }
    }
    return tensors
  }
}

extension Quantizer {
  /// What rounding a layer costs.
  public struct LayerEffect: Hashable, Sendable {
    /// The layer.
    public let layer: String
    /// The mean squared error of the logits that the quantized network is rid of if the layer computes in floats, over the mean
    /// square of the logits; negative where the error grows.
    public let relief: Double
  }

  /// The effect of each layer that computes with integers, the largest first.
  ///
  /// - Parameters:
  ///   - kept: layers that compute in floats already.
  ///   - limit: images that are used, of those that the maps were measured with.
  ///   - progress: gets the number of layers done so far.
  /// - Complexity: one run of the images for each layer.
  public func effects(
    keeping kept: [String: String] = [:], images limit: Int = 32, progress: (_ done: Int) -> Void = { _ in }
  ) throws -> [LayerEffect] {
    // Spread over all: neighbours are often of one class.
    let step = max(1, images.count / max(1, limit))
    let sources = stride(from: 0, to: images.count, by: step).prefix(limit).map { images[$0] }
    let truth = try logits(of: model, for: sources)
    let square = truth.values.joined().reduce(0) { $0 + Double($1) * Double($1) }
    func error(_ kept: [String: String]) throws -> Double {
      let rounded = try logits(of: quantized(keeping: kept), for: sources)
      return truth.reduce(0) { sum, entry in
        zip(entry.value, rounded[entry.key] ?? []).reduce(sum) {
          $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
        }
      } / max(square, .leastNormalMagnitude)
    }
    let whole = try error(kept)
    let layers = layers.filter { kept[$0] == nil }
    guard layers.count > 1 else { return layers.map { LayerEffect(layer: $0, relief: whole) } }
    var effects: [LayerEffect] = []
    for layer in layers {
      effects.append(LayerEffect(layer: layer, relief: whole - (try error(kept.merging([layer: ""]) { $1 }))))
      progress(effects.count)
    }
    return effects.enumerated().sorted { ($1.element.relief, $0.offset) < ($0.element.relief, $1.offset) }
      .map(\.element)
  }

  /// The logits of each image that can be read, by its place.
  private func logits(of model: Model, for sources: [ImageSource]) throws -> [Int: [Float]] {
    let pipeline: ImagePipeline
    do {
      pipeline = try ImagePipeline(model, options: options.running)
    } catch {
      throw QuantizationError.inference(error)
    }
    var result: [Int: [Float]] = [:]
    try pipeline.run(sources) { ran in
      ran.withLogits { logits in logits.indices.map { logits[$0] } }
    } emit: { image, outcome in
      if case .success(let logits) = outcome.value { result[image] = logits }
    }
    return result
  }
}
