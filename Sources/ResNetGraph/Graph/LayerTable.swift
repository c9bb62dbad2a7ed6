public import ModelDescriptor
import TensorCore

/// The output and the cost of each node of a network, for images of one size.
public struct LayerTable: Hashable, Sendable {
  /// One node.
  public struct Layer: Hashable, Sendable {
    /// Its index in the graph.
    public let index: Int
    /// Its path, its work and its inputs.
    public let node: Node
    /// The shape of its output for one image.
    public let shape: FeatureShape
    /// Its trainable numbers.
    public let parameters: Int
    /// Multiplications with additions for one image, in convolutions and linear layers.
    public let multiplyAdds: Int
  }

  /// All nodes in the order in which they run.
  public let layers: [Layer]

  /// The trainable numbers of all nodes.
  public var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }
  /// Multiplications with additions for one image in all nodes.
  public var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }

  /// Makes the table for images of the given size; the architecture's own size by default.
  ///
  /// - Throws: as ``Graph/shapes(height:width:)``.
  public init(_ graph: Graph, height: Int? = nil, width: Int? = nil) throws(DescriptorError) {
    let shapes = try graph.shapes(height: height, width: width)
    var parameters = Array(repeating: 0, count: graph.nodes.count)
    for parameter in graph.parameters where parameter.role.isTrainable {
      parameters[parameter.node] += parameter.shape.elementCount
    }
    layers = graph.nodes.indices.map { index in
      Layer(
        index: index, node: graph.nodes[index], shape: shapes[index], parameters: parameters[index],
        multiplyAdds: graph.nodes[index].operation.multiplyAdds(output: shapes[index]))
    }
  }
}
