/// Precision, recall and F1 of several classes as one number each, as scikit-learn computes them: what is undefined counts as 0.
public struct Averages: Hashable, Sendable, Encodable {
  /// The average of the precisions.
  public let precision: Double
  /// The average of the recalls.
  public let recall: Double
  /// The average of the F1 scores.
  public let f1: Double

  /// The averages of classes with a weight each; nil without any weight.
  package init?(_ classes: [ClassCounts], weights: [Double]) {
    let sum = weights.reduce(0, +)
    guard sum > 0 else { return nil }
    func average(_ value: (ClassCounts) -> Double?) -> Double {
      zip(classes, weights).reduce(0) { $0 + (value($1.0) ?? 0) * $1.1 } / sum
    }
    precision = average(\.precision)
    recall = average(\.recall)
    f1 = average(\.f1)
  }

  /// The figures of all classes' counts together.
  package init(pooling classes: [ClassCounts]) {
    let all = classes.reduce(ClassCounts()) {
      ClassCounts(
        support: $0.support + $1.support, predicted: $0.predicted + $1.predicted,
        correct: $0.correct + $1.correct)
    }
    precision = all.precision ?? 0
    recall = all.recall ?? 0
    f1 = all.f1 ?? 0
  }
}

/// The images of one class, those that were predicted as it, and those in both.
package struct ClassCounts: Hashable, Sendable {
  package var support = 0
  package var predicted = 0
  package var correct = 0

  package init(support: Int = 0, predicted: Int = 0, correct: Int = 0) {
    (self.support, self.predicted, self.correct) = (support, predicted, correct)
  }

  package var precision: Double? { predicted > 0 ? Double(correct) / Double(predicted) : nil }
  package var recall: Double? { support > 0 ? Double(correct) / Double(support) : nil }
  /// Nil where the other two are undefined or 0.
  package var f1: Double? { correct > 0 ? 2 * Double(correct) / Double(support + predicted) : nil }
}
