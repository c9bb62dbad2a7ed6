import ResNetGraph
import ResNetModel
import TensorCore

extension Graph {
  /// The batch norm after each convolution that has no bias and that nothing else reads, by the convolution's node.
  var foldableNorms: [Int: Int] {
    var readerCounts = Array(repeating: 0, count: nodes.count)
    for input in nodes.flatMap(\.inputs) { readerCounts[input] += 1 }
    let biased = Set(parameters.filter { $0.role == .bias }.map(\.node))
    var norms: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() {
      guard case .batchNormalization = node.operation, let input = node.inputs.first,
        case .convolution = nodes[input].operation, readerCounts[input] == 1, !biased.contains(input)
      else { continue }
      norms[input] = index
    }
    return norms
  }
}

extension Model {
  /// The weights and biases of a convolution that does the work of the batch norm after it, in double precision until
  /// they are rounded to float32.
  ///
  /// - Complexity: O(number of the convolution's weights).
  func folded(convolution: Int, norm: Int) -> (weight: Tensor, bias: Tensor) {
    let node = graph.nodes[norm]
    guard case .batchNormalization(let settings) = node.operation else {
      preconditionFailure("\(node.name) is no batch norm")
    }
    let weight = parameter(graph.nodes[convolution].name + ".weight")
    let gamma = parameter(node.name + ".weight")
    let beta = parameter(node.name + ".bias")
    let mean = parameter(node.name + ".running_mean")
    let variance = parameter(node.name + ".running_var")
    let filterSize = weight.shape.elementCount / settings.channels
    var weights: [Float] = []
    weights.reserveCapacity(weight.shape.elementCount)
    var biases: [Float] = []
    biases.reserveCapacity(settings.channels)
    let source = weight.floats
    for channel in 0..<settings.channels {
      let scale =
        Double(gamma.floats[channel]) / (Double(variance.floats[channel]) + settings.epsilon).squareRoot()
      for index in channel * filterSize..<(channel + 1) * filterSize {
        weights.append(Float(Double(source[index]) * scale))
      }
      biases.append(Float(Double(beta.floats[channel]) - Double(mean.floats[channel]) * scale))
    }
    return (
      Tensor(shape: weight.shape, floats: weights), Tensor(shape: [settings.channels], floats: biases)
    )
  }
}
