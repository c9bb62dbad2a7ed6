import ModelDescriptor

/// A finding as a line of `findings.jsonl`. Members that do not apply are left out.
struct FindingRecord: Encodable {
  var kind: String
  var input: String
  var score: Double
  var part: String?
  var label: String?
  var suggestedLabel: String?
  var group: Int?
  var others: [String]?
  var reason: String
  var suggestion: String?

  enum CodingKeys: String, CodingKey {
    case kind, input, score, part, label, group, others, reason, suggestion
    case suggestedLabel = "suggested_label"
  }

  init(_ finding: AuditFinding) {
    kind = finding.kind.rawValue
    input = finding.input
    score = finding.score
    part = finding.part?.rawValue
    label = finding.label
    suggestedLabel = finding.suggestedLabel
    group = finding.group
    others = finding.others.isEmpty ? nil : finding.others
    reason = finding.reason
    suggestion = finding.suggestion?.rawValue
  }
}

/// The content of `audit.json`: what was audited, and how much was found.
package struct AuditRecord: Encodable {
  var format = AuditReport.format
  var version = 1
  var dataset: String
  var validation: String?
  var model: String?
  var images: Int
  var readable: Int
  var classes: Int
  var findings: [String: Int]
  var notices: [String]
  /// The SHA-256 of `findings.csv` as it was written, in hexadecimal.
  var tableSHA256: String

  enum CodingKeys: String, CodingKey {
    case format, version, dataset, validation, model, images, readable, classes, findings, notices
    case tableSHA256 = "table_sha256"
  }

  package init(_ audit: DatasetAudit, model: String?, notices: [String], table: String) {
    tableSHA256 = table
    dataset = audit.images.path
    validation = audit.images.validationPath
    self.model = model
    images = audit.images.count
    readable = audit.readableCount
    classes = audit.images.classes.count
    findings = audit.findings.reduce(into: [:]) { $0[$1.kind.rawValue, default: 0] += 1 }
    self.notices = notices
  }
}
