import ResNetGraph
import ResNetModel
import TensorCore

/// Group norm and channel attention, which treat the channels of an image together.
extension ONNXNetworkBuilder {
  /// Operator set 17 normalises single channels only. Those of a group become one, [N, groups, C / groups · H, W], and
  /// channels again; 0 stands for the size that is there, -1 for what is left.
  mutating func groupNormalization(_ norm: GroupNormalization, _ index: Int) -> String {
    let name = name(of: index)
    if norm.groups == norm.channels { return instanceNormalization(norm, index) }
    let split = constant(name + ".split_shape", [0, norm.groups, -1, 0])
    let joined = constant(name + ".joined_shape", [0, norm.channels, -1, 0])
    let ones = constant(name + ".ones", Tensor(repeating: 1, count: norm.groups))
    let zeros = constant(name + ".zeros", Tensor(repeating: 0, count: norm.groups))
    let factors = [".weight", ".bias"].map { suffix in
      constant(name + suffix, model.parameter(name + suffix).reshaped([norm.channels, 1, 1]))
    }
    var value = step("Reshape", named: name + ".split", reading: [input(of: index), split])
    value = step(
      "InstanceNormalization", named: name + ".normalized", reading: [value, ones, zeros],
      [.float("epsilon", norm.epsilon)])
    value = step("Reshape", named: name + ".joined", reading: [value, joined])
    value = step("Mul", named: name + ".scaled", reading: [value, factors[0]])
    return step("Add", index, reading: [value, factors[1]])
  }

  /// A norm of single channels, which is one operator.
  private mutating func instanceNormalization(_ norm: GroupNormalization, _ index: Int) -> String {
    let name = name(of: index)
    let factors =
      norm.isAffine
      ? constants(of: index)
      : [
        constant(name + ".ones", Tensor(repeating: 1, count: norm.channels)),
        constant(name + ".zeros", Tensor(repeating: 0, count: norm.channels)),
      ]
    return step("InstanceNormalization", index, factors, [.float("epsilon", norm.epsilon)])
  }

  /// [N, C, 1, 1] as [N, 1, C] and back, so that a convolution runs along the channels.
  mutating func channelConvolution(_ convolution: ChannelConvolution, _ index: Int) -> String {
    let name = name(of: index)
    let row = constant(name + ".row_shape", [0, 1, -1])
    let column = constant(name + ".column_shape", [0, -1, 1, 1])
    var value = step("Reshape", named: name + ".row", reading: [input(of: index), row])
    value = step(
      "Conv", named: name + ".convolved", reading: [value] + constants(of: index),
      [
        .integers("kernel_shape", [convolution.kernel]),
        .integers("pads", convolution.kernel / 2, count: 2),
      ])
    return step("Reshape", index, reading: [value, column])
  }

  /// The product of a map and its gate, which becomes [N, C, 1, 1] if it is [N, C].
  mutating func scale(_ index: Int) -> String {
    let node = model.graph.nodes[index]
    var gate = input(1, of: index)
    if isFlat(node.inputs[1]) {
      let axes = constant(node.name + ".axes", [2, 3])
      gate = step("Unsqueeze", named: node.name + ".gate", reading: [gate, axes])
    }
    return step("Mul", index, reading: [input(of: index), gate])
  }
}

extension Tensor {
  fileprivate init(repeating value: Float, count: Int) {
    self.init(shape: [count], floats: Array(repeating: value, count: count))
  }
}
