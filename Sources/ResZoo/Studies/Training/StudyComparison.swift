/// Networks of a study that stand in one figure, with the differences between them.
public struct StudyComparison: Hashable, Sendable {
  /// The heading.
  public let title: String
  /// The difference between the networks in words; nil where their names say it.
  public let text: String?
  /// The networks with their labels in the figure.
  public let entries: [ShortcutQuestion.Entry]
  /// The measure that the question is about.
  public let measure: StudyDifference.Measure
  /// The positions of networks that are compared, the second with the first.
  let pairs: [Pair]

  /// Two positions in ``entries``.
  struct Pair: Hashable, Sendable {
    var first: Int
    var second: Int
  }

  /// The differences of the trainings that are done, of both measures, those of ``measure`` first.
  ///
  /// - Parameters:
  ///   - runs: the trainings that are done.
  ///   - trainingImages: the number of images that training errors are counted over.
  ///   - testImages: the number of images that test errors are counted over.
  public func differences(
    _ runs: [StudyRun], trainingImages: Int, testImages: Int
  ) -> [StudyDifference] {
    let other: StudyDifference.Measure = measure == .training ? .test : .training
    return [measure, other].flatMap { measure in
      pairs.compactMap { pair in
        let (first, second) = (entries[pair.first], entries[pair.second])
        return StudyDifference(
          measure, first: first.label, runs.errors(measure, of: first.network), second: second.label,
          runs.errors(measure, of: second.network),
          images: measure == .training ? trainingImages : testImages)
      }
    }
  }
}

extension [StudyRun] {
  /// The errors of a network by seed; those of trainings that failed are not there.
  func errors(_ measure: StudyDifference.Measure, of network: StudyNetwork) -> [UInt64: Double] {
    var errors: [UInt64: Double] = [:]
    for run in self where run.network == network.name {
      errors[run.seed] = measure == .training ? run.trainingError : run.testError
    }
    return errors
  }
}

extension TrainingStudy {
  /// The comparisons that the study makes.
  public var comparisons: [StudyComparison] {
    switch subject {
    case .shortcuts(let questions):
      questions.map { question in
        StudyComparison(
          title: question.title, text: question.text, entries: question.entries, measure: .test,
          pairs: question.entries.indices.dropFirst().map { .init(first: 0, second: $0) })
      }
    case .degradation:
      [
        StudyComparison(
          title: "Error over the epochs", text: nil, entries: networks.map { .init($0.name, $0) },
          measure: .training, pairs: pairsByDepth)
      ]
    }
  }

  /// The positions of networks of one kind next to each other in depth, the shallower first.
  private var pairsByDepth: [StudyComparison.Pair] {
    var kinds: [(kind: StudyNetwork, positions: [Int])] = []
    for (position, network) in networks.enumerated() {
      if let index = kinds.firstIndex(where: { $0.kind == network.kind }) {
        kinds[index].positions.append(position)
      } else {
        kinds.append((network.kind, [position]))
      }
    }
    return kinds.flatMap { _, positions -> [StudyComparison.Pair] in
      let sorted = positions.sorted { layers($0) < layers($1) }
      return zip(sorted, sorted.dropFirst()).filter { layers($0) < layers($1) }
        .map { StudyComparison.Pair(first: $0, second: $1) }
    }
  }

  private func layers(_ position: Int) -> Int { networks[position].architecture.layerCount }
}
