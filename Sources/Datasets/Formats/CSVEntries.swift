import ImageInput

/// Reads the images that a CSV manifest lists. A first line that does not begin with the name of an image is a header.
func csvEntries(_ bytes: [UInt8]) throws(ManifestFault) -> [ManifestEntry] {
  var records = try CSVRecords(separatedIn: bytes)
  var columns: (count: Int, path: Int, label: Int)?
  var entries: [ManifestEntry] = []
  while let (line, fields) = try records.next() {
    guard let columns else {
      if let (path, label) = try header(fields, line: line) {
        columns = (fields.count, path, label)
        continue
      }
      guard isImageName(fields[0]) else {
        throw ManifestFault(
          line: line,
          message:
            "the header names \(fields.quoted); it must have \(ManifestColumns.expected) among its columns")
      }
      columns = (2, 0, 1)
      entries.append(try csvEntry(line, fields, (2, 0, 1)))
      continue
    }
    entries.append(try csvEntry(line, fields, columns))
  }
  return entries
}

private func header(
  _ fields: [String], line: Int
) throws(ManifestFault) -> (path: Int, label: Int)? {
  do throws(ManifestColumns.Ambiguity) {
    return try ManifestColumns.find(in: fields)
  } catch {
    throw ManifestFault(line: line, message: error.message)
  }
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

extension CSVRecords {
  /// The records of a text whose first line tells by which of commas, semicolons and tabs its fields are divided.
  ///
  /// - Throws: ``ManifestFault`` when the first line makes sense with more than one of them.
  fileprivate init(separatedIn bytes: [UInt8]) throws(ManifestFault) {
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
      guard let (_, fields) = (try? records.next()) ?? nil else { continue }
      if fields.count > widest.fields { widest = (fields.count, candidate) }
      let hasColumns = ((try? ManifestColumns.find(in: fields)) ?? nil) != nil
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
