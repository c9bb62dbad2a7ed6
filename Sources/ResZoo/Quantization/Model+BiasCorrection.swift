import ResNetGraph
import ResNetModel
import TensorCore

extension Model {
  /// Changes biases so that the layers' sums keep their means with rounded weights, for inputs of the measured means (Nagel et
  /// al. 2019, arXiv:1906.04721, section 4.2, with measured instead of assumed means).
  ///
  /// A layer without a bias of its own has the running mean of the batch norm behind it changed; one with neither stays.
  ///
  /// - Parameters:
  ///   - layers: nodes whose weights in `tensors` are integers.
  ///   - statistics: those of the maps that the layers read.
  func correctBiases(
    of layers: [Int], in tensors: inout [String: Tensor], statistics: [Int: MapStatistics]
  ) {
    for layer in layers {
      let node = graph.nodes[layer]
      guard let means = statistics[node.inputs[0]]?.means, let rounded = tensors[node.name + ".weight"] else {
        continue
      }
      let shift = Self.meanShift(from: parameter(node.name + ".weight"), to: rounded.widened(), means: means)
      if let bias = tensors[node.name + ".bias"] {
        tensors[node.name + ".bias"] = bias.widened().adding(shift, sign: 1)
      } else if let norm = graph.batchNorm(behind: layer), let mean = tensors[norm + ".running_mean"] {
        tensors[norm + ".running_mean"] = mean.widened().adding(shift, sign: -1)
      }
    }
  }

  /// The mean by which each output loses what rounding took from its weights.
  private static func meanShift(from weights: Tensor, to rounded: Tensor, means: [Double]) -> [Double] {
    let outputs = weights.shape.dimensions[0]
    let inputs = weights.shape.dimensions[1]
    let taps = weights.shape.elementCount / (outputs * inputs)
    let groupOutputs = outputs / (means.count / inputs)
    return (0..<outputs).map { output in
      let first = output / groupOutputs * inputs
      var shift = 0.0
      for input in 0..<inputs {
        var difference = 0.0
        for tap in 0..<taps {
          let index = (output * inputs + input) * taps + tap
          difference += Double(weights.floats[index]) - Double(rounded.floats[index])
        }
        shift += difference * means[first + input]
      }
      return shift
    }
  }
}

extension Graph {
  /// The name of the batch norm that alone reads a layer.
  fileprivate func batchNorm(behind layer: Int) -> String? {
    let readers = nodes.filter { $0.inputs.contains(layer) }
    guard readers.count == 1, case .batchNormalization = readers[0].operation else { return nil }
    return readers[0].name
  }
}

extension Tensor {
  /// A float32 tensor with numbers added, or with a sign of -1 taken away.
  fileprivate func adding(_ numbers: [Double], sign: Double) -> Tensor {
    Tensor(
      shape: shape, floats: numbers.indices.map { Float(Double(floats[$0]) + sign * numbers[$0]) })
  }
}
