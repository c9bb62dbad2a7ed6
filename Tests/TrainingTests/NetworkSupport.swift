import Kernels
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport

@testable import Training

extension Noise {
  /// Seeded by FNV-1a of a text.
  init(text: String) {
    var seed: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
    self.init(seed)
  }
}

/// Models and batches that training is tried on.
enum TestTraining {
  /// A model whose tensors are drawn by name, none of them at its default.
  static func model(_ architecture: Architecture) throws -> Model {
    var tensors: [String: Tensor] = [:]
    for parameter in try Graph(architecture).parameters {
      let count = parameter.shape.elementCount
      let fanIn = max(1, count / parameter.shape.dimensions[0])
      var noise = Noise(text: parameter.name)
      let values = noise.floats(count).map { value in
        switch (parameter.role, parameter.shape.rank) {
        case (.weight, 1): 1 + 0.3 * value
        case (.weight, _): value * (6 / Float(fanIn)).squareRoot()
        case (.runningVariance, _): 1 + 0.5 * value
        case (.bias, _), (.runningMean, _): 0.2 * value
        }
      }
      tensors[parameter.name] = Tensor(shape: parameter.shape, floats: values)
    }
    return try Model(
      descriptor: ModelDescriptor(
        architecture: architecture, preprocessing: Preprocessing.usual(for: architecture).record,
        origin: Origin(kind: .imported)), parameters: tensors)
  }

  /// Inputs drawn in PyTorch's order, [channels, height, width] each.
  static func fill(_ batch: TrainingBatch, count: Int, seed: String, classes: Int, shift: Int = 0) {
    var noise = Noise(text: seed)
    let shape = batch.shape
    for index in 0..<count {
      batch.withInput(index) { span in
        for channel in 0..<shape.channels {
          for pixel in 0..<shape.height * shape.width {
            span[pixel * shape.channels + channel] = noise.next()
          }
        }
      }
    }
    batch.targets = (0..<count).map { TrainingBatch.Target(label: (7 * $0 + shift) % classes) }
  }
}

extension TrainingNetwork {
  /// Copies of the flat buffers.
  var values: [Float] { withValues { span in span.indices.map { span[$0] } } }
  var gradients: [Float] { withGradients { span in span.indices.map { span[$0] } } }
  var statisticValues: [Float] { withStatistics { span in span.indices.map { span[$0] } } }

  /// Replaces all values.
  func set(_ values: [Float]) {
    withMutableValues { span in
      for index in span.indices { span[index] = values[index] }
    }
  }

  /// One plain step of gradient descent.
  func descend(rate: Float) {
    let gradients = gradients
    withMutableValues { span in
      for index in span.indices { span[index] -= rate * gradients[index] }
    }
  }
}

extension Model {
  /// All floats of a tensor.
  func values(_ name: String) -> [Float] {
    let tensor = parameter(name)
    return (0..<tensor.shape.elementCount).map { tensor.floats[$0] }
  }
}
