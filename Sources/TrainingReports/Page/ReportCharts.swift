import Charts
import Metrics
import Training

extension ReportContent {
  /// The most classes whose whole confusion matrix is drawn; of more classes, only the part with the most mistakes is.
  static let mapLimit = 100
  /// The classes of such a part.
  private static let partLimit = 40
  /// The width of a chart in pixels, as wide as the text of the page.
  private static let chartWidth = 920.0

  /// Loss, accuracy and learning rate over the epochs.
  var curves: [LineChart] {
    // From where the first step begins, in all of them.
    let epochs = Axis("epoch", numbers: .whole, range: 0...Double(max(records.last?.epoch ?? 1, 1)))
    let marks =
      bestEpoch.map { [LineChart.Mark(x: Double($0.epoch), label: "best: epoch \($0.epoch)")] } ?? []
    func points(_ value: (EpochRecord) -> Double?) -> [LineChart.Point] {
      records.map { LineChart.Point(x: Double($0.epoch), y: value($0) ?? .nan) }
    }
    func withValidation(
      _ training: [LineChart.Point], _ validation: [LineChart.Point]
    ) -> [LineChart.Series] {
      let all = [
        LineChart.Series("training", points: training, colour: 0),
        LineChart.Series("validation", points: validation, style: .dashed, colour: 1),
      ]
      return records.contains { $0.validation != nil } ? all : [all[0]]
    }
    let steps = LineChart.Series("", points: trace.points, style: .faint, colour: 0)
    var loss = withValidation(points { $0.loss }, points { $0.validation?.loss })
    loss.insert(steps, at: 0)
    let accuracy = withValidation(points { $0.accuracy }, points { $0.validation?.top1 })
    return [
      LineChart(
        "Loss", horizontal: epochs, vertical: Axis("cross-entropy"), series: loss, marks: marks,
        width: Self.chartWidth),
      LineChart(
        "Accuracy", horizontal: epochs, vertical: Axis("images right", numbers: .percent), series: accuracy,
        marks: marks, width: Self.chartWidth),
      LineChart(
        "Learning rate", horizontal: epochs, vertical: Axis("of the head", includesZero: true),
        series: [LineChart.Series("", points: points { $0.learningRate }, colour: 2)], width: Self.chartWidth,
        height: 240),
    ]
  }

  /// The confusion matrix, or the part of it with the most mistakes.
  var confusionMap: HeatMap? {
    guard let confusion = best?.confusion, !confusion.counts.isEmpty else { return nil }
    let isWhole = confusion.counts.count <= Self.mapLimit
    let kept = isWhole ? Array(confusion.counts.indices) : confusion.mostConfusedClasses(Self.partLimit)
    return HeatMap(
      isWhole ? "Confusion matrix" : "Confusion matrix of the \(kept.count) classes with the most mistakes",
      labels: kept.map(name), counts: kept.map { row in kept.map { confusion.counts[row][$0] } },
      rowName: "class", columnName: "called")
  }

  /// Precision and recall side by side, for as many classes as can be compared by eye.
  var classBars: BarChart? {
    guard (1...30).contains(classMetrics.count) else { return nil }
    return BarChart(
      "Precision and recall of each class", labels: classMetrics.map(\.label),
      series: [
        .init("precision", values: classMetrics.map(\.precision)),
        .init("recall", values: classMetrics.map(\.recall)),
      ], axis: Axis("share of the images", numbers: .percent, range: 0...1), width: Self.chartWidth)
  }
}
