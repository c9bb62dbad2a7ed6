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
    return try keepingIntegers(nil)
  }

  /// The network whose nodes after one are of real numbers, and whose others compute as they do here: their integers, scales and maps
  /// stay bit for bit. The record of the calibration says why the other layers are of real numbers; a golden trace is left out.
  ///
  /// A network that has no integers after the node is returned as it is.
  ///
  /// - Parameters:
  ///   - node: the last node that may have integers.
  ///   - reason: why layers after it have none, for people.
  /// - Throws: ``ModelError``.
  /// - Complexity: O(number of weights) in time; the weights are shared.
  package func dequantized(after node: Int, because reason: String) throws(ModelError) -> Model {
    guard let quantization else { return self }
    let kept = quantization.keeping(Set(graph.nodes[...node].map(\.name)))
    guard kept != quantization else { return self }
    let model = try keepingIntegers(kept)
    guard let kept, var calibration = descriptor.calibration else { return model }
    for layer in Set(quantization.layers).subtracting(kept.layers) { calibration.kept[layer] = reason }
    var changed = model.descriptor
    changed.calibration = calibration
    return try Model(descriptor: changed, graph: model.graph, tensors: model.tensors)
  }

  /// The network with a part of its integers, or none.
  ///
  /// - Parameter kept: a part of the quantization.
  private func keepingIntegers(_ kept: Quantization?) throws(ModelError) -> Model {
    let integers = Set((kept?.layers ?? []).map(Graph.weight(of:)))
    let leaving = graph.integerWeights.subtracting(integers)
    var plain = WidenedTensors()
    for parameter in graph.parameters {
      let name = parameter.name
      let floats = self.parameter(name)
      let isKept = !leaving.contains(name)
      plain.add(name, stored: isKept ? tensors.stored(name) ?? floats : floats, floats: floats)
    }
    var descriptor = descriptor
    descriptor.architecture.quantization = kept
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

extension Quantization {
  /// The maps and layers of these names; nil where no layer is among them.
  ///
  /// - Parameter names: of nodes; with a layer that of its input.
  package func keeping(_ names: Set<String>) -> Quantization? {
    let layers = layers.filter(names.contains)
    return layers.isEmpty ? nil : Quantization(maps: maps.filter { names.contains($0.key) }, layers: layers)
  }
}
