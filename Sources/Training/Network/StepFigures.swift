/// The loss and the right answers of a network for one batch.
public struct StepFigures: Hashable, Sendable {
  /// The mean loss as ``CrossEntropy`` defines it.
  public var loss: Double
  /// Inputs whose class, or the larger part of a mixture, had the largest logit.
  public var correct: Int

  /// Figures.
  public init(loss: Double, correct: Int) {
    self.loss = loss
    self.correct = correct
  }
}
