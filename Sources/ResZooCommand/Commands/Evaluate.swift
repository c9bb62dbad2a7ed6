import ArgumentParser
import ResZoo

struct Evaluate: TalkingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a network on images whose classes are known.",
    usage: "reszoo evaluate <model> <dataset> [<options>]",
    discussion: """
      The data set is a folder with a folder for each class, a manifest (.csv, .jsonl), or CIFAR's binary files. Of a folder \
      with 'val' (or 'valid', 'validation', 'test') in it that part is taken. A folder of \
      CIFAR's files stands for the training files; name test_batch.bin for the test files. Classes are matched to the model's \
      labels by name; a model without labels takes them in sorted order, numbers by their values.

      EXAMPLE
        reszoo evaluate resnet20.rzoo cifar10/test --format json > figures.json
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.")
  var model: String

  @Argument(help: "The images, with their classes.")
  var dataset: String

  @Option(help: "Form of the metrics.")
  var format = Format.text

  @OptionGroup var exif: ExifOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var options: RunOptions
  @OptionGroup var messages: MessageOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
  }

  func run() throws {
    try Operand.requireModelFirst(model, [dataset], "evaluate")
    let set = try reporting { try ImageSet(path: dataset, for: .evaluation) }
    let classifier = try loadClassifier(model, bases: bases, run: options, ignoringExif: exif.ignoreExif)
    let descriptor = classifier.descriptor
    let appliesExif = classifier.preprocessing.exif == .apply
    Terminal.note(set)
    if let remark = set.remarkOnContradictions(threads: options.threads) { Terminal.warn(remark) }
    let empty = zip(set.labels, set.countOfLabel).filter { $1 == 0 }.map(\.0)
    if !empty.isEmpty {
      Terminal.warn("\(empty.count.counted("class has", "classes have")) no image: \(empty.listed)")
    }
    let progress = Progress(total: set.count, unit: "images")
    let evaluation = try reporting(model) { try classifier.evaluate(set) { progress.update($0) } }
    progress.end()
    let isUntrained = descriptor.hasRandomAnswers
    if isUntrained { Terminal.warn("\(model): \(ResultWriter.warning(descriptor))") }
    report(evaluation)
    let sink = try Output(path: nil)
    switch format {
    case .text: try sink.write(EvaluationText(evaluation: evaluation, modelLabels: descriptor.labels).text)
    case .json:
      let record = EvaluationRecord(evaluation, isUntrained: isUntrained, appliesExif: appliesExif)
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

  private func report(_ evaluation: Evaluation) {
    if !evaluation.matchedLabels {
      Terminal.warn("the model has no labels: the data set's classes were taken in sorted order")
    }
    for (input, error) in evaluation.errors { Terminal.fail("\(input): \(error)") }
  }
}

/// An evaluation as people read it.
private struct EvaluationText {
  let evaluation: Evaluation
  let modelLabels: [String]?
  /// The most columns of the confusion table.
  private static let columnLimit = 20

  var text: String {
    summary + "\n" + classTable + (evaluation.labels.count <= Self.columnLimit ? "\n" + confusionTable : "")
  }

  private var summary: String {
    var lines = "\(evaluation.correct.grouped) of \(evaluation.images.grouped) images right\n"
    if let top1 = evaluation.top1, let top5 = evaluation.top5, let loss = evaluation.loss {
      lines += "top-1 \(percent(top1))   top-5 \(percent(top5))   loss \(loss.text(decimals: 4))\n"
    }
    return lines
  }

  private var classTable: String {
    let rows = evaluation.classMetrics.map { metrics in
      [
        metrics.label, metrics.support.grouped, metrics.precision.map(percent) ?? "-",
        metrics.recall.map(percent) ?? "-", metrics.f1.map(percent) ?? "-",
      ]
    }
    return Table(head: ["class", "images", "precision", "recall", "F1"], rows: rows).text
  }

  private var confusionTable: String {
    let own = Set(evaluation.indices)
    // Classes that the set has none of, but the network called.
    let others = (evaluation.confusion.counts.first ?? []).indices.filter { column in
      !own.contains(column) && evaluation.confusion.counts.contains { $0[column] > 0 }
    }
    let areListed = own.count + others.count <= Self.columnLimit
    let named = areListed ? others.map { modelLabels?[$0] ?? "class \($0)" } : ["others"]
    let rows = evaluation.confusion.counts.enumerated().map { row, counts in
      let called = others.map { counts[$0] }
      return [evaluation.labels[row]] + evaluation.indices.map { counts[$0].grouped }
        + (areListed ? called : [called.reduce(0, +)]).map(\.grouped)
    }
    return Table(head: ["true \\ called"] + evaluation.labels + named, rows: rows).text
  }

  private func percent(_ share: Double) -> String { (100 * share).text(decimals: 2) + " %" }
}

/// An evaluation as JSON.
private struct EvaluationRecord: Encodable {
  struct ClassRecord: Encodable {
    var label: String
    var index: Int
    var support: Int
    var precision: Double?
    var recall: Double?
    var f1: Double?
  }

  struct ErrorRecord: Encodable {
    var input: String
    var error: String
  }

  var images: Int
  var correct: Int
  var top1: Double?
  var top5: Double?
  var loss: Double?
  var errors: [ErrorRecord]
  var skipped: Int
  var exif: String
  /// True if the weights are random.
  var untrained: Bool
  /// The source of the order of the classes: the model's `labels`, or the sorted classes of the data set, `folders`.
  var classesFrom: String
  var classes: [ClassRecord]
  /// Rows as in `classes`, columns as in the logits.
  var confusion: [[Int]]

  init(_ evaluation: Evaluation, isUntrained: Bool, appliesExif: Bool) {
    untrained = isUntrained
    images = evaluation.images
    correct = evaluation.correct
    top1 = evaluation.top1
    top5 = evaluation.top5
    loss = evaluation.loss
    errors = evaluation.errors.map { ErrorRecord(input: $0.input, error: $0.error) }
    skipped = evaluation.leftOut.count
    exif = appliesExif ? "apply" : "ignore"
    classesFrom = evaluation.matchedLabels ? "labels" : "folders"
    classes = evaluation.classMetrics.map {
      ClassRecord(
        label: $0.label, index: $0.index, support: $0.support, precision: $0.precision, recall: $0.recall,
        f1: $0.f1)
    }
    confusion = evaluation.confusion.counts
  }
}
