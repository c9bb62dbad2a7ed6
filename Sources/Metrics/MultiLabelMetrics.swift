/// How well a network does on images that may have any number of classes: each class is predicted whose probability reaches a threshold.
public struct MultiLabelMetrics: Hashable, Sendable {
  /// How well it does on one class.
  public struct ClassResult: Hashable, Sendable {
    /// The class's name.
    public let label: String
    /// The position of the class among the logits.
    public let index: Int
    /// The number of images of this class.
    public let support: Int
    /// The number of images predicted as this class.
    public let predicted: Int
    /// The share of the images predicted as this class that are of it; nil when there are none.
    public let precision: Double?
    /// The share of the images of this class that are predicted as it; nil when there are none.
    public let recall: Double?
    /// The harmonic mean of precision and recall; nil when either is undefined or both are 0.
    public let f1: Double?
    /// The average precision over all thresholds; nil without images of this class, or where there were too many scores to keep.
    public let averagePrecision: Double?
    /// The area under the receiver operating characteristic; nil as ``averagePrecision``, and without images of other classes.
    public let rocArea: Double?
  }

  /// The probability from which a class counts as predicted.
  public let threshold: Double
  /// The number of images.
  public private(set) var images = 0
  /// The number of images of which all classes and no others are predicted.
  public private(set) var correct = 0
  private var wrong = 0
  private var f1Sum = 0.0
  private var lossSum = 0.0
  private var counts: [ClassCounts]
  private var table: ScoreTable
  private var truths: [[Int]] = []

  /// Metrics of no images.
  package init(classes: Int, threshold: Double = 0.5, scoreLimit: Int = ScoreTable.limit) {
    self.threshold = threshold
    counts = Array(repeating: ClassCounts(), count: classes)
    table = ScoreTable(classes: classes, limit: scoreLimit)
  }

  /// Adds an image.
  ///
  /// - Parameters:
  ///   - scores: the network's, of which those at `indices` belong to the classes here.
  ///   - truth: the image's classes, by their positions here.
  package mutating func add(_ scores: Scores, indices: [Int], truth: [Int]) {
    images += 1
    let isTrue = Set(truth)
    var (both, called, missed, loss) = (0, 0, 0, 0.0)
    for (label, index) in indices.enumerated() {
      let isOf = isTrue.contains(label)
      let isPredicted = scores.probabilities[index] >= threshold
      loss += scores.binaryCrossEntropy(of: index, isTrue: isOf)
      counts[label].support += isOf ? 1 : 0
      counts[label].predicted += isPredicted ? 1 : 0
      counts[label].correct += isOf && isPredicted ? 1 : 0
      both += isOf && isPredicted ? 1 : 0
      called += isPredicted ? 1 : 0
      missed += isOf == isPredicted ? 0 : 1
    }
    correct += missed == 0 ? 1 : 0
    wrong += missed
    lossSum += loss / Double(max(1, indices.count))
    f1Sum += both > 0 ? 2 * Double(both) / Double(called + isTrue.count) : 0
    table.add(indices.lazy.map { scores.probabilities[$0] })
    truths.append(truth)
  }

  /// The share of the images of which all classes and no others are predicted; nil without images.
  public var subsetAccuracy: Double? { mean(Double(correct)) }
  /// The share of wrong answers among all images and classes; nil without images.
  public var hammingLoss: Double? { mean(Double(wrong) / Double(max(1, counts.count))) }
  /// The mean binary cross-entropy over images and classes, in nats; nil without images.
  public var loss: Double? { mean(lossSum) }
  /// The mean over images of the F1 score of their classes; nil without images.
  public var samplesF1: Double? { mean(f1Sum) }
  /// Precision, recall and F1 over all answers together; nil without images.
  public var micro: Averages? { images > 0 ? Averages(pooling: counts) : nil }
  /// Precision, recall and F1 as the mean over the classes; nil without images.
  public var macro: Averages? { images > 0 ? Averages(counts, weights: counts.map { _ in 1 }) : nil }

  private func mean(_ sum: Double) -> Double? { images > 0 ? sum / Double(images) : nil }

  /// The metrics of each class.
  ///
  /// - Parameters:
  ///   - labels: the names of the classes.
  ///   - indices: the position of each among the logits.
  /// - Complexity: O(classes · n log n) for n images.
  package func classResults(labels: [String], indices: [Int]) -> [ClassResult] {
    var members = [Set<Int>](repeating: [], count: labels.count)
    for (image, truth) in truths.enumerated() {
      for label in truth { members[label].insert(image) }
    }
    return labels.indices.map { label in
      let ranked = table.column(label).map { RankedScores($0) { members[label].contains($0) } }
      return ClassResult(
        label: labels[label], index: indices[label], support: counts[label].support,
        predicted: counts[label].predicted, precision: counts[label].precision, recall: counts[label].recall,
        f1: counts[label].f1, averagePrecision: ranked?.averagePrecision, rocArea: ranked?.rocArea)
    }
  }
}
