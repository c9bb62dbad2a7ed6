import Kernels
import ResNetGraph
import ResNetModel
import TensorCore

extension Model {
  /// The logits of one picture by the reference operations, node after node, nothing fused.
  func referenceLogits(_ picture: Reference.Map) -> [Float] {
    var maps: [Reference.Map] = []
    for node in graph.nodes {
      let inputs = node.inputs.map { maps[$0] }
      maps.append(node.operation.reference(inputs, picture: picture) { values(node.name + "." + $0) })
    }
    return maps[maps.count - 1].values
  }

  private func values(_ name: String) -> [Float] {
    let tensor = parameter(name)
    return (0..<tensor.shape.elementCount).map { tensor.floats[$0] }
  }
}

extension Operation {
  fileprivate func reference(
    _ inputs: [Reference.Map], picture: Reference.Map, parameter: (String) -> [Float]
  ) -> Reference.Map {
    switch self {
    case .input: picture
    case .convolution(let convolution):
      Reference.convolution(
        inputs[0], weights: parameter("weight"), outputChannels: convolution.outputChannels,
        kernel: convolution.kernel, stride: convolution.stride, padding: convolution.padding,
        dilation: convolution.dilation, groups: convolution.groups)
    case .batchNormalization(let norm):
      Reference.batchNormalization(
        inputs[0], weight: parameter("weight"), bias: parameter("bias"), mean: parameter("running_mean"),
        variance: parameter("running_var"), epsilon: norm.epsilon)
    case .relu: Reference.relu(inputs[0])
    case .maxPool(let pool):
      Reference.maxPool(inputs[0], kernel: pool.kernel, stride: pool.stride, padding: pool.padding)
    case .globalAveragePool: Reference.globalAveragePool(inputs[0])
    case .linear: Reference.linear(inputs[0], weight: parameter("weight"), bias: parameter("bias"))
    case .add: Reference.add(inputs[0], inputs[1])
    case .zeroPadShortcut(let shortcut):
      Reference.zeroPadShortcut(inputs[0], stride: shortcut.stride, padding: shortcut.padding)
    }
  }
}
