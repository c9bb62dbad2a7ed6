import Charts
import ModelDescriptor
import Training

extension ReportContent {
  /// Loss, accuracy and learning rate over the epochs.
  ///
  /// - Parameter width: in pixels.
  func curves(width: Double) -> [LineChart] {
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
    let sharesRate = records.isEmpty || outline.options["backbone-lr"] == nil
    return [
      LineChart(
        "Loss", horizontal: epochs, vertical: Axis(lossName), series: loss, marks: marks,
        width: width),
      LineChart(
        "Accuracy", horizontal: epochs,
        vertical: Axis(
          outline.answer == .several ? "images with all labels right" : "images right", numbers: .percent),
        series: accuracy,
        marks: marks, width: width),
      averagePrecision(epochs, marks: marks, width: width),
      LineChart(
        "Learning rate", horizontal: epochs,
        vertical: Axis(sharesRate ? "rate" : "of the head", includesZero: true),
        series: [LineChart.Series("", points: ratePoints, colour: 2)], width: width, height: 240),
    ].compactMap(\.self)
  }

  /// The rate of each step; that of the epochs' ends where an earlier process did the steps.
  private var ratePoints: [LineChart.Point] {
    let start = rates.points.first?.x ?? .infinity
    return records.filter { Double($0.epoch) < start }.map {
      LineChart.Point(x: Double($0.epoch), y: $0.learningRate)
    } + rates.points
  }

  private var lossName: String { outline.loss == .bce ? "binary cross-entropy" : "cross-entropy" }

  /// The quality of the answers over the epochs where images have any number of classes; nil where they have one.
  private func averagePrecision(_ epochs: Axis, marks: [LineChart.Mark], width: Double) -> LineChart? {
    func series(_ name: String, _ value: (EpochRecord.Validation) -> Double?) -> LineChart.Series {
      LineChart.Series(
        name,
        points: records.map { LineChart.Point(x: Double($0.epoch), y: $0.validation.flatMap(value) ?? .nan) })
    }
    guard records.contains(where: { $0.validation?.meanAveragePrecision != nil }) else { return nil }
    return LineChart(
      "Validation", horizontal: epochs, vertical: Axis("share", numbers: .percent),
      series: [
        series("mean average precision") { $0.meanAveragePrecision },
        series("F1, all answers") { $0.microF1 },
        series("F1, mean of classes") { $0.macroF1 },
      ], marks: marks, width: width)
  }
}
