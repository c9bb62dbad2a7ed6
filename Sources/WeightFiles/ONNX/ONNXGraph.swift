import Messages

/// One operator of an ONNX graph. Values go from one to the next by their names.
package struct ONNXNode: Sendable {
  package var name = ""
  package var kind = ""
  /// Empty for ONNX's own operators.
  package var domain = ""
  /// An empty name stands for an optional input that is not there.
  package var inputs: [String] = []
  package var outputs: [String] = []
  package var attributes: [String: ONNXAttribute] = [:]

  package init() {}

  /// The operator's kind with its domain, if that is not ONNX's own.
  package var fullKind: String { domain.isEmpty ? kind : "\(domain).\(kind)" }

  /// The node in messages: its name, or its first output where it has none, and its kind.
  package var label: String {
    let title = name.isEmpty ? outputs.first ?? "" : name
    return "'\(title.printable)' (\(fullKind.printable))"
  }
}

/// A setting of an operator.
package enum ONNXAttribute: Sendable {
  case float(Float)
  case integer(Int)
  case text(String)
  case floats([Float])
  case integers([Int])
  case tensor(ONNXTensor)
  /// A graph within the graph, as loops and branches have.
  case graph
  /// Any other kind.
  case other
}

/// A value that goes into a graph or comes out of it.
package struct ONNXPort: Sendable {
  package var name = ""
  package var type: ONNXType?
  /// The extents; nil for those that are free. Nil when nothing is said about them.
  package var dimensions: [Int?]?
}

extension ONNXNode {
  package func integer(_ name: String) -> Int? {
    if case .integer(let value) = attributes[name] { value } else { nil }
  }

  package func integers(_ name: String) -> [Int]? {
    if case .integers(let value) = attributes[name] { value } else { nil }
  }

  package func float(_ name: String) -> Float? {
    if case .float(let value) = attributes[name] { value } else { nil }
  }

  package func text(_ name: String) -> String? {
    if case .text(let value) = attributes[name] { value } else { nil }
  }

  /// The name of an input that is there.
  package func input(_ index: Int) -> String? {
    guard inputs.indices.contains(index), !inputs[index].isEmpty else { return nil }
    return inputs[index]
  }
}
