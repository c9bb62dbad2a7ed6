import ResZoo

/// Writes the answers to the images of an evaluation, one on each line.
struct PredictionWriter {
  /// The form of the lines, by the ending of the file's name.
  enum Format: String {
    case csv
    case jsonl

    init?(path: String) {
      self.init(rawValue: path.split(separator: ".").last?.lowercased() ?? "")
    }
  }

  private let format: Format
  private let answer: Architecture.Answer
  /// The number of likeliest classes.
  private let top: Int
  private let table: CSVText

  /// - Parameters:
  ///   - network: the network that answers.
  ///   - table: the form of CSV.
  init(_ format: Format, of network: Architecture, table: CSVText = CSVText()) {
    self.table = table
    self.format = format
    answer = network.answer
    top = min(5, answer == .binary ? 2 : network.classes)
  }

  /// The text before the first image.
  var header: String {
    guard format == .csv else { return "" }
    let names =
      [
        "input", "label", "label_index", "label_probability", "predicted", "predicted_index",
        "predicted_probability", "correct", "error",
      ] + (1...top).flatMap { ["label_\($0)", "index_\($0)", "probability_\($0)"] }
    return table.line(names.map { .value($0) })
  }

  func row(_ image: EvaluatedImage) throws(Failure) -> String {
    switch format {
    case .csv: csv(image)
    case .jsonl: try JSONText.line(PredictionRecord(image, hasSeveral: answer == .several)) + "\n"
    }
  }

  private func csv(_ image: EvaluatedImage) -> String {
    func joined(_ values: [String]) -> String { values.joined(separator: "|") }
    var fields: [CSVText.Field] = [
      .text(image.source.description), .text(joined(image.labels)),
      .value(joined(image.indices.map { "\($0)" })),
    ]
    switch image.outcome {
    case .failure(let error):
      fields += Array(repeating: .value(""), count: 5) + [.text(error.message)]
      fields += Array(repeating: .value(""), count: 3 * top)
    case .success(let answer):
      fields += [
        .value(joined(answer.own.map { "\($0.probability)" })),
        .text(joined(answer.predicted.map(\.name))),
        .value(joined(answer.predicted.map { "\($0.index)" })),
        .value(joined(answer.predicted.map { "\($0.probability)" })),
        .value("\(answer.isCorrect)"), .value(""),
      ]
      for prediction in answer.top.prefix(top) {
        fields += [
          .text(prediction.name), .value("\(prediction.index)"), .value("\(prediction.probability)"),
        ]
      }
    }
    return table.line(fields)
  }
}

/// The answer to one image as JSON.
private struct PredictionRecord: Encodable {
  struct Class: Encodable {
    var label: String
    var index: Int
    var probability: Double?

    init(_ prediction: Prediction) {
      label = prediction.name
      index = prediction.index
      probability = prediction.probability
    }

    init(label: String, index: Int) {
      self.label = label
      self.index = index
    }
  }

  var input: String
  var label: String?
  var labelIndex: Int?
  var labelProbability: Double?
  /// The image's own classes, where it may have any number of them.
  var labels: [Class]?
  var predicted: String?
  var predictedIndex: Int?
  var predictedProbability: Double?
  var predictedLabels: [Class]?
  var correct: Bool?
  var top: [Class]?
  var error: String?

  init(_ image: EvaluatedImage, hasSeveral: Bool) {
    input = image.source.description
    var answer: EvaluatedImage.Answer?
    switch image.outcome {
    case .success(let found): answer = found
    case .failure(let failure): error = failure.message
    }
    correct = answer?.isCorrect
    top = answer?.top.map { Class($0) }
    if hasSeveral {
      labels =
        answer?.own.map { Class($0) }
        ?? zip(image.labels, image.indices).map { Class(label: $0, index: $1) }
      predictedLabels = answer?.predicted.map { Class($0) }
    } else {
      label = image.labels.first
      labelIndex = image.indices.first
      labelProbability = answer?.own.first?.probability
      predicted = answer?.predicted.first?.name
      predictedIndex = answer?.predicted.first?.index
      predictedProbability = answer?.predicted.first?.probability
    }
  }
}
