import Charts
import Datasets
import Files
import ImageInput
import Messages
import Metrics
import Platform
public import Training

/// Writes an event file that TensorBoard shows: scalars of each step and epoch, and after each epoch the confusion matrix and
/// the most confident mistakes as images. All are placed by the number of steps since the beginning of the run.
public final class TensorBoardLog: TrainingObserver {
  /// The most classes whose confusion matrix is drawn: more would take over 50 MB of pixels.
  private static let mapLimit = 1000
  private let folder: String
  private let file: EventFile
  private let clock: () -> Double
  /// True if there are no event files of an earlier process.
  private let isFirst: Bool
  private var labels: [String] = []

  /// Creates a new file in the folder of a run, which is made if it is not there.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/file``.
  public convenience init(folder: String) throws(TrainingError) {
    try self.init(folder: folder, clock: Self.secondsSince1970)
  }

  /// - Parameter clock: gives the seconds since 1970.
  init(folder: String, clock: @escaping () -> Double) throws(TrainingError) {
    self.folder = folder
    self.clock = clock
    isFirst = !EventFile.isThere(in: folder)
    do {
      file = try EventFile(folder: folder, wallTime: clock())
    } catch {
      throw TrainingError(.file, "TensorBoard's folder \(error)")
    }
  }

  public func didStart(_ outline: TrainingOutline) throws(TrainingError) {
    labels = outline.labels
    // TensorBoard drops the values that other files of the folder have from this step on, but not their texts.
    let first = outline.epochsDone > 0 ? outline.stepsDone + 1 : 0
    try append(EventMessages.sessionStart(wallTime: clock(), step: first))
    guard isFirst || !outline.isResumed else { return }
    try append(0, [EventMessages.text("options", Self.markdown(outline))])
  }

  public func didFinish(step: StepRecord) throws(TrainingError) {
    var values = [
      EventMessages.scalar("step/loss", step.loss), EventMessages.scalar("step/accuracy", step.accuracy),
      EventMessages.scalar("learning_rate/head", step.learningRate),
    ]
    if step.backboneLearningRate != step.learningRate {
      values.append(EventMessages.scalar("learning_rate/backbone", step.backboneLearningRate))
    }
    if let norm = step.gradientNorm { values.append(EventMessages.scalar("step/gradient_norm", norm)) }
    try append(step.step, values)
  }

  public func didFinish(epoch: EpochRecord, validation: ValidationResult?) throws(TrainingError) {
    var values = [
      EventMessages.scalar("loss/training", epoch.loss),
      EventMessages.scalar("accuracy/training", epoch.accuracy),
    ]
    if epoch.seconds > 0 {
      values.append(
        EventMessages.scalar("speed/images_per_second", Double(epoch.images) / epoch.seconds))
    }
    if let metrics = epoch.validation {
      values.append(EventMessages.scalar("loss/validation", metrics.loss))
      values.append(EventMessages.scalar("accuracy/validation", metrics.top1))
      for (name, value) in [
        ("mean_average_precision", metrics.meanAveragePrecision), ("f1_micro", metrics.microF1),
        ("f1_macro", metrics.macroF1),
      ] {
        if let value { values.append(EventMessages.scalar("validation/\(name)", value)) }
      }
      if let top5 = metrics.top5 { values.append(EventMessages.scalar("accuracy/validation_top5", top5)) }
    }
    if let validation { values += try images(of: validation) }
    try append(epoch.steps, values)
  }

  /// Draws the confusion matrix and a sheet of the most confident mistakes, with a table of the mistakes.
  private func images(of validation: ValidationResult) throws(TrainingError) -> [WireMessage] {
    var values: [WireMessage] = []
    if (1...Self.mapLimit).contains(validation.confusion.rowCount) {
      let confusion = validation.confusion.counts
      let map = HeatMap(
        "", labels: confusion.indices.map(String.init), counts: confusion,
        rowName: "", columnName: "")
      values.append(try image("validation/confusion", map.sheet()))
    }
    let mistakes = validation.mostConfidentMistakes(MistakeSheet.limit)
    guard !mistakes.isEmpty else { return values }
    let sheet = MistakeSheet(mistakes.map { try? $0.source.thumbnail(side: MistakeSheet.side) })
    values.append(try image("validation/mistakes", sheet.pixels))
    let rows = mistakes.enumerated().map { number, answer in
      "| \(number + 1) | \(name(answer.label)) | \(name(answer.predicted)) "
        + "| \(NumberText.percent(Double(answer.probability))) | \(Self.cell(answer.source.description)) |"
    }
    let head = ["| number | class | called | probability | image |", "|---:|---|---|---:|---|"]
    values.append(EventMessages.text("validation/mistakes", (head + rows).joined(separator: "\n")))
    return values
  }

  private func image(_ tag: String, _ sheet: PixelSheet) throws(TrainingError) -> WireMessage {
    do {
      let png = try encodePNG(sheet.pixels, width: sheet.width, height: sheet.height, channels: 3)
      return EventMessages.image(tag, width: sheet.width, height: sheet.height, png: png)
    } catch {
      throw TrainingError(.file, "an image for TensorBoard \(error)")
    }
  }

  private func name(_ label: Int) -> String {
    Self.cell(labels.indices.contains(label) ? labels[label] : "class \(label)")
  }

  private static func markdown(_ outline: TrainingOutline) -> String {
    var rows = [
      "| option | value |", "|---|---|", "| architecture | \(cell(outline.architecture)) |",
      "| classes | \(cell(outline.labels.joined(separator: ", "))) |",
    ]
    for (key, value) in outline.options.sorted(by: { $0.key < $1.key }) {
      rows.append("| \(cell(key)) | \(cell(value)) |")
    }
    return rows.joined(separator: "\n")
  }

  /// Escapes text for a cell of a Markdown table.
  private static func cell(_ text: String) -> String {
    let lines = Markup.escaped(text).unicodeScalars.map { scalar in
      if scalar == "\n" { return " " }
      return "\\`*_[]#|!".unicodeScalars.contains(scalar) ? "\\\(scalar)" : "\(scalar)"
    }
    return lines.joined()
  }

  private func append(_ step: Int, _ values: [WireMessage]) throws(TrainingError) {
    try append(EventMessages.summary(wallTime: clock(), step: step, values))
  }

  private func append(_ message: WireMessage) throws(TrainingError) {
    do {
      try file.append(message)
    } catch {
      throw TrainingError(.file, "TensorBoard's file \(error)")
    }
  }

  private static func secondsSince1970() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
