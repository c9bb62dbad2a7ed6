import ResZoo

/// Findings of an audit as a table, with an empty column for what to do about each.
struct FindingTable {
  /// The whole text.
  let text: String

  private static let columns = [
    "kind", "input", "score", "part", "label", "suggested_label", "group", "others", "reason", "suggestion",
    "action",
  ]

  init(_ findings: [AuditFinding], table: CSVText) {
    var text = Self.columns.joined(separator: ",") + "\n"
    for finding in findings {
      text += table.line([
        .value(finding.kind.rawValue), .text(finding.input), .value(finding.score.text(decimals: 6)),
        .value(finding.part?.rawValue ?? ""), .text(finding.label ?? ""),
        .text(finding.suggestedLabel ?? ""), .value(finding.group.map { "\($0)" } ?? ""),
        .text(finding.others.joined(separator: " | ")), .text(finding.reason),
        .value(finding.suggestion?.rawValue ?? ""), .value(""),
      ])
    }
    self.text = text
  }
}
