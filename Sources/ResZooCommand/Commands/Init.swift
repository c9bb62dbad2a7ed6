import ArgumentParser
import ResZoo

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make an untrained network.",
    discussion: """
      Weights are drawn as torchvision does it (He initialisation); the same seed gives the same file.

      EXAMPLE
        reszoo init resnet50 --num-classes 5 --seed 1 --output start.rzoo
      """)

  @Argument(help: "An architecture's name; 'reszoo architectures' lists them.")
  var arch: String?

  @Option(help: ArgumentHelp("Where the checkpoint goes.", valueName: "file"))
  var output: String

  @Option(help: ArgumentHelp("An architecture as JSON, instead of a name.", valueName: "file.json"))
  var descriptor: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Number of classes; the architecture's own by default.", valueName: "n"))
  var numClasses: Int?

  @Option(help: ArgumentHelp("Class names, one a line or a JSON array.", valueName: "file"))
  var labels: String?

  @Flag(help: "Let each block start as an identity: the last norm of its residual branch multiplies by 0.")
  var zeroInitLast = false

  @Option(parsing: .unconditional, help: ArgumentHelp("What the random numbers start from.", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup var golden: TraceOption

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
    let architecture = try ArchitectureChoice(arch: arch, descriptor: descriptor, classes: numClasses)
      .resolve()
    guard let architecture else { throw Failure(.usage, "no architecture was named") }
    let names = try labels.map(Operand.labels)
    let model: Model
    do {
      model = try Model(untrained: architecture, labels: names, zeroInitLast: zeroInitLast, seed: seed)
    } catch {
      throw Failure(untrained: error, architecture: arch, descriptor: descriptor, labels: labels)
    }
    let traced = try golden.recorded(in: model, path: arch ?? descriptor ?? output)
    do {
      let summary = try traced.write(to: output)
      Terminal.error(
        "reszoo: \(output): \(model.graph.parameterCount.grouped) parameters, \(Int(summary.fileByteCount).grouped) bytes, UNTRAINED"
      )
    } catch {
      throw Failure(output: error, path: output)
    }
  }
}

/// The architecture that `--arch`, `--descriptor` and `--num-classes` ask for.
struct ArchitectureChoice {
  var arch: String?
  var descriptor: String?
  var classes: Int?

  /// Nil when neither a name nor a file was given.
  func resolve() throws(Failure) -> Architecture? {
    do throws(DescriptorError) {
      if let arch { return try Architecture.preset(named: arch, classes: classes) }
    } catch {
      throw Failure(name: error)
    }
    guard let descriptor else { return nil }
    var architecture = try Operand.architecture(descriptor)
    if let classes { architecture.classes = classes }
    do {
      try architecture.validate()
    } catch {
      throw Failure(.data, "\(descriptor): \(error)")
    }
    return architecture
  }
}
