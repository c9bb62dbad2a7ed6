import Charts
public import Training

extension LearningRateSearch {
  /// Draws the curve as an SVG document. The axis of losses is that of the smoothed ones, up to twice the first: single steps are cut
  /// off beyond.
  public func chart() -> String {
    LineChart(
      "Loss by learning rate", horizontal: Axis("learning rate", scale: .logarithmic),
      vertical: Axis("loss", range: lossRange),
      series: [
        LineChart.Series("smoothed", points: points.map { LineChart.Point(x: $0.rate, y: $0.smoothed) }),
        LineChart.Series(
          "each step", points: points.map { LineChart.Point(x: $0.rate, y: $0.loss) }, style: .faint),
      ],
      marks: suggestion.map { [LineChart.Mark(x: $0, label: "suggested")] } ?? []
    ).svg()
  }

  /// The losses that the chart shows; nil where they are all one.
  private var lossRange: ClosedRange<Double>? {
    let smoothed = points.map(\.smoothed).filter(\.isFinite)
    guard let first = smoothed.first, let low = smoothed.min(), let high = smoothed.max() else { return nil }
    let top = max(min(high, 2 * first), low)
    let margin = 0.05 * (top - low)
    return margin > 0 ? max(0, low - margin)...top + margin : nil
  }
}
