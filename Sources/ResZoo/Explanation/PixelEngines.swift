import ResNetGraph
import ResNetModel
import Threads
import Training

/// The largest |dy/dx| among the channels of each pixel (Simonyan et al. 2014).
final class SaliencyEngine: ExplanationEngine {
  private let network: InputGradients
  private var input: [Float] = []

  init(_ model: Model, height: Int, width: Int, pool: WorkerPool) throws(ExplanationError) {
    network = try InputGradients(model, height: height, width: width, exact: true, capacity: 1, pool: pool)
  }

  func begin(_ input: [Float]) -> [Float] {
    self.input = input
    return network.logits(of: [input])[0]
  }

  func map(for answer: ExplainedAnswer) -> ComputedMap {
    let gradient = network.run([input], answer)[0].gradient
    let channels = network.shape.channels
    let values = (0..<network.shape.height * network.shape.width).map { pixel in
      (0..<channels).reduce(0.0) { max($0, Double(gradient[pixel * channels + $1]).magnitude) }
    }
    return ComputedMap(
      values: values, height: network.shape.height, width: network.shape.width, check: nil)
  }
}

/// Logits and their derivatives by the network's input.
struct InputGradients {
  /// The value of an answer at an input, and its derivative there, [height][width][channels].
  struct Point {
    var value: Double
    var gradient: [Float]
  }

  let capacity: Int
  private let network: GradientNetwork
  private let batch: TrainingBatch

  /// - Parameter exact: true for values that are summed in double precision.
  init(
    _ model: Model, height: Int, width: Int, exact: Bool = false, capacity: Int, pool: WorkerPool
  ) throws(ExplanationError) {
    self.capacity = capacity
    do {
      network = try GradientNetwork(
        model, node: 0, height: height, width: width, exact: exact, capacity: capacity, pool: pool)
    } catch {
      throw .training(error)
    }
    batch = TrainingBatch(capacity: capacity, shape: network.imageShape)
  }

  /// The shape of an input.
  var shape: FeatureShape { network.imageShape }

  /// The logits of inputs.
  ///
  /// - Precondition: there are 1 to ``capacity`` of them.
  func logits(of inputs: [[Float]]) -> [[Float]] {
    batch.take(inputs)
    network.begin(batch)
    network.forward()
    return inputs.indices.map { index in
      network.withLogits(of: index) { logits in logits.indices.map { logits[$0] } }
    }
  }

  /// The value of an answer and its derivative at each input.
  ///
  /// - Precondition: there are 1 to ``capacity`` of them.
  func run(_ inputs: [[Float]], _ answer: ExplainedAnswer) -> [Point] {
    let logits = logits(of: inputs)
    network.backward(Array(repeating: answer.direction, count: inputs.count))
    return inputs.indices.map { index in
      Point(
        value: answer.value(of: logits[index]),
        gradient: network.withGradient(of: index) { span in span.indices.map { span[$0] } })
    }
  }
}
