/// The metrics of one batch.
public struct StepMetrics: Hashable, Sendable {
  /// The mean loss as ``CrossEntropy`` defines it.
  public var loss: Double
  /// Inputs whose class, or the larger part of a mixture, had the largest logit.
  public var correct: Int

  /// Metrics from their values.
  public init(loss: Double, correct: Int) {
    self.loss = loss
    self.correct = correct
  }
}
