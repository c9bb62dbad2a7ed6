import Files
import Messages

/// The directory of a zip archive, checked as a whole: names are unique, entries lie within the file, one after the
/// other, and none is encrypted. The layout is that of PKWARE's APPNOTE 6.3.
struct ZipArchive {
  var entries: [ZipEntry]

  enum Limit {
    static let entries = 1 << 17
    static let directory = 32 << 20
    static let name = 1024
    /// Most decoded bytes for each byte of the file, and an allowance for small files.
    static let expansion = 64
    static let slack = 1 << 20
  }

  /// - Throws: ``WeightFileError`` with `truncated`, `malformedArchive`, `duplicateEntry`, `overlap`, `encrypted`,
  ///   `unsupportedCompression`, `decompressionBomb` or `unsafeName`.
  init(_ file: InputFile) throws(WeightFileError) {
    let end = try ZipEnd(file)
    let directory = ByteCursor(
      try file.array(in: end.directory), path: file.path, shortage: .malformedArchive)
    entries = []
    var names: Set<String> = []
    for _ in 0..<end.entryCount {
      let entry = try ZipEntry(directory)
      guard names.insert(entry.name).inserted else {
        throw WeightFileError(.duplicateEntry, file: file.path, "two entries are named '\(entry.name)'")
      }
      entries.append(entry)
    }
    guard directory.remaining == 0 else {
      throw directory.fault(
        .malformedArchive, "\(directory.remaining) bytes follow the directory's last entry")
    }
    try locate(in: file, before: end.directory.lowerBound)
    try requirePlausible(in: file)
  }

  /// Finds where the entries' bytes begin, and that none reaches into the next one.
  private mutating func locate(in file: InputFile, before directory: Int) throws(WeightFileError) {
    var last: (name: String, end: Int)?
    for index in entries.indices.sorted(by: { entries[$0].header < entries[$1].header }) {
      let entry = entries[index]
      if let last, entry.header < last.end {
        throw WeightFileError(
          .overlap, file: file.path, "'\(entry.name)' begins at byte \(entry.header), within '\(last.name)'")
      }
      let start = try entry.locate(in: file, before: directory)
      entries[index].start = start
      last = (entry.name, start + entry.storedCount)
    }
  }

  private func requirePlausible(in file: InputFile) throws(WeightFileError) {
    var total = 0.0
    for entry in entries { total += Double(entry.byteCount) }
    guard total <= Double(file.size) * Double(Limit.expansion) + Double(Limit.slack) else {
      throw WeightFileError(
        .decompressionBomb, file: file.path,
        "its entries would grow to \(Int(min(total, 1e18))) bytes, more than \(Limit.expansion) times the file's size"
      )
    }
  }
}
