import Files
import Messages

/// A table of texts with named columns, from a file with commas, semicolons or tabs between its fields.
package struct CSVTable: Sendable {
  /// The names of the columns, in lower case.
  package let columns: [String]
  /// The rows, each with the line that it begins in, counted from 1.
  package let rows: [(line: Int, fields: [String])]

  /// The largest table that is read, in bytes.
  private static let byteLimit = 1 << 28

  /// Reads a table whose first line names its columns.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - needed: a column that the table must have; by which of the separators it is found tells them apart.
  /// - Throws: ``DatasetError`` with `file` when it cannot be read, with `data` when it is no such table.
  package init(path: String, needing needed: String) throws(DatasetError) {
    let bytes: [UInt8]
    do {
      bytes = try InputFile(path: path).readLines(limit: Self.byteLimit)
    } catch {
      throw DatasetError(.file, "\(error)")
    }
    do throws(ManifestFault) {
      (columns, rows) = try Self.table(bytes, needing: needed)
    } catch {
      throw DatasetError(.data, "\(path), line \(error.line): \(error.message)")
    }
  }

  private static func table(
    _ bytes: [UInt8], needing needed: String
  ) throws(ManifestFault) -> (columns: [String], rows: [(line: Int, fields: [String])]) {
    guard var records = records(in: bytes, needing: needed), let (_, header) = try records.next() else {
      throw ManifestFault(line: 1, message: "names no column '\(needed)'")
    }
    var rows: [(line: Int, fields: [String])] = []
    while let (line, fields) = try records.next() {
      guard fields.count == header.count else {
        throw ManifestFault(
          line: line, message: "\(fields.count) fields where the first line names \(header.count) columns")
      }
      rows.append((line, fields))
    }
    return (header.map { $0.lowercased() }, rows)
  }

  /// The place of a column; nil where there is none.
  package func column(_ name: String) -> Int? { columns.firstIndex(of: name) }

  private static func records(in bytes: [UInt8], needing needed: String) -> CSVRecords? {
    for separator in ",;\t".utf8 {
      let records = CSVRecords(bytes, separator: separator)
      var first = records
      guard let (_, header) = (try? first.next()) ?? nil else { continue }
      if header.contains(where: { $0.lowercased() == needed }) { return records }
    }
    return nil
  }
}
