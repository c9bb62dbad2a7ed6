/// The statements of a Keras file about the layers of its network.
package struct KerasFacts: Sendable {
  /// The network's configuration, as JSON; nil where the file has weights alone.
  package var configuration: [UInt8]?
  /// The names of layers with arrays, in the order in which Keras hands the arrays to the layers of its network; a sequence for each
  /// group of layers that it counts apart.
  package var sequences: [[String]] = []
  /// The arrays of networks that are layers of another one, in that order.
  package var innerArrays: [[InnerArray]] = []
  /// The names of layers by the paths of their groups, such as `layers/conv2d_1`, where Keras goes by paths alone.
  package var layers: [String: String] = [:]

  /// An array of a layer within a network that is a layer itself.
  package struct InnerArray: Sendable {
    /// The layer's name.
    package var layer: String
    /// True for the moving statistics of norms, which are never trained.
    package var isStatistic: Bool

    package init(layer: String, isStatistic: Bool) {
      self.layer = layer
      self.isStatistic = isStatistic
    }
  }

  package init(
    configuration: [UInt8]? = nil, sequences: [[String]] = [], innerArrays: [[InnerArray]] = [],
    layers: [String: String] = [:]
  ) {
    self.configuration = configuration
    self.sequences = sequences
    self.innerArrays = innerArrays
    self.layers = layers
  }
}
