import Files
import Messages
import Reports
public import Training

/// Writes a folder with a page about the training, `index.html`, which needs no other file, and all of its metrics, `report.json`.
///
/// The folder appears when the training ends, whole. An earlier report of the same name is replaced; nothing else is.
public final class TrainingReport: TrainingObserver {
  private let folder: String
  private var outline: TrainingOutline?
  private var trace = StepTrace()
  private var rates = StepTrace()
  /// The current epoch and its steps so far: images that cannot be read make it shorter than was planned.
  private var place = (epoch: 0, steps: 0)
  private var notices: [String] = []

  /// The most notices that are kept.
  private static let noticeLimit = 100

  /// Makes sure that the folder can be written at the end.
  ///
  /// - Parameter folder: the folder to write; its parent folder exists.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/file`` when it cannot be written, or holds something else.
  public init(folder: String) throws(TrainingError) {
    self.folder = folder
    do {
      _ = try Self.open(folder)
    } catch {
      throw TrainingError(.file, "the report \(error)")
    }
  }

  public func didStart(_ outline: TrainingOutline) throws(TrainingError) {
    self.outline = outline
  }

  public func didFinish(step: StepRecord) throws(TrainingError) {
    guard let outline, outline.stepsPerEpoch > 0 else { return }
    if step.epoch != place.epoch { place = (step.epoch, 0) }
    place.steps += 1
    let position = Double(place.epoch - 1) + Double(place.steps) / Double(outline.stepsPerEpoch)
    trace.add(step.loss, at: position)
    rates.add(step.learningRate, at: position)
  }

  public func didNotice(_ message: String) {
    if notices.count < Self.noticeLimit { notices.append(message) }
  }

  public func didEnd(_ records: [EpochRecord], best: ValidationResult?) throws(TrainingError) {
    guard let outline else { return }
    let content = ReportContent(
      outline: outline, records: records, best: best, trace: trace, rates: rates, notices: notices)
    do {
      try Self.open(folder).write(html: ReportPage(content).html, metrics: ReportJSON(content))
    } catch {
      throw TrainingError(.file, "the report \(error)")
    }
  }

  private static func open(_ folder: String) throws(FileError) -> ReportFolder {
    try ReportFolder(path: folder, kind: "report of a training", format: ReportJSON.kind)
  }
}
