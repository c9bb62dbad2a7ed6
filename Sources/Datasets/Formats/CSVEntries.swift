import ImageInput
import Messages

/// Reads the images that a CSV manifest lists. A first line that does not begin with the name of an image is a header.
///
/// - Returns: the images, and the classes where each has a column of its own.
func csvEntries(
  _ bytes: [UInt8], reader: inout LabelReader
) throws(ManifestFault) -> (entries: [ManifestEntry], classes: [String]?) {
  var records = try CSVRecords(separatedIn: bytes, form: reader.form)
  var columns: CSVColumns?
  var entries: [ManifestEntry] = []
  var parts = PartColumn()
  while let (line, fields) = try records.next() {
    guard let columns else {
      if let header = try CSVColumns(header: fields, line: line, form: reader.form) {
        columns = header
        continue
      }
      guard isImageName(fields[0]) else {
        throw ManifestFault(
          line: line,
          message:
            "the header names \(fields.quoted); it must have \(ManifestColumns.expected) among its columns")
      }
      let plain = CSVColumns.withoutHeader
      columns = plain
      entries.append(try plain.entry(line, fields, reader: &reader))
      continue
    }
    entries.append(try columns.entry(line, fields, reader: &reader))
    if let part = columns.part { try parts.note(fields[part.column], column: part.name, line: line) }
  }
  return (entries, columns?.classes)
}

extension CSVRecords {
  /// The records of a text whose first line tells by which of commas, semicolons and tabs its fields are divided.
  ///
  /// - Throws: ``ManifestFault`` when the first line makes sense with more than one of them.
  fileprivate init(separatedIn bytes: [UInt8], form: LabelForm) throws(ManifestFault) {
    let candidates = ",;\t".utf8.map { CSVRecords(bytes, separator: $0) }
    let mark = Array("sep=".utf8)
    // Spreadsheets may say it in a line of its own.
    if let named = candidates.first(where: { candidate in
      var records = candidate
      let first = (try? records.next())??.fields ?? []
      return first.count == 2 && Array(first[0].utf8) == mark && first[1].isEmpty
    }) {
      self = named
      _ = try next()
      return
    }
    var fitting: [CSVRecords] = []
    var widest = (fields: 0, records: candidates[0])
    for candidate in candidates {
      var records = candidate
      guard let (line, fields) = (try? records.next()) ?? nil else { continue }
      if fields.count > widest.fields { widest = (fields.count, candidate) }
      let hasColumns = ((try? CSVColumns(header: fields, line: line, form: form)) ?? nil) != nil
      if hasColumns || fields.count == 2 && isImageName(fields[0]) { fitting.append(candidate) }
    }
    guard fitting.count < 2 else {
      throw ManifestFault(
        line: 1,
        message:
          "the fields may be divided in more than one way; put quotes around them, or begin with a header")
    }
    self = fitting.first ?? widest.records
  }
}
