import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore

/// Maps that are rounded to 8 bits, and weights of 8-bit integers: QuantizeLinear and DequantizeLinear say both (NETWORK §5.9).
extension ONNXNetworkBuilder {
  /// A node's output as its readers see it: rounded where it is one of the maps.
  mutating func rounded(_ value: String, of index: Int) -> String {
    let name = name(of: index)
    guard let map = model.quantization?.maps[name] else { return value }
    let numbers = [
      constant(ONNXConstant(name + ".scale", [], scales: [map.scale])),
      constant(ONNXConstant(name + ".zero_point", [], unsigned: [map.zeroPoint])),
    ]
    let integers = step("QuantizeLinear", named: name + ".quantized", reading: [value] + numbers)
    return step("DequantizeLinear", named: name + ".dequantized", reading: [integers] + numbers)
  }

  /// The weights of a layer with integers, which have a scale for each output channel and no zero points.
  mutating func integerConstant(_ name: String, _ shape: Shape, _ weights: ScaledIntegers) -> String {
    let channels = [weights.scales.count]
    let inputs = [
      constant(ONNXConstant(name + ".quantized", shape.dimensions, signed: weights.integers)),
      constant(ONNXConstant(name + ".scale", channels, scales: weights.scales)),
      constant(
        ONNXConstant(
          name + ".zero_point", channels, signed: Array(repeating: 0, count: weights.scales.count))),
    ]
    return step("DequantizeLinear", named: name, reading: inputs, [.integer("axis", 0)])
  }
}

/// Integers and the scales of their output channels.
struct ScaledIntegers {
  /// In row-major order, the output channels outermost.
  var integers: [Int8]
  var scales: [Float]
}

extension Model {
  /// The integers of a layer as they are; nil for a layer of real numbers.
  func scaledIntegers(ofLayer layer: String) -> ScaledIntegers? {
    integerWeights(ofLayer: layer).map {
      let integers = $0.integers
      return ScaledIntegers(integers: integers.indices.map { integers[$0] }, scales: $0.scales)
    }
  }

  /// True if the batch norm behind a convolution can become part of it. It cannot where the value between them is rounded, nor where
  /// −128 would change its sign.
  func canFold(convolution: Int, norm: Int) -> Bool {
    guard let quantization else { return true }
    let name = graph.nodes[convolution].name
    guard quantization.maps[name] == nil else { return false }
    guard let weights = scaledIntegers(ofLayer: name) else { return true }
    let factors = scaleAndShift(ofConvolution: convolution, norm: norm).scale
    return factors.allSatisfy { $0 >= 0 } || !weights.integers.contains(.min)
  }

  /// The integers, scales and biases of a convolution that does the work of the batch norm after it; nil for one of real numbers.
  ///
  /// Where a channel's scale is so small beside its bias that the bias in units of the sums would take more than 31 bits, as other
  /// programs store it, the scale is larger and the integers smaller.
  ///
  /// - Complexity: O(number of the convolution's weights).
  func foldedIntegers(convolution: Int, norm: Int) -> (weights: ScaledIntegers, bias: Tensor)? {
    let node = graph.nodes[convolution]
    guard var weights = scaledIntegers(ofLayer: node.name),
      let map = quantization?.maps[graph.nodes[node.inputs[0]].name]
    else { return nil }
    let (scale, shift) = scaleAndShift(ofConvolution: convolution, norm: norm)
    let filterSize = weights.integers.count / scale.count
    for channel in scale.indices {
      let own = Double(weights.scales[channel]) * scale[channel].magnitude
      // Without a scale any is right that the bias has room with.
      let least = max(
        shift[channel].magnitude / (Double(map.scale) * 0x1p30),
        own > 0 ? Double(Float.leastNormalMagnitude) : 0x1p-30)
      let sign: Double = scale[channel] < 0 ? -1 : 1
      let isLarge = own >= least
      weights.scales[channel] = Float(isLarge ? own : least)
      let factor = isLarge ? sign : sign * own / least
      guard factor != 1 else { continue }
      for index in channel * filterSize..<(channel + 1) * filterSize {
        weights.integers[index] = Int8((Double(weights.integers[index]) * factor).rounded(.toNearestOrEven))
      }
    }
    return (weights, Tensor(shape: [shift.count], floats: shift.map { Float($0) }))
  }
}
