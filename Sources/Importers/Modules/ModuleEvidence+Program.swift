import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The statements of a TorchScript archive's program.
extension ModuleEvidence {
  /// The path of a convolution whose stride or dilation the program does not say; nil when there is none.
  func silentLayer(in graph: Graph) -> String? {
    graph.nodes.lazy.compactMap { node -> String? in
      guard case .convolution = node.operation, let layer = layers[node.name], layer.isProgram else {
        return nil
      }
      return layer.settings["stride"] == nil || layer.settings["dilation"] == nil ? layer.path : nil
    }.first
  }
}
