import Files
import Messages
import ModelDescriptor
import TensorCore

/// Writes a folder with a page about the training, `index.html`, which needs no other file, and all of its figures, `report.json`.
///
/// The folder appears when the training ends, whole. An earlier report of the same name is replaced; nothing else is.
public final class TrainingReport: TrainingObserver {
  private let folder: String
  private var outline: TrainingOutline?
  private var trace = StepTrace()
  /// The epoch that runs, and its steps so far: images that cannot be read make it shorter than was planned.
  private var place = (epoch: 0, steps: 0)
  private var notices: [String] = []

  private static let page = "index.html"
  private static let figures = "report.json"
  /// Most notices that are kept.
  private static let noticeLimit = 100

  /// - Parameter folder: the folder to write; the one that it is to be in exists.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/file`` when it could not be written later, or holds something else.
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
    trace.add(
      loss: step.loss, at: Double(place.epoch - 1) + Double(place.steps) / Double(outline.stepsPerEpoch))
  }

  public func didNotice(_ message: String) {
    if notices.count < Self.noticeLimit { notices.append(message) }
  }

  public func didEnd(_ records: [EpochRecord], best: ValidationResult?) throws(TrainingError) {
    guard let outline else { return }
    let content = ReportContent(
      outline: outline, records: records, best: best, trace: trace, notices: notices)
    do {
      let folder = try Self.open(folder)
      try Self.write(Array(ReportPage(content).html.utf8), to: folder.path(of: Self.page))
      try Self.write(
        JSON.encode(ReportRecord(content), pretty: true) + [0x0A], to: folder.path(of: Self.figures))
      try folder.commit()
    } catch {
      throw TrainingError(.file, "the report \(error)")
    }
  }

  private static func open(_ folder: String) throws(FileError) -> AtomicFolder {
    try AtomicFolder(path: folder, names: [page, figures], kind: "report of a training") { existing in
      guard let file = try? InputFile(path: existing + "/" + figures),
        let bytes = try? file.readAll(limit: 1 << 28),
        let claim = try? JSON.decode(Claim.self, from: bytes)
      else { return false }
      return claim.format == ReportRecord.kind
    }
  }

  /// What says that a file is a report's.
  private struct Claim: Decodable {
    var format: String
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try AtomicFile(path: path)
    try file.append(bytes.rawBytes)
    try file.commit()
  }
}
