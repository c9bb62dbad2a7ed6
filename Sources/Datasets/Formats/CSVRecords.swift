import Messages

/// Splits a CSV text (RFC 4180) into records: fields between commas or another separator, quoted ones with any bytes, quotes within
/// doubled; lines end in CRLF or LF. Empty lines count as lines, but are no records.
struct CSVRecords {
  private let bytes: [UInt8]
  private let separator: UInt8
  private var position: Int
  private var line = 1

  init(_ bytes: [UInt8], separator: UInt8) {
    self.bytes = bytes
    self.separator = separator
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
      guard bytes[position] == separator else {
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
    while position < bytes.count, bytes[position] != separator, !isLineEnd {
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

  private func fault(_ message: Remark) -> ManifestFault { ManifestFault(line: line, message: message) }
}
