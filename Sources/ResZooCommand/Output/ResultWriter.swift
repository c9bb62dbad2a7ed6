import Messages
import ResZoo

/// Puts results into words, one image at a time.
struct ResultWriter {
  /// The warning about answers that mean nothing.
  static func warning(_ descriptor: ModelDescriptor) -> String {
    descriptor.untrained.isEmpty
      ? "UNTRAINED network: its weights are random, and so are these answers."
      : "UNTRAINED head: its weights are random, and so are these answers. Fine-tune it first."
  }

  private let format: ResultFormat
  private let model: String
  private let isUntrained: Bool
  /// The temperature of the probabilities; nil where logits are not divided.
  private let temperature: Double?
  private let warning: String
  private let appliesExif: Bool
  private let top: Int
  /// The names of all classes, where a table has a column for each; else nil.
  private let columns: [String]?
  private let minProbability: Double?
  private let table: CSVText
  private var rows = 0

  /// - Parameters:
  ///   - top: the number of classes of each result.
  ///   - isWhole: true if these are all, and a table has a column for each class.
  ///   - minProbability: the probability below which classes are left out; nil for none.
  ///   - table: the form of CSV.
  init(
    format: ResultFormat, model: String, descriptor: ModelDescriptor, appliesExif: Bool, top: Int,
    isWhole: Bool, minProbability: Double?, table: CSVText = CSVText()
  ) {
    self.table = table
    self.minProbability = minProbability
    columns = isWhole ? Self.columns(descriptor) : nil
    self.format = format
    self.model = model
    isUntrained = descriptor.hasRandomAnswers
    temperature = descriptor.temperature?.value
    warning = Self.warning(descriptor)
    self.appliesExif = appliesExif
    self.top = top
  }

  /// The names of all classes, with their numbers where several have one name.
  private static func columns(_ descriptor: ModelDescriptor) -> [String] {
    let names = (0..<descriptor.architecture.classes).map { descriptor.labels?[$0] ?? "class \($0)" }
    let places = Dictionary(grouping: names.indices) { names[$0] }
    return names.enumerated().map { (places[$1] ?? []).count > 1 ? "\($1) (class \($0))" : $1 }
  }

  /// The classes of a result that are listed.
  func listed(_ classification: Classification) -> [Prediction] {
    classification.top.prefix(top).filter { $0.probability >= minProbability ?? 0 }
  }

  /// The text where no class is probable enough.
  var nothingListed: String {
    "no class of \((100 * (minProbability ?? 0)).text(decimals: 2)) % or more"
  }

  /// The text before the first result.
  func header() throws(Failure) -> String {
    switch format {
    case .text:
      return isUntrained ? warning + "\n" : ""
    case .jsonl:
      return ""
    case .json:
      // The members come in alphabetical order, as in all JSON of this program; results are written one by one.
      let exif = appliesExif ? "apply" : "ignore"
      return try #"{"exif":"\#(exif)","model":\#(JSONText.line(model)),"results":["#
    case .csv:
      if let columns { return table.line([.value("input"), .value("error")] + columns.map { .text($0) }) }
      let columns = (1...top).map { "label_\($0),index_\($0),probability_\($0),logit_\($0)" }
      return "input,error," + columns.joined(separator: ",") + "\n"
    }
  }

  mutating func row(_ result: ImageResult) throws(Failure) -> String {
    rows += 1
    switch format {
    case .text: return text(result)
    case .json:
      return try (rows > 1 ? ",\n" : "\n") + JSONText.line(row(of: result))
    case .jsonl: return try JSONText.line(row(of: result)) + "\n"
    case .csv: return csv(result)
    }
  }

  private func row(of result: ImageResult) -> ResultRow {
    ResultRow(result, listed: (try? result.outcome.get()).map(listed))
  }

  /// The text after the last result.
  func footer() -> String {
    guard format == .json else { return "" }
    return "\n]," + (temperature.map { "\"temperature\":\($0)," } ?? "") + "\"untrained\":\(isUntrained)}\n"
  }

  private func text(_ result: ImageResult) -> String {
    switch result.outcome {
    case .failure(let error):
      return "\(result.input.printable)\n  error: \(error.message.printable)\n"
    case .success(let classification):
      let listed = listed(classification)
      guard !listed.isEmpty else { return "\(result.input.printable)\n  \(nothingListed)\n" }
      let lines = listed.map { prediction in
        let percent = (100 * prediction.probability).text(decimals: 2)
        let padding = String(repeating: " ", count: max(0, 7 - percent.count))
        return "  \(padding)\(percent) %  \(prediction.name.printable)\n"
      }
      return "\(result.input.printable)\n" + lines.joined()
    }
  }

  private func csv(_ result: ImageResult) -> String {
    var fields = [CSVText.Field.text(result.input)]
    switch result.outcome {
    case .failure(let error):
      fields.append(.text(error.message))
    case .success(let classification):
      fields.append(.value(""))
      let listed = listed(classification)
      if let columns {
        var cells = Array(repeating: "", count: columns.count)
        for prediction in listed { cells[prediction.index] = "\(prediction.probability)" }
        fields += cells.map { .value($0) }
      } else {
        for prediction in listed {
          fields += [
            .text(prediction.label ?? ""), .value("\(prediction.index)"),
            .value("\(prediction.probability)"), .value("\(prediction.logit)"),
          ]
        }
      }
    }
    let width = 2 + (columns?.count ?? 4 * top)
    fields += Array(repeating: .value(""), count: width - fields.count)
    return table.line(fields)
  }
}
