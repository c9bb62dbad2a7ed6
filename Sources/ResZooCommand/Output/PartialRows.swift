import Files
import Messages
import ResZoo

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The rows of an output that is not complete, in a file beside it: they survive an interruption, and the work goes on behind them.
///
/// The file begins with a line of JSON, the settings by which the rows were made.
final class PartialRows {
  /// The treatment of rows that are there already.
  enum Resumption {
    case begin, resume, restart
  }

  let output: String
  /// The number of rows that are there already.
  let count: Int
  /// The number of those that hold an error instead of a result.
  let failed: Int
  /// True if the rows still lack what comes before the first one.
  let needsHeader: Bool
  private let file: GrowingFile
  private let start: UInt64
  /// Keeps other processes from the file.
  private let lock: FileLock

  /// The longest line of settings that is read.
  private static let settingsLimit = 1 << 16

  var path: String { file.path }

  /// - Parameter settings: all that changes rows, by the names of the options.
  init(
    output: String, _ form: RowForm, settings: [String: String], _ resumption: Resumption
  ) throws(Failure) {
    let path = output + ".partial"
    self.output = output
    let isThere = FileIdentity(path: path) != nil
    if isThere, !Self.isPartial(path) {
      throw Failure(
        .cannotCreate,
        "\(path): results are kept there until they are complete, but it is another file; move it, or name another output"
      )
    }
    if isThere, resumption == .begin {
      throw Failure(
        .data,
        "\(path): holds the results of an interrupted run; continue it with --resume, or give it up with --restart"
      )
    }
    if !isThere, resumption == .resume, FileIdentity(path: output) != nil {
      throw Failure(
        .data,
        "\(output): nothing to resume: there is no \(path). To classify again, name another output or remove this one"
      )
    }
    // One lock for all symbolic links to an output.
    let lockPath = try reporting(output: output) { try AtomicFile.resolvedPath(output) + ".partial.lock" }
    guard let lock = try reporting(output: path, { try FileLock.ifFree(path: lockPath) }) else {
      throw Failure(.cannotCreate, "\(output): another process writes this file now; name another output")
    }
    self.lock = lock
    file = try reporting(output: path) { try GrowingFile(path: path, isOwn: true) }
    guard resumption == .resume, file.byteCount > 0 else {
      (count, failed, needsHeader) = (0, 0, true)
      let line = try Array((JSONText.line(settings) + "\n").utf8)
      start = UInt64(line.count)
      try reporting(output: path) { [file] in
        try file.clear()
        try file.append(line.rawBytes)
      }
      return
    }
    let content = try reporting(path) { try InputFile(path: path) }
    start = try Self.requireSame(settings, in: content)
    var rows = RowCounter(form)
    try Self.read(content, from: start) { rows.count($0) }
    let header = form == .csv ? 1 : 0
    needsHeader = rows.complete < header
    count = max(0, rows.complete - header)
    failed = rows.failed
    // The last row may be torn.
    let end = needsHeader ? start : start + rows.end
    try reporting(output: path) { [file] in try file.truncate(to: end) }
  }

  func append(_ bytes: RawSpan) throws(FileError) { try file.append(bytes) }

  /// Makes the output of the rows.
  func complete() throws(Failure) {
    let content = try reporting(path) { try InputFile(path: path) }
    let result = try reporting(output: output) { try AtomicFile(path: output) }
    try Self.read(content, from: start) { bytes throws(Failure) in
      try reporting(output: output) { try result.append(bytes.rawBytes) }
    }
    try reporting(output: output) { try result.commit() }
    removeFile(path)
  }

  /// Says how an interrupted run is continued, and ends the process as the signal would have ended it.
  func stop(after done: Int, of total: Int) {
    Terminal.note(
      """
      stopped. \(done.grouped) of \(total.counted("result")) are saved in \(path). Run the same command with --resume to \
      continue
      """)
    Interruption.end()
  }

  /// True if a file is empty or begins with a line of settings.
  private static func isPartial(_ path: String) -> Bool {
    guard let file = try? InputFile(path: path) else { return false }
    return file.byteCount == 0 || (try? settings(of: file)) != nil
  }

  /// The settings that a file begins with, and the position behind their line; nil where it begins otherwise.
  private static func settings(of file: InputFile) throws(FileError) -> (values: [String: String], end: Int)?
  {
    let buffer = try file.read(count: min(Int(clamping: file.byteCount), settingsLimit), at: 0)
    let bytes = [UInt8](copying: buffer.bytes)
    guard let end = bytes.firstIndex(of: 0x0A),
      let values = try? JSONDecoder().decode([String: String].self, from: Data(bytes[..<end]))
    else { return nil }
    return (values, end + 1)
  }

  /// - Returns: the position of the first row.
  private static func requireSame(
    _ settings: [String: String], in file: InputFile
  ) throws(Failure) -> UInt64 {
    guard let (before, end) = try reporting(file.path, { try Self.settings(of: file) }) else {
      throw Failure(.data, "\(file.path): holds no results of an interrupted run; --restart replaces it")
    }
    let differences = Set(before.keys).union(settings.keys).sorted().filter { before[$0] != settings[$0] }
    guard differences.isEmpty else {
      let list = differences.map { name in
        "\(name) was \(before[name] ?? "not given") and is \(settings[name] ?? "not given")"
      }
      throw Failure(
        .data,
        """
        \(file.path): belongs to a run with other settings: \(list.joined(separator: "; ")). Repeat the command as it was, or \
        begin again with --restart
        """)
    }
    return UInt64(end)
  }

  /// Reads the rest of a file, piece by piece.
  private static func read(
    _ file: InputFile, from start: UInt64, _ body: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    var position = start
    while position < file.byteCount {
      let count = Int(min(1 << 20, file.byteCount - position))
      let piece = try reporting(file.path) {
        let buffer = try file.read(count: count, at: position)
        return [UInt8](copying: buffer.bytes)
      }
      try body(piece)
      position += UInt64(count)
    }
  }
}

/// The form of rows.
enum RowForm {
  case csv, jsonl
}

/// Counts the complete rows of bytes that come in pieces.
private struct RowCounter {
  private let form: RowForm
  private(set) var complete = 0
  private(set) var failed = 0
  /// The number of bytes up to the end of the last complete row.
  private(set) var end: UInt64 = 0
  private var position: UInt64 = 0
  private var isQuoted = false
  /// The place in the row: the number of fields before it in CSV, of bytes in JSON, as far as they matter.
  private var place = 0
  private var isFailure = false

  /// The beginning of a row of JSON that holds an error: its members are sorted.
  private static let failure = Array(#"{"error":"#.utf8)

  init(_ form: RowForm) { self.form = form }

  mutating func count(_ bytes: [UInt8]) {
    for byte in bytes {
      position += 1
      switch form {
      case .csv: readCSV(byte)
      case .jsonl: readJSON(byte)
      }
    }
  }

  private mutating func readCSV(_ byte: UInt8) {
    if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
    if byte == 0x0A, !isQuoted { return endRow(isFailure && complete > 0) }
    if byte == UInt8(ascii: ","), !isQuoted {
      place += 1
    } else if place == 1 {
      isFailure = true
    }
  }

  private mutating func readJSON(_ byte: UInt8) {
    if byte == 0x0A { return endRow(place == Self.failure.count) }
    if place >= 0, place < Self.failure.count { place = byte == Self.failure[place] ? place + 1 : -1 }
  }

  private mutating func endRow(_ isFailed: Bool) {
    complete += 1
    failed += isFailed ? 1 : 0
    end = position
    (place, isFailure) = (0, false)
  }
}
