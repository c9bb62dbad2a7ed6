import ArgumentParser
import ResZoo

struct Convert: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Make a checkpoint from pretrained weights, or from another checkpoint.",
    usage: "reszoo convert <source> --output <file> [<options>]",
    discussion: """
      The source is a PyTorch file (.pth, .th, .pt), of which nothing is executed; a safetensors file, or the index \
      (.index.json) of several; an ONNX file, whose graph must be that of a residual network; a folder as timm and transformers load it from a hub; or a raw float export, the folder that \
      'tools/export_pytorch.py' makes from a torchvision or timm model. The config.json and preprocessor_config.json beside the \
      weights say the architecture, the labels and the preprocessing. Files that torchvision and timm publish are recognised by \
      their names or their SHA-256, with their preprocessing, labels, accuracy and licence ('reszoo pull --list' lists them).

      The network is looked for among all tensors: under any prefix, with wrappers' words in its names, under names of many \
      programs or, by its structure, under unknown ones. Tensors beside it that it does not need are left out and listed. \
      --prefix chooses between several networks; --rename says what the rest means. Without a classifier, --num-classes makes a \
      new, untrained head, to be fine-tuned.

      Standard error shows the tensors that were read, mapped and left out, the assumptions that were made, and finally a bit by \
      bit comparison of the finished checkpoint with the source. Of an ONNX file it also shows how near the logits of the network are \
      to those of the file's own graph, computed node by node for inputs of noise; a network that differs is not written.

      Weights keep the types of the source; --dtype chooses another for tensors of two or more dimensions, and the report shows \
      the cost: the largest and mean error of the weights, and of the logits for inputs of noise. A checkpoint (.rzoo) as the \
      source keeps its metadata, and its signatures if tensors and metadata stay as they are. The layers of a quantized checkpoint \
      that compute with 8-bit integers stay i8; --dequantize makes a network of real numbers of it, whose weights are the \
      integers times their scales.

      A quantized network of another program stays one too, with its own scales: an ONNX file with QuantizeLinear and \
      DequantizeLinear, as ONNX Runtime's quantize_static and 'reszoo export' write it, and the state dict of torchvision's quantized \
      ResNets. Maps are of 8 bits, weights int8 without zero points; what is rounded otherwise is refused by the name of its node, or \
      taken as real numbers with --dequantize. Only the rounding of the logits is left out.

      With --json the report is one object on standard output instead: source, container, source_bytes, sha256, tensors (read, \
      mapped: [{source, name, shape, type}], skipped: [{source, reason}]), assumptions: [{what, evidence, change}], architecture, \
      preprocessing, labels, notes, output, bytes, ratio (to the raw floats), content_root, fidelity (faithful, compared, \
      identical, exact, and for values that float32 does not have: rounded_tensors, rounded_values, of_values, largest_rounding \
      relative to the value), for an ONNX file proof (inputs, largest_difference relative to the largest logit; of a quantized one without the rounding of its \
      maps, and with it rounded_difference beside rounding_effect, which is the change by the rounding itself) and, with --dtype, \
      storage (dtype, tensors: [{name, type, largest, rms}] relative to the largest \
      weight of the channel, mean_rms, logits: {inputs, largest, agreeing}). For a checkpoint it has source, output, bytes, \
      ratio, content_root and storage.

      EXAMPLE
        reszoo convert resnet50-11ad3fa6.pth --output resnet50.rzoo
        reszoo convert checkpoint.pth --state-dict-key model_ema \\
          --arch resnet50 --output resnet50.rzoo
        reszoo convert resnet50.rzoo --dtype i8 --output resnet50-i8.rzoo
      """)

  @Argument(
    help:
      "A PyTorch, safetensors, ONNX, Keras (.keras, .h5) or NumPy (.npz) file, a folder of a hub or a raw export, or a checkpoint.",
    completion: .file())
  var source: String

  @Option(help: ArgumentHelp("File for the checkpoint.", valueName: "file"), completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp("Name of the architecture (default: the source's).", valueName: "name"),
    completion: .architecture)
  var arch: String?

  @Option(
    help: ArgumentHelp("Architecture as JSON (default: the source's).", valueName: "file.json"),
    completion: .file(extensions: ["json"]))
  var descriptor: String?

  @Option(
    help: ArgumentHelp(
      "Value for a property that weights do not show, such as bottleneck_stride=conv1; may be repeated (default: the usual ones).",
      valueName: "property=value"))
  var assume: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of classes that the weights must have, or of a new head (default: theirs).", valueName: "n"))
  var numClasses: Int?

  @Option(
    help: ArgumentHelp(
      "Class names, one on each line or as JSON (default: the source's).", valueName: "file"),
    completion: .file())
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "Preprocessing: imagenet, imagenet-v2, cifar10 or a JSON file (default: the source's).",
      valueName: "preset"), completion: .preprocessing)
  var preset: String?

  @Option(
    help: ArgumentHelp(
      "Key of the weights in a training checkpoint (default: the usual ones).", valueName: "key"))
  var stateDictKey: String?

  @OptionGroup var names: NameOptions

  @Option(
    help: ArgumentHelp(
      "Type of the stored weights; i8 has a scale for each channel.", valueName: "type"))
  var dtype = WeightStorage.source

  @Flag(help: "Make a network of real numbers of a quantized one.")
  var dequantize = false

  @Option(help: "Compression: 'auto' where it saves space, 'none' so that weights can be mapped.")
  var codec = Codec.automatic

  @OptionGroup var golden: TraceOption

  @Flag(help: "Print the report as JSON.")
  var json = false

  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

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
    guard signature.publicKey == nil else {
      throw Failure(.usage, "\(source) is no checkpoint: --public-key is for signed ones")
    }
    try Operand.keep(
      Operand.parts(of: source) + [labels, descriptor, preset].compactMap(\.self), from: output)
    let options = ImportOptions(
      architecture: try ArchitectureChoice(arch: arch, descriptor: descriptor, classes: numClasses).resolve(),
      settings: try settings(), classes: numClasses, labels: try labels.map(Operand.labels),
      preprocessing: try preset.map(Operand.preprocessing), stateDictKey: stateDictKey, prefix: names.prefix,
      renamings: names.rename,
      published: try ModelOperand.published(source), dequantize: dequantize)
    let weights = try reporting { try WeightImport(source, options: options) }
    // The import may read more files than the one that is named.
    try Operand.keep([], from: output)
    let report = try reporting { try weights.report() }
    if !json {
      Terminal.note("\(report.readingSummary)")
      for note in report.notes { Terminal.note(note) }
    }
    let proof = try reporting { try weights.proof(of: report.model) }
    if !json, let proof { Terminal.note("\(proof.summary)") }
    let stored = try reporting(output: output) { try report.model.stored(as: dtype) }
    let traced = try golden.recorded(in: stored, path: source)
    let draft = try reporting(output: output) { try traced.draft(to: output, codec: codec) }
    let fidelity = try comparison(of: weights, imported: report.model, draft)
    let storage =
      dtype == .source ? nil : try StorageRecord(dtype, of: draft, output: output, from: report.model)
    if fidelity.isFaithful { try reporting(output: output) { _ = try draft.commit() } }
    let record = ConversionRecord(
      source: source, report: report, output: output, summary: draft.summary, fidelity: fidelity,
      storage: storage,
      proof: proof)
    if json {
      let sink = try Output(path: nil)
      try sink.write(JSONText.pretty(record) + "\n")
      try sink.finish()
    } else {
      Terminal.note("compared: \(fidelity.summary)")
      for line in storage?.lines ?? [] { Terminal.note("\(line)") }
      printSize(of: report.model, bytes: record.bytes, ratio: record.ratio)
    }
    guard fidelity.isFaithful else {
      throw Failure(
        .writing,
        "\(output): \(fidelity.summary). Nothing was written: the source changed meanwhile, or memory or disk failed"
      )
    }
  }

  /// The values that --assume gives.
  private func settings() throws(Failure) -> [Architecture.Setting] {
    do {
      return try assume.map { try Architecture.Setting($0) }
    } catch {
      throw Failure(.usage, "--assume \(error)")
    }
  }

  /// Opens the checkpoint as any reader does before it gets its name, and compares it with the source. When it has other types, the imported
  /// model is compared instead.
  private func comparison(
    of weights: WeightImport, imported model: Model, _ draft: CheckpointDraft
  ) throws(Failure) -> Fidelity {
    try reporting(output) {
      guard dtype == .source else {
        return try weights.compare { names in
          Dictionary(
            uniqueKeysWithValues: names.compactMap { name in
              model.tensors.stored(name).map { (name, $0) }
            })
        }
      }
      let reader = try draft.open()
      return try weights.compare { names in try reader.loadTensors(names: names) }
    }
  }
}
