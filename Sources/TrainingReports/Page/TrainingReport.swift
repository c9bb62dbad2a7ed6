import Files
import Messages
import ModelDescriptor
import TensorCore
public import Training

/// Writes a folder with a page about the training, `index.html`, which needs no other file, and all of its metrics, `report.json`.
///
/// The folder appears when the training ends, whole. An earlier report of the same name is replaced; nothing else is.
public final class TrainingReport: TrainingObserver {
  private let folder: String
  private var outline: TrainingOutline?
  private var trace = StepTrace()
  /// The current epoch and its steps so far: images that cannot be read make it shorter than was planned.
  private var place = (epoch: 0, steps: 0)
  private var notices: [String] = []

  private static let page = "index.html"
  private static let metrics = "report.json"
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
        JSON.encode(ReportJSON(content), pretty: true) + [0x0A], to: folder.path(of: Self.metrics))
      try folder.commit()
    } catch {
      throw TrainingError(.file, "the report \(error)")
    }
  }

  private static func open(_ folder: String) throws(FileError) -> AtomicFolder {
    try AtomicFolder(path: folder, names: [page, metrics], kind: "report of a training") { existing in
      guard let file = try? InputFile(path: existing + "/" + metrics),
        let bytes = try? file.readAll(limit: 1 << 28),
        let claim = try? JSON.decode(Claim.self, from: bytes)
      else { return false }
      return claim.format == ReportJSON.kind
    }
  }

  /// The member that marks a file as that of a report.
  private struct Claim: Decodable {
    var format: String
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try AtomicFile(path: path)
    try file.append(bytes.rawBytes)
    try file.commit()
  }
}
