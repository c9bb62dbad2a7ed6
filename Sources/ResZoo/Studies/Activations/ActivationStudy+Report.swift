import Charts
import Datasets
import ImageInput
import Reports
import TensorCore

extension ActivationStudy {
  /// The name of the study in files and messages.
  package static let name = "activations"

  /// Writes a folder with a page, `index.html`, and all numbers, `study.json`.
  ///
  /// - Throws: `FileError` when it cannot be written, or holds something else than an earlier report of such a study.
  public func write(to folder: String, _ facts: StudyFacts = StudyFacts()) throws {
    try write(StudyReport(folder: folder, study: Self.name), facts)
  }

  /// Writes the page and the numbers into a folder that is open.
  package func write(_ report: StudyReport, _ facts: StudyFacts) throws {
    var facts = facts
    facts.images = profiles.map(\.images).max()
    try report.write(page, numbers: ActivationRecord(self), facts)
  }

  /// The page.
  private var page: ReportDocument {
    var page = ReportDocument(title: "How numbers pass through the layers")
    for sentence in conclusions { page.addSummary(sentence) }
    for profile in profiles where profile.isUntrained {
      page.addNotice("The weights of \(profile.name) are random.")
    }
    page.addErrors(errors.map { ($0.input, $0.error) })
    let charts = ActivationCharts(profiles: profiles)
    page.addSection("Branch and shortcut")
    page.addText(
      """
      A block adds what its branch has learned to what its shortcut carries. The smaller the branch, the closer the block is to \
      doing nothing. Sizes are root mean squares before the sum, over all images.
      """)
    if charts.ratios(width: 0) != nil { page.addChart { charts.ratios(width: $0)?.svg() ?? "" } }
    page.addChart {
      charts.ways("Mean magnitude", "mean of |x|", width: $0, \.meanMagnitude).svg()
    }
    page.addChart {
      charts.ways("Standard deviation", "standard deviation", width: $0, \.standardDeviation)
        .svg()
    }
    for profile in profiles { addBlocks(of: profile, to: &page) }
    page.addSection("Successive layers")
    page.addText(
      "The response of a convolution is taken after its norm, before what follows. Shortcuts are left out."
    )
    page.addChart { charts.responses(width: $0).svg() }
    page.addChart { charts.zeros(width: $0).svg() }
    for profile in profiles { addLayers(of: profile, to: &page) }
    addMaps(to: &page)
    return page
  }

  private func addBlocks(of profile: ActivationProfile, to page: inout ReportDocument) {
    let rows = profile.blocks.map { block in
      [block.path] + Self.cells(block.branch) + (block.shortcut.map(Self.cells) ?? ["–", "–", "–"])
        + [block.ratio.map(NumberText.short) ?? "–"]
    }
    page.addTable(
      [
        "block", "branch: mean |x|", "deviation", "zeros", "shortcut: mean |x|", "deviation", "zeros",
        "ratio",
      ], rows, texts: [0], summary: "The blocks of \(profile.name)")
  }

  private func addLayers(of profile: ActivationProfile, to page: inout ReportDocument) {
    page.addTable(
      ["node", "kind", "output", "mean |x|", "deviation", "zeros"],
      profile.layers.map { [$0.path, $0.kind.rawValue, $0.shape.description] + Self.cells($0.statistics) },
      texts: [0, 1], summary: "The layers of \(profile.name)")
  }

  private func addMaps(to page: inout ReportDocument) {
    guard !maps.isEmpty else { return }
    page.addSection("Feature maps of the first layer")
    page.addText("Each map is drawn from its smallest number, black, to its largest, white.")
    var shown: ImageSource?
    for maps in maps {
      if maps.image != shown, let png = try? maps.image.thumbnail(side: 256).png() {
        page.addImage(png: png, caption: maps.image.description)
      }
      shown = maps.image
      if let png = try? maps.sheet.png() {
        page.addImage(png: png, caption: "\(maps.network), \(maps.node)")
      }
    }
  }

  private static func cells(_ statistics: NodeStatistics) -> [String] {
    [
      statistics.meanMagnitude.map(NumberText.short) ?? "–",
      statistics.standardDeviation.map(NumberText.short) ?? "–",
      statistics.zeroShare.map { NumberText.percent($0) } ?? "–",
    ]
  }
}
