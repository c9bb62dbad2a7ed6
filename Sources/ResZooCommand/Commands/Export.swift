import ArgumentParser
import Files
import ResZoo

struct Export: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a checkpoint's network or weights for other programs.",
    usage: "reszoo export <file> --output <out> [<options>]",
    discussion: """
      An output that ends in .safetensors becomes a safetensors file, which PyTorch loads with \
      model.load_state_dict(safetensors.torch.load_file(FILE)). An output that ends in .onnx becomes the whole network, for ONNX \
      Runtime and others: operator set 17, from 'input' [N, channels, H, W] to 'logits' [N, classes], with N, H and W free. An \
      output without an ending becomes a folder: a raw float export, manifest.json and weights.bin; or with '--format hub' one as \
      model hubs have it, with model.safetensors, config.json and a model card, which timm loads as 'local-dir:FOLDER' and \
      transformers (with timm installed) as AutoModelForImageClassification.from_pretrained(FOLDER). '--names transformers' writes \
      plain ResNets for transformers alone. Each holds the classes and the preprocessing. 'reszoo convert' reads all of them back.

      A quantized network stays one in an ONNX file alone: its maps are rounded by QuantizeLinear and DequantizeLinear, and its weights \
      are int8 with a scale for each output channel. 'reszoo convert' gives the same bits back. With --fold, programs such as ONNX \
      Runtime and OpenVINO compute its layers with integers; their answers differ by single roundings. In all other forms, and after \
      'reszoo convert --dequantize', it is one of real numbers.

      EXAMPLE
        reszoo export resnet50.rzoo --output resnet50.safetensors
        reszoo export resnet50.rzoo --output resnet50 --format hub
        reszoo export resnet50.rzoo --output resnet50.onnx --fold
      """)

  @Argument(help: "A checkpoint (.rzoo).", completion: .checkpoint)
  var file: String

  @Option(
    help: ArgumentHelp("File that ends in .safetensors or .onnx, or folder.", valueName: "out"),
    completion: .file())
  var output: String

  @Option(help: "Form of the output (default: by the output's ending).")
  var format: Format?

  @Option(
    help:
      "Names of the tensors; 'source' are those of the file that the checkpoint was converted from (default: torchvision; timm for hub)."
  )
  var names: ExportNames?

  @Flag(help: "In an ONNX file, fold each batch norm into the convolution before it.")
  var fold = false

  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors
    case onnx
    case raw
    case hub
  }

  func validate() throws {
    let format = try chosenFormat()
    if format == .onnx, let names, names != .torchvision {
      throw ValidationError(
        "--names \(names.rawValue) is for safetensors files and folders; an ONNX file has torchvision's names."
      )
    }
    if format == .hub, let names, hubForm == nil {
      throw ValidationError(
        "--names \(names.rawValue) is for safetensors files and raw exports; a hub's folder has timm's names or transformers'."
      )
    }
    if format != .onnx, fold {
      throw ValidationError("--fold is for ONNX files; \(format.rawValue) keeps every tensor as it is.")
    }
  }

  /// The program that is to load a hub's folder; nil when the names are of none.
  private var hubForm: HubForm? { names.map { HubForm(rawValue: $0.rawValue) } ?? .timm }

  /// The form that was asked for, else the one that the output's ending stands for.
  private func chosenFormat() throws -> Format {
    if let format { return format }
    switch Self.ending(of: output) {
    case "": return .raw
    case "safetensors": return .safetensors
    case "onnx": return .onnx
    case let ending:
      throw ValidationError(
        "--output ends in .\(ending), which is not a known form; the endings are .safetensors and .onnx, and a folder "
          + "has none. --format safetensors, onnx, raw or hub allows any name.")
    }
  }

  /// The part after the last dot of a file's name, in lower case; empty if it does not begin with a letter, as in
  /// `resnet-1.5`.
  private static func ending(of path: String) -> String {
    let name = String(path.utf8.dropFirst(path.folderPart.utf8.count)) ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    let ending = name[name.index(after: dot)...]
    return ending.first?.isLetter == true ? ending.lowercased() : ""
  }

  func run() throws {
    let format = try chosenFormat()
    let stack = try openStack(file, bases: bases, signature: signature)
    try Operand.keep([file] + bases.base, from: output, as: .export)
    let model = try loadModel(file, stack.checkedToWriteOn(file))
    let report = try reporting(file) {
      switch format {
      case .safetensors: try model.exportSafetensors(to: output, names: names ?? .torchvision)
      case .onnx:
        try model.exportONNX(to: output, folding: fold, producerVersion: "\(libraryVersion)")
      case .raw: try model.exportRaw(folder: output, names: names ?? .torchvision)
      case .hub: try model.exportHub(folder: output, form: hubForm ?? .timm)
      }
    }
    for note in report.notes { Terminal.note(note) }
    if let temperature = model.descriptor.temperature {
      Terminal.note(
        "\(output): has no temperature; for the probabilities of \(file) divide the logits by \(temperature.value)"
      )
    }
    Terminal.note("\(output): \(report.tensorCount.counted("tensor")), \(report.byteCount.grouped) bytes")
  }
}
