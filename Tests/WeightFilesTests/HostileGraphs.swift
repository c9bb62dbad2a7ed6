import TestSupport
import WeightFiles

/// ONNX files that lie about themselves.
enum HostileGraphs {
  private typealias Graph = GraphBytes

  static let all: [HostileFile] = alone + besideThemselves
  /// Files whose fault does not depend on their name.
  static let alone: [HostileFile] = messages + constants + ambiguous + graphs

  private static let messages: [HostileFile] = [
    HostileFile("a field that ends beyond the file", .malformedGraph, Graph.sound + [0x7A, 0x7F, 0]),
    HostileFile("a length of 2^63", .malformedGraph, Graph.sound + [0x7A] + Graph.varint(1 << 63)),
    HostileFile(
      "a number of eleven bytes", .malformedGraph,
      Graph.sound + [0x28] + Array(repeating: 0xFF, count: 10) + [1]),
    HostileFile("a field of a group", .malformedGraph, Graph.sound + [0x7B]),
    HostileFile("a field without a number", .malformedGraph, Graph.sound + [0x02, 0]),
    HostileFile("no graph", .malformedGraph, Graph.number(1, 8) + Graph.text(2, "specimen")),
    HostileFile("two graphs", .malformedGraph, Graph.sound + Graph.bytes(7, Graph.relu)),
    HostileFile(
      "functions", .unsupportedGraph, Graph.model(Graph.relu, more: Graph.bytes(25, Graph.text(1, "f")))),
    HostileFile(
      "a name of a megabyte", .graphLimit,
      Graph.model(Graph.relu + Graph.node(String(repeating: "n", count: 1 << 20), ["input"], ["x"]))),
    HostileFile(
      "a setting of a million numbers", .graphLimit,
      Graph.model(
        Graph.node(
          "Relu", ["input"], ["output"],
          more: Graph.attribute("pads", integers: Array(repeating: 0, count: 1 << 20))))),
    HostileFile(
      "half a million empty nodes", .graphLimit,
      Graph.model(Graph.relu + Array(repeating: [0x0A, 0] as [UInt8], count: 1 << 19).flatMap(\.self))),
  ]

  private static let constants: [HostileFile] = [
    HostileFile(
      "extents whose product overflows", .invalidTensor, constant("c", [1 << 40, 1 << 40], raw: 4)),
    HostileFile("a terabyte in four bytes", .invalidTensor, constant("c", [1 << 38], raw: 4)),
    HostileFile("fewer bytes than extents", .invalidTensor, constant("c", [3], raw: 8)),
    HostileFile("more bytes than extents", .invalidTensor, constant("c", [3], raw: 16)),
    HostileFile("a negative extent", .invalidTensor, constant("c", [-1], raw: 4)),
    HostileFile(
      "a hundred dimensions", .invalidTensor, constant("c", Array(repeating: 1, count: 100), raw: 4)),
    HostileFile("no elements at all", .invalidTensor, constant("c", [2], raw: 0)),
    HostileFile("a type of the future", .unknownElementType, constant("c", [1], type: 99, raw: 4)),
    HostileFile(
      "segments", .unsupportedTensor,
      Graph.model(Graph.relu + Graph.constant("c", [1], more: Graph.bytes(3, [])))),
    HostileFile(
      "numbers that are not packed", .unsupportedTensor,
      Graph.model(Graph.relu + Graph.constant("c", [1], raw: 0, more: [0x25, 0, 0, 0, 0]))),
    HostileFile(
      "two constants of one name", .malformedGraph,
      Graph.model(Graph.relu + Graph.constant("c", [1]) + Graph.constant("c", [1]))),
    HostileFile(
      "a sparse constant", .unsupportedGraph, Graph.model(Graph.relu + Graph.bytes(15, Graph.number(1, 1)))),
    external("elements in the folder above", .unsafePath, "../weights.bin"),
    external("elements two folders above", .unsafePath, "a/../../weights.bin"),
    external("elements from the root", .unsafePath, "/etc/passwd"),
    external("elements with a backslash", .unsafePath, "a\\weights.bin"),
    external("elements with NUL", .unsafePath, "a\0b"),
    external("elements nowhere", .unsafePath, ""),
    external("elements in a file that is not there", .notFound, "weights.bin"),
    external("a file that is a folder", .wrongKind, "."),
  ]

  /// Constants that programs may read in two ways.
  private static let ambiguous: [HostileFile] = [
    doubled("raw values twice", Graph.bytes(9, one)),
    doubled("raw values, and floats", Graph.bytes(4, one)),
    doubled("no raw values behind raw values", Graph.bytes(9, [])),
    HostileFile(
      "floats twice, which are joined", .malformedGraph,
      Graph.model(
        Graph.relu + Graph.constant("c", [2], raw: 0, more: Graph.bytes(4, one) + Graph.bytes(4, one)))),
    doubled("a constant with two names", Graph.text(8, "d")),
    doubled("a constant of two types", Graph.number(2, 1)),
    doubled("values in the file and elsewhere", Graph.number(14, 1)),
    doubled("values at two kinds of places", Graph.number(14, 0) + Graph.number(14, 0)),
    doubled("values at a place of the future", Graph.number(14, 2), code: .unsupportedTensor),
    HostileFile(
      "floats as integers", .invalidTensor,
      Graph.model(Graph.relu + Graph.constant("c", [1], raw: 0, more: Graph.bytes(5, [1, 1, 1, 1])))),
    HostileFile(
      "values at two places elsewhere", .malformedGraph,
      Graph.model(
        Graph.relu
          + Graph.constant(
            "c", [1], raw: 0, more: location("x.onnx") + location("y.onnx") + Graph.number(14, 1)))),
    HostileFile(
      "a setting that is there twice", .malformedGraph,
      Graph.model(
        Graph.node(
          "Relu", ["input"], ["output"],
          more: Graph.attribute("axis", integer: 0) + Graph.attribute("axis", integer: 1)))),
    HostileFile(
      "a setting of two values without a kind", .malformedGraph,
      Graph.model(
        Graph.node(
          "Relu", ["input"], ["output"],
          more: Graph.bytes(5, Graph.text(1, "axis") + Graph.number(3, 1) + Graph.number(8, 1))))),
  ]

  private static let one: [UInt8] = [0, 0, 0x80, 0x3F]

  private static func location(_ place: String) -> [UInt8] {
    Graph.bytes(13, Graph.text(1, "location") + Graph.text(2, place))
  }

  /// A sound constant, and more fields of it.
  private static func doubled(
    _ label: String, _ more: [UInt8], code: WeightFileError.Code = .malformedGraph
  ) -> HostileFile {
    HostileFile(label, code, Graph.model(Graph.relu + Graph.constant("c", [1], more: more)))
  }

  /// Files that look for elements in a file `x.onnx`, which they are themselves.
  private static let besideThemselves: [HostileFile] = [
    external("elements beyond the end of a file", .outOfRange, "x.onnx", offset: "1000000"),
    external("elements before the beginning", .outOfRange, "x.onnx", offset: "-4"),
    external("elements at no number", .outOfRange, "x.onnx", offset: "zero"),
    external("elements at a number with a sign", .outOfRange, "x.onnx", offset: "+0"),
    external("more elements than their length", .invalidTensor, "x.onnx", length: "8"),
    HostileFile(
      "elements elsewhere whose bytes overflow", .invalidTensor,
      Graph.model(Graph.relu + Graph.external("c", [1 << 62], at: "x.onnx"))),
    HostileFile(
      "elements elsewhere, none, of extents that overflow", .invalidTensor,
      Graph.model(Graph.relu + Graph.external("c", [0, 1 << 40, 1 << 40], at: "x.onnx"))),
  ]

  private static let graphs: [HostileFile] = [
    HostileFile(
      "a circle", .malformedGraph,
      Graph.model(Graph.node("Add", ["input", "b"], ["a"]) + Graph.node("Relu", ["a"], ["b"]) + Graph.relu)),
    HostileFile(
      "a node that reads itself", .malformedGraph,
      Graph.model(Graph.node("Add", ["input", "output"], ["output"]))),
    HostileFile("a value made twice", .malformedGraph, Graph.model(Graph.relu + Graph.relu)),
    HostileFile(
      "a value that nothing makes", .malformedGraph,
      Graph.model(Graph.node("Add", ["input", "ghost"], ["output"]))),
    HostileFile(
      "an output that nothing makes", .malformedGraph, Graph.model(Graph.node("Relu", ["input"], ["other"]))),
    HostileFile(
      "a constant that a node makes", .malformedGraph,
      Graph.model(Graph.relu + Graph.constant("output", [1, 5]))),
    HostileFile(
      "an input that a node makes", .malformedGraph,
      Graph.model(Graph.relu + Graph.node("Relu", ["output"], ["input"]))),
  ]

  private static func constant(_ name: String, _ dimensions: [Int], type: Int = 1, raw: Int) -> [UInt8] {
    Graph.model(Graph.relu + Graph.constant(name, dimensions, type: type, raw: raw))
  }

  private static func external(
    _ label: String, _ code: WeightFileError.Code, _ location: String, offset: String? = nil,
    length: String? = nil
  ) -> HostileFile {
    HostileFile(
      label, code,
      Graph.model(Graph.relu + Graph.external("c", [3], at: location, offset: offset, length: length)))
  }
}
