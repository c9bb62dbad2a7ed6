import Charts
import ResZoo

/// Two charts of nodes' statistics, one below the other.
struct StatisticsPlot {
  let entries: [NodeSurvey.Entry]
  /// Images that were measured.
  let images: Int

  private static let width = 960.0

  /// One SVG document.
  var svg: String {
    var (body, height) = ("", 0.0)
    for chart in [spread, zeros] {
      body += "<svg y=\"\(Int(height))\" " + chart.svg().dropFirst("<svg ".count)
      height += chart.height
    }
    let size = (width: Int(Self.width), height: Int(height))
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size.width) \(size.height)\" "
      + "width=\"\(size.width)\" height=\"\(size.height)\">\n\(body)</svg>\n"
  }

  private var spread: LineChart {
    func bound(_ factor: Double) -> [LineChart.Point] {
      points { statistics in
        statistics.mean.flatMap { mean in statistics.standardDeviation.map { mean + factor * $0 } }
      }
    }
    return LineChart(
      "Outputs of nodes for \(images.counted("image"))", horizontal: nodes,
      vertical: Axis("value"),
      series: [
        LineChart.Series("mean", points: points(\.mean), colour: 0),
        LineChart.Series(
          "mean ± standard deviation", points: bound(1), style: .dashed, colour: 1),
        LineChart.Series("", points: bound(-1), style: .dashed, colour: 1),
      ], marks: stages, width: Self.width, height: 360)
  }

  private var zeros: LineChart {
    LineChart(
      "How many of the numbers are 0", horizontal: nodes,
      vertical: Axis("share of zeros", numbers: .percent, range: 0...1),
      series: [LineChart.Series("share of zeros", points: points(\.zeroShare))], marks: stages,
      width: Self.width, height: 300)
  }

  private var nodes: Axis { Axis("node, in the order in which they run", numbers: .whole) }

  private func points(_ value: (NodeStatistics) -> Double?) -> [LineChart.Point] {
    entries.enumerated().map { index, entry in
      LineChart.Point(x: Double(index), y: value(entry.statistics) ?? .nan)
    }
  }

  /// Marks at the first node of each stage.
  private var stages: [LineChart.Mark] {
    var last = ""
    return entries.enumerated().compactMap { index, entry in
      let stage = String(entry.node.name.prefix { $0 != "." })
      guard stage.hasPrefix("layer"), stage != last else { return nil }
      last = stage
      return LineChart.Mark(x: Double(index), label: stage)
    }
  }
}
