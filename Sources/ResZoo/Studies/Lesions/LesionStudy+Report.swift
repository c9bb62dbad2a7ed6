import Charts
import Reports

extension LesionStudy {
  /// The name of the study in files and messages.
  package static let name = "lesions"

  /// Writes a folder with a page, `index.html`, and all numbers, `study.json`.
  ///
  /// - Throws: `FileError` when it cannot be written, or holds something else than an earlier report of such a study.
  public func write(to folder: String, _ facts: StudyFacts = StudyFacts()) throws {
    try write(StudyReport(folder: folder, study: Self.name), facts)
  }

  /// Writes the page and the numbers into a folder that is open.
  package func write(_ report: StudyReport, _ facts: StudyFacts) throws {
    var facts = facts
    facts.images = images.count
    facts.seeds = [options.seed]
    facts.seconds += earlierSeconds
    try report.write(page, numbers: LesionRecord(self), facts)
  }

  /// The page.
  private var page: ReportDocument {
    var page = ReportDocument(title: "Networks without some of their blocks")
    for sentence in conclusions { page.addSummary(sentence) }
    for network in networks where network.isUntrained {
      page.addNotice("The weights of \(network.name) are random.")
    }
    page.addErrors(
      errors.map { ($0.input, $0.error) }, one: "has no answer of the whole network",
      several: "have no answer of the whole network")
    let charts = LesionCharts(networks: networks)
    page.addSection("One block left out")
    page.addText(
      """
      A block with a shortcut is left out by making its branch 0: it becomes its shortcut and what follows the sum. In a plain network the \
      block is taken away, which is possible where it keeps the shape. Dashed lines are the whole networks.
      """)
    page.addChart { charts.singles(width: $0).svg() }
    for network in networks { addSingles(of: network, to: &page) }
    guard charts.sets(width: 0) != nil else { return page }
    page.addSection("More and more blocks left out")
    page.addText(
      """
      A residual network of n blocks is a sum over 2^n paths, one for each choice between branch and shortcut. Without k blocks 2^(n - k) \
      of them are left. If the paths work like an ensemble, accuracy falls little by little (Veit, Wilber and Belongie 2016); a plain network \
      has one path. Each size has \(options.draws) random sets, as far as there are so many.
      """)
    page.addChart { charts.sets(width: $0)?.svg() ?? "" }
    for network in networks { addSets(of: network, to: &page) }
    return page
  }

  private func addSingles(of network: Network, to page: inout ReportDocument) {
    let lesions = Dictionary(network.lesions(of: 1).map { ($0.without[0], $0) }) { first, _ in first }
    let rows = network.blocks.map { block -> [String] in
      guard let lesion = lesions[block.path] else { return [block.path, "–", "–", block.obstacle ?? ""] }
      return [
        block.path, NumberText.percent(network.accuracy(lesion), decimals: 2),
        Self.points(network.drop(lesion)), "",
      ]
    }
    let whole = [
      "none", NumberText.percent(network.accuracy(network.whole), decimals: 2), Self.points(0), "",
    ]
    let hasObstacles = network.blocks.contains { $0.obstacle != nil }
    page.addTable(
      ["left out", "images right", "loss"] + (hasObstacles ? ["why not"] : []),
      ([whole] + rows).map { Array($0.prefix(hasObstacles ? 4 : 3)) }, texts: [0, 3],
      summary: "The blocks of \(network.name)")
  }

  private func addSets(of network: Network, to page: inout ReportDocument) {
    let sizes = Set(network.lesions.map(\.without.count)).sorted()
    page.addTable(
      ["blocks left out", "sets", "worst", "mean", "best", "paths left"],
      sizes.map { size in
        let accuracies = network.lesions(of: size).map { network.accuracy($0) }
        let paths = network.isPlain ? "1" : "2^\(network.blocks.count - size)"
        return ["\(size)", "\(accuracies.count)"]
          + [accuracies.min() ?? 0, Self.mean(accuracies), accuracies.max() ?? 0].map {
            NumberText.percent($0, decimals: 2)
          } + [paths]
      }, texts: [], summary: "The sets of \(network.name)")
  }
}
