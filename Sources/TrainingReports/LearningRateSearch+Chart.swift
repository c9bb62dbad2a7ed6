import Charts
public import Training

extension LearningRateSearch {
  /// Draws the curve as an SVG document.
  public func chart() -> String {
    LineChart(
      "Loss by learning rate", horizontal: Axis("learning rate", scale: .logarithmic),
      vertical: Axis("loss"),
      series: [
        LineChart.Series("smoothed", points: points.map { LineChart.Point(x: $0.rate, y: $0.smoothed) }),
        LineChart.Series(
          "each step", points: points.map { LineChart.Point(x: $0.rate, y: $0.loss) }, style: .faint),
      ],
      marks: suggestion.map { [LineChart.Mark(x: $0, label: "suggested")] } ?? []
    ).svg()
  }
}
