import ResNetGraph
import TensorCore

/// The differences between given tensors, by the graph's names, and those that a network needs.
struct TensorFit {
  struct Misshapen {
    var name: String
    var given: Shape
    var needed: Shape
  }

  /// Tensors that the network needs and the source lacks, in the graph's order.
  private(set) var missing: [Parameter] = []
  private(set) var misshapen: [Misshapen] = []
  /// Tensors of the source that the network does not have, in alphabetical order.
  private(set) var extra: [(name: String, shape: Shape)] = []

  init(_ graph: Graph, shapes: [String: Shape]) {
    var matched: Set<String> = []
    for parameter in graph.parameters {
      guard let shape = shapes[parameter.name] else {
        missing.append(parameter)
        continue
      }
      matched.insert(parameter.name)
      if shape != parameter.shape {
        misshapen.append(Misshapen(name: parameter.name, given: shape, needed: parameter.shape))
      }
    }
    extra = shapes.filter { !matched.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  var isPerfect: Bool { count == 0 }

  /// All tensors that differ.
  var count: Int { missing.count + misshapen.count + extra.count }
}
