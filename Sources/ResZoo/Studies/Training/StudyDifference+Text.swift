import Charts

extension StudyDifference {
  /// The difference in a sentence.
  public var sentence: String {
    let values = "\(percent(secondMean)) against \(percent(firstMean))"
    switch verdict {
    case .more:
      return
        "\(second) ends with more \(measure) error than \(first): \(values), \(points) more, \(among(seedsWithMore))."
    case .less:
      return
        "\(second) ends with less \(measure) error than \(first): \(values), \(points) less, \(among(seedsWithLess))."
    case .unclear:
      let reason =
        mean.magnitude > chance
        ? "more in \(seedsWithMore) and less in \(seedsWithLess) of \(seeds) seeds"
        : "\(points) apart, where chance in \(NumberText.grouped(images)) images explains up to \(points(chance))"
      return
        "\(second) and \(first) end with \(measure) errors that cannot be told apart: \(values); \(reason)."
    }
  }

  private func among(_ count: Int) -> String {
    seeds == 1 ? "with the one seed" : "with \(count) of \(seeds) seeds"
  }

  private var points: String { points(mean.magnitude) }

  private func points(_ share: Double) -> String {
    "\(NumberText.fixed(100 * share, decimals: 1)) points"
  }

  private func percent(_ share: Double) -> String { NumberText.percent(share) }
}

extension StudyDifference.Measure: CustomStringConvertible {
  public var description: String { rawValue }
}
