import Charts
import Messages
import Reports

/// The page about a study that trains networks.
struct TrainingStudyPage {
  private let result: TrainingStudyResult
  private let sizes: [StudyNetwork.Size]
  private(set) var document: ReportDocument

  init(_ result: TrainingStudyResult, _ sizes: [StudyNetwork.Size]) {
    self.result = result
    self.sizes = sizes
    document = ReportDocument(title: result.study.title)
    for conclusion in result.conclusions { document.addSummary(conclusion) }
    addNotices()
    addNetworks()
    for (comparison, differences) in zip(study.comparisons, result.differences) {
      add(comparison, differences)
    }
    addEachNetwork()
    addRecipe()
  }

  private var study: TrainingStudy { result.study }

  // MARK: Sections

  private mutating func addNotices() {
    if !result.isComplete {
      document.addNotice(
        "\(result.runs.count) of \(result.planned) trainings are done; the others are missing from figures and tables."
      )
    }
    for run in result.runs {
      guard let failure = run.failure else { continue }
      document.addNotice("\(run.network), seed \(run.seed), did not end: \(failure)")
    }
  }

  private mutating func addNetworks() {
    document.addSection("Networks")
    let rows = zip(study.networks, sizes).map { network, size in
      let runs = result.runs.filter { $0.network == network.name }
      let epochs = runs.flatMap(\.epochs)
      let seconds = epochs.reduce(0) { $0 + $1.seconds } / Double(max(1, epochs.count))
      return [
        network.name, "\(size.layers)", NumberText.grouped(size.parameters),
        NumberText.grouped(size.multiplyAdds), network.initialization.rawValue,
        Self.text(runs.errors(.training, of: network)), Self.text(runs.errors(.test, of: network)),
        epochs.isEmpty ? "–" : "\(NumberText.fixed(seconds, decimals: 1)) s",
      ]
    }
    document.addTable(
      [
        "network", "layers", "parameters", "multiply-adds", "initialisation", "training error", "test error",
        "each epoch",
      ], rows, texts: [0])
    document.addText(
      study.seeds.count > 1
        ? "Errors are those of the last epoch: the mean over the seeds, and the least and the most of them."
        : "Errors are those of the last epoch.")
  }

  private mutating func add(_ comparison: StudyComparison, _ differences: [StudyDifference]) {
    let labels = comparison.entries
    guard labels.count > 1 else { return }
    document.addSection(comparison.title)
    if let text = comparison.text { document.addText(text) }
    let curves = StudyCurves(errorsOf: labels, result.runs)
    document.addChart { curves.svg(width: $0) }
    guard !differences.isEmpty else { return }
    for difference in differences where difference.measure == comparison.measure {
      document.addText(difference.sentence)
    }
    document.addTable(
      ["error", "network", "", "against", "", "difference", "within chance", "more with seeds"],
      differences.map { difference in
        [
          difference.measure.rawValue, difference.second, NumberText.percent(difference.secondMean),
          difference.first, NumberText.percent(difference.firstMean),
          Self.points(difference.mean), "±\(Self.points(difference.chance).drop { $0 == "+" })",
          "\(difference.seedsWithMore) of \(difference.seeds)",
        ]
      }, texts: [0, 1, 3])
  }

  private mutating func addEachNetwork() {
    guard !result.runs.isEmpty else { return }
    document.addSection("Loss and accuracy")
    for network in study.networks {
      let runs = result.runs.filter { $0.network == network.name }
      guard !runs.isEmpty else { continue }
      document.addPart(network.name)
      let curves = StudyCurves(lossAndAccuracyOf: runs)
      document.addChart { curves.svg(width: $0) }
    }
  }

  private mutating func addRecipe() {
    document.addSection("Recipe")
    document.addText(
      """
      Every network is trained alike, and the last epoch counts. The training error is the share of an epoch's images that were wrong before their \
      step, augmented as they were; the test error is that of all test images after the epoch.
      """)
    var rows = [
      ["training images", NumberText.grouped(study.data.training.count)],
      ["test images", NumberText.grouped(study.data.test.count)],
      ["classes", NumberText.grouped(study.data.training.labels.count)],
    ]
    rows += study.data.remarks.map { ["", $0.description] }
    rows += study.sharedSettings.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }
    document.addTable(["", ""], rows, texts: [0, 1])
  }

  // MARK: Texts

  /// The mean of some errors, and their range where there are several.
  private static func text(_ errors: [UInt64: Double]) -> String {
    let values = errors.values.sorted()
    guard let low = values.first, let high = values.last else { return "–" }
    let mean = NumberText.percent(values.reduce(0, +) / Double(values.count))
    return values.count == 1
      ? mean
      : "\(mean) (\(NumberText.fixed(100 * low, decimals: 1)) to \(NumberText.fixed(100 * high, decimals: 1)))"
  }

  private static func points(_ share: Double) -> String {
    (share > 0 ? "+" : "") + NumberText.fixed(100 * share, decimals: 1)
  }
}

extension TrainingStudy {
  /// The heading of the page.
  var title: String {
    switch subject {
    case .degradation: networks.count == 1 ? "Training of \(networks[0].name)" : "Degradation"
    case .shortcuts: "Shortcuts and blocks"
    }
  }
}
