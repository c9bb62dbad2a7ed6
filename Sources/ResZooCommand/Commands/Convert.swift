import ArgumentParser
import ResZoo

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a checkpoint out of pretrained weights, or of another checkpoint.",
    discussion: """
      The source is a PyTorch file (.pth, .th, .pt), of which nothing is executed; a safetensors file, or the index
      (.index.json) of several; or a raw float export, the folder that 'tools/export_pytorch.py' makes of a torchvision
      or timm model. Files that torchvision and timm publish are known by their names, with their preprocessing, labels,
      accuracy and licence ('reszoo pull --list' shows them).

      What was read, mapped, left out and assumed is printed on standard error, and at the end how the finished checkpoint,
      read back, compares with the source: every tensor, bit for bit.

      Weights are stored in the types that they come in; --dtype chooses another for tensors of two dimensions and more, and
      the report says what it cost: the largest and mean error of the weights, and of the logits for inputs of noise. A
      checkpoint (.rzoo) as the source keeps all that it says of itself, and its signatures where its tensors and what it
      says stay.

      With --json all of it is one object on standard output instead: source, container, source_bytes, sha256, tensors
      (read, mapped: [{source, name, shape, type}], skipped: [{source, reason}]), assumptions: [{what, evidence}],
      architecture, preprocessing, labels, notes, output, bytes, ratio (of the raw floats), content_root, fidelity
      (faithful, compared, identical, exact, and of values that float32 does not have: rounded_tensors, rounded_values,
      of_values, largest_rounding as a part of the value) and, with --dtype, storage (dtype, tensors: [{name, type, largest,
      rms}] relative to the largest weight of the channel, mean_rms, logits: {inputs, largest, agreeing}). Of a checkpoint it
      is source, output, bytes, ratio, content_root, storage.

      EXAMPLE
        reszoo convert resnet50-11ad3fa6.pth --output resnet50.rzoo
        reszoo convert checkpoint.pth --state-dict-key model_ema --arch resnet50 --output resnet50.rzoo
        reszoo convert resnet50.rzoo --dtype i8 --trace 1 --output resnet50-i8.rzoo
      """)

  @Argument(help: "A PyTorch file, a safetensors file or index, a raw float export, or a checkpoint.")
  var source: String

  @Option(help: ArgumentHelp("Where the checkpoint goes.", valueName: "file"))
  var output: String

  @Option(help: ArgumentHelp("An architecture's name, instead of the source's.", valueName: "name"))
  var arch: String?

  @Option(help: ArgumentHelp("An architecture as JSON, instead of the source's.", valueName: "file.json"))
  var descriptor: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The number of classes that the weights must have.", valueName: "n"))
  var numClasses: Int?

  @Option(help: ArgumentHelp("Class names, one a line or a JSON array.", valueName: "file"))
  var labels: String?

  @Option(
    help: ArgumentHelp("Preprocessing: imagenet, imagenet-v2, cifar10 or a JSON file.", valueName: "preset"))
  var preset: String?

  @Option(
    help: ArgumentHelp(
      "Where in a training checkpoint the weights are, instead of the usual places.", valueName: "key"))
  var stateDictKey: String?

  @Option(
    help: ArgumentHelp(
      "The type that weights are stored in: source, f32, f16, bf16, or i8 with a scale for each channel.",
      valueName: "type"))
  var dtype = TypeChoice.source

  @Option(help: "How weights are stored: 'auto' compresses what gets smaller, 'none' lets them be mapped.")
  var codec = CodecChoice.auto

  @OptionGroup var golden: TraceOption

  @Flag(help: "Print what was done as JSON.")
  var json = false

  @OptionGroup var bases: BaseOptions

  enum TypeChoice: String, ExpressibleByArgument, CaseIterable {
    case source, f32, f16, bf16, i8

    var storage: WeightStorage {
      switch self {
      case .source: .source
      case .f32: .float32
      case .f16: .float16
      case .bf16: .bfloat16
      case .i8: .int8
      }
    }
  }

  enum CodecChoice: String, ExpressibleByArgument, CaseIterable {
    case auto
    case none
  }

  func validate() throws {
    guard arch == nil || descriptor == nil else {
      throw ValidationError("Give --arch or --descriptor, not both.")
    }
    if let numClasses, numClasses < 1 {
      throw ValidationError("--num-classes is \(numClasses); it must be at least 1.")
    }
  }

  func run() throws {
    if isCheckpoint { return try convertCheckpoint() }
    let parts = ["manifest.json", "weights.bin"].map { source + "/" + $0 }
    try Operand.keep(parts + [labels, descriptor, preset].compactMap(\.self), from: output)
    let options = ImportOptions(
      architecture: try ArchitectureChoice(arch: arch, descriptor: descriptor, classes: numClasses).resolve(),
      classes: numClasses, labels: try labels.map(Operand.labels),
      preprocessing: try preset.map(Operand.preprocessing), stateDictKey: stateDictKey,
      published: try ModelOperand.published(source))
    let weights: WeightImport
    let report: ImportReport
    do {
      weights = try WeightImport(source, options: options)
      report = try weights.report()
    } catch {
      throw Failure(error)
    }
    if !json {
      Terminal.error("reszoo: \(report.readingSummary)")
      for note in report.notes { Terminal.error("reszoo: \(Remedy.asOptions(note))") }
    }
    let summary: CheckpointSummary
    let stored: Model
    do {
      stored = try report.model.stored(as: dtype.storage)
    } catch {
      throw Failure(output: error, path: output)
    }
    let traced = try golden.recorded(in: stored, path: source)
    do {
      summary = try traced.write(to: output, codec: codec == .auto ? .automatic : .none)
    } catch {
      throw Failure(output: error, path: output)
    }
    let fidelity = try comparison(of: weights, imported: report.model)
    let storage =
      dtype == .source ? nil : try StorageRecord(dtype.storage, of: output, from: report.model)
    let record = ConversionRecord(
      source: source, report: report, output: output, summary: summary, fidelity: fidelity, storage: storage)
    if json {
      let sink = try Output(path: nil)
      try sink.write(JSONText.pretty(record) + "\n")
      try sink.finish()
    } else {
      Terminal.error("reszoo: compared: \(fidelity.summary)")
      for line in storage?.lines ?? [] { Terminal.error("reszoo: \(line)") }
      printSize(of: report.model, bytes: record.bytes, ratio: record.ratio)
    }
    guard fidelity.isFaithful else {
      throw Failure(
        .writing,
        "\(output): \(fidelity.summary); do not use it: the source was changed meanwhile, or memory or disk failed"
      )
    }
  }

  /// Opens the finished checkpoint as any reader does, and compares it with the source. When it has other types, what was
  /// imported is compared instead.
  private func comparison(of weights: WeightImport, imported model: Model) throws(Failure) -> Fidelity {
    do {
      guard dtype == .source else {
        return try weights.compare { names in
          Dictionary(
            uniqueKeysWithValues: names.compactMap { name in
              model.tensors.stored(name).map { (name, $0) }
            })
        }
      }
      let reader = try CheckpointReader(path: output)
      return try weights.compare { names in try reader.loadTensors(names: names) }
    } catch let error as CheckpointError {
      throw Failure(error, path: output)
    } catch let error as ImportError {
      throw Failure(error)
    } catch {
      throw Failure(.data, "\(output): \(error)")
    }
  }
}
