import Files
import ResZoo

/// A comparison as people read it.
struct ComparisonText {
  let record: ComparisonRecord

  /// The most classes that are listed.
  private static let classLimit = 10

  var text: String {
    "\(record.images.counted("image")) answered by all networks\n\n" + models + "\n" + pairs
      + "\n"
      + record.pairs.map { record.verdict($0).replacing(". ", with: ".\n") + "\n" }
      .joined() + classes
  }

  private var models: String {
    Table(
      head: ["", "network", "right", "accuracy (95 %)", "MB", "ms/image"],
      rows: record.models.enumerated().map { index, model in
        [
          ComparisonRecord.letter(index), model.model.lastPathPart, model.correct.grouped,
          "\(percent(model.accuracy)) (\(percent(model.accuracyInterval[0])) to \(percent(model.accuracyInterval[1])))",
          model.bytes.map { (Double($0) / 1e6).text(decimals: 2) } ?? "-",
          model.msPerImage.map { $0.text(decimals: 2) } ?? "-",
        ]
      }, leftColumns: 2
    ).text
  }

  private var pairs: String {
    let isOne = record.pairs.count == 1
    return Table(
      head: ["pair", "points (95 %)", "only 1st", "only 2nd", "same", isOne ? "p" : "p (Holm)"],
      rows: record.pairs.map { pair in
        [
          pair.pair.map(ComparisonRecord.letter).joined(separator: " "),
          "\(points(pair.difference)) (\(points(pair.differenceInterval[0])) to \(points(pair.differenceInterval[1])))",
          pair.onlyARight.grouped, pair.onlyBRight.grouped, percent(pair.agreement) + " %",
          pair.holmP.shortText,
        ]
      }
    ).text
  }

  /// The classes that differ beyond chance, of two networks.
  private var classes: String {
    guard record.pairs.count == 1 else { return "" }
    let clear = record.pairs[0].classes.filter { $0.holmP < 0.05 }.sorted { $0.holmP < $1.holmP }
    guard !clear.isEmpty else { return "" }
    return "\n"
      + Table(
        head: ["class that differs", "images", "A", "B", "p (Holm)"],
        rows: clear.prefix(Self.classLimit).map {
          [
            $0.label, $0.images.grouped, percent($0.accuracyA) + " %", percent($0.accuracyB) + " %",
            $0.holmP.shortText,
          ]
        }
      ).text
  }

  private func percent(_ share: Double) -> String { (100 * share).text(decimals: 2) }

  private func points(_ share: Double) -> String {
    (share > 0 ? "+" : "") + (100 * share).text(decimals: 2)
  }
}
