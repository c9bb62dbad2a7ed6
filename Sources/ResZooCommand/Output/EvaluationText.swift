import ResZoo

/// An evaluation as people read it.
struct EvaluationText {
  let evaluation: Evaluation
  /// The numbers of likeliest classes whose accuracy is listed.
  let topCounts: [Int]
  /// The columns that a line should take at most.
  var columns = Int.max
  /// The most columns of the confusion table.
  private static let columnLimit = 20
  /// The figures of a line.
  private static let lineLength = 3

  var text: String {
    guard evaluation.multiLabel == nil else { return summary + "\n" + multiLabelTable }
    return summary + "\n" + classTable
      + (evaluation.labels.count <= Self.columnLimit ? "\n" + confusionTable : "")
  }

  private var summary: String {
    let right = evaluation.multiLabel == nil ? "right" : "with all classes right"
    var lines = "\(evaluation.correct.grouped) of \(evaluation.images.grouped) images \(right)\n"
    let figures = EvaluationFigures(evaluation, topCounts: topCounts, decimals: 2).all
    for start in stride(from: 0, to: figures.count, by: Self.lineLength) {
      let line = figures[start..<min(start + Self.lineLength, figures.count)]
      lines += line.map { "\($0.name) \($0.value)" }.joined(separator: "   ") + "\n"
    }
    return lines
  }

  private var classTable: String {
    let rows = evaluation.classMetrics.map { metrics in
      [metrics.label, metrics.support.grouped]
        + [metrics.precision, metrics.recall, metrics.f1].map { $0.map(percent) ?? "-" }
    }
    return Table(head: ["class", "images", "precision", "recall", "F1"], rows: rows).text
  }

  private var multiLabelTable: String {
    let rows = evaluation.multiLabelClassMetrics.map { metrics in
      [metrics.label, metrics.support.grouped, metrics.predicted.grouped]
        + [metrics.precision, metrics.recall, metrics.f1, metrics.averagePrecision].map {
          $0.map(percent) ?? "-"
        }
    }
    return Table(
      head: ["class", "images", "predicted", "precision", "recall", "F1", "avg. precision"], rows: rows
    ).text
  }

  private var confusionTable: String {
    let own = Set(evaluation.indices)
    // Classes that the set has none of, but the network called.
    let matrix = evaluation.confusion.counts
    let others = (matrix.first ?? []).indices.filter { column in
      !own.contains(column) && matrix.contains { $0[column] > 0 }
    }
    let areListed = own.count + others.count <= Self.columnLimit
    let named = areListed ? others.map { evaluation.predictedLabels[$0] } : ["others"]
    let rows = matrix.enumerated().map { row, counts in
      let called = others.map { counts[$0] }
      return [evaluation.labels[row]] + evaluation.indices.map { counts[$0].grouped }
        + (areListed ? called : [called.reduce(0, +)]).map(\.grouped)
    }
    return Table(head: ["true \\ called"] + evaluation.labels + named, rows: rows)
      .withHeadShortened(to: columns).text
  }

  private func percent(_ share: Double) -> String { (100 * share).text(decimals: 2) + " %" }
}
