import Metrics
import Threads

/// Probabilities of the classes of images, each from a regression that did not learn from the image, and the labels that they make doubtful.
struct LabelCheck {
  /// [images][classes].
  let probabilities: [Float]
  /// For each image, whether its label is probably wrong.
  let isIssue: [Bool]
  /// The number of classes.
  let classes: Int
  private let labels: [Int]

  /// The factor of the regressions' penalty; `tools/compare/compare_audit.py` measures it.
  static let penalty = 1e-3
  /// The agreement below which most doubtful labels are mistakes of the regressions.
  static let fairAgreement = 0.85
  /// The fewest images of a class from which something can be learnt.
  static let leastImages = 5

  /// - Parameters:
  ///   - rows: the features of the images.
  ///   - labels: the class of each.
  ///   - classes: the number of classes.
  ///   - folds: the parts that are held out in turn.
  ///   - threads: 0 for all processors.
  ///   - progress: gets the number of folds done.
  init(
    _ rows: consuming FeatureRows, labels: [Int], classes: Int, folds: StratifiedFolds, threads: Int,
    penalty: Double = LabelCheck.penalty, progress: (Int) throws -> Void
  ) rethrows {
    var rows = rows
    rows.standardize()
    let pool = WorkerPool(threads: threads)
    var probabilities = Array(repeating: Float(0), count: rows.count * classes)
    for fold in 0..<folds.count {
      let learnt = labels.indices.filter { folds.foldOfImage[$0] != fold }
      let model = SoftmaxRegression(
        rows, members: learnt, labels: labels, classes: classes, penalty: penalty, pool: pool)
      for image in labels.indices where folds.foldOfImage[image] == fold {
        let row = model.probabilities(of: image, in: rows)
        for label in 0..<classes { probabilities[image * classes + label] = row[label] }
      }
      try progress(fold + 1)
    }
    self.probabilities = probabilities
    self.labels = labels
    self.classes = classes
    isIssue = ConfidentLearning(probabilities: probabilities, labels: labels, classes: classes).isIssue
  }

  private func row(_ image: Int) -> ArraySlice<Float> {
    probabilities[image * classes..<(image + 1) * classes]
  }

  /// The share of images whose given label is the likeliest: how well the features tell the classes apart.
  var agreement: Double {
    let agreeing = labels.indices.count { likeliest(of: $0).label == labels[$0] }
    return Double(agreeing) / Double(max(1, labels.count))
  }

  /// How doubtful the label of an image is: 1 less the probability of its given label.
  func doubt(of image: Int) -> Double {
    1 - ConfidentLearning.selfConfidence(row(image), label: labels[image])
  }

  /// The likeliest class of an image, and its probability.
  func likeliest(of image: Int) -> (label: Int, probability: Double) {
    let best = row(image).enumerated().max { ($0.element, $1.offset) < ($1.element, $0.offset) }
    return (best?.offset ?? 0, Double(best?.element ?? 0))
  }
}
