import Charts
package import Files
package import Reports

/// Writes a folder with a page about a study, `index.html`, which needs no other file, and all of its numbers, `study.json`.
package struct StudyReport {
  private let folder: ReportFolder
  private let study: String

  /// The name of the file with the numbers.
  package static let numbers = "study.json"

  /// Makes sure that the folder can be written at the end.
  ///
  /// - Parameters:
  ///   - path: the folder to write; its parent folder exists.
  ///   - study: the name of the study, such as `gradients`.
  /// - Throws: ``FileError`` when it cannot be written, or holds something else than an earlier report of the same study.
  package init(folder path: String, study: String) throws(FileError) {
    folder = try ReportFolder(
      path: path, metrics: Self.numbers, kind: "study of \(study)", format: Self.format(of: study))
    self.study = study
  }

  /// Writes the page, with a section on how it was made at its end, and the numbers.
  ///
  /// - Throws: ``FileError``.
  package func write(_ page: ReportDocument, numbers: some Encodable, _ facts: StudyFacts) throws {
    var page = page
    page.addSection("How it was made")
    page.addTable(["", ""], facts.rows, texts: [0, 1])
    try folder.write(
      html: page.html,
      metrics: Content(format: Self.format(of: study), facts: facts, numbers: numbers))
  }

  private static func format(of study: String) -> String { "reszoo study \(study)" }

  /// The content of `study.json`.
  private struct Content<Numbers: Encodable>: Encodable {
    var format: String
    var version = 1
    var facts: StudyFacts
    var numbers: Numbers
  }
}

extension ReportDocument {
  /// Most errors that a page lists.
  private static let errorLimit = 50

  /// Says how many images were left out, and lists the first of them with their errors.
  mutating func addErrors(
    _ errors: [(image: String, error: String)], one: String = "could not be read",
    several: String = "could not be read"
  ) {
    guard !errors.isEmpty else { return }
    addNotice(
      errors.count == 1
        ? "1 image \(one) and counts nowhere."
        : "\(NumberText.grouped(errors.count)) images \(several) and count nowhere.")
    addTable(
      ["image", "error"], errors.prefix(Self.errorLimit).map { [$0.image, $0.error] }, texts: [0, 1],
      summary: errors.count > Self.errorLimit ? "The first \(Self.errorLimit) of them" : "Which, and why")
  }
}

extension StudyFacts {
  /// Names and values, for a table.
  fileprivate var rows: [[String]] {
    var rows: [[String]] = []
    if !command.isEmpty { rows.append(["command", command.joined(separator: " ")]) }
    if let dataset { rows.append(["data set", dataset]) }
    if let images { rows.append(["images", NumberText.grouped(images)]) }
    if !seeds.isEmpty { rows.append(["seeds", seeds.map(\.description).joined(separator: ", ")]) }
    rows.append(["processors", "\(threads)"])
    rows.append(["time", "\(NumberText.fixed(seconds, decimals: 1)) s"])
    return rows
  }
}
