public import ModelDescriptor
import ResNetGraph
public import ResNetModel

/// A network of a study that trains several by one recipe.
public struct StudyNetwork: Hashable, Sendable {
  /// The name, which no other network of the study has; the trained checkpoint is called like it.
  public var name: String
  /// The architecture. It gets as many classes as the data set has.
  public var architecture: Architecture
  /// The distribution of its weights before training.
  public var initialization: Model.Initialization

  /// A network from its fields.
  public init(
    _ name: String, _ architecture: Architecture, initialization: Model.Initialization = .kaiming
  ) {
    self.name = name
    self.architecture = architecture
    self.initialization = initialization
  }

  /// A preset.
  ///
  /// - Throws: ``DescriptorError`` as ``Architecture/preset(named:classes:)``.
  public init(preset name: String) throws(DescriptorError) {
    self.init(name, try .preset(named: name))
  }

  /// The name as a part of a file's: letters, digits, `_`, `-` and inner dots; others become `-`.
  var fileName: String { Self.fileName(of: name) }

  /// A network's name as a part of a file's.
  static func fileName(of name: String) -> String {
    var text = ""
    for scalar in name.unicodeScalars {
      let isKept =
        scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789_-.".unicodeScalars.contains(scalar))
      text.unicodeScalars.append(isKept && !(scalar == "." && text.isEmpty) ? scalar : "-")
    }
    return text.isEmpty ? "network" : text
  }
}

extension StudyNetwork {
  /// The size of a network.
  public struct Size: Hashable, Sendable {
    /// The layers with weights on the way through the blocks, as papers count them: 20 of ResNet-20.
    public var layers: Int
    /// The trainable numbers.
    public var parameters: Int
    /// Multiplications with additions for one image.
    public var multiplyAdds: Int
  }

  /// Counts the network as it is for a data set.
  ///
  /// - Throws: ``DescriptorError`` for an architecture that is not sound.
  public func size(classes: Int) throws(DescriptorError) -> Size {
    var architecture = architecture
    architecture.classes = classes
    let graph = try Graph(architecture)
    return Size(
      layers: architecture.layerCount, parameters: graph.parameterCount,
      multiplyAdds: try graph.multiplyAdds())
  }

  /// The network without its depth: equal for networks that differ in depth alone.
  var kind: StudyNetwork {
    var kind = self
    kind.name = ""
    kind.architecture.name = nil
    for index in kind.architecture.stages.indices { kind.architecture.stages[index].blocks = 1 }
    return kind
  }
}

extension Architecture {
  /// The layers with weights on the way through the blocks: shortcuts and attention are not counted.
  var layerCount: Int {
    let blocks = stages.reduce(0) { sum, stage in
      sum + stage.blocks * ((stage.block ?? block).isBottleneck ? 3 : 2)
    }
    return stem.widths.count + blocks + (head == .none ? 0 : 1)
  }
}
