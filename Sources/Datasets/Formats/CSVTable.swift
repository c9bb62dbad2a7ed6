import Files
import Messages

/// A table of texts with named columns, from a file with commas, semicolons or tabs between its fields. Rows are read one by one, so that
/// memory holds the file's bytes and no more.
package struct CSVTable: Sendable {
  /// The names of the columns, in lower case.
  package let columns: [String]
  private let path: String
  private var records: CSVRecords

  /// The largest table that is read, in bytes.
  private static let byteLimit = 1 << 28

  /// Opens a table whose first line names its columns.
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
    for separator in ",;\t".utf8 {
      var records = CSVRecords(bytes, separator: separator)
      guard let (_, header) = (try? records.next()) ?? nil else { continue }
      let columns = header.map { $0.lowercased() }
      guard columns.contains(needed) else { continue }
      (self.columns, self.path, self.records) = (columns, path, records)
      return
    }
    throw DatasetError(.data, "\(path), line 1: names no column '\(needed)'")
  }

  /// The next row, with the line that it begins in, counted from 1; nil at the end.
  ///
  /// - Throws: ``DatasetError`` with `data` for a row that is no row of this table.
  package mutating func next() throws(DatasetError) -> (line: Int, fields: [String])? {
    do throws(ManifestFault) {
      guard let row = try records.next() else { return nil }
      guard row.fields.count == columns.count else {
        throw ManifestFault(
          line: row.line,
          message: "\(row.fields.count) fields where the first line names \(columns.count) columns")
      }
      return row
    } catch {
      throw DatasetError(.data, "\(path), line \(error.line): \(error.message)")
    }
  }

  /// The place of a column; nil where there is none.
  package func column(_ name: String) -> Int? { columns.firstIndex(of: name) }
}
