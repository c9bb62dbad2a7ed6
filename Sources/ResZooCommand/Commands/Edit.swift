import ArgumentParser
import ResZoo

struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Change what a checkpoint says of itself.",
    discussion: """
      The weights are copied byte for byte and checked on the way; the content root stays. Signatures are over the metadata
      as well, so a signed file is changed only with --drop-signature. Deltas can be edited without their base, but for
      --trace.

      EXAMPLE
        reszoo edit birds.rzoo --label 3=heron --metric acc@1=0.91 --license CC-BY-4.0
        reszoo edit birds.rzoo --trace 1 --note "Trained on the first year's images."
      """)

  @Argument(help: "A checkpoint (.rzoo).")
  var file: String

  @Option(help: ArgumentHelp("Where the changed checkpoint goes; in place by default.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Class names, one a line or a JSON array.", valueName: "file"))
  var labels: String?

  @Option(help: ArgumentHelp("The name of one class; may be repeated.", valueName: "index=name"))
  var label: [LabelChange] = []

  @Option(help: ArgumentHelp("Notes for people, in the place of earlier ones.", valueName: "text"))
  var note: String?

  @Option(
    help: ArgumentHelp("The weights' licence, as an SPDX identifier where there is one.", valueName: "spdx"))
  var license: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A figure, such as acc@1=0.76; may be repeated.", valueName: "name=value"))
  var metric: [MetricChange] = []

  @Option(
    help: ArgumentHelp(
      "A part of the training recipe, such as optimizer=sgd; may be repeated.", valueName: "name=value"))
  var recipe: [TextChange] = []

  @Option(
    help: ArgumentHelp("Preprocessing: imagenet, imagenet-v2, cifar10 or a JSON file.", valueName: "preset"))
  var preset: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Record the logits for the input of this seed, for 'verify --run'.", valueName: "seed")
  )
  var trace: UInt64?

  @Option(help: "Forget something; may be repeated.")
  var remove: [Removal] = []

  @Flag(help: "Change a signed file; its signatures are lost.")
  var dropSignature = false

  @OptionGroup var bases: BaseOptions

  /// What can be removed.
  enum Removal: String, ExpressibleByArgument, CaseIterable {
    case labels, notes, license, metrics, recipe, trace
  }

  func validate() throws {
    let isChange =
      labels != nil || !label.isEmpty || note != nil || license != nil || !metric.isEmpty || !recipe.isEmpty
      || preset != nil || trace != nil || !remove.isEmpty
    guard isChange else { throw ValidationError("Say what to change; 'reszoo edit --help' lists it.") }
  }

  func run() throws {
    let target = output ?? file
    try Operand.keep([labels, preset].compactMap(\.self) + bases.base, from: target)
    let reader: CheckpointReader
    do {
      reader = try CheckpointReader(path: file)
    } catch {
      throw Failure(error, path: file)
    }
    let metadata = try changedMetadata(reader)
    let isSame = metadata == reader.index.metadataJSON
    if !isSame, !reader.index.signatures.isEmpty, !dropSignature {
      throw Failure(
        .data,
        "\(file): is signed, and its signatures would not hold for it any more; --drop-signature gives them up"
      )
    }
    do {
      try reader.rewrite(
        metadataJSON: isSame ? nil : metadata, signatures: isSame ? reader.index.signatures : [], to: target)
    } catch {
      throw Failure(error, input: file, output: target)
    }
    if !isSame { report(reader.index, target) }
  }

  private func report(_ index: CheckpointIndex, _ target: String) {
    if !index.signatures.isEmpty {
      Terminal.error("reszoo: \(target): signatures dropped: \(index.signatures.count)")
    }
    for section in index.unknownSections {
      Terminal.error(
        "reszoo: \(target): section '\(section)', which this version does not know, was left out")
    }
  }

  private func changedMetadata(_ reader: CheckpointReader) throws(Failure) -> [UInt8] {
    var descriptor: ModelDescriptor
    do {
      descriptor = try reader.index.modelDescriptor()
    } catch {
      throw Failure(error, path: file)
    }
    try MetadataChanges(self).apply(to: &descriptor)
    do {
      try descriptor.validate()
      if let trace { descriptor.trace = try recordedTrace(reader, descriptor, seed: trace) }
      return try descriptor.metadataJSON()
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.data, "\(file): \(error)")
    }
  }

  /// Runs the network, with what the descriptor says of it.
  private func recordedTrace(
    _ reader: CheckpointReader, _ descriptor: ModelDescriptor, seed: UInt64
  ) throws(Failure) -> GoldenTrace {
    do {
      let model = try Model(CheckpointStack(reader, bases: bases.search))
      return try GoldenTrace(of: model, seed: seed, inputSize: descriptor.preprocessing.inputSize)
    } catch let error as CheckpointError {
      throw Failure(error, path: file)
    } catch let error as ModelError {
      throw Failure(error, path: file)
    } catch let error as InferenceError {
      throw Failure(error, path: file)
    } catch {
      throw Failure(.data, "\(file): \(error)")
    }
  }
}
