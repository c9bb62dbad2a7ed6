import Messages
import TensorCore

/// Nodes, their settings, and the ends of a graph.
extension ONNXFile {
  /// Most values of a setting that is a list.
  private static let listLimit = 4096
  /// Most bytes of a setting that is a text.
  private static let settingLimit = 4096

  func node(_ cursor: ByteCursor, _ range: Range<Int>) throws(WeightFileError) -> ONNXNode {
    var node = ONNXNode()
    try count(1)
    try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
      guard case .bytes(let range) = value else { return }
      switch field {
      case 1:
        try count(1)
        node.inputs.append(try cursor.text(range))
      case 2:
        try count(1)
        node.outputs.append(try cursor.text(range))
      case 3: node.name = try cursor.text(range)
      case 4: node.kind = try cursor.text(range)
      case 5:
        let (name, attribute) = try attribute(cursor, range)
        guard node.attributes.updateValue(attribute, forKey: name) == nil else {
          throw cursor.fault(
            .malformedGraph, "\(node.label) has the setting '\(name.printable)' twice; do not trust this file"
          )
        }
      case 7: node.domain = try cursor.text(range)
      default: break
      }
    }
    if node.domain == "ai.onnx" { node.domain = "" }
    return node
  }

  private func attribute(
    _ cursor: ByteCursor, _ range: Range<Int>
  ) throws(WeightFileError) -> (String, ONNXAttribute) {
    var name = ""
    // By ONNX's number of the kind; the file says which of them counts.
    var values: [UInt64: ONNXAttribute] = [:]
    var kind: UInt64?
    var (integers, floats): ([Int], [Float]) = ([], [])
    try count(1)
    try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
      guard integers.count <= Self.listLimit, floats.count <= Self.listLimit else {
        throw cursor.fault(.graphLimit, "a setting has more than \(Self.listLimit) values")
      }
      switch (field, value) {
      case (1, .bytes(let range)): name = try cursor.text(range)
      case (2, .bits32(let bits)): values[1] = .float(Float(bitPattern: bits))
      case (3, .number(let number)): values[2] = .integer(Int(Int64(bitPattern: number)))
      case (4, .bytes(let range)):
        values[3] =
          range.count <= Self.settingLimit ? .text(try cursor.text(range, limit: Self.settingLimit)) : .other
      case (5, .bytes(let range)):
        guard values.updateValue(.tensor(try tensor(cursor, range)), forKey: 4) == nil else {
          throw cursor.fault(.malformedGraph, "a setting has two constants; do not trust this file")
        }
      case (6, .bytes): values[5] = .graph
      case (11, .bytes): values[10] = .graph
      case (7, .bits32(let bits)): floats.append(Float(bitPattern: bits))
      case (7, .bytes(let range)):
        guard range.count % 4 == 0, range.count / 4 <= Self.listLimit else {
          throw cursor.fault(.graphLimit, "a setting of \(range.count) bytes of numbers")
        }
        while cursor.position < range.upperBound { floats.append(Float(bitPattern: try cursor.integer())) }
      case (8, .number(let number)): integers.append(Int(Int64(bitPattern: number)))
      case (8, .bytes(let range)):
        guard range.count <= 10 * Self.listLimit else {
          throw cursor.fault(.graphLimit, "a setting of \(range.count) bytes of numbers")
        }
        while cursor.position < range.upperBound {
          integers.append(Int(Int64(bitPattern: try cursor.varint())))
        }
      case (20, .number(let number)): kind = number
      default: break
      }
    }
    try count((integers.count + floats.count) / 4)
    if !floats.isEmpty || kind == 6 { values[6] = .floats(floats) }
    if !integers.isEmpty || kind == 7 { values[7] = .integers(integers) }
    guard let kind, kind != 0 else {
      // Files of the first version of ONNX do not say the kind.
      guard values.count <= 1 else {
        throw cursor.fault(
          .malformedGraph,
          "the setting '\(name.printable)' has values of several kinds, and programs differ in which they take; do not trust this file"
        )
      }
      return (name, values.values.first ?? .other)
    }
    // A value that is 0 may be left out.
    let empty: [UInt64: ONNXAttribute] = [1: .float(0), 2: .integer(0), 3: .text("")]
    return (name, values[kind] ?? empty[kind] ?? .other)
  }

  func port(_ cursor: ByteCursor, _ range: Range<Int>) throws(WeightFileError) -> ONNXPort {
    var port = ONNXPort()
    try count(1)
    try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
      guard case .bytes(let range) = value else { return }
      if field == 1 { port.name = try cursor.text(range) }
      guard field == 2 else { return }
      try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
        guard field == 1, case .bytes(let range) = value else { return }
        try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
          switch (field, value) {
          case (1, .number(let number)): port.type = ONNXType(rawValue: Int(clamping: number))
          case (2, .bytes(let range)): port.dimensions = try dimensions(cursor, range)
          default: break
          }
        }
      }
    }
    return port
  }

  private func dimensions(_ cursor: ByteCursor, _ range: Range<Int>) throws(WeightFileError) -> [Int?] {
    var dimensions: [Int?] = []
    try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
      guard field == 1, case .bytes(let range) = value else { return }
      var size: Int?
      try count(1)
      try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
        if field == 1, case .number(let number) = value { size = Int(exactly: number) }
      }
      // Some exporters say a free extent as 0 or -1.
      dimensions.append(size.flatMap { $0 > 0 ? $0 : nil })
    }
    return dimensions
  }
}
