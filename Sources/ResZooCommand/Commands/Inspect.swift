import ArgumentParser
import ResZoo

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a checkpoint or a file of weights holds, without reading its weights.",
    discussion: """
      FILE is a checkpoint (.rzoo), a PyTorch file (.pth, .th, .pt), a safetensors file or the index (.index.json) of
      several, or a raw float export. Nothing in a PyTorch file is executed: every class and function that it names is
      listed, with where in the file, and every instruction that no file of weights needs. The exit code is 65 when the
      file cannot be read as weights, damaged and hostile files included; what can be said of it is printed all the same.

      With '--graph', the network as a table: for each node what it computes, what it puts out (channels × height × width),
      its trainable parameters, and its multiplications with additions for one image. '--format dot' writes it for
      Graphviz, '--format svg' draws it. FILE may then also be an architecture's descriptor (.json), or its name.

      EXAMPLE
        reszoo inspect resnet50.rzoo --tensors
        reszoo inspect resnet50-11ad3fa6.pth --json
        reszoo inspect resnet50.rzoo --graph --format svg --output resnet50.svg
      """)

  @Argument(
    help:
      "A checkpoint or the name of one in the cache, a PyTorch file, a safetensors file or index, or a raw float export."
  )
  var file: String

  @Flag(help: "List every tensor.")
  var tensors = false

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Where in a training checkpoint the weights are, instead of the usual places.", valueName: "key"))
  var stateDictKey: String?

  @OptionGroup var bases: BaseOptions
  @OptionGroup var graphOptions: GraphOptions

  func validate() throws {
    try graphOptions.validate(tensors: tensors, json: json)
  }

  func run() throws {
    if graphOptions.graph { return try printGraph() }
    if holdsWeights(file) { return try inspectForeignWeights() }
    guard stateDictKey == nil else {
      throw Failure(.usage, "\(file): --state-dict-key is for PyTorch files, and this is none")
    }
    let (index, stack) = try open()
    let descriptor: ModelDescriptor
    do {
      descriptor = try index.modelDescriptor()
    } catch {
      throw Failure(error, path: file)
    }
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
    let inspection: WeightInspection
    do {
      inspection = try inspectWeights(file, stateDictKey: stateDictKey)
    } catch {
      throw Failure(error)
    }
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

  /// The bases of a delta are shown where they are found; without any named, it is no fault that they are not.
  private func open() throws(Failure) -> (CheckpointIndex, CheckpointStack?) {
    let path = try ModelOperand.path(of: file)
    do throws(CheckpointError) {
      let reader = try CheckpointReader(path: path)
      do throws(CheckpointError) {
        return (reader.index, try CheckpointStack(reader, bases: bases.search))
      } catch {
        guard error.code == .baseNotFound, bases.base.isEmpty else { throw error }
        return (reader.index, nil)
      }
    } catch {
      throw Failure(error, path: path)
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
