import ArgumentParser
import Files
import ResZoo

/// The options to show a network node by node.
struct GraphOptions: ParsableArguments {
  @Flag(help: "Show the network, node by node.")
  var graph = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --graph: height and width of the images (default: the network's own).",
      valueName: "n"))
  var size: Int?

  @Option(
    help:
      "With --graph: a table, JSON (as --json), Graphviz' language, or a drawing (default: as --output ends, else text)."
  )
  var format: Format?

  @Option(
    help: ArgumentHelp("With --graph: file for the result (default: standard output).", valueName: "file"),
    completion: .file())
  var output: String?

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case dot
    case svg
  }

  /// True if the network is to be shown: also for a form or a file that only it has.
  var isAsked: Bool { graph || form == .svg || form == .dot }

  /// The form that was asked for, by name or by the ending of the file; nil for the default.
  var form: Format? { format ?? formOfEnding }

  private var formOfEnding: Format? {
    let ending = output?.split(separator: ".").last.map { $0.lowercased() }
    return ending == "gv" ? .dot : ending == "txt" ? .text : ending.flatMap(Format.init(rawValue:))
  }

  /// The kind of file that the name may promise: that of any form, as one that is named wins over the ending.
  var outputKind: OutputKind {
    switch formOfEnding {
    case .svg: .svg
    case .dot: .dot
    case .text, .json, nil: .text
    }
  }

  func validate(tensors: Bool, json: Bool) throws {
    if let size, size < 1 { throw ValidationError("--size is \(size); it must be at least 1.") }
    if isAsked {
      if tensors { throw ValidationError("--graph and --tensors exclude each other.") }
      if json, form != nil, form != .json {
        throw ValidationError("--json and another --format exclude each other.")
      }
    } else if size != nil || format != nil || output != nil {
      throw ValidationError("--size, --format and --output are for --graph.")
    }
  }
}

extension Inspect {
  func printGraph() throws {
    let options = graphOptions
    let graph = try graph()
    let sink = try Output(path: options.output, keeping: [file] + bases.base, as: options.outputKind)
    let table: LayerTable
    do {
      table = try LayerTable(graph, height: options.size, width: options.size)
    } catch {
      throw Failure(options.size == nil ? .data : .usage, "\(file): \(error.message)")
    }
    switch options.form ?? (json ? .json : .text) {
    case .text: try sink.write(Self.text(table))
    case .json: try sink.write(JSONText.pretty(GraphRecord(file: file, graph: graph, table: table)) + "\n")
    case .dot: try sink.write(NetworkDrawing(graph, table: table).dot)
    case .svg: try sink.write(NetworkDrawing(graph, table: table).svg)
    }
    try sink.finish()
  }

  private var isDescriptor: Bool { file.hasSuffix(".json") && !file.hasSuffix(".index.json") }

  /// The graph of a checkpoint, of a descriptor, or of a named architecture, in this order.
  private func graph() throws(Failure) -> Graph {
    guard isDescriptor || !holdsWeights(file) else {
      throw Failure(
        .usage,
        "\(file): holds weights without a network; convert it with 'reszoo convert', or name an architecture"
      )
    }
    return try reporting(file) { try Graph(architecture()) }
  }

  private func architecture() throws(Failure) -> Architecture {
    if isDescriptor { return try Operand.architecture(file) }
    if FileIdentity(path: file) == nil, let preset = try? Architecture.preset(named: file) { return preset }
    return try loadDescriptor(file, bases: bases.search).architecture
  }

  private static func text(_ table: LayerTable) -> String {
    let rows = table.layers.map { layer in
      [
        layer.node.name, layer.node.operation.summary, layer.shape.description,
        layer.parameters == 0 ? "" : layer.parameters.grouped,
        layer.multiplyAdds == 0 ? "" : layer.multiplyAdds.grouped,
      ]
    }
    let sum = [
      "all", "\(table.layers.count) nodes", "", table.parameters.grouped, table.multiplyAdds.grouped,
    ]
    return Table(
      head: ["node", "operation", "output", "parameters", "multiply-adds"], rows: rows + [sum], leftColumns: 2
    ).text
  }
}

/// A network node by node, as JSON.
private struct GraphRecord: Encodable {
  struct NodeRecord: Encodable {
    var name: String
    var operation: String
    var detail: String?
    var inputs: [String]
    var shape: [Int]
    var parameters: Int
    var multiplyAdds: Int
  }

  var file: String
  var architecture: String?
  var parameters: Int
  var multiplyAdds: Int
  var nodes: [NodeRecord]

  init(file: String, graph: Graph, table: LayerTable) {
    self.file = file
    architecture = graph.architecture.name
    parameters = table.parameters
    multiplyAdds = table.multiplyAdds
    nodes = table.layers.map { layer in
      let (operation, shape) = (layer.node.operation, layer.shape)
      return NodeRecord(
        name: layer.node.name, operation: operation.name,
        detail: operation.detail.isEmpty ? nil : operation.detail,
        inputs: layer.node.inputs.map { graph.nodes[$0].name },
        shape: [shape.channels, shape.height, shape.width], parameters: layer.parameters,
        multiplyAdds: layer.multiplyAdds)
    }
  }
}
