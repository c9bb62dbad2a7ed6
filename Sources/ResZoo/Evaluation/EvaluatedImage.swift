public import Datasets
public import ImageInput
import Metrics

/// The answer of a network to an image whose classes are known.
public struct EvaluatedImage: Sendable {
  /// The image.
  public let source: ImageSource
  /// The names of the image's own classes; exactly one where images have one.
  public let labels: [String]
  /// The positions of these classes among the logits; 0 for no and 1 for yes.
  public let indices: [Int]
  /// The answer, or the reason why there is none.
  public let outcome: Result<Answer, ImageError>

  /// An answer with what became of the image's own classes.
  public struct Answer: Hashable, Sendable {
    /// The image's own classes, in the order of ``EvaluatedImage/labels``.
    public let own: [Prediction]
    /// The predicted classes: the likeliest one, or all whose probability reaches the threshold.
    public let predicted: [Prediction]
    /// The likeliest classes.
    public let top: [Prediction]
    /// True if the predicted classes are the image's own.
    public let isCorrect: Bool
  }
}

extension EvaluatedImage.Answer {
  /// The number of classes in ``top``.
  static let topCount = 5

  /// - Parameters:
  ///   - truth: the positions of the image's own classes among the logits.
  ///   - classes: the classes that are compared.
  init(_ scores: Scores, truth: [Int], classes: EvaluatedClasses, threshold: Double) {
    func prediction(_ index: Int) -> Prediction {
      guard classes.answer == .binary else {
        return Prediction(
          label: classes.predictedLabels[index], index: index, probability: scores.probabilities[index],
          logit: scores.logits[index])
      }
      let yes = (probability: scores.probabilities[0], logit: scores.logits[0])
      return Prediction(
        label: classes.predictedLabels[index], index: index,
        probability: index == 1 ? yes.probability : 1 - yes.probability,
        logit: index == 1 ? yes.logit : -yes.logit
      )
    }
    own = truth.map(prediction)
    switch classes.answer {
    case .one:
      top = scores.likeliest(Self.topCount).map(prediction)
      predicted = Array(top.prefix(1))
      isCorrect = predicted.map(\.index) == truth
    case .binary:
      let isYes = scores.probabilities[0] >= threshold
      top = (scores.probabilities[0] >= 0.5 ? [1, 0] : [0, 1]).map(prediction)
      predicted = [prediction(isYes ? 1 : 0)]
      isCorrect = predicted.map(\.index) == truth
    case .several:
      let compared = classes.indices.filter { scores.probabilities[$0] >= threshold }
      top = scores.likeliest(Self.topCount).map(prediction)
      predicted = compared.sorted().map(prediction)
      isCorrect = Set(compared) == Set(truth)
    }
  }
}
