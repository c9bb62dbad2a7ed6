/// The metrics of one batch.
package struct StepMetrics: Hashable, Sendable {
  /// The mean loss, as its ``TrainingLoss`` defines it.
  package var loss: Double
  /// Inputs whose class, or the larger part of a mixture, had the largest logit; where each logit answers for itself, inputs of which
  /// all were right.
  package var correct: Int

  /// Metrics from their values.
  package init(loss: Double, correct: Int) {
    self.loss = loss
    self.correct = correct
  }
}
