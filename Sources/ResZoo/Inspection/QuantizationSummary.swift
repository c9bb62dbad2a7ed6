package import ModelDescriptor
package import ResNetGraph

/// The share of a network that is of 8-bit integers, and the rest.
package struct QuantizationSummary: Encodable, Hashable, Sendable {
  /// A layer that computes with real numbers.
  package struct KeptLayer: Encodable, Hashable, Sendable {
    package var name: String
    /// The reason that the calibration gives.
    package var reason: String?
  }

  /// Convolutions and linear layers.
  package var layers: Int
  /// The number of layers that compute with integers.
  package var integerLayers: Int
  /// Maps that are rounded.
  package var maps: Int
  /// The other layers, in the order of the network.
  package var kept: [KeptLayer]

  /// - Parameter graph: that of the descriptor's architecture.
  /// - Returns: nil for a network of real numbers.
  package init?(_ descriptor: ModelDescriptor, graph: Graph) {
    guard let quantization = descriptor.architecture.quantization else { return nil }
    let names = graph.layersOfWeights.map { graph.nodes[$0].name }
    let integers = Set(quantization.layers)
    layers = names.count
    integerLayers = integers.count
    maps = quantization.maps.count
    kept = names.filter { !integers.contains($0) }
      .map { KeptLayer(name: $0, reason: descriptor.calibration?.kept[$0]) }
  }
}
