import Charts

/// The trainings of a study that are done, and what follows from them.
public struct TrainingStudyResult: Sendable {
  /// The study.
  public let study: TrainingStudy
  /// The trainings that are done, those that failed among them.
  public let runs: [StudyRun]

  /// A result from its parts.
  init(_ study: TrainingStudy, _ runs: [StudyRun]) {
    self.study = study
    self.runs = runs
  }

  /// The number of trainings that the study has when it is complete.
  public var planned: Int { study.networks.count * study.seeds.count }
  /// True when no training is left to do.
  public var isComplete: Bool { runs.count == planned }

  /// The differences of each comparison.
  public var differences: [[StudyDifference]] {
    study.comparisons.map {
      $0.differences(
        runs, trainingImages: study.data.training.count, testImages: study.data.test.count)
    }
  }

  /// The conclusions, computed from the errors after the last epoch: one on each question, and a word on what one seed cannot tell.
  public var conclusions: [String] {
    guard !runs.isEmpty else { return ["No network is trained yet."] }
    let main = zip(study.comparisons, differences).map { comparison, differences in
      (comparison.title, differences.filter { $0.measure == comparison.measure })
    }
    .filter { !$0.1.isEmpty }
    guard !main.isEmpty else { return [errors] }
    let answers =
      switch study.subject {
      case .degradation: [Self.onDegradation(main.flatMap(\.1))]
      case .shortcuts:
        main.map { title, differences in "\(title): " + differences.map(\.sentence).joined(separator: " ") }
      }
    return study.seeds.count > 1 ? answers : answers + [Self.seedRemark]
  }

  /// The conclusion on depth: where degradation shows, and by how much.
  ///
  /// - Parameter differences: of training errors, each between a network and a deeper one of its kind.
  static func onDegradation(_ differences: [StudyDifference]) -> String {
    func list(_ differences: [StudyDifference]) -> String {
      differences.map { "from \($0.first) to \($0.second)" }.joined(separator: " and ")
    }
    let shown = differences.filter { $0.verdict == .more }
    let others = differences.filter { $0.verdict != .more }
    var text = ""
    if !shown.isEmpty {
      text = "Degradation, more training error of a deeper network, shows \(list(shown))"
      text += others.isEmpty ? ". " : ", and does not show \(list(others)). "
    } else {
      text = "Degradation, more training error of a deeper network, does not show \(list(others)). "
    }
    return text + differences.map(\.sentence).joined(separator: " ")
  }

  private static let seedRemark =
    "Each network was trained with one seed; how much seeds differ is not known."

  /// The errors of all networks, where none are compared.
  private var errors: String {
    let sentences = study.networks.compactMap { network -> String? in
      guard let training = Self.mean(runs.errors(.training, of: network)),
        let test = Self.mean(runs.errors(.test, of: network))
      else { return nil }
      return
        "\(network.name) ends with \(NumberText.percent(training)) training error and \(NumberText.percent(test)) test error."
    }
    return sentences.isEmpty ? "No network was trained to the end." : sentences.joined(separator: " ")
  }

  private static func mean(_ errors: [UInt64: Double]) -> Double? {
    errors.isEmpty
      ? nil : errors.keys.sorted().reduce(0) { $0 + (errors[$1] ?? 0) } / Double(errors.count)
  }
}
