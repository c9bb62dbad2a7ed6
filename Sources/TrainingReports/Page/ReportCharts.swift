import Charts
import Reports
import Training

extension ReportContent {
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
        width: ReportDocument.chartWidth),
      LineChart(
        "Accuracy", horizontal: epochs, vertical: Axis("images right", numbers: .percent), series: accuracy,
        marks: marks, width: ReportDocument.chartWidth),
      LineChart(
        "Learning rate", horizontal: epochs, vertical: Axis("of the head", includesZero: true),
        series: [LineChart.Series("", points: points { $0.learningRate }, colour: 2)],
        width: ReportDocument.chartWidth,
        height: 240),
    ]
  }
}
