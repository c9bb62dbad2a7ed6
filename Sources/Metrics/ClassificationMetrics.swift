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
    self.init(
      predicted: logits.indexOfLargest, probability: softmax.largestProbability, rank: logits.rank(of: truth),
      loss: softmax.loss(of: logits[truth]))
  }

  /// - Parameter truth: the position of the image's class among the scores.
  package init(_ scores: Scores, truth: Int) {
    let predicted = scores.likeliest
    self.init(
      predicted: predicted, probability: scores.probabilities[predicted], rank: scores.rank(of: truth),
      loss: scores.crossEntropy(of: truth))
  }

  private init(predicted: Int, probability: Double, rank: Int, loss: Double) {
    self.predicted = predicted
    self.probability = probability
    self.rank = rank
    self.loss = loss
  }

  /// The answer yes or no.
  ///
  /// - Parameters:
  ///   - scores: those of one logit.
  ///   - truth: 1 if the image's answer is yes, else 0.
  ///   - threshold: the probability from which yes counts as predicted.
  package init(binary scores: Scores, truth: Int, threshold: Double) {
    let probability = scores.probabilities[0]
    let predicted = probability >= threshold ? 1 : 0
    self.init(
      predicted: predicted, probability: predicted == 1 ? probability : 1 - probability,
      rank: predicted == truth ? 0 : 1, loss: scores.binaryCrossEntropy(of: 0, isTrue: truth == 1))
  }
}

/// Counts and sums over images from which accuracy and mean loss follow.
package struct ClassificationMetrics: Hashable, Sendable {
  /// The number of images.
  package private(set) var images = 0
  /// The number of images by how many classes are likelier than their own.
  private var countOfRank: [Int] = []
  private var lossSum = 0.0

  /// Metrics of no images.
  package init() {}

  /// Adds an image.
  package mutating func add(_ evaluation: LogitEvaluation) {
    images += 1
    if evaluation.rank >= countOfRank.count {
      countOfRank += Array(repeating: 0, count: evaluation.rank + 1 - countOfRank.count)
    }
    countOfRank[evaluation.rank] += 1
    lossSum += evaluation.loss
  }

  /// The number of images whose own class is among the `count` likeliest.
  package func correct(inTop count: Int) -> Int { countOfRank.prefix(count).reduce(0, +) }
  /// The share of the images whose own class is among the `count` likeliest; nil without images.
  package func top(_ count: Int) -> Double? { mean(Double(correct(inTop: count))) }

  /// The number of images whose own class is the likeliest.
  package var correct: Int { correct(inTop: 1) }
  /// The number of images whose own class is among the five likeliest.
  package var correctInTop5: Int { correct(inTop: 5) }
  /// The share of the images whose own class is the likeliest; nil without images.
  package var top1: Double? { mean(Double(correct)) }
  /// The share of the images whose own class is among the five likeliest; nil without images.
  package var top5: Double? { mean(Double(correctInTop5)) }
  /// The mean cross-entropy, in nats; nil without images.
  package var loss: Double? { mean(lossSum) }

  private func mean(_ sum: Double) -> Double? { images > 0 ? sum / Double(images) : nil }
}
