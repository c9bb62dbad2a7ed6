import Messages
import ModelDescriptor
import ResNetGraph
import WeightFiles

extension GraphMatch {
  /// The maps that the file rounds and the layers whose weights are integers there, in the words of the network; nil for a network of
  /// real numbers.
  ///
  /// - Throws: ``ImportError`` with `graph` where maps are rounded, and no layer computes with integers.
  func quantization(_ source: ONNXSource) throws(ImportError) -> Quantization? {
    // Where a norm is part of a convolution, the rounded value is the norm's.
    var ends: [Int: Int] = [:]
    for (node, step) in partners { ends[step] = max(ends[step] ?? node, node) }
    var maps: [String: Quantization.Map] = [:]
    for (step, node) in ends {
      maps[graph.nodes[node].name] = reading.steps[step].rounding?.map
    }
    let layers = graph.nodes.filter { node in
      guard let input = node.inputs.first, maps[graph.nodes[input].name] != nil,
        let weight = weights[node.name + ".weight"]
      else { return false }
      switch node.operation {
      case .convolution, .linear: return source.integers(of: weight) != nil
      default: return false
      }
    }
    guard !maps.isEmpty else { return nil }
    guard !layers.isEmpty else {
      let first = partners.values.sorted().first { reading.steps[$0].rounding != nil } ?? 0
      throw ImportError(
        .graph, file: reading.file,
        "this quantized network cannot be kept as one: the value of the node \(reading.steps[first].node.label) is rounded to 8 bits, and no layer that reads such a value has weights of integers. \(Remedy.realNumbers) takes real numbers in its place"
      )
    }
    return Quantization(maps: maps, layers: layers.map(\.name))
  }
}
