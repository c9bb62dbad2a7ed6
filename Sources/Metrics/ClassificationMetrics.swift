/// The logits of one image compared with its class.
package struct LogitEvaluation: Hashable, Sendable {
  /// The class of the largest logit, the first of several.
  package let predicted: Int
  /// The probability of that class.
  package let probability: Double
  /// The number of classes that are likelier than the image's own.
  package let rank: Int
  /// The cross-entropy, in nats.
  package let loss: Double

  /// - Parameter truth: the position of the image's class among the logits.
  package init(_ logits: Span<Float>, truth: Int) {
    let softmax = Softmax(logits)
    predicted = logits.indexOfLargest
    probability = softmax.largestProbability
    rank = logits.rank(of: truth)
    loss = softmax.loss(of: logits[truth])
  }
}

/// Counts and sums over images from which accuracy and mean loss follow.
package struct ClassificationMetrics: Hashable, Sendable {
  /// The number of images.
  package private(set) var images = 0
  /// The number of images whose own class is the likeliest.
  package private(set) var correct = 0
  /// The number of images whose own class is among the five likeliest.
  package private(set) var correctInTop5 = 0
  private var lossSum = 0.0

  /// Metrics of no images.
  package init() {}

  /// Adds an image.
  package mutating func add(_ evaluation: LogitEvaluation) {
    images += 1
    correct += evaluation.rank == 0 ? 1 : 0
    correctInTop5 += evaluation.rank < 5 ? 1 : 0
    lossSum += evaluation.loss
  }

  /// The share of the images whose own class is the likeliest; nil without images.
  package var top1: Double? { mean(Double(correct)) }
  /// The share of the images whose own class is among the five likeliest; nil without images.
  package var top5: Double? { mean(Double(correctInTop5)) }
  /// The mean cross-entropy, in nats; nil without images.
  package var loss: Double? { mean(lossSum) }

  private func mean(_ sum: Double) -> Double? { images > 0 ? sum / Double(images) : nil }
}
