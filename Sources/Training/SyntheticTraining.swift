package import Inference
import Kernels
package import ResNetModel
import TensorCore

/// Whole training steps on synthetic images, to measure how long they take: the frozen part, forward, backward, and an
/// update by SGD with momentum. Nothing is cached from step to step.
package final class SyntheticTraining {
  /// The network that trains.
  package let network: TrainingNetwork
  /// The numbers that are multiplied, never ``InferencePrecision/automatic``.
  package let precision: InferencePrecision
  private let backbone: FrozenBackbone?
  private let images: TrainingBatch
  private let features: TrainingBatch?
  private let optimizer: Optimizer
  private var steps: UInt64 = 0

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - size: height and width of the images; what the architecture was made for by default.
  ///   - batch: images of each step.
  ///   - precision: the numbers that are multiplied.
  ///   - threads: workers; 0 for all processors.
  /// - Throws: ``TrainingError``, as ``TrainingNetwork`` does.
  package init(
    _ model: Model, selection: LayerSelection, size: Int? = nil, batch: Int,
    precision: InferencePrecision = .float32,
    threads: Int = 0
  ) throws(TrainingError) {
    let precision =
      precision != .automatic ? precision : InferencePrecision.hasBFloat16 ? .bfloat16 : .float32
    self.precision = precision
    network = try TrainingNetwork(
      model, selection: selection, height: size, width: size, capacity: batch,
      arithmetic: precision == .bfloat16 ? .bfloat16 : .single, threads: threads)
    let shape = try model.graph.trainingShapes(height: size, width: size)[0]
    images = TrainingBatch(capacity: batch, shape: shape)
    if network.boundary > 0 {
      backbone = try FrozenBackbone(
        model, boundary: network.boundary, height: size, width: size, precision: precision,
        capacity: batch, pool: network.pool)
      features = TrainingBatch(capacity: batch, shape: network.inputShape)
    } else {
      backbone = nil
      features = nil
    }
    optimizer = Optimizer(
      rule: .sgd(momentum: 0.9, nesterov: false), weightDecay: 1e-4,
      slices: network.parameters.map {
        ParameterSlice(name: $0.name, range: $0.range, isHead: $0.isHead, decays: true)
      }, pool: network.pool)
    for index in 0..<batch {
      images.withInput(index) { span in
        span.fillWithNoise(index)
      }
    }
    images.targets = (0..<batch).map { TrainingBatch.Target(label: $0 % network.classes) }
  }

  /// Does one step.
  @discardableResult
  package func step() -> StepMetrics {
    let batch = features ?? images
    if let backbone, let features { backbone.run(images, into: features) }
    network.forward(batch, mode: .training(randomness: steps))
    let metrics = network.backward(CrossEntropy(), batch: batch)
    network.withMutableValues { values in
      network.withGradients { gradients in
        _ = optimizer.step(values: &values, gradients: gradients, rates: LearningRates(head: 1e-4))
      }
    }
    steps += 1
    return metrics
  }
}
