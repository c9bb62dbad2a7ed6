import ArgumentParser
import Files
import ResZoo

/// The size of the gradient at each block.
struct Gradients: TalkingCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "Measure the loss's gradient at each block, with shortcuts and without.",
    usage: """
      reszoo study gradients --output <folder> [--blocks <n>] [--width <n>] [<options>]
      reszoo study gradients <model> ... --pictures <dataset> --output <folder> [<options>]
      """,
    discussion: """
      The numbers are norms of the gradient of each block's first convolution. Without networks: stacks of blocks with random weights, \
      plain and residual, on a normal sample; the loss is the sum of all outputs. With networks: on one batch of pictures, at initialisation \
      and with their own weights; the loss is the cross-entropy. A picture that cannot be read is left out; the exit code is then 1.

      EXAMPLE
        reszoo study gradients --seeds 5 --output gradients
        reszoo study gradients plain20.rzoo resnet20.rzoo \\
          --pictures cifar10/test --output gradients
      """)

  @Argument(
    help: "Checkpoints (.rzoo) or names of them in the cache; stacks of blocks without any.",
    completion: .checkpoint)
  var models: [String] = []

  @OptionGroup(title: "Stacks of blocks") var stack: StackOptions

  @Option(
    help: ArgumentHelp(
      "Images with their classes, for networks (default: none).", valueName: "dataset"),
    completion: .file())
  var pictures: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Images of the batch, taken evenly from the classes (default: 128).", valueName: "n"))
  var count: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Number of seeds, each with weights of its own.", valueName: "n"))
  var seeds = 1

  @Option(parsing: .unconditional, help: ArgumentHelp("The first seed.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "New folder for the networks of the first seed and their inputs (default: none).", valueName: "folder"),
    completion: .directory)
  var saveNets: String?

  @OptionGroup var arguments: StudyArguments
  @OptionGroup var exif: ExifOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    guard (1...1000).contains(seeds) else {
      throw ValidationError("--seeds is \(seeds); it must be from 1 to 1000.")
    }
    if let count, count < 1 { throw ValidationError("--count is \(count); it must be at least 1.") }
    if models.isEmpty {
      if pictures != nil { throw ValidationError("--pictures goes with networks; name them first.") }
      if count != nil { throw ValidationError("--count goes with networks and --pictures.") }
    } else {
      guard pictures != nil else {
        throw ValidationError("Networks need --pictures DATASET, images with their classes.")
      }
      if let given = stack.given {
        throw ValidationError("\(given) is for stacks of blocks; networks have their own.")
      }
    }
    guard saveNets == nil || saveNets != arguments.output else {
      throw ValidationError("--save-nets and --output are the same folder; name another one.")
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    let set = try pictures.map { path throws(Failure) in
      let set = try reporting { try ImageSet(path: path, for: .evaluation) }
      Terminal.note(set)
      return set
    }
    try arguments.keep([pictures].compactMap(\.self) + (set?.sources.map(\.path) ?? []))
    let subjects = try StudyOperands.subjects(models, bases: bases, threads: arguments.threads)
    let report = try reporting(output: arguments.output) {
      try StudyReport(folder: arguments.output, study: GradientStudy.name)
    }
    let folder = try saveNets.map { path throws(Failure) in
      try reporting(output: path) {
        try GradientNetworksFolder(path: path, networks: set == nil ? nil : subjects.count)
      }
    }
    let study = try study(of: subjects, on: set)
    for (input, error) in study.errors { Terminal.fail("\(input): \(error)") }
    for profile in study.profiles where profile.weights == .untrained {
      Terminal.warn("\(profile.name): the weights are random")
    }
    var facts = arguments.facts
    facts.dataset = pictures
    facts.seconds = (ContinuousClock.now - start) / .seconds(1)
    if let folder { try reporting(output: saveNets) { try folder.write(study) } }
    try reporting(output: arguments.output) { [facts] in try study.write(report, facts) }
    let sink = try Output(path: nil)
    for sentence in study.conclusions { try sink.write(sentence + "\n") }
    try sink.finish()
    if !study.errors.isEmpty {
      throw Failure(unreadable: study.errors.count, of: study.errors.count + (study.images ?? 0))
    }
  }

  private func study(of subjects: [StudySubject], on set: ImageSet?) throws(Failure) -> GradientStudy {
    let options = GradientStudy.Options(
      seeds: (0..<UInt64(seeds)).map { seed &+ $0 }, images: count ?? 128, threads: arguments.threads,
      ignoresExif: exif.ignoreExif, keepsNetworks: saveNets != nil)
    let total = set == nil ? 2 * seeds : subjects.count * (seeds + 1)
    let progress = Progress(total: total, unit: "networks")
    defer { progress.end() }
    return try reporting {
      guard let set else {
        return try GradientStudy(of: stack.stack, options: options) { progress.update($0) }
      }
      return try GradientStudy(of: subjects, on: set, options: options) { progress.update($0) }
    }
  }
}

/// The options of stacks of blocks.
struct StackOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: ArgumentHelp("Blocks of a stack (default: 20).", valueName: "n"))
  var blocks: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Channels of a stack (default: 64).", valueName: "n"))
  var width: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Height and width of a stack's input (default: 8).", valueName: "n"))
  var size: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Inputs that run through a stack together (default: 1).", valueName: "n"))
  var batch: Int?

  func validate() throws {
    for (name, number, limit) in options {
      guard let number, !(1...limit).contains(number) else { continue }
      throw ValidationError("\(name) is \(number); it must be from 1 to \(limit).")
    }
  }

  private var options: [(name: String, number: Int?, limit: Int)] {
    [
      ("--blocks", blocks, 2048), ("--width", width, 16384), ("--size", size, 16384),
      ("--batch", batch, 65536),
    ]
  }

  /// The name of an option that is given.
  var given: String? { options.first { $0.number != nil }?.name }

  /// The stack that they describe.
  var stack: GradientStack {
    let usual = GradientStack()
    return GradientStack(
      blocks: blocks ?? usual.blocks, width: width ?? usual.width, side: size ?? usual.side,
      batch: batch ?? usual.batch)
  }
}
