import ArgumentParser
import Files
import ResZoo

struct Inspect: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show the contents of a checkpoint or a file of weights, without reading the weights.",
    usage: "reszoo inspect <file> [<options>]",
    discussion: """
      FILE is a checkpoint (.rzoo), a PyTorch file (.pth, .th, .pt), a safetensors file or the index (.index.json) of several, \
      an ONNX file, a folder of a model hub, or a raw float export. Nothing in a PyTorch file is executed: every class and function that it names is listed with its \
      place in the file, and so is every instruction that no file of weights needs. The exit code is 65 for a file that cannot be \
      read as weights, because it is damaged or hostile; the parts that can be read are printed all the same.

      With '--graph', the network is shown as a table: for each node its operation, its output (channels × height × width), its \
      trainable parameters, and its multiply-adds for one image. '--format dot' writes it for Graphviz, '--format svg' draws \
      it; so does an --output that ends in .dot or .svg. FILE may then also be an architecture's descriptor (.json), or its name.

      EXAMPLE
        reszoo inspect resnet50.rzoo --tensors
        reszoo inspect resnet50-11ad3fa6.pth --json
        reszoo inspect resnet50.rzoo --graph --output resnet50.svg
      """)

  @Argument(
    help:
      "A checkpoint, its name in the cache, or weights of another program (PyTorch, safetensors, ONNX, Keras, NumPy, raw export).",
    completion: .file())
  var file: String

  @Flag(help: "List every tensor.")
  var tensors = false

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Key of the weights in a training checkpoint (default: the usual ones).", valueName: "key"))
  var stateDictKey: String?

  @OptionGroup var names: NameOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup(title: "Graph") var graphOptions: GraphOptions
  @OptionGroup(title: "Graph") var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    try graphOptions.validate(tensors: tensors, json: json)
  }

  func run() throws {
    if graphOptions.isAsked { return try printGraph() }
    // A folder without weights is told from others by what reads weights, unless its name is that of a checkpoint.
    if isFolder(file) && !file.hasSuffix(".rzoo") || holdsWeights(file) { return try inspectForeignWeights() }
    guard stateDictKey == nil else {
      throw Failure(.usage, "\(file): --state-dict-key is for PyTorch files, and this is not one")
    }
    if names.prefix != nil || !names.rename.isEmpty {
      throw Failure(
        .usage, "\(file): --prefix and --rename are for weights of other programs, and this is a checkpoint")
    }
    let (index, stack) = try open()
    let descriptor = try reporting(file) { try index.modelDescriptor() }
    let packaging = Packaging(stack, index: index, descriptor: descriptor)
    let sink = try Output(path: nil)
    if json {
      try sink.write(
        JSONText.pretty(
          InspectionRecord(
            file: file, index: index, descriptor: descriptor, packaging: packaging, tensors: tensors))
          + "\n")
    } else {
      try sink.write(
        InspectionText(file: file, index: index, descriptor: descriptor, packaging: packaging).text)
      if tensors { try sink.write("\n" + tensorTable(index)) }
    }
    try sink.finish()
  }

  private func inspectForeignWeights() throws {
    let options = ImportOptions(
      stateDictKey: stateDictKey, prefix: names.prefix, renamings: names.rename)
    let inspection = try reporting { try inspectWeights(file, options: options) }
    let sink = try Output(path: nil)
    if json {
      let record = WeightInspectionRecord(file: file, inspection, listsTensors: tensors)
      try sink.write(JSONText.pretty(record) + "\n")
    } else {
      let text = WeightInspectionText(file: file, inspection: inspection)
      try sink.write(text.text)
      if tensors { try sink.write("\n" + text.tensorTable) }
    }
    try sink.finish()
    if let problem = inspection.problem { throw Failure(problem) }
  }

  /// The index, and the stack with the bases of a delta; nil when they are not found and none was named.
  private func open() throws(Failure) -> (CheckpointIndex, CheckpointStack?) {
    let path = try ModelOperand.path(of: file)
    return try reporting(path) {
      let reader = try CheckpointReader(path: path)
      do throws(CheckpointError) {
        return (reader.index, try CheckpointStack(reader, bases: bases.search))
      } catch {
        guard error.code == .baseNotFound, bases.base.isEmpty else { throw error }
        return (reader.index, nil)
      }
    }
  }

  private func tensorTable(_ index: CheckpointIndex) -> String {
    Table(
      head: ["tensor", "shape", "type", "bytes", "stored", "chunks"],
      rows: index.entries.map { entry in
        [
          entry.name, entry.shape.description, entry.elementType.rawValue, entry.decodedByteCount.grouped,
          entry.storedByteCount.grouped, "\(entry.chunkCount)",
        ]
      }
    ).text
  }
}
