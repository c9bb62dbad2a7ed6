import Charts
package import Metrics

extension ReportDocument {
  /// The most classes whose whole confusion matrix is drawn; of more classes, only the part with the most mistakes is.
  private static let mapLimit = 100
  /// The classes of such a part.
  private static let partLimit = 40
  /// The most classes that can be compared by eye, as bars.
  private static let barLimit = 30

  /// Adds a section on the classes: the confusion matrix, the most frequent confusions, the figures of each class.
  ///
  /// - Parameters:
  ///   - names: the name of each row and column of the matrix.
  ///   - confusion: a square matrix.
  ///   - metrics: those of the classes that are listed.
  package mutating func addClasses(names: [String], confusion: ConfusionMatrix, metrics: [ClassMetrics]) {
    addSection("Classes")
    if !names.isEmpty { addChart(Self.map(names: names, confusion).svg(), isWide: true) }
    let confusions = confusion.mostFrequentConfusions(20)
    let supports = confusion.rowSums
    if !confusions.isEmpty {
      addPart("Most frequent confusions")
      addTable(
        ["class", "called", "images", "of the class"],
        confusions.map {
          [
            names[$0.label], names[$0.predicted], NumberText.grouped($0.count),
            NumberText.percent(Double($0.count) / Double(max(1, supports[$0.label]))),
          ]
        }, texts: [0, 1])
    }
    addPart("Precision, recall and F1")
    addBars(metrics.map { ($0.label, $0.precision, $0.recall) })
    addTable(
      ["class", "images", "precision", "recall", "F1"],
      metrics.map { metrics in
        [metrics.label, NumberText.grouped(metrics.support)]
          + [metrics.precision, metrics.recall, metrics.f1].map { $0.map { NumberText.percent($0) } ?? "–" }
      }, texts: [0])
  }

  /// Adds precision and recall side by side, for as many classes as can be compared by eye; nothing for more.
  package mutating func addBars(_ classes: [(label: String, precision: Double?, recall: Double?)]) {
    guard (1...Self.barLimit).contains(classes.count) else { return }
    addChart { width in
      BarChart(
        "Precision and recall of each class", labels: classes.map(\.label),
        series: [
          .init("precision", values: classes.map(\.precision)),
          .init("recall", values: classes.map(\.recall)),
        ], axis: Axis("share of the images", numbers: .percent, range: 0...1), width: width
      ).svg()
    }
  }

  /// The confusion matrix, or the part of it with the most mistakes.
  private static func map(names: [String], _ confusion: ConfusionMatrix) -> HeatMap {
    let isWhole = names.count <= mapLimit
    let kept = isWhole ? Array(names.indices) : confusion.mostConfusedClasses(partLimit)
    return HeatMap(
      isWhole ? "Confusion matrix" : "Confusion matrix of the \(kept.count) classes with the most mistakes",
      labels: kept.map { names[$0] }, counts: kept.map { row in kept.map { confusion[row, $0] } },
      rowName: "class", columnName: "called")
  }
}
