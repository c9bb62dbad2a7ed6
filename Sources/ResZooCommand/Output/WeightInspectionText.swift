import ResZoo

/// An inspection of other programs' weights as people read it.
struct WeightInspectionText {
  let file: String
  let inspection: WeightInspection

  /// Findings, texts of metadata and names off the list that are shown; JSON has them all.
  private static let shownCount = 12

  var text: String {
    var rows = [
      ("file", file), ("kind", inspection.container), ("size", "\(inspection.byteCount.grouped) bytes"),
    ]
    if !inspection.tensors.isEmpty {
      let bytes = inspection.tensors.reduce(0) { $0 + $1.byteCount }
      rows.append(
        (
          "tensors",
          "\(inspection.tensors.count.grouped) (\(inspection.tensors.elementTypes)), \(bytes.grouped) bytes"
        ))
    }
    rows += state + metadata + meaning + pickles
    return InspectionText.aligned(rows)
  }

  private var state: [(String, String)] {
    var rows: [(String, String)] = []
    if let key = inspection.stateDict { rows.append(("state dict", "'\(key)'")) }
    rows += inspection.otherStateDicts.map { ("other tables", "--state-dict-key \($0)") }
    return rows
  }

  private var metadata: [(String, String)] {
    let texts = inspection.metadata.sorted { $0.key < $1.key }
    var rows = texts.prefix(Self.shownCount).map { key, value in
      ("metadata", "\(key) = \(value.count > 80 ? value.prefix(80) + "…" : value[...])")
    }
    if texts.count > Self.shownCount {
      rows.append(("metadata", "… and \(texts.count - Self.shownCount) more"))
    }
    return rows
  }

  /// The meaning of the tensors, and the notes of an import.
  private var meaning: [(String, String)] {
    var rows: [(String, String)] = []
    if let descriptor = inspection.descriptor {
      let net = descriptor.architecture
      rows.append(("architecture", net.name ?? "custom"))
      rows.append((net.outputName, "\(net.classes)"))
      if let form = net.answerInWords { rows.append(("answer", form)) }
      if let graph = try? Graph(net) { rows.append(("parameters", graph.parameterCount.grouped)) }
      rows += InspectionText.rows(descriptor.assumptions)
    }
    // Assumptions have their own lines.
    rows += inspection.notes.map(\.optionText).filter { !$0.hasPrefix("assumed") }.map {
      ("convert", $0)
    }
    if let refusal = inspection.refusal {
      rows += refusal.remark.optionText.split(separator: "\n").enumerated().map { index, line in
        ("convert", (index == 0 ? "would refuse it: " : "") + line)
      }
    }
    return rows
  }

  private var pickles: [(String, String)] {
    guard let survey = inspection.pickles else { return [] }
    var rows: [(String, String)] = []
    let allowed = survey.globals.filter(\.verdict.isAllowed)
    for global in allowed.prefix(Self.shownCount) { rows.append(("names", describe(global))) }
    if allowed.count > Self.shownCount {
      rows.append(("names", "… and \(allowed.count - Self.shownCount) more that are on the list"))
    }
    let others = survey.globals.filter { !$0.verdict.isAllowed }
    for global in others.prefix(Self.shownCount) { rows.append(("NOT ON THE LIST", describe(global))) }
    let rest = others.count - min(others.count, Self.shownCount) + survey.furtherGlobalCount
    if rest > 0 { rows.append(("NOT ON THE LIST", "… and \(rest) more")) }
    for finding in survey.findings.prefix(Self.shownCount) {
      rows.append(
        (
          "SUSPICIOUS",
          "\(finding.opcode) at byte \(finding.offset) of \(finding.pickle): \(finding.reason)"
        ))
    }
    let more =
      survey.findings.count - min(survey.findings.count, Self.shownCount) + survey.furtherFindingCount
    if more > 0 { rows.append(("SUSPICIOUS", "… and \(more) more")) }
    rows += survey.gaps.map { ("NOT FOLLOWED", $0) }
    if others.isEmpty, survey.findings.isEmpty, survey.gaps.isEmpty, inspection.problem == nil {
      rows.append(("suspicious", "nothing: all names are on the list, and no instruction is unusual"))
    }
    return rows
  }

  private func describe(_ global: PickleSurvey.Global) -> String {
    let times = global.count > 1 ? ", \(global.count.grouped) times" : ""
    return "\(global.name), \(global.verdict.rawValue), at byte \(global.offset) of \(global.pickle)\(times)"
  }

  var tensorTable: String {
    Table(
      head: ["tensor", "here", "shape", "type", "bytes"],
      rows: inspection.tensors.map { tensor in
        [
          tensor.sourceName, tensor.name ?? "left out", tensor.shape.description, tensor.type,
          tensor.byteCount.grouped,
        ]
      }
    ).text
  }
}
