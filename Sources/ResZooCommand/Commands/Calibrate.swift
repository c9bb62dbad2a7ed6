import ArgumentParser
import ResZoo

struct Calibrate: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measure how far probabilities can be believed, and set them right.",
    usage: "reszoo calibrate <model> <dataset> [--output <c.rzoo>] [<options>]",
    discussion: """
      Compares the probability of each answer with how often such answers are right: expected calibration error (ECE), negative \
      log-likelihood, Brier score. Then it fits a temperature, which all logits are divided by before they become probabilities. Logits, \
      answers and the order of classes stay as they are; --output writes a checkpoint that has the temperature, and classify, evaluate \
      and serve use it.

      Take images that the network was not trained on: it is too sure of those that it knows.

      It also finds the least probability of an answer for a share of right answers (--target), and sets of classes that hold the right \
      one as often as wanted (--coverage).

      EXAMPLE
        reszoo calibrate birds.rzoo validation/ --output calibrated.rzoo
        reszoo calibrate birds.rzoo test/ --target 0.99 --report report
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Argument(help: "The images, with their classes.", completion: .file())
  var dataset: String

  @Option(
    help: ArgumentHelp("File for the checkpoint with the temperature (default: none).", valueName: "c.rzoo"),
    completion: .file())
  var output: String?

  @Option(help: "Form of the figures.")
  var format = Evaluate.Format.text

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Bins of the calibration errors and of the diagram.", valueName: "n"))
  var bins = 15

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Share of images whose set of classes shall hold their own.", valueName: "share"))
  var coverage = 0.9

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Share of right answers to find the least probability of an answer for.", valueName: "share"))
  var target = 0.95

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Sets that are drawn for each interval of 95 %.", valueName: "n"))
  var resamples = 1000

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the drawing.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Folder for a report: reliability diagram, figures, curves (default: none).", valueName: "folder"),
    completion: .directory)
  var report: String?

  @OptionGroup var exif: ExifOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var options: RunOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    guard (1...1000).contains(bins) else {
      throw ValidationError("--bins is \(bins); it must be from 1 to 1000.")
    }
    for (name, share) in [("--coverage", coverage), ("--target", target)] where !(share > 0 && share < 1) {
      throw ValidationError("\(name) is \(share); it must be above 0 and below 1.")
    }
    guard (20...100_000).contains(resamples) else {
      throw ValidationError("--resamples is \(resamples); it must be from 20 to 100000.")
    }
  }

  func run() throws {
    try Operand.requireModelFirst(model, [dataset], "calibrate")
    var stack = try openStack(model, bases: bases, signature: signature)
    if output != nil { stack = try stack.checkedToWriteOn(model) }
    let classifier = try loadClassifier(model, stack, run: options, ignoringExif: exif.ignoreExif)
    let set = try reporting { try ImageSet(path: dataset, for: .evaluation) }
    Terminal.note(set)
    if let output {
      try Operand.keep([model, dataset] + bases.base + set.sources.map(\.path), from: output, editing: model)
    }
    let page = try report.map { folder throws(Failure) in
      try reporting(output: folder) { try CalibrationReport(folder: folder) }
    }
    let settings = ConfidenceCalibration.Options(
      bins: bins, coverage: coverage, precision: target, resamples: resamples, seed: seed)
    let progress = Progress(total: set.count, unit: "images")
    let calibration = try reporting(model) {
      try classifier.calibration(on: set, options: settings) { progress.update($0) }
    }
    progress.end()
    for (input, error) in calibration.errors { Terminal.fail("\(input): \(error)") }
    let notices = notices(classifier.descriptor, set, calibration)
    for notice in notices { Terminal.warn(notice) }
    if let page, let report {
      try reporting(output: report) {
        try page.write(
          calibration, options: settings, model: model, dataset: dataset,
          notices: notices.map(\.optionText))
      }
    }
    let sink = try Output(path: nil)
    switch format {
    case .text: try sink.write(CalibrationText(calibration, options: settings).text)
    case .json:
      try sink.write(JSONText.line(CalibrationRecord(calibration, options: settings)) + "\n")
    }
    try sink.finish()
    if let output { try write(calibration, of: stack, to: output) }
    if !calibration.errors.isEmpty {
      let total = calibration.images + calibration.errors.count
      throw Failure(
        .partial,
        "\(calibration.errors.count) of \(total.counted("image")) could not be read or have no finite answer, and count nowhere"
      )
    }
  }

  /// The fewest images of which an interval says much.
  private static let fewImages = 100

  private func notices(
    _ descriptor: ModelDescriptor, _ set: ImageSet, _ calibration: ConfidenceCalibration
  ) -> [Remark] {
    var notices: [Remark] = []
    if descriptor.hasRandomAnswers { notices.append("\(model): \(ResultWriter.warning(descriptor))") }
    if calibration.images < Self.fewImages {
      notices.append(
        "\(calibration.images.counted("image")) say little: figures and temperature may be far from those of others, and the intervals too narrow"
      )
    }
    if set.countOfLabel.count(where: { $0 > 0 }) == 1 {
      notices.append("all images are of one class; take images of all, as often as they will come")
    }
    if let after = calibration.after,
      after.expectedCalibrationError.value > calibration.before.expectedCalibrationError.value
    {
      notices.append(
        "the ECE with the temperature is higher than without: the temperature is best by the likelihood (NLL), not by bins"
      )
    }
    return notices
  }

  /// Writes the checkpoint with the temperature in its metadata; its weights and their content root stay.
  private func write(
    _ calibration: ConfidenceCalibration, of stack: CheckpointStack, to output: String
  ) throws(Failure) {
    guard let temperature = calibration.temperature else {
      throw Failure(
        .data, "no temperature is best: \(calibration.obstacle ?? "none was found"); \(output) is not written"
      )
    }
    let reader = stack.layers[0]
    let metadata = try reporting(model) {
      var descriptor = try stack.index.modelDescriptor()
      descriptor.temperature = temperature
      try descriptor.validate()
      return try descriptor.metadataJSON()
    }
    try reporting(model, output: output) {
      try reader.rewrite(metadataJSON: metadata, signatures: [], to: output)
    }
    if !stack.index.signatures.isEmpty {
      Terminal.warn(
        "\(output): signatures dropped: \(stack.index.signatures.count); they are for \(model)")
    }
    for section in stack.index.unknownSections {
      Terminal.warn("\(output): section '\(section.kind)', which this version does not know, was left out")
    }
    Terminal.note("\(output): temperature \(temperature.text)")
  }
}

extension Temperature {
  /// The temperature as people read it.
  var text: String {
    let source = source.map { " (\($0))" } ?? ""
    return "\(value.text(decimals: 4)), fitted to \(images.counted("image"))\(source)"
  }
}
