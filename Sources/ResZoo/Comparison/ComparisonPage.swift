import Charts
import Files
import Metrics
import Reports

/// The page about a comparison.
struct ComparisonPage {
  private let comparison: ModelComparison
  private let record: ComparisonRecord
  private var document: ReportDocument

  /// The most flips of each direction that are shown.
  private static let flipLimit = 40
  /// The most classes that are listed, those of the least p first.
  private static let classLimit = 100

  init(_ comparison: ModelComparison, _ record: ComparisonRecord, dataset: String, notices: [String]) {
    self.comparison = comparison
    self.record = record
    document = ReportDocument(
      title: "Comparison of " + record.models.map { $0.model.lastPathPart }.joined(separator: " and "))
    for pair in record.pairs { document.addSummary(record.verdict(pair)) }
    for notice in notices { document.addNotice(notice) }
    document.addErrors(
      comparison.errors.map { (image: $0.input, error: $0.message) }, one: "has no answer of some network",
      several: "have no answer of some network")
    addModels()
    addPairs()
    if record.pairs.count == 1 {
      addFlips(right: 0, wrong: 1)
      addFlips(right: 1, wrong: 0)
    }
    for pair in record.pairs { addClasses(pair) }
    document.addSection("How it was made")
    document.addTable(
      ["", ""],
      [["data set", dataset], ["images", NumberText.grouped(record.images)]]
        + record.models.enumerated().map { ["network \(ComparisonRecord.letter($0))", $1.model] },
      texts: [0, 1])
  }

  var html: String { document.html }

  private mutating func addModels() {
    document.addSection("Networks")
    document.addTable(
      ["", "network", "accuracy", "95 % interval", "size", "parameters", "numbers", "time of an image"],
      record.models.enumerated().map { index, model in
        [
          ComparisonRecord.letter(index), model.model.lastPathPart, Self.percent(model.accuracy),
          "\(Self.percent(model.accuracyInterval[0])) to \(Self.percent(model.accuracyInterval[1]))",
          model.bytes.map { NumberText.fixed(Double($0) / 1e6, decimals: 2) + " MB" } ?? "–",
          NumberText.grouped(model.parameters), model.precision,
          model.msPerImage.map { NumberText.fixed($0, decimals: 2) + " ms" } ?? "–",
        ]
      }, texts: [1])
  }

  private mutating func addPairs() {
    document.addSection("On the same images")
    document.addTable(
      [
        "networks", "difference, points", "95 % interval", "only first right", "only second right",
        "same answer", "McNemar's p", record.pairs.count > 1 ? "with Holm's correction" : "",
      ],
      record.pairs.map { pair in
        [
          pair.pair.map(ComparisonRecord.letter).joined(separator: " and "), Self.points(pair.difference),
          "\(Self.points(pair.differenceInterval[0])) to \(Self.points(pair.differenceInterval[1]))",
          NumberText.grouped(pair.onlyARight), NumberText.grouped(pair.onlyBRight),
          Self.percent(pair.agreement), NumberText.short(pair.mcnemarP),
          record.pairs.count > 1 ? NumberText.short(pair.holmP) : "",
        ]
      }, texts: [0])
    document.addText(
      """
      The difference is the accuracy of the second network less that of the first. Only images that exactly one of them answers rightly \
      tell which is better: p is the probability that they would be spread so unevenly, or more so, between networks that are equally good \
      (McNemar's exact test).
      """)
  }

  private mutating func addFlips(right: Int, wrong: Int) {
    let flips = comparison.flips(onlyRight: right, wrong: wrong)
    guard !flips.isEmpty else { return }
    let (winner, loser) = (ComparisonRecord.letter(right), ComparisonRecord.letter(wrong))
    document.addSection("Only \(winner) is right")
    document.addText(
      flips.count > Self.flipLimit
        ? "The first \(Self.flipLimit) of \(NumberText.grouped(flips.count)) images, with the answers of \(loser)."
        : "With the answers of \(loser).")
    document.addMistakes(
      flips.prefix(Self.flipLimit).map { image in
        let answer = image.answers[wrong]
        return ReportDocument.Mistake(
          source: image.source, label: image.label, called: answer.called, probability: answer.probability)
      })
  }

  private mutating func addClasses(_ pair: ComparisonRecord.PairRecord) {
    guard !pair.classes.isEmpty else { return }
    let (a, b) = (ComparisonRecord.letter(pair.pair[0]), ComparisonRecord.letter(pair.pair[1]))
    document.addSection(record.pairs.count > 1 ? "Classes, \(a) and \(b)" : "Classes")
    let sorted = pair.classes.enumerated().sorted {
      ($0.element.mcnemarP, $0.offset) < ($1.element.mcnemarP, $1.offset)
    }.map(\.element)
    document.addTable(
      [
        "class", "images", "right by \(a)", "right by \(b)", "difference, points", "p",
        "p with Holm's correction",
      ],
      sorted.prefix(Self.classLimit).map { one in
        [
          one.label, NumberText.grouped(one.images), Self.percent(one.accuracyA),
          Self.percent(one.accuracyB), Self.points(one.accuracyB - one.accuracyA),
          NumberText.short(one.mcnemarP), NumberText.short(one.holmP),
        ]
      }, texts: [0])
    let clear = sorted.count { $0.holmP < 0.05 }
    document.addText(
      """
      \(clear == 0 ? "No class differs" : clear == 1 ? "One class differs" : "\(clear) classes differ") beyond chance. Of many classes some \
      always have a small p; Holm's correction takes that into account.
      """)
  }

  private static func percent(_ share: Double) -> String { NumberText.percent(share, decimals: 2) }

  private static func points(_ share: Double) -> String {
    (share > 0 ? "+" : "") + NumberText.fixed(100 * share, decimals: 2)
  }
}
