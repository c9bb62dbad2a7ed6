import Charts

/// The charts of a study of lesions.
struct LesionCharts {
  let networks: [LesionStudy.Network]

  private static let accuracy = Axis("images right", numbers: .percent, range: 0...1)

  /// The accuracy without each block in turn, beside that of the whole network.
  func singles(width: Double) -> LineChart {
    LineChart(
      "Without one block", horizontal: Axis("block, in the order in which they run", numbers: .whole),
      vertical: Self.accuracy,
      series: networks.enumerated().flatMap { index, network in
        let whole = network.accuracy(network.whole)
        let end = Double(network.blocks.count)
        let accuracies = Dictionary(
          network.lesions(of: 1).map { ($0.without[0], network.accuracy($0)) }
        ) { first, _ in first }
        return [
          LineChart.Series(
            network.name,
            points: network.blocks.enumerated().map { place, block in
              LineChart.Point(x: Double(place + 1), y: accuracies[block.path] ?? .nan)
            }, colour: index),
          LineChart.Series(
            networks.count > 1 ? "" : "whole network",
            points: [LineChart.Point(x: 1, y: whole), LineChart.Point(x: max(1, end), y: whole)],
            style: .dashed, colour: index),
        ]
      }, marks: networks.count == 1 ? marks : [], width: width, height: width < 500 ? 320 : 360)
  }

  /// The accuracy without more and more blocks; nil where only single ones were left out.
  func sets(width: Double) -> LineChart? {
    guard networks.contains(where: { $0.lesions.contains { $0.without.count > 1 } }) else { return nil }
    return LineChart(
      "Without random sets of blocks", horizontal: Axis("blocks left out", numbers: .whole),
      vertical: Self.accuracy,
      series: networks.enumerated().flatMap { index, network in
        [
          line(network, network.name + ", mean", colour: index, LesionStudy.mean),
          line(network, "", style: .faint, colour: index) { $0.min() ?? .nan },
          line(network, networks.count == 1 ? "best and worst set" : "", style: .faint, colour: index) {
            $0.max() ?? .nan
          },
        ]
      }, width: width, height: width < 500 ? 320 : 360)
  }

  private func line(
    _ network: LesionStudy.Network, _ name: String, style: LineChart.Style = .solid, colour: Int,
    _ number: ([Double]) -> Double
  ) -> LineChart.Series {
    let sizes = Set(network.lesions.map(\.without.count)).sorted()
    return LineChart.Series(
      name,
      points: [LineChart.Point(x: 0, y: network.accuracy(network.whole))]
        + sizes.map { size in
          LineChart.Point(
            x: Double(size), y: number(network.lesions(of: size).map { network.accuracy($0) }))
        }, style: style, colour: colour)
  }

  /// Marks where a stage begins.
  private var marks: [LineChart.Mark] {
    var last = ""
    return (networks.first?.blocks ?? []).enumerated().compactMap { index, block in
      let stage = String(block.path.prefix { $0 != "." })
      guard stage != last else { return nil }
      last = stage
      return LineChart.Mark(x: Double(index + 1), label: stage)
    }
  }
}
