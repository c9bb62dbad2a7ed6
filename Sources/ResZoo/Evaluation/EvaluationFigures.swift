import Charts
import Metrics
import ModelDescriptor

/// The figures of an evaluation with the names that people know them by.
package struct EvaluationFigures {
  /// The figures that are defined, the most important ones first.
  package private(set) var all: [(name: String, value: String)] = []

  /// - Parameters:
  ///   - topCounts: the numbers of likeliest classes whose accuracy is listed, for images of one class of many.
  ///   - decimals: the decimals of percentages.
  package init(_ evaluation: Evaluation, topCounts: [Int], decimals: Int = 1) {
    func add(_ name: String, _ share: Double?) {
      if let share { all.append((name, NumberText.percent(share, decimals: decimals))) }
    }
    func addPlain(_ name: String, _ number: Double?) {
      if let number { all.append((name, NumberText.fixed(number, decimals: 4))) }
    }
    switch evaluation.answer {
    case .one:
      for count in topCounts { add("top-\(count)", evaluation.top(count)) }
    case .binary:
      add("accuracy", evaluation.top1)
      add("average precision", evaluation.averagePrecision)
    case .several:
      add("mean average precision", evaluation.averagePrecision)
      add("micro F1", evaluation.multiLabel?.micro?.f1)
      add("samples F1", evaluation.multiLabel?.samplesF1)
      add("subset accuracy", evaluation.multiLabel?.subsetAccuracy)
      addPlain("Hamming loss", evaluation.multiLabel?.hammingLoss)
    }
    addPlain("loss", evaluation.loss)
    add("macro F1", evaluation.macro?.f1)
    add("weighted F1", evaluation.weighted?.f1)
    add("balanced accuracy", evaluation.balancedAccuracy)
    addPlain("ROC AUC", evaluation.rocArea)
    addPlain("Cohen's kappa", evaluation.kappa)
    addPlain("Matthews", evaluation.matthewsCorrelation)
  }
}
