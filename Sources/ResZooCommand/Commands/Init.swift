import ArgumentParser
import ResZoo

struct Init: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make an untrained network.",
    usage: """
      reszoo init <arch> --output <file> [<options>]
      reszoo init --descriptor <file.json> --output <file> [<options>]
      """,
    discussion: """
      Weights are drawn as torchvision does it (He initialisation) unless --init says otherwise; the same seed gives the same file.

      EXAMPLE
        reszoo init resnet50 --num-classes 5 --seed 1 --output start.rzoo
      """)

  @Argument(help: "Named architecture; 'reszoo architectures' lists them.", completion: .architecture)
  var arch: String?

  @Option(help: ArgumentHelp("File for the checkpoint.", valueName: "file"), completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp("Architecture as JSON, instead of a name (default: none).", valueName: "file.json"),
    completion: .file(extensions: ["json"]))
  var descriptor: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Number of classes (default: the architecture's own).", valueName: "n"))
  var numClasses: Int?

  @Option(
    help: ArgumentHelp("Class names, one on each line or as JSON (default: none).", valueName: "file"),
    completion: .file())
  var labels: String?

  @Option(
    name: .customLong("init"),
    help: "Random numbers of convolutions: He's normal, or Glorot's uniform distribution.")
  var initialization = Model.Initialization.kaiming

  @Flag(help: "Start each block as an identity: the last norm of its residual branch multiplies by 0.")
  var zeroInitLast = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the random numbers.", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup var golden: TraceOption
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    guard (arch == nil) != (descriptor == nil) else {
      throw ValidationError("Name an architecture, or give one with --descriptor FILE.json.")
    }
    if let numClasses, numClasses < 1 {
      throw ValidationError("--num-classes is \(numClasses); it must be at least 1.")
    }
  }

  func run() throws {
    try Operand.keep([labels, descriptor].compactMap(\.self), from: output)
    let choice = ArchitectureChoice(arch: arch, descriptor: descriptor, classes: numClasses)
    let names = try labels.map(Operand.labels)
    let model = try choice.untrainedModel(
      labels: names, of: labels, initialization: initialization, zeroInitLast: zeroInitLast, seed: seed)
    let traced = try golden.recorded(in: model, path: arch ?? descriptor ?? output)
    let summary = try reporting(output: output) { try traced.write(to: output) }
    Terminal.note(
      """
      \(output): \(model.graph.parameterCount.grouped) parameters, \(Int(summary.fileByteCount).grouped) bytes, UNTRAINED
      """)
  }
}
