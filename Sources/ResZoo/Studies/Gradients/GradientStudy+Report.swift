import Charts
import Reports

extension GradientStudy {
  /// The name of the study in files and messages.
  package static let name = "gradients"

  /// Writes a folder with a page, `index.html`, and all numbers, `study.json`.
  ///
  /// - Throws: `FileError` when it cannot be written, or holds something else than an earlier report of such a study.
  public func write(to folder: String, _ facts: StudyFacts = StudyFacts()) throws {
    try write(StudyReport(folder: folder, study: Self.name), facts)
  }

  /// Writes the page and the numbers into a folder that is open.
  package func write(_ report: StudyReport, _ facts: StudyFacts) throws {
    var facts = facts
    facts.seeds = options.seeds
    facts.images = images
    try report.write(page, numbers: GradientRecord(self), facts)
  }

  /// The page.
  private var page: ReportDocument {
    var page = ReportDocument(title: "The gradient on its way back")
    for sentence in conclusions { page.addSummary(sentence) }
    for profile in profiles where profile.weights == .untrained {
      page.addNotice("The weights of \(profile.name) are random.")
    }
    page.addErrors(errors.map { ($0.input, $0.error) })
    page.addSection("The norm at each block")
    page.addText(experiment)
    page.addText(
      "A gradient that changes by a factor at every block vanishes or explodes with depth: on the logarithmic axis it is a slope."
    )
    let charts = GradientCharts(profiles: profiles)
    page.addChart { charts.norms(width: $0).svg() }
    page.addChart { charts.relative(width: $0).svg() }
    if options.seeds.count > 1 {
      page.addText(
        "Lines are means over \(options.seeds.count) seeds; bands go from the smallest to the largest.")
    }
    addFirstAndLast(to: &page)
    for profile in profiles { addNorms(of: profile, to: &page) }
    return page
  }

  private var experiment: String {
    let norm =
      "Each number is the L2 norm of the loss's gradient with respect to the weights of a block's first convolution"
    guard let stack else {
      return """
        \(norm), for one batch of \(NumberText.grouped(images ?? 0)) images. The loss is the cross-entropy with their classes; norms take \
        the statistics of the batch, as in training, and nothing is dropped. At initialisation a network has the same architecture with \
        weights drawn from the seed.
        """
    }
    return """
      \(norm), at initialisation and without any data. A stack has \(stack.blocks) basic blocks of \(stack.width) channels; the loss is the \
      sum of all outputs of the last one, the input a sample of the normal distribution, \
      \(stack.batch) × \(stack.width)×\(stack.side)×\(stack.side). Both stacks have the same weights and the same input, and differ in \
      their shortcuts alone; batch norms take the statistics of the input. All is computed in double precision, as a deep plain stack \
      multiplies the rounding of single precision as well.
      """
  }

  private func name(of profile: GradientProfile) -> String { stack == nil ? profile.title : profile.name }

  private func addFirstAndLast(to page: inout ReportDocument) {
    page.addTable(
      ["network", "blocks", "loss", "first block", "last block", "first over last"],
      profiles.map { profile in
        let losses = profile.runs.map(\.loss)
        return [
          name(of: profile), "\(profile.blocks.count)",
          NumberText.short(losses.reduce(0, +) / Double(max(1, losses.count))),
          profile.means.first.map(NumberText.short) ?? "–", profile.means.last.map(NumberText.short) ?? "–",
          Ratio(profile.ratios)?.text ?? "–",
        ]
      }, texts: [0])
  }

  private func addNorms(of profile: GradientProfile, to page: inout ReportDocument) {
    let hasRange = profile.runs.count > 1
    let (means, minima, maxima) = (profile.means, profile.minima, profile.maxima)
    page.addTable(
      ["block", hasRange ? "mean norm" : "norm"] + (hasRange ? ["smallest", "largest"] : [])
        + ["over that of the last"],
      profile.blocks.indices.map { block in
        let range = hasRange ? [minima[block], maxima[block]] : []
        let last = means.last ?? .nan
        return [profile.blocks[block]]
          + ([means[block]] + range + [means[block] / last]).map { $0.isFinite ? NumberText.short($0) : "–" }
      }, texts: [0], summary: "The blocks of \(title(of: profile))")
  }
}
