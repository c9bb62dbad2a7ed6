public import ModelDescriptor
package import ResNetGraph
import TensorCore

extension Model {
  /// The maps and layers that are of 8-bit integers; nil for a network of real numbers.
  public var quantization: Quantization? { descriptor.architecture.quantization }

  /// The stored integers of a layer that is one of the ``quantization``'s.
  ///
  /// The float32 values of the same weights are ``parameter(_:)``; both share the model's memory with it.
  ///
  /// - Parameter layer: the name of the layer's node, such as `layer1.0.conv1`.
  /// - Returns: nil for a layer that computes with real numbers.
  /// - Complexity: O(number of output channels and of the quantization's layers).
  public func integerWeights(ofLayer layer: String) -> IntegerWeights? {
    guard let quantization, quantization.layers.contains(layer),
      let tensor = tensors.stored(Graph.weight(of: layer))
    else { return nil }
    return IntegerWeights(tensor)
  }

  /// The network of real numbers that has the weights of a quantized one, its integers times their scales, as float32: none of its
  /// maps is rounded. The record of the calibration is left out, and so is a golden trace, which holds other answers.
  ///
  /// A network that is not quantized is returned as it is.
  ///
  /// - Throws: ``ModelError``.
  /// - Complexity: O(number of weights) in time; the weights are shared.
  public func dequantized() throws(ModelError) -> Model {
    guard quantization != nil else { return self }
    let integers = graph.integerWeights
    var plain = WidenedTensors()
    for parameter in graph.parameters {
      let name = parameter.name
      let floats = self.parameter(name)
      let isKept = !integers.contains(name)
      plain.add(name, stored: isKept ? tensors.stored(name) ?? floats : floats, floats: floats)
    }
    var descriptor = descriptor
    descriptor.architecture.quantization = nil
    descriptor.calibration = nil
    descriptor.trace = nil
    descriptor.temperature = nil
    return try Model(descriptor: descriptor, tensors: plain)
  }
}

extension Graph {
  /// The names of the weights that must be integers: those of the quantization's layers.
  package var integerWeights: Set<String> {
    Set((architecture.quantization?.layers ?? []).map(Self.weight(of:)))
  }

  /// The name of a layer's weight.
  static func weight(of layer: String) -> String { layer + ".weight" }
}
