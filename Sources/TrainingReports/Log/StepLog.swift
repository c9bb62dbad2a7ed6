import Files
import Messages
import ModelDescriptor
import TensorCore
public import Training

/// Writes a line of JSON for each step and each epoch, as they end (JSON Lines).
///
/// Lines of steps have a member `step`; lines of epochs do not. A resumed training drops the lines of the epochs that it
/// repeats.
public final class StepLog: TrainingObserver {
  private let path: String
  private let file: GrowingFile

  /// Opens the file, or creates it empty.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/file`` when it cannot be written, or holds something else.
  public init(path: String) throws(TrainingError) {
    self.path = path
    do {
      file = try GrowingFile(path: path)
      guard file.byteCount > 0, try !Self.isLog(InputFile(path: path)) else { return }
      throw FileError(.badPath, path: path, "exists and is no log of a training; name another file")
    } catch {
      throw TrainingError(.file, "the log \(error)")
    }
  }

  public func didStart(_ outline: TrainingOutline) throws(TrainingError) {
    do {
      try file.truncate(to: Self.byteCount(ofEpochsTo: outline.epochsDone, in: path))
    } catch {
      throw TrainingError(.file, "the log \(error)")
    }
  }

  public func didFinish(step: StepRecord) throws(TrainingError) {
    try append(StepLine(step))
  }

  public func didFinish(epoch: EpochRecord, validation: ValidationResult?) throws(TrainingError) {
    try append(EpochLine(epoch))
  }

  private func append(_ line: some Encodable) throws(TrainingError) {
    do {
      let bytes = try JSON.encode(line) + [0x0A]
      try file.append(bytes.rawBytes)
    } catch let error as FileError {
      throw TrainingError(.file, "the log \(error)")
    } catch {
      throw TrainingError(.file, "the log \(path): \(error)")
    }
  }

  /// Returns true if a file begins with a line of a log, or with the written part of one.
  private static func isLog(_ file: InputFile) throws(FileError) -> Bool {
    let block = try file.read(count: Int(min(UInt64(lineLimit), file.byteCount)), at: 0)
    let start = [UInt8](copying: block.bytes)
    let end = start.firstIndex(of: 0x0A)
    if (try? JSON.decode(LogLine.self, from: Array(start[..<(end ?? start.count)]))) != nil { return true }
    return end == nil && StepLine.isTorn(start)
  }

  /// The number of bytes from the beginning that are whole lines of epochs up to the given one.
  ///
  /// - Complexity: linear in the file, of which a part is in memory at a time.
  private static func byteCount(ofEpochsTo epoch: Int, in path: String) throws(FileError) -> UInt64 {
    guard epoch > 0 else { return 0 }
    let file = try InputFile(path: path)
    var kept: UInt64 = 0
    var line: [UInt8] = []
    var position: UInt64 = 0
    while position < file.byteCount {
      let block = try file.read(count: Int(min(1 << 16, file.byteCount - position)), at: position)
      let bytes = block.bytes
      for byte in [UInt8](copying: bytes) {
        position += 1
        guard byte == 0x0A else {
          line.append(byte)
          guard line.count <= lineLimit else { return kept }
          continue
        }
        guard let found = try? JSON.decode(LinePlace.self, from: line), found.epoch <= epoch else {
          return kept
        }
        kept = position
        line.removeAll(keepingCapacity: true)
      }
    }
    return kept
  }

  /// The most bytes of a line of a log.
  private static let lineLimit = 1 << 14
}
