/// The layers of a network that can compute with integers, and the maps that are rounded for them (NETWORK §5.8).
package struct QuantizableParts: Hashable, Sendable {
  /// The layers, in the order of the graph.
  package private(set) var layers: [Int] = []
  /// The nodes whose values are rounded, in the order of the graph.
  package private(set) var maps: [Int] = []
  /// For a map that has the range of a later one, as the input of a max-pool has that of its output: that one.
  package private(set) var sources: [Int: Int] = [:]

  /// Most products of a sum: 2^16 of them, each of magnitude below 2^15, stay within 32 bits.
  package static let depthLimit = 1 << 16

  /// - Parameter kept: names of layers that are to compute in floats.
  package init(_ graph: Graph, keeping kept: Set<String> = []) {
    let nodes = graph.nodes
    layers = nodes.indices.filter { nodes[$0].canComputeWithIntegers && !kept.contains(nodes[$0].name) }
    let isLayer = Set(layers)
    var isMap = Set(layers.map { nodes[$0].inputs[0] })
    for node in nodes where node.operation == .add {
      // A layer with integers adds the shortcut at the end of its sums; it reads it in bytes if such a layer makes the shortcut too.
      for (branch, other) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])]
      where Self.layer(endingIn: branch, of: nodes, among: isLayer) && branch > other {
        if Self.layer(endingIn: other, of: nodes, among: isLayer) { isMap.insert(other) }
      }
    }
    // A maximum of bytes is one of them.
    for index in nodes.indices.reversed() where isMap.contains(index) {
      guard case .maxPool = nodes[index].operation else { continue }
      let input = nodes[index].inputs[0]
      if isMap.insert(input).inserted { sources[input] = sources[index] ?? index }
    }
    maps = isMap.sorted()
  }

  /// True for a layer with integers, and for the batch norm behind one.
  private static func layer(endingIn index: Int, of nodes: [Node], among layers: Set<Int>) -> Bool {
    if layers.contains(index) { return true }
    guard case .batchNormalization = nodes[index].operation else { return false }
    return layers.contains(nodes[index].inputs[0])
  }
}

extension Node {
  /// True for convolutions and linear layers whose weights can be integers.
  fileprivate var canComputeWithIntegers: Bool {
    switch operation {
    case .convolution(let convolution):
      convolution.standardization == nil
        && convolution.inputChannels / convolution.groups * convolution.kernel * convolution.kernel
          <= QuantizableParts.depthLimit
    case .linear(let linear): linear.inputs <= QuantizableParts.depthLimit
    default: false
    }
  }
}
