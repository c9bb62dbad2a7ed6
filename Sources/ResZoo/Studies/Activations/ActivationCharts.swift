import Charts

/// The charts of a study of activations: one line, or a line for each way, of each network.
struct ActivationCharts {
  let profiles: [ActivationProfile]

  /// The spread of the responses, as in figure 7 of He et al. 2015.
  func responses(width: Double) -> LineChart {
    chart(
      "Spread of the responses", across: "convolution",
      Axis("standard deviation", includesZero: true),
      marks: marks(profiles.first?.responses.map(\.path) ?? []),
      profiles.enumerated().map { index, profile in
        line(profile.name, colour: index, profile.responses.map(\.statistics.standardDeviation))
      }, width: width)
  }

  /// A number on both ways through each block.
  func ways(
    _ title: String, _ name: String, width: Double, _ number: (NodeStatistics) -> Double?
  ) -> LineChart {
    chart(
      title, across: "block", Axis(name, includesZero: true), marks: blockMarks,
      profiles.enumerated().flatMap { index, profile in
        let end = profiles.count > 1 ? "\(profile.name), " : ""
        let branch = line(end + "branch", colour: index, profile.blocks.map { number($0.branch) })
        guard profile.blocks.contains(where: { $0.shortcut != nil }) else { return [branch] }
        let shortcut = line(
          end + "shortcut", colour: index, style: .dashed,
          profile.blocks.map { $0.shortcut.flatMap(number) })
        return [branch, shortcut]
      }, width: width)
  }

  /// The size of the learned deviation; nil where no network has a shortcut.
  func ratios(width: Double) -> LineChart? {
    guard profiles.contains(where: { !$0.ratios.isEmpty }) else { return nil }
    return chart(
      "Ratio of branch to shortcut", across: "block",
      Axis("ratio of their root mean squares", includesZero: true), marks: blockMarks,
      profiles.enumerated().filter { !$0.element.ratios.isEmpty }.map { index, profile in
        line(profile.name, colour: index, profile.blocks.map(\.ratio))
      }, width: width)
  }

  /// The zeros that ReLUs leave.
  func zeros(width: Double) -> LineChart {
    chart(
      "Zeros after each ReLU", across: "ReLU",
      Axis("share of zeros", numbers: .percent, range: 0...1),
      marks: marks(profiles.first?.activations.map(\.path) ?? []),
      profiles.enumerated().map { index, profile in
        line(profile.name, colour: index, profile.activations.map(\.statistics.zeroShare))
      }, width: width)
  }

  private func chart(
    _ title: String, across: String, _ down: Axis, marks: [LineChart.Mark], _ series: [LineChart.Series],
    width: Double
  ) -> LineChart {
    LineChart(
      title, horizontal: Axis("\(across), in the order in which they run", numbers: .whole), vertical: down,
      series: series, marks: profiles.count == 1 ? marks : [], width: width, height: width < 500 ? 300 : 340)
  }

  /// Points over 1, 2, 3, …; the line is broken where there is no number.
  private func line(
    _ name: String, colour: Int, style: LineChart.Style = .solid, _ numbers: [Double?]
  ) -> LineChart.Series {
    LineChart.Series(
      name,
      points: numbers.enumerated().map { LineChart.Point(x: Double($0.offset + 1), y: $0.element ?? .nan) },
      style: style, colour: colour)
  }

  private var blockMarks: [LineChart.Mark] { marks(profiles.first?.blocks.map(\.path) ?? []) }

  /// Marks where a stage begins.
  private func marks(_ paths: [String]) -> [LineChart.Mark] {
    var last = ""
    return paths.enumerated().compactMap { index, path in
      let stage = String(path.prefix { $0 != "." })
      guard stage.hasPrefix("layer"), stage != last else { return nil }
      last = stage
      return LineChart.Mark(x: Double(index + 1), label: stage)
    }
  }
}
