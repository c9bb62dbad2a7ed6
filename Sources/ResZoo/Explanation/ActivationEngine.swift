import ResNetModel
import Threads
import Training

/// Methods that weigh the channels of a node's output.
final class ActivationEngine: ExplanationEngine {
  private let method: ExplanationMethod
  private let network: GradientNetwork
  private let batch: TrainingBatch
  private var hasRunBackward = false

  /// - Parameter node: a node whose output has height and width.
  init(
    _ model: Model, method: ExplanationMethod, node: Int, height: Int, width: Int, pool: WorkerPool
  ) throws(ExplanationError) {
    self.method = method
    do {
      network = try GradientNetwork(
        model, node: node, height: height, width: width, exact: method != .eigenCAM, capacity: 1, pool: pool)
    } catch {
      throw .training(error)
    }
    batch = TrainingBatch(capacity: 1, shape: network.imageShape)
  }

  func begin(_ input: [Float]) -> [Float] {
    batch.take([input])
    network.begin(batch)
    network.forward()
    hasRunBackward = false
    return network.withLogits(of: 0) { logits in logits.indices.map { logits[$0] } }
  }

  func map(for answer: ExplainedAnswer) -> ComputedMap {
    let shape = network.nodeShape
    let activation = network.withActivation(of: 0) { span in
      ChannelMaps(span, channels: shape.channels)
    }
    let values: [Double]
    if method == .eigenCAM {
      values = PrincipalComponent.projection(of: activation)
    } else {
      if hasRunBackward { network.forward() }
      network.backward([answer.direction])
      hasRunBackward = true
      let gradient = network.withGradient(of: 0) { span in
        ChannelMaps(span, channels: shape.channels)
      }
      values = Self.map(method, activation, gradient)
    }
    return ComputedMap(values: values, height: shape.height, width: shape.width, check: nil)
  }

  /// Joins a node's output and its derivatives to a map, as pytorch-grad-cam does before it cuts and scales.
  private static func map(
    _ method: ExplanationMethod, _ activation: ChannelMaps, _ gradient: ChannelMaps
  ) -> [Double] {
    switch method {
    case .hiResCAM: return activation.sum { gradient[$0, $1] }
    case .layerCAM: return activation.sum { max(gradient[$0, $1], 0) }
    case .gradCAMPlusPlus:
      let weights = (0..<activation.channels).map { plusPlusWeight(of: $0, activation, gradient) }
      return activation.sum { weights[$1] }
    default:
      let weights = (0..<activation.channels).map { gradient.sum(of: $0) / Double(gradient.pixels) }
      return activation.sum { weights[$1] }
    }
  }

  /// The weight of a channel: the sum of max(G, 0) G² / (2 G² + S G³ + ε) over its places, where S is the sum of its activations
  /// (Chattopadhay et al. 2018, equation 19, under an exponential).
  private static func plusPlusWeight(
    of channel: Int, _ activation: ChannelMaps, _ gradient: ChannelMaps
  ) -> Double {
    let total = activation.sum(of: channel)
    var weight = 0.0
    for pixel in 0..<gradient.pixels {
      let slope = gradient[pixel, channel]
      guard slope > 0 else { continue }
      let square = slope * slope
      weight += slope * square / (2 * square + total * square * slope + 1e-6)
    }
    return weight
  }
}

/// The output of a node for one image, in double precision.
struct ChannelMaps {
  let channels: Int
  let pixels: Int
  /// [pixel][channel]
  private let values: [Double]

  /// - Parameter span: [height, width, channels].
  init(_ span: Span<Float>, channels: Int) {
    self.channels = channels
    pixels = span.count / channels
    values = span.indices.map { Double(span[$0]) }
  }

  subscript(pixel: Int, channel: Int) -> Double { values[pixel * channels + channel] }

  /// The sum of a channel over all places.
  func sum(of channel: Int) -> Double { (0..<pixels).reduce(0) { $0 + self[$1, channel] } }

  /// The sum of each place over the channels.
  ///
  /// - Parameter weight: the weight of a number, by its pixel and channel.
  func sum(_ weight: (Int, Int) -> Double) -> [Double] {
    (0..<pixels).map { pixel in
      (0..<channels).reduce(0) { $0 + weight(pixel, $1) * self[pixel, $1] }
    }
  }
}
