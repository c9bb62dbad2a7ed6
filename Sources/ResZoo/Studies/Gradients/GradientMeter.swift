import ModelDescriptor
import ResNetGraph
import ResNetModel
import Threads
import Training

/// Runs a network forward and backward, as a training step does, and measures the gradients at the first convolution of each block.
struct GradientMeter {
  private let network: TrainingNetwork
  /// The weights of the blocks' first convolutions.
  private let convolutions: [TrainedParameter]

  /// Prepares a network, of which nothing is dropped at random.
  ///
  /// - Parameters:
  ///   - batch: the batch that will run.
  ///   - pool: the workers.
  /// - Throws: ``TrainingError``, ``ModelError``.
  init(_ model: Model, for batch: TrainingBatch, pool: WorkerPool) throws {
    network = try TrainingNetwork(
      model.withoutDropping(), selection: .all, height: batch.shape.height, width: batch.shape.width,
      capacity: batch.count, pool: pool)
    let byName = Dictionary(network.parameters.map { ($0.name, $0) }) { first, _ in first }
    convolutions = Self.blocks(of: model.descriptor.architecture).compactMap { byName[$0 + ".conv1.weight"] }
  }

  /// The paths of a network's blocks in the order in which they run.
  static func blocks(of architecture: Architecture) -> [String] {
    architecture.stages.enumerated().flatMap { index, stage in
      (0..<stage.blocks).map { "layer\(index + 1).\($0)" }
    }
  }

  /// The cross-entropy of a batch and the norms of its gradients.
  ///
  /// - Parameter seed: the seed of the weights; nil for those of a checkpoint.
  func run(_ batch: TrainingBatch, seed: UInt64?) -> GradientProfile.Run {
    network.forward(batch, mode: .training(randomness: 0))
    let metrics = network.backward(CrossEntropy(), batch: batch)
    let norms = network.withGradients { gradients in
      convolutions.map { convolution in
        var sum = 0.0
        for index in convolution.range {
          let value = Double(gradients[index])
          sum += value * value
        }
        return sum.squareRoot()
      }
    }
    return GradientProfile.Run(seed: seed, loss: metrics.loss, norms: norms)
  }
}

extension Model {
  /// The same network without dropout and stochastic depth in training.
  fileprivate func withoutDropping() throws(ModelError) -> Model {
    var descriptor = descriptor
    descriptor.architecture.dropout = 0
    descriptor.architecture.stochasticDepth = 0
    descriptor.architecture.blockDropout = 0
    if case .multilayer(let widths, let dropout) = descriptor.architecture.head {
      descriptor.architecture.head = .multilayer(widths: widths, dropout: dropout.map { _ in 0 })
    }
    guard descriptor.architecture != self.descriptor.architecture else { return self }
    return try Model(descriptor: descriptor, tensors: tensors)
  }
}
