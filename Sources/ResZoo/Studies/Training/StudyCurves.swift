import Charts
import Training

/// Curves over the epochs of trainings, side by side in two panels of one figure.
struct StudyCurves {
  /// A line of a panel: the mean over the seeds, and where there are several the range as a band.
  struct Line {
    var name: String
    var colour: Int
    var style = LineChart.Style.solid
    var runs: [StudyRun]
    var value: (EpochRecord) -> Double?
  }

  /// One of the two panels.
  struct Panel {
    var title: String
    var axis: Axis
    var lines: [Line]
  }

  var panels: [Panel]
  private static let gap = 8.0
  /// The narrowest figure whose panels lie side by side.
  private static let sideBySideWidth = 700.0

  /// The panels as SVG documents: side by side in a wide figure, one below the other in a narrow one.
  func svg(width: Double) -> String {
    let isWide = width >= Self.sideBySideWidth
    let panelWidth = isWide ? (width - Self.gap) / 2 : width
    return panels.map { chart($0, width: panelWidth).svg() }.joined()
  }

  private func chart(_ panel: Panel, width: Double) -> LineChart {
    var series: [LineChart.Series] = []
    var bands: [LineChart.Band] = []
    for line in panel.lines {
      let points = line.points
      series.append(
        LineChart.Series(
          line.name, points: points.map { LineChart.Point(x: $0.epoch, y: $0.mean) }, style: line.style,
          colour: line.colour))
      guard line.isOverSeeds else { continue }
      bands.append(
        LineChart.Band(
          lower: points.map { LineChart.Point(x: $0.epoch, y: $0.low) },
          upper: points.map { LineChart.Point(x: $0.epoch, y: $0.high) }, colour: line.colour))
    }
    let last = panel.lines.flatMap(\.runs).map(\.epochs.count).max() ?? 1
    return LineChart(
      panel.title,
      horizontal: Axis("epoch", numbers: .whole, range: 0...Double(max(1, last))), vertical: panel.axis,
      series: series, bands: bands, width: width, height: 340)
  }
}

extension StudyCurves.Line {
  /// The runs whose numbers count: those that did not fail, unless all did.
  private var counted: [StudyRun] {
    let sound = runs.filter { $0.failure == nil }
    return sound.isEmpty ? Array(runs.prefix(1)) : sound
  }

  var isOverSeeds: Bool { counted.count > 1 }

  /// The mean and the range of the values of each epoch that all runs have.
  var points: [(epoch: Double, mean: Double, low: Double, high: Double)] {
    let runs = counted
    let epochs = runs.map(\.epochs.count).min() ?? 0
    return (0..<epochs).compactMap { index in
      let values = runs.compactMap { value($0.epochs[index]) }
      guard values.count == runs.count, let low = values.min(), let high = values.max() else { return nil }
      return (Double(index + 1), values.reduce(0, +) / Double(values.count), low, high)
    }
  }
}

extension StudyCurves {
  /// The training error and the test error of networks, on the same scale.
  init(errorsOf entries: [ShortcutQuestion.Entry], _ runs: [StudyRun]) {
    let own = entries.map { entry in runs.filter { $0.network == entry.network.name } }
    let epochs = own.joined().flatMap(\.epochs)
    let largest = epochs.map { max($0.trainingError, $0.testError ?? 0) }.max() ?? 1
    let axis = Axis(
      "images wrong", numbers: .percent, range: 0...max(0.1, (largest * 10).rounded(.up) / 10))
    func lines(_ value: @escaping (EpochRecord) -> Double?) -> [Line] {
      entries.indices.map { Line(name: entries[$0].label, colour: $0, runs: own[$0], value: value) }
    }
    panels = [
      Panel(title: "Training error", axis: axis, lines: lines { $0.trainingError }),
      Panel(title: "Test error", axis: axis, lines: lines { $0.testError }),
    ]
  }

  /// The loss and the accuracy of one network, in training and on the test images.
  init(lossAndAccuracyOf runs: [StudyRun]) {
    func lines(
      _ training: @escaping (EpochRecord) -> Double?, _ test: @escaping (EpochRecord) -> Double?
    ) -> [Line] {
      [
        Line(name: "training", colour: 0, runs: runs, value: training),
        Line(name: "test", colour: 1, style: .dashed, runs: runs, value: test),
      ]
    }
    panels = [
      Panel(
        title: "Loss", axis: Axis("cross-entropy"), lines: lines({ $0.loss }, { $0.validation?.loss })),
      Panel(
        title: "Accuracy", axis: Axis("images right", numbers: .percent),
        lines: lines({ $0.accuracy }, { $0.validation?.top1 })),
    ]
  }
}

extension EpochRecord {
  fileprivate var trainingError: Double { 1 - accuracy }
  fileprivate var testError: Double? { validation.map { 1 - $0.top1 } }
}
