package import Files
import Messages

/// An opened ONNX file: a graph of operators whose values are all there, in an order in which they can run. Elements of constants
/// are read when they are asked for.
package final class ONNXFile {
  package let file: InputFile
  package private(set) var producer = ""
  /// The version of ONNX's own operators.
  package private(set) var operatorSet = 1
  /// The operators, each after those that it reads from.
  package private(set) var nodes: [ONNXNode] = []
  /// The values that the caller must give; constants are not among them.
  package private(set) var inputs: [ONNXPort] = []
  package private(set) var outputs: [ONNXPort] = []
  /// The values that the file gives, by name; the file's own order is ``constantNames``.
  package private(set) var constants: [String: ONNXTensor] = [:]
  package private(set) var constantNames: [String] = []
  /// The texts that the file carries.
  package private(set) var metadata: [String: String] = [:]
  /// The domains whose version was named.
  private var domains: Set<ExactText> = []
  /// Files beside this one, by the place that the graph names.
  private(set) var externalFiles: [String: ONNXExternalFile] = [:]
  /// Entries of the index so far.
  private var entryCount = 0

  /// Most entries of the index: nodes, their inputs, outputs and attributes, constants, extents.
  static let entryLimit = 120_000
  /// Most bytes of a text of the metadata.
  static let textLimit = 1 << 20

  package var path: String { file.path }

  /// The bytes of the file and of those beside it.
  package var byteCount: Int { externalFiles.values.reduce(file.size) { $0 + $1.file.size } }

  /// True if all elements lie in the file itself.
  package var isWhole: Bool { externalFiles.isEmpty }

  /// Reads the graph.
  ///
  /// - Throws: ``WeightFileError`` with `malformedGraph`, `unsupportedGraph`, `graphLimit`, `invalidTensor`, `outOfRange`,
  ///   `unsafePath`, or the reason why a file cannot be opened.
  /// - Complexity: O(size of the graph without the elements of its constants) in time and memory.
  package init(_ file: InputFile) throws(WeightFileError) {
    self.file = file
    let cursor = ByteCursor(file, in: 0..<file.size, shortage: .malformedGraph)
    var hasGraph = false
    try cursor.fields(until: file.size) { field, value throws(WeightFileError) in
      switch (field, value) {
      case (2, .bytes(let range)): producer = try cursor.text(range)
      case (7, .bytes(let range)):
        guard !hasGraph else { throw cursor.fault(.malformedGraph, "a second graph") }
        hasGraph = true
        try readGraph(cursor, range)
      case (8, .bytes(let range)): try readOperatorSet(cursor, range)
      case (14, .bytes(let range)): try readProperty(cursor, range)
      case (25, .bytes):
        throw cursor.fault(
          .unsupportedGraph, "the file defines functions of its own; export it with its functions inlined")
      default: break
      }
    }
    guard hasGraph else {
      throw WeightFileError(.malformedGraph, file: path, "this is no ONNX model: there is no graph in it")
    }
    inputs.removeAll { constants[$0.name] != nil }
    try order()
  }

  /// Counts entries of the index, which take memory.
  func count(_ entries: Int) throws(WeightFileError) {
    entryCount += entries
    guard entryCount <= Self.entryLimit else {
      throw WeightFileError(
        .graphLimit, file: path,
        "the graph has more than \(Self.entryLimit) nodes, values and settings, more than any ResNet has")
    }
  }

  // MARK: Messages

  private func readOperatorSet(_ cursor: ByteCursor, _ range: Range<Int>) throws(WeightFileError) {
    var domain = ""
    var version = 1
    try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
      switch (field, value) {
      case (1, .bytes(let range)): domain = try cursor.text(range)
      case (2, .number(let number)): version = Int(clamping: number)
      default: break
      }
    }
    if domain == "ai.onnx" { domain = "" }
    guard domains.insert(ExactText(domain)).inserted else {
      throw cursor.fault(
        .malformedGraph,
        "the file names the version of the operators \(domain.isEmpty ? "" : "of '\(domain.printable)' ")twice, and programs differ in which they take; export the network again"
      )
    }
    if domain.isEmpty { operatorSet = version }
  }

  private func readProperty(_ cursor: ByteCursor, _ range: Range<Int>) throws(WeightFileError) {
    var (key, text) = ("", "")
    try count(1)
    try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
      switch (field, value) {
      case (1, .bytes(let range)): key = try cursor.text(range)
      case (2, .bytes(let range)) where range.count <= Self.textLimit:
        text = try cursor.text(range, limit: Self.textLimit)
      default: break
      }
    }
    metadata[key] = text
  }

  private func readGraph(_ cursor: ByteCursor, _ range: Range<Int>) throws(WeightFileError) {
    try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
      guard case .bytes(let range) = value else { return }
      switch field {
      case 1: nodes.append(try node(cursor, range))
      case 5:
        let tensor = try tensor(cursor, range)
        guard constants.updateValue(tensor, forKey: tensor.name) == nil else {
          throw cursor.fault(.malformedGraph, "two constants are named '\(tensor.name.printable)'")
        }
        constantNames.append(tensor.name)
      case 11: inputs.append(try port(cursor, range))
      case 12: outputs.append(try port(cursor, range))
      case 15: throw cursor.fault(.unsupportedGraph, "a constant is sparse; export it dense")
      default: break
      }
    }
  }

  /// A file beside this one, opened once.
  func externalFile(_ location: String) throws(WeightFileError) -> ONNXExternalFile {
    if let known = externalFiles[location] { return known }
    let opened = try ONNXExternalFile(location: location, model: path)
    externalFiles[location] = opened
    return opened
  }

  // MARK: Order

  /// Puts nodes after those that they read from.
  private func order() throws(WeightFileError) {
    var makers: [String: Int] = [:]
    let given = Set(inputs.map(\.name))
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard constants[output] == nil, !given.contains(output),
          makers.updateValue(index, forKey: output) == nil
        else {
          throw WeightFileError(
            .malformedGraph, file: path, "the value '\(output.printable)' is made twice, by \(node.label) too"
          )
        }
      }
    }
    var readers: [[Int]] = Array(repeating: [], count: nodes.count)
    var waiting = Array(repeating: 0, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs where !input.isEmpty && constants[input] == nil && !given.contains(input) {
        guard let maker = makers[input] else {
          throw WeightFileError(
            .malformedGraph, file: path, "\(node.label) reads '\(input.printable)', which nothing makes")
        }
        readers[maker].append(index)
        waiting[index] += 1
      }
    }
    var ready = nodes.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < ready.count {
      for reader in readers[ready[next]] {
        waiting[reader] -= 1
        if waiting[reader] == 0 { ready.append(reader) }
      }
      next += 1
    }
    guard ready.count == nodes.count else {
      let stuck = nodes.indices.first { waiting[$0] > 0 }.map { nodes[$0].label } ?? ""
      throw WeightFileError(.malformedGraph, file: path, "the graph runs in a circle at \(stuck)")
    }
    nodes = ready.map { nodes[$0] }
    for output in outputs
    where makers[output.name] == nil && constants[output.name] == nil && !given.contains(output.name) {
      throw WeightFileError(
        .malformedGraph, file: path, "the output '\(output.name.printable)' is made by nothing")
    }
  }
}

extension ByteCursor {
  /// Reads a text, a name by default.
  func text(_ range: Range<Int>, limit: Int = TensorLimit.name) throws(WeightFileError) -> String {
    guard range.count <= limit else {
      throw fault(.graphLimit, "a name of \(range.count) bytes; at most \(limit) are read")
    }
    return String(decoding: try bytes(range.count), as: UTF8.self)
  }
}
