import TestSupport

/// An ONNX file as a test looks at it; the numbers are those of the format's fields.
struct ONNXFile {
  struct Step: Equatable {
    var kind: String
    var name: String
    var inputs: [String]
    var outputs: [String]
    /// Floats and integers as text.
    var attributes: [String: String]
  }

  struct Constant: Equatable {
    var type: Int64
    var dimensions: [Int64]
    var data: [UInt8]
  }

  let document: WireMessage
  let steps: [Step]
  let constants: [String: Constant]
  let properties: [String: String]

  init(_ path: String) throws {
    document = try WireMessage(readFile(path)[...])
    let graph = try document.message(7)
    steps = try graph.messages(1).map { step in
      let attributes = try step.messages(5).map { attribute in
        // A kind of 1 is a float, 2 an integer, 3 a text, 7 a list of integers.
        switch attribute.integers(20) {
        case [1]: (attribute.text(1) ?? "", "\(attribute.floats(2))")
        case [2]: (attribute.text(1) ?? "", "\(attribute.integers(3))")
        case [3]: (attribute.text(1) ?? "", attribute.text(4) ?? "")
        case [7]: (attribute.text(1) ?? "", "\(attribute.integers(8))")
        default: throw WireMessage.Damaged()
        }
      }
      return Step(
        kind: step.text(4) ?? "", name: step.text(3) ?? "", inputs: step.texts(1), outputs: step.texts(2),
        attributes: Dictionary(uniqueKeysWithValues: attributes))
    }
    constants = Dictionary(
      uniqueKeysWithValues: try graph.messages(5).map { constant in
        (
          constant.text(8) ?? "",
          Constant(
            type: constant.integers(2).first ?? 0, dimensions: constant.integers(1),
            data: constant.bytes(9).first ?? [])
        )
      })
    properties = Dictionary(
      uniqueKeysWithValues: try document.messages(14).map { ($0.text(1) ?? "", $0.text(2) ?? "") })
  }

  /// The sizes or names of a port's dimensions; 11 is the field of inputs, 12 that of outputs.
  func dimensions(_ port: UInt64) throws -> [String] {
    try document.message(7, port, 2, 1, 2).messages(1).map { $0.text(2) ?? "\($0.integers(1))" }
  }

  /// The integers of a constant.
  func integers(_ name: String) -> [Int64] {
    let data = constants[name]?.data ?? []
    return stride(from: 0, to: data.count - data.count % 8, by: 8).map { start in
      data[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int64($1) }
    }
  }

  /// The numbers of a constant.
  func floats(_ name: String) -> [Float] {
    let data = constants[name]?.data ?? []
    return stride(from: 0, to: data.count - data.count % 4, by: 4).map { start in
      Float(bitPattern: data[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  /// How often each operator occurs.
  var kinds: [String: Int] { Dictionary(steps.map { ($0.kind, 1) }, uniquingKeysWith: +) }
}
