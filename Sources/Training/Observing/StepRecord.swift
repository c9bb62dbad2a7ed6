/// What one step of an optimizer did.
public struct StepRecord: Hashable, Sendable {
  /// Counted from 1 over the whole run.
  public var step: Int
  /// Counted from 1.
  public var epoch: Int
  /// The mean over the batch, before the step.
  public var loss: Double
  /// The share of the batch whose class had the largest logit, 0 to 1.
  public var accuracy: Double
  /// Of the head.
  public var learningRate: Double
  /// Of what else trains; equal to ``learningRate`` unless another was asked for.
  public var backboneLearningRate: Double
  /// The Euclidean norm of all gradients before clipping; nil unless it was asked for.
  public var gradientNorm: Double?
  /// Images of the batch.
  public var images: Int
  /// Wall-clock time of the step, its data included.
  public var seconds: Double

  /// A record from its fields.
  public init(
    step: Int, epoch: Int, loss: Double, accuracy: Double, learningRate: Double, backboneLearningRate: Double,
    gradientNorm: Double? = nil, images: Int, seconds: Double
  ) {
    self.step = step
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    self.learningRate = learningRate
    self.backboneLearningRate = backboneLearningRate
    self.gradientNorm = gradientNorm
    self.images = images
    self.seconds = seconds
  }
}
