import Kernels
import ModelDescriptor
import ReferenceKernels
import ResNetGraph
import ResNetModel
import TensorCore

extension Model {
  /// The logits of one image by the reference operations.
  func referenceLogits(_ image: Reference.Map) -> [Float] {
    referenceMaps(image)[graph.nodes.count - 1].values
  }

  /// The output of every node for one image by the reference operations, node after node, nothing fused.
  func referenceMaps(_ image: Reference.Map) -> [Reference.Map] {
    var maps: [Reference.Map] = []
    for node in graph.nodes {
      let inputs = node.inputs.map { maps[$0] }
      var map = node.operation.reference(inputs, image: image) { values(node.name + "." + $0) }
      if let rounding = descriptor.architecture.quantization?.maps[node.name] {
        map.values = map.values.map { value in
          let byte = (value / rounding.scale).rounded(.toNearestOrEven) + Float(rounding.zeroPoint)
          return rounding.scale * (min(max(byte, 0), 255) - Float(rounding.zeroPoint))
        }
      }
      maps.append(map)
    }
    return maps
  }

  private func values(_ name: String) -> [Float] {
    let tensor = parameter(name)
    return (0..<tensor.shape.elementCount).map { tensor.floats[$0] }
  }
}

extension Operation {
  fileprivate func reference(
    _ inputs: [Reference.Map], image: Reference.Map, parameter: (String) -> [Float]
  ) -> Reference.Map {
    switch self {
    case .input: image
    case .convolution(let convolution):
      Reference.convolution(
        inputs[0],
        weights: convolution.standardization.map {
          Reference.standardized(
            parameter("weight"), outputs: convolution.outputChannels, epsilon: $0)
        } ?? parameter("weight"),
        outputChannels: convolution.outputChannels, kernel: convolution.kernel, stride: convolution.stride,
        padding: convolution.padding, dilation: convolution.dilation, groups: convolution.groups
      ).adding(convolution.hasBias ? parameter("bias") : nil)
    case .batchNormalization(let norm):
      Reference.batchNormalization(
        inputs[0], weight: parameter("weight"), bias: parameter("bias"), mean: parameter("running_mean"),
        variance: parameter("running_var"), epsilon: norm.epsilon)
    case .groupNormalization(let norm):
      Reference.groupNormalization(
        inputs[0], groups: norm.groups,
        weight: norm.isAffine ? parameter("weight") : Array(repeating: 1, count: norm.channels),
        bias: norm.isAffine ? parameter("bias") : Array(repeating: 0, count: norm.channels),
        epsilon: norm.epsilon)
    case .relu: Reference.relu(inputs[0])
    case .sigmoid: Reference.sigmoid(inputs[0])
    case .maxPool(let pool) where pool.isPartial:
      Reference.partialMaxPool(inputs[0], kernel: pool.kernel, stride: pool.stride)
    case .maxPool(let pool):
      pool.padsWithZeros
        ? Reference.maxPoolOfZeroPadded(
          inputs[0], kernel: pool.kernel, stride: pool.stride, padding: pool.padding)
        : Reference.maxPool(inputs[0], kernel: pool.kernel, stride: pool.stride, padding: pool.padding)
    case .averagePool(let pool): pool.reference(inputs[0])
    case .blur(let blur): Reference.blur(inputs[0], stride: blur.stride)
    case .globalAveragePool: Reference.globalAveragePool(inputs[0])
    case .globalMaxPool: Reference.globalMaxPool(inputs[0])
    case .linear(let linear):
      Reference.linear(
        inputs[0], weight: parameter("weight"),
        bias: linear.hasBias ? parameter("bias") : Array(repeating: 0, count: linear.outputs))
    case .channelConvolution: Reference.channelConvolution(inputs[0], weight: parameter("weight"))
    case .mean: Reference.mean(inputs[0], inputs[1])
    case .concatenate: Reference.concatenate(inputs[0], inputs[1])
    case .scale: Reference.scale(inputs[0], by: inputs[1])
    case .add: Reference.add(inputs[0], inputs[1])
    case .zeroPadShortcut(let shortcut):
      Reference.zeroPadShortcut(inputs[0], stride: shortcut.stride, padding: shortcut.padding)
    }
  }
}

extension AveragePool {
  fileprivate func reference(_ input: Reference.Map) -> Reference.Map {
    func side(_ side: Int) -> Int {
      switch edge {
      case .dropped: (side - kernel) / stride + 1
      case .partial: (side + stride - 1) / stride
      case .zeros: side
      }
    }
    return Reference.averagePool(
      input, kernel: kernel, stride: stride, height: side(input.height), width: side(input.width),
      countsAll: edge == .zeros)
  }
}

extension Reference.Map {
  fileprivate func adding(_ bias: [Float]?) -> Self {
    guard let bias else { return self }
    var sum = self
    for index in values.indices { sum.values[index] += bias[index / (height * width)] }
    return sum
  }
}
