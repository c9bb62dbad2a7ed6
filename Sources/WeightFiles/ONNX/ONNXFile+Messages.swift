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
        node.attributes[name] = attribute
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
    var found = ONNXAttribute.other
    var kind: UInt64?
    var (integers, floats): ([Int], [Float]) = ([], [])
    try count(1)
    try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
      guard integers.count <= Self.listLimit, floats.count <= Self.listLimit else {
        throw cursor.fault(.graphLimit, "a setting has more than \(Self.listLimit) values")
      }
      switch (field, value) {
      case (1, .bytes(let range)): name = try cursor.text(range)
      case (2, .bits32(let bits)): found = .float(Float(bitPattern: bits))
      case (3, .number(let number)): found = .integer(Int(Int64(bitPattern: number)))
      case (4, .bytes(let range)):
        found =
          range.count <= Self.settingLimit ? .text(try cursor.text(range, limit: Self.settingLimit)) : .other
      case (5, .bytes(let range)): found = .tensor(try tensor(cursor, range))
      case (6, .bytes), (11, .bytes): found = .graph
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
    switch kind {
    case 6: found = .floats(floats)
    case 7: found = .integers(integers)
    case nil where !integers.isEmpty: found = .integers(integers)
    case nil where !floats.isEmpty: found = .floats(floats)
    default: break
    }
    // A value that is 0 may be left out.
    if case .other = found {
      if kind == 1 { found = .float(0) }
      if kind == 2 { found = .integer(0) }
      if kind == 3 { found = .text("") }
    }
    return (name, found)
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
