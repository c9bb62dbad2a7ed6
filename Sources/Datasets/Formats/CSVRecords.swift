import ImageInput

/// Splits a CSV text (RFC 4180) into records: fields between commas, quoted ones with any bytes, quotes within doubled;
/// lines end in CRLF or LF. Empty lines count as lines, but are no records.
struct CSVRecords {
  private let bytes: [UInt8]
  private var position: Int
  private var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte order mark, as spreadsheets write it.
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The next record and the line it begins in; nil at the end.
  mutating func next() throws(ManifestFault) -> (line: Int, fields: [String])? {
    while skipLineEnd() {}
    guard position < bytes.count else { return nil }
    let first = line
    var fields: [String] = []
    while true {
      fields.append(try field())
      guard position < bytes.count, !skipLineEnd() else { return (first, fields) }
      guard bytes[position] == UInt8(ascii: ",") else {
        throw fault("there is text behind a quoted field; put quotes around the whole field")
      }
      position += 1
    }
  }

  private mutating func field() throws(ManifestFault) -> String {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return try plainField() }
    position += 1
    let first = line
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        guard position < bytes.count, bytes[position] == byte else { return try string(text[...]) }
        position += 1
      } else if byte == 0x0A {
        line += 1
      }
      text.append(byte)
    }
    throw ManifestFault(line: first, message: "a quoted field does not end")
  }

  private mutating func plainField() throws(ManifestFault) -> String {
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: ","), !isLineEnd {
      guard bytes[position] != UInt8(ascii: "\"") else {
        throw fault("a quote within a field; put quotes around the whole field and double those within")
      }
      position += 1
    }
    return try string(bytes[start..<position])
  }

  private func string(_ text: ArraySlice<UInt8>) throws(ManifestFault) -> String {
    guard let string = String(validating: text, as: UTF8.self) else { throw fault("text that is not UTF-8") }
    return string
  }

  private var isLineEnd: Bool {
    bytes[position] == 0x0A
      || bytes[position] == 0x0D && (position + 1 == bytes.count || bytes[position + 1] == 0x0A)
  }

  private mutating func skipLineEnd() -> Bool {
    guard position < bytes.count, isLineEnd else { return false }
    position = min(position + (bytes[position] == 0x0D ? 2 : 1), bytes.count)
    line += 1
    return true
  }

  private func fault(_ message: String) -> ManifestFault { ManifestFault(line: line, message: message) }
}

/// Reads the images that a CSV manifest lists. A first line that does not begin with the name of an image is a header.
func csvEntries(_ bytes: [UInt8]) throws(ManifestFault) -> [ManifestEntry] {
  var records = CSVRecords(bytes)
  var columns: (count: Int, path: Int, label: Int)?
  var entries: [ManifestEntry] = []
  while let (line, fields) = try records.next() {
    guard let columns else {
      if let path = fields.firstIndex(of: "path"), let label = fields.firstIndex(of: "label") {
        columns = (fields.count, path, label)
        continue
      }
      guard isImageName(fields[0]) else {
        throw ManifestFault(
          line: line,
          message: "the header names \(fields.prefix(4).map { "'\($0)'" }.joined(separator: ", "))"
            + (fields.count > 4 ? ", …" : "") + "; it must have 'path' and 'label' among its columns")
      }
      columns = (2, 0, 1)
      entries.append(try csvEntry(line, fields, (2, 0, 1)))
      continue
    }
    entries.append(try csvEntry(line, fields, columns))
  }
  return entries
}

private func csvEntry(
  _ line: Int, _ fields: [String], _ columns: (count: Int, path: Int, label: Int)
) throws(ManifestFault) -> ManifestEntry {
  guard fields.count == columns.count else {
    throw ManifestFault(
      line: line,
      message:
        "\(fields.count) fields where \(columns.count) must be; there are the columns path and label, or a header"
    )
  }
  return try ManifestEntry(line: line, path: fields[columns.path], label: fields[columns.label])
}
