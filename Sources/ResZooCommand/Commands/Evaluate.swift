import ArgumentParser
import Files
import Platform
import ResZoo

struct Evaluate: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a network on images whose classes are known.",
    usage: "reszoo evaluate <model> <dataset> [<options>]",
    discussion: """
      The data set is a folder with a folder for each class, a manifest (.csv, .jsonl), tar shards, or CIFAR's binary files. Of a folder \
      with 'val' (or 'valid', 'validation', 'test') in it that part is taken. A folder of \
      CIFAR's files stands for the training files; name test_batch.bin for the test files. Classes are matched to the model's \
      labels by name; a model without labels takes them in sorted order, numbers by their values.

      For a network that answers several classes at once a manifest names any number of them for each image: 'cat|dog' in the column \
      'labels', a list in JSONL, or a column with 0 and 1 for each class.

      EXAMPLE
        reszoo evaluate resnet20.rzoo cifar10/test --report report --predictions answers.csv
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Argument(help: "The images, with their classes.", completion: .file())
  var dataset: String

  @Option(help: "Form of the metrics.")
  var format = Format.text

  @Option(
    name: .customLong("top-k"),
    help: ArgumentHelp(
      "Count an image as right whose class is among the k likeliest (default: 1,5).", valueName: "k,…"))
  var topCounts: TopCounts?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For several classes at once, and yes or no: the probability from which one is predicted (default: 0.5).",
      valueName: "p"))
  var threshold: Double?

  @Option(
    help: ArgumentHelp(
      "For several classes at once: the text between them in a manifest (default: |).", valueName: "text"))
  var labelSeparator: String?

  @Option(
    help: ArgumentHelp(
      "Folder for a report: metrics, confusion matrix, worst classes, mistakes (default: none).",
      valueName: "folder"), completion: .directory)
  var report: String?

  @Flag(help: "With --report: draw what the mistakes rest on, as 'reszoo explain' does.")
  var explain = false

  @Option(
    help: ArgumentHelp(
      "File for the answer to each image, .csv or .jsonl (default: none).", valueName: "file"),
    completion: .file())
  var predictions: String?

  @OptionGroup var table: CSVOptions
  @OptionGroup var views: ViewOptions
  @OptionGroup var exif: ExifOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var options: RunOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
  }

  func validate() throws {
    if let threshold, !(threshold > 0 && threshold < 1) {
      throw ValidationError("--threshold is \(threshold); it must be above 0 and below 1.")
    }
    guard report != nil || !explain else {
      throw ValidationError("--explain is for --report, whose mistakes it draws.")
    }
    if let labelSeparator, labelSeparator.isEmpty {
      throw ValidationError("--label-separator is empty; it is the text between two labels.")
    }
    if let report, let predictions, Self.isWithin(predictions, report) {
      throw ValidationError(
        "--predictions is in the folder of --report, which holds the report alone; name a file elsewhere.")
    }
    if let predictions, PredictionWriter.Format(path: predictions) == nil {
      throw ValidationError("--predictions is '\(predictions)'; its name must end in .csv or .jsonl.")
    }
  }

  /// True if a file lies in a folder itself, however both are spelt.
  private static func isWithin(_ file: String, _ folder: String) -> Bool {
    let own = FolderListing.folder(of: file)
    func parts(_ path: String) -> [ExactText] {
      path.pathParts.filter { $0 != "." }.map { ExactText($0) }
    }
    return parts(own) == parts(folder) && own.hasPrefix("/") == folder.hasPrefix("/")
      || FileIdentity(path: own).map { $0 == FileIdentity(path: folder) } ?? false
  }

  func run() throws {
    try Operand.requireModelFirst(model, [dataset], "evaluate")
    let stack = try openStack(model, bases: bases, signature: signature)
    let classifier = try loadClassifier(
      model, stack, run: options, ignoringExif: exif.ignoreExif, views: views)
    let network = classifier.descriptor.architecture
    try requireUse(of: network.answer)
    let set = try openSet(for: classifier.descriptor)
    let page = try report.map { folder throws(Failure) in
      try reporting(output: folder) { try EvaluationReport(folder: folder) }
    }
    let writer = predictions.flatMap { PredictionWriter.Format(path: $0) }.map {
      PredictionWriter($0, of: network, table: table.form)
    }
    let answers = try predictions.map { path throws(Failure) in
      try Output(path: path, keeping: [model, dataset] + set.sources.map(\.path))
    }
    if let writer { try answers?.write(writer.header) }
    let progress = Progress(total: set.count, unit: "images")
    let evaluation = try reporting(model) {
      try classifier.evaluate(set, threshold: threshold ?? 0.5, progress: { progress.update($0) }) { image in
        if let writer { try answers?.write(writer.row(image)) }
      }
    }
    progress.end()
    for (input, error) in evaluation.errors { Terminal.fail("\(input): \(error)") }
    try answers?.finish()
    let notices = notices(on: set, evaluation, by: classifier)
    for notice in notices { Terminal.warn(notice) }
    let topCounts = topCounts?.counts ?? TopCounts.usual
    // The weights are read again: until here nothing has to keep them beside the classifier's own form.
    let explanations =
      explain && !evaluation.mistakes.isEmpty
      ? try reporting(model) {
        try MistakeExplanations(
          of: evaluation, by: loadModel(model, stack, threads: options.threads),
          options: options.classifierOptions(ignoringExif: exif.ignoreExif))
      } : nil
    if let page, let report {
      try reporting(output: report) {
        try page.write(
          evaluation, by: classifier,
          of: EvaluationReport.Subject(
            model: model, dataset: dataset, topCounts: topCounts, notices: notices.map(\.optionText),
            explanations: explanations))
      }
    }
    let sink = try Output(path: nil)
    switch format {
    // Without any answer the errors say it all.
    case .text where evaluation.images == 0 && !evaluation.errors.isEmpty: break
    case .text:
      let columns = sink.isTerminal ? TerminalWidth.columns(of: STDOUT_FILENO) : .max
      try sink.write(EvaluationText(evaluation: evaluation, topCounts: topCounts, columns: columns).text)
    case .json:
      let record = EvaluationRecord(evaluation, by: classifier, topCounts: topCounts)
      try sink.write(JSONText.line(record) + "\n")
    }
    try sink.finish()
    if !evaluation.errors.isEmpty {
      let total = evaluation.images + evaluation.errors.count
      throw Failure(
        .partial,
        "\(evaluation.errors.count) of \(total.counted("image")) could not be read or have no finite answer, and are left out of "
          + "the metrics")
    }
  }

  /// Refuses options that a network of this answer has no use for.
  private func requireUse(of answer: Architecture.Answer) throws(Failure) {
    let uses: [(option: String, isUnused: Bool, use: String)] = [
      ("--top-k", topCounts != nil && answer != .one, "one class of many"),
      ("--threshold", threshold != nil && answer == .one, "several classes at once, or yes or no"),
      ("--label-separator", labelSeparator != nil && answer != .several, "several classes at once"),
    ]
    guard let unused = uses.first(where: \.isUnused) else { return }
    throw Failure(
      .usage,
      "\(unused.option) is for networks that answer \(unused.use); the answer of \(model) is of the form '\(answer.rawValue)'"
    )
  }

  private func openSet(for descriptor: ModelDescriptor) throws(Failure) -> ImageSet {
    let form =
      descriptor.architecture.answer == .several ? LabelForm.several(separator: labelSeparator) : .one
    let set = try reporting { try ImageSet(path: dataset, for: .evaluation, labels: form) }
    Terminal.note(set)
    if let labels = descriptor.labels, let remark = set.remarkOnNumbers(among: labels, of: "the model") {
      Terminal.note(remark)
    }
    if let remark = set.remarkOnContradictions(threads: options.threads) { Terminal.warn(remark) }
    return set
  }

  /// Remarks on the figures, for the terminal and the report.
  private func notices(on set: ImageSet, _ evaluation: Evaluation, by classifier: Classifier) -> [Remark] {
    var notices: [Remark] = []
    let empty = zip(set.labels, set.countOfLabel).filter { $1 == 0 }.map(\.0)
    if !empty.isEmpty {
      notices.append("\(empty.count.counted("class has", "classes have")) no image: \(empty.listed)")
    }
    if classifier.descriptor.hasRandomAnswers {
      notices.append("\(model): \(ResultWriter.warning(classifier.descriptor))")
    }
    if !evaluation.matchedLabels {
      notices.append("the model has no labels: the data set's classes were taken in sorted order")
    }
    let classes = classifier.descriptor.architecture.classes
    if evaluation.answer == .several, evaluation.labels.count < classes {
      notices.append(
        """
        the data set has \(evaluation.labels.count) of the \(classes) classes of the model; the others are not evaluated
        """)
    }
    if !evaluation.keepsScores {
      notices.append(
        "too many images and classes for average precision and ROC AUC, which need every score: they are left out"
      )
    }
    return notices
  }
}

/// Numbers of likeliest classes.
struct TopCounts: ExpressibleByArgument {
  let counts: [Int]

  static let usual = [1, 5]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let counts = parts.compactMap { Int($0) }.filter { $0 > 0 }
    guard counts.count == parts.count, !counts.isEmpty else { return nil }
    self.counts = Set(counts).sorted()
  }
}
