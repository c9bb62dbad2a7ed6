import ArgumentParser
import ResZoo

struct Compare: TalkingCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Say which of several networks is better, and how sure that is.",
    usage: "reszoo compare <model> <model>… <dataset> [<options>]",
    discussion: """
      All networks answer the same images. Printed are the accuracy of each with its interval of 95 %, and of each pair the difference \
      with its interval, the images that only one of them answers rightly, McNemar's exact p value, and the difference that so many \
      images could have shown at all. Several pairs and several classes are corrected by Holm's method. Times are measured in turns.

      EXAMPLE
        reszoo compare old.rzoo new.rzoo test/ --report report
        reszoo compare resnet18.rzoo resnet34.rzoo resnet50.rzoo test/ --format json
      """)

  @Argument(
    help: "Two or more checkpoints (.rzoo) or names in the cache, then the images, with their classes.",
    completion: .checkpoint)
  var operands: [String]

  @Option(help: "Form of the figures.")
  var format = Evaluate.Format.text

  @Option(
    help: ArgumentHelp(
      "Folder for a report: figures, images that flip, classes (default: none).", valueName: "folder"),
    completion: .directory)
  var report: String?

  @Flag(help: "Do not measure the networks' speed.")
  var noSpeed = false

  @OptionGroup var views: ViewOptions
  @OptionGroup var exif: ExifOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var options: RunOptions
  @OptionGroup var messages: MessageOptions

  private var models: [String] { Array(operands.dropLast()) }
  private var dataset: String { operands.last ?? "" }

  /// Networks that are compared at most: each pair has figures of its own.
  private static let modelLimit = 16

  func validate() throws {
    guard operands.count >= 3 else {
      throw ValidationError("A comparison needs two models and a data set, in this order.")
    }
    guard models.count <= Self.modelLimit else {
      throw ValidationError("\(models.count) models; at most \(Self.modelLimit) can be compared.")
    }
  }

  func run() throws {
    if CheckpointReader.isCheckpoint(path: dataset) {
      throw Failure(.usage, "\(dataset): is a checkpoint; the data set comes last, behind the models")
    }
    var classifiers: [Classifier] = []
    var sizes: [UInt64] = []
    for model in models {
      let stack = try openStack(model, bases: bases, signature: signature)
      classifiers.append(
        try loadClassifier(model, stack, run: options, ignoringExif: exif.ignoreExif, views: views))
      sizes.append(stack.layers.reduce(0) { $0 + $1.index.fileByteCount })
    }
    let answers = Set(classifiers.map(\.descriptor.architecture.answer))
    guard answers.count == 1, let answer = answers.first else {
      throw Failure(.usage, "the models answer in different forms, and cannot be compared")
    }
    let set = try reporting {
      try ImageSet(
        path: dataset, for: .evaluation,
        labels: answer == .several ? .several(separator: nil) : .one)
    }
    Terminal.note(set)
    let page = try report.map { folder throws(Failure) in
      try reporting(output: folder) { try ComparisonReport(folder: folder) }
    }
    let progress = Progress(total: set.count * models.count, unit: "answers")
    let comparison = try reporting(dataset) {
      try ModelComparison(of: classifiers, on: set) { progress.update($0) }
    }
    progress.end()
    for (input, error) in comparison.errors { Terminal.fail("\(input): \(error)") }
    guard !comparison.images.isEmpty else {
      throw Failure(
        .noInput, "\(dataset): no image has an answer of all models, so there is nothing to compare")
    }
    let notices = notices(classifiers)
    for notice in notices { Terminal.warn(notice) }
    let record = try record(of: comparison, classifiers, sizes)
    if let page, let report {
      try reporting(output: report) {
        try page.write(comparison, record, dataset: dataset, notices: notices.map(\.optionText))
      }
    }
    let sink = try Output(path: nil)
    try sink.write(format == .json ? JSONText.line(record) + "\n" : ComparisonText(record: record).text)
    try sink.finish()
    if !comparison.errors.isEmpty {
      throw Failure(
        .partial,
        "\(comparison.errors.count) of \(set.count.counted("image")) have no answer of some model, and count nowhere"
      )
    }
  }

  private func record(
    of comparison: ModelComparison, _ classifiers: [Classifier], _ sizes: [UInt64]
  ) throws(Failure) -> ComparisonRecord {
    let times: [Double]? =
      noSpeed || views.tta != nil
      ? nil
      : try reporting { try SpeedMeasurement.secondsPerImage(of: classifiers, threads: options.threads) }
    let subjects = try classifiers.indices.map { index throws(Failure) in
      let descriptor = classifiers[index].descriptor
      let graph = try reporting(models[index]) { try Graph(descriptor.architecture) }
      return ComparisonRecord.Subject(
        model: models[index], bytes: sizes[index], parameters: graph.parameterCount,
        precision: classifiers[index].arithmetic, secondsPerImage: times?[index])
    }
    return ComparisonRecord(comparison, of: subjects)
  }

  private func notices(_ classifiers: [Classifier]) -> [Remark] {
    zip(models, classifiers).filter { $1.descriptor.hasRandomAnswers }.map { model, classifier in
      "\(model): \(ResultWriter.warning(classifier.descriptor))"
    }
  }
}
