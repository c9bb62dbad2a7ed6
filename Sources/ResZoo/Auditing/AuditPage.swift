import Charts
import Datasets
import Files
import ImageInput
import Reports

/// The page to look through the findings of an audit.
struct AuditPage {
  private let audit: DatasetAudit
  private let subject: AuditReport.Subject
  private var document: ReportDocument

  /// The classes of the fewest images that are drawn.
  private static let classLimit = 30

  init(_ audit: DatasetAudit, of subject: AuditReport.Subject) {
    self.audit = audit
    self.subject = subject
    document = ReportDocument(title: "Audit of \(audit.images.path.lastPathPart)")
    addHead()
    for kind in AuditFinding.Kind.allCases { add(kind) }
    addClasses()
    addMap()
    addCircumstances()
  }

  var html: String { document.html }

  private func findings(of kind: AuditFinding.Kind) -> [AuditFinding] {
    audit.findings.filter { $0.kind == kind }
  }

  private mutating func addHead() {
    let touched = Set(audit.findings.compactMap(\.image)).count
    document.addSummary(
      "\(counted(audit.images.count, "image")): there is something to look at in \(NumberText.grouped(touched)) of them."
    )
    for notice in subject.notices { document.addNotice(notice) }
    let kinds = AuditFinding.Kind.allCases.map { ($0, findings(of: $0)) }.filter { !$0.1.isEmpty }
    guard !kinds.isEmpty else { return document.addText("Nothing was found.") }
    document.addTable(
      ["finding", "kind", "number", "groups"],
      kinds.map { kind, findings in
        let groups = Set(findings.compactMap(\.group)).count
        return [
          kind.title, kind.rawValue, NumberText.grouped(findings.count),
          groups == 0 ? "" : NumberText.grouped(groups),
        ]
      }, texts: [0, 1])
    if let advice = subject.advice { document.addText(advice) }
  }

  private mutating func add(_ kind: AuditFinding.Kind) {
    let findings = findings(of: kind)
    guard !findings.isEmpty else { return }
    document.addSection("\(kind.title) (\(NumberText.grouped(findings.count)))")
    document.addText(kind.advice)
    if kind == .imbalance || kind == .broken {
      let shown = findings.prefix(10 * subject.shown)
      document.addTable(
        [kind == .broken ? "image" : "class", "why"], shown.map { [$0.input, $0.reason] }, texts: [0, 1])
      addRest(shown.count, of: findings.count)
      return
    }
    let shown = findings.contains { $0.group != nil } ? addGroups(findings) : addImages(findings)
    addRest(shown, of: findings.count)
  }

  /// Says how many findings the page does not show.
  private mutating func addRest(_ shown: Int, of count: Int) {
    guard shown < count else { return }
    document.addText(
      "Shown: \(NumberText.grouped(shown)) of \(NumberText.grouped(count)), those with the highest scores. The others are in "
        + "findings.csv.")
  }

  private mutating func addImages(_ findings: [AuditFinding]) -> Int {
    let shown = findings.prefix(subject.shown)
    document.addCards(shown.compactMap(card))
    return shown.count
  }

  /// Adds findings group by group, whole groups as long as there is room.
  private mutating func addGroups(_ findings: [AuditFinding]) -> Int {
    var order: [Int] = []
    var members: [Int: [AuditFinding]] = [:]
    for finding in findings {
      let group = finding.group ?? 0
      if members[group] == nil { order.append(group) }
      members[group, default: []].append(finding)
    }
    var shown = 0
    for group in order {
      let all = members[group] ?? []
      let some = all.prefix(Self.groupLimit)
      guard shown == 0 || shown + some.count <= subject.shown else { break }
      document.addPart(
        "Group \(group)" + (some.count < all.count ? ": \(some.count) of \(all.count) images" : ""))
      document.addCards(some.compactMap(card))
      shown += some.count
    }
    return shown
  }

  /// The most images of a group that are shown.
  private static let groupLimit = 8

  private func card(_ finding: AuditFinding) -> ReportDocument.Card? {
    guard let image = finding.image else { return nil }
    var lines: [String] = []
    var head = finding.label ?? finding.kind.title
    if let suggested = finding.suggestedLabel {
      head = "\(suggested)?"
      lines.append("labelled \(finding.label ?? "nothing")")
    }
    if let part = finding.part { lines.append(part == .training ? "to train on" : "to validate with") }
    lines.append(finding.reason)
    if finding.suggestion == .drop { lines.append("suggested: drop") }
    return ReportDocument.Card(source: audit.images.sources[image], head: head, lines: lines)
  }

  private mutating func addClasses() {
    let images = audit.images
    guard !images.classes.isEmpty else { return }
    var counts = Array(repeating: (training: 0, validation: 0), count: images.classes.count)
    for (image, label) in images.labels.enumerated() {
      guard let label else { continue }
      if images.part(of: image) == .training {
        counts[label].training += 1
      } else {
        counts[label].validation += 1
      }
    }
    let isDivided = images.trainingCount < images.count
    document.addSection("Classes")
    let order = images.classes.indices.sorted { (counts[$0].training, $0) < (counts[$1].training, $1) }
    let drawn = order.prefix(Self.classLimit).sorted()
    document.addChart { width in
      BarChart(
        order.count > drawn.count ? "Images of the \(drawn.count) smallest classes" : "Images of each class",
        labels: drawn.map { images.classes[$0] },
        series: [.init(isDivided ? "to train on" : "", values: drawn.map { Double(counts[$0].training) })]
          + (isDivided
            ? [.init("to validate with", values: drawn.map { Double(counts[$0].validation) })] : []),
        axis: Axis("images", numbers: .whole), width: width
      ).svg()
    }
  }

  private mutating func addMap() {
    guard audit.map.count > 2 else { return }
    let images = audit.images
    let doubtful = Set(findings(of: .label).compactMap(\.image) + findings(of: .outlier).compactMap(\.image))
    document.addSection("Map")
    document.addText(
      "Each point is an image, whose name shows where the pointer rests; images that the network finds alike are near each other. The plane is that of the two directions in which "
        + "the features vary most, so what is apart here is apart, and what is together may still differ in others. Large points have "
        + "doubtful labels or are unlike all others.")
    let groups = images.classes.isEmpty ? ["images"] : images.classes
    document.addChart { width in
      ScatterChart(
        "Features of \(audit.map.count == images.count ? "all" : NumberText.grouped(audit.map.count)) images",
        description: "A map of images by the features of the network, coloured by class.", groups: groups,
        points: audit.map.map {
          ScatterChart.Point(
            x: $0.x, y: $0.y, group: images.labels[$0.image] ?? 0, isMarked: doubtful.contains($0.image),
            name: (images.label(of: $0.image).map { "\($0): " } ?? "") + images.sources[$0.image].description)
        }, width: width
      ).svg()
    }
  }

  private mutating func addCircumstances() {
    document.addSection("What was audited")
    let images = audit.images
    var rows = [["data set", images.path]]
    if let validation = images.validationPath { rows.append(["set to validate with", validation]) }
    rows.append(["images", NumberText.grouped(images.count)])
    rows.append(["images that could be read", NumberText.grouped(audit.readableCount)])
    rows.append(["classes", images.classes.isEmpty ? "no labels" : NumberText.grouped(images.classes.count)])
    rows.append(["network", subject.model ?? "none: labels and outliers were not looked for"])
    document.addTable(["", ""], rows, texts: [0, 1])
  }
}
