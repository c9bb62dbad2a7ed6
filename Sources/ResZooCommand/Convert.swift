import ArgumentParser
import ResZoo

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a checkpoint out of pretrained weights.",
    discussion: """
      The source is a PyTorch file (.pth, .th, .pt), of which nothing is executed; a safetensors file, or the index
      (.index.json) of several; or a raw float export, the folder that 'tools/export_pytorch.py' makes of a torchvision
      or timm model. What was assumed is printed on standard error. Files that torchvision and timm publish are known by
      their names, with their preprocessing, labels, accuracy and licence ('reszoo pull --list' shows them).

      EXAMPLE
        reszoo convert resnet50-11ad3fa6.pth --output resnet50.rzoo
        reszoo convert checkpoint.pth --state-dict-key model_ema --arch resnet50 --output resnet50.rzoo
      """)

  @Argument(help: "A PyTorch file, a safetensors file or index, or a raw float export.")
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

  @Option(help: "How weights are stored: 'auto' compresses what gets smaller, 'none' lets them be mapped.")
  var codec = CodecChoice.auto

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
    let parts = ["manifest.json", "weights.bin"].map { source + "/" + $0 }
    try Operand.keep(parts + [labels, descriptor, preset].compactMap(\.self), from: output)
    let options = ImportOptions(
      architecture: try ArchitectureChoice(arch: arch, descriptor: descriptor, classes: numClasses).resolve(),
      classes: numClasses, labels: try labels.map(Operand.labels),
      preprocessing: try preset.map(Operand.preprocessing), stateDictKey: stateDictKey,
      published: try ModelOperand.published(source))
    let report: ImportReport
    do {
      report = try importWeights(source, options: options)
    } catch {
      throw Failure(error)
    }
    for note in report.notes { Terminal.error("reszoo: \(note)") }
    do {
      let summary = try report.model.write(to: output, codec: codec == .auto ? .automatic : .none)
      let ratio = Double(summary.fileByteCount) / Double(max(1, summary.decodedByteCount))
      Terminal.error(
        "reszoo: \(output): \(report.model.graph.parameterCount.grouped) parameters, "
          + "\(Int(summary.fileByteCount).grouped) bytes, \(ratio.text(decimals: 4)) of the raw floats")
    } catch {
      throw Failure(output: error, path: output)
    }
  }
}
