import Messages

/// The columns of a CSV manifest: of the paths, and of the classes.
struct CSVColumns {
  private enum Labels {
    /// A column with the names.
    case names(Int)
    /// A column for each class, with 1 for the images that have it and 0 for others.
    case marks([(column: Int, name: String)])
  }

  private let count: Int
  private let path: Int
  private let labels: Labels
  /// The column of parts of the data set.
  private(set) var part: (column: Int, name: String)?

  /// The columns `path` and `label`.
  static let withoutHeader = CSVColumns(count: 2, path: 0, labels: .names(1))

  private init(count: Int, path: Int, labels: Labels) {
    self.count = count
    self.path = path
    self.labels = labels
  }

  /// The columns that a header names; nil when it is none.
  ///
  /// - Throws: ``ManifestFault`` when several columns could be meant, or two classes have one name.
  init?(header: [String], line: Int, form: LabelForm) throws(ManifestFault) {
    count = header.count
    do throws(ManifestColumns.Ambiguity) {
      guard let path = try ManifestColumns.find(.path, in: header) else { return nil }
      self.path = path
      if let column = try ManifestColumns.find(form.use, in: header) {
        labels = .names(column)
        let part = header.indices.first { $0 != path && $0 != column && PartColumn.isNamed(header[$0]) }
        self.part = part.map { ($0, header[$0]) }
        return
      }
    } catch {
      throw ManifestFault(line: line, message: error.message)
    }
    guard form != .one, header.count > 1 else { return nil }
    let path = path
    let marks = header.enumerated().filter { $0.offset != path }.map { (column: $0.offset, name: $0.element) }
    guard Set(marks.map(\.name)).count == marks.count, !marks.contains(where: { $0.name.isEmpty }) else {
      throw ManifestFault(line: line, message: "each column of a class needs a name of its own")
    }
    labels = .marks(marks)
  }

  /// The classes that have columns of their own, in their order; nil when one column names the classes.
  var classes: [String]? {
    if case .marks(let marks) = labels { marks.map(\.name) } else { nil }
  }

  /// Reads a line.
  func entry(
    _ line: Int, _ fields: [String], reader: inout LabelReader
  ) throws(ManifestFault) -> ManifestEntry {
    guard fields.count == count else {
      throw ManifestFault(
        line: line,
        message:
          "\(fields.count) fields where \(count) must be; there are the columns path and label, or a header"
      )
    }
    switch labels {
    case .names(let column):
      guard reader.form != .one || !fields[column].isEmpty else {
        throw ManifestFault(line: line, message: "the label is empty")
      }
      return try ManifestEntry(line: line, path: fields[path], labels: reader.names(in: fields[column]))
    case .marks(let marks):
      var names: [String] = []
      for (column, name) in marks where try Self.isMarked(fields[column], name: name, line: line) {
        names.append(name)
      }
      return try ManifestEntry(line: line, path: fields[path], labels: names)
    }
  }

  private static func isMarked(_ field: String, name: String, line: Int) throws(ManifestFault) -> Bool {
    switch field.lowercased() {
    case "1", "1.0", "true": true
    case "0", "0.0", "false": false
    default:
      throw ManifestFault(
        line: line,
        message: """
          '\(field)' stands in the column '\(name)', where 0 or 1 must be: without a column 'labels' each column but that of the \
          paths is a class
          """)
    }
  }
}
