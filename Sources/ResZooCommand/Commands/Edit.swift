import ArgumentParser
import ResZoo

struct Edit: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Edit a checkpoint's labels, notes, licence and metrics.",
    usage: "reszoo edit <file> [<options>]",
    discussion: """
      Without --output the file itself is changed. The weights are copied byte for byte and checked on the way; the content root stays. Signatures cover the metadata too, so \
      a signed file is changed only with --drop-signature. Deltas can be edited without their base, except with --trace.

      EXAMPLE
        reszoo edit birds.rzoo --label 3=heron --metric acc@1=0.91
        reszoo edit birds.rzoo --trace 1 --note "Trained on images of 2026."
      """)

  @Argument(help: "A checkpoint (.rzoo).", completion: .checkpoint)
  var file: String

  @Option(
    help: ArgumentHelp("File for the changed checkpoint (default: in place).", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Class names, one on each line or as JSON (default: unchanged).", valueName: "file"),
    completion: .file())
  var labels: String?

  @Option(
    help: ArgumentHelp("Name of one class; may be repeated (default: unchanged).", valueName: "index=name"))
  var label: [LabelChange] = []

  @Option(
    help: ArgumentHelp(
      "Notes for people, which replace earlier ones (default: unchanged).", valueName: "text"))
  var note: String?

  @Option(
    help: ArgumentHelp(
      "Licence of the weights, as an SPDX identifier where there is one (default: unchanged).",
      valueName: "spdx"))
  var license: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A metric, such as acc@1=0.76; may be repeated (default: unchanged).", valueName: "name=value"))
  var metric: [MetricChange] = []

  @Option(
    help: ArgumentHelp(
      "An entry of the training recipe, such as optimizer=sgd; may be repeated (default: unchanged).",
      valueName: "name=value"))
  var recipe: [TextChange] = []

  @Option(
    help: ArgumentHelp(
      "Preprocessing: imagenet, imagenet-v2, cifar10 or a JSON file (default: unchanged).",
      valueName: "preset"), completion: .preprocessing)
  var preset: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Record the logits for the input of this seed, for 'verify --run' (default: unchanged).",
      valueName: "seed")
  )
  var trace: UInt64?

  @Option(help: "Remove a part of the metadata; may be repeated (default: nothing).")
  var remove: [Removal] = []

  @Flag(help: "Change a signed file and drop its signatures.")
  var dropSignature = false

  @OptionGroup var bases: BaseOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  /// The parts that can be removed.
  enum Removal: String, ExpressibleByArgument, CaseIterable {
    case labels, notes, license, metrics, recipe, trace, temperature
  }

  func validate() throws {
    let isChange =
      labels != nil || !label.isEmpty || note != nil || license != nil || !metric.isEmpty || !recipe.isEmpty
      || preset != nil || trace != nil || !remove.isEmpty
    guard isChange else { throw ValidationError("Say what to change; 'reszoo edit --help' lists it.") }
  }

  func run() throws {
    let target = output ?? file
    let reader = try reporting(file) { try CheckpointReader(path: file) }
    OpenedModels.keep(reader, bases: bases.search)
    try Operand.keep([labels, preset].compactMap(\.self) + bases.base, from: target, editing: file)
    // A trace of other weights than the file claims, or such weights without their signatures, would mislead.
    var verified: CheckpointStack?
    if trace != nil || dropSignature && !reader.index.signatures.isEmpty {
      verified = try reporting(file) {
        let stack = try CheckpointStack(reader, bases: bases.search).proven()
        try stack.verify()
        return stack
      }
    }
    let metadata = try changedMetadata(reader, verified)
    let isSame = metadata == reader.index.metadataJSON
    if !isSame, !reader.index.signatures.isEmpty, !dropSignature {
      throw Failure(
        .data,
        "\(file): is signed, and its signatures would no longer match; --drop-signature removes them"
      )
    }
    try reporting(file, output: target) {
      try reader.rewrite(
        metadataJSON: isSame ? nil : metadata, signatures: isSame ? reader.index.signatures : [], to: target)
    }
    if !isSame { report(reader.index, target) }
  }

  private func report(_ index: CheckpointIndex, _ target: String) {
    if !index.signatures.isEmpty {
      Terminal.warn("\(target): signatures dropped: \(index.signatures.count)")
    }
    for section in index.unknownSections {
      Terminal.warn("\(target): section '\(section.kind)', which this version does not know, was left out")
    }
  }

  /// - Parameter verified: the file with its bases, where a trace is recorded.
  private func changedMetadata(
    _ reader: CheckpointReader, _ verified: CheckpointStack?
  ) throws(Failure) -> [UInt8] {
    try reporting(file) {
      var descriptor = try reader.index.modelDescriptor()
      try MetadataChanges(self).apply(to: &descriptor)
      try descriptor.validate()
      if let trace, let verified { descriptor.trace = try recordedTrace(verified, descriptor, seed: trace) }
      return try descriptor.metadataJSON()
    }
  }

  /// Runs the network on an input of the size that the descriptor gives.
  private func recordedTrace(
    _ stack: CheckpointStack, _ descriptor: ModelDescriptor, seed: UInt64
  ) throws -> GoldenTrace {
    let model = try Model(stack)
    return try GoldenTrace(of: model, seed: seed, inputSize: descriptor.preprocessing.inputSize)
  }
}
