/// The metrics of one step of an optimizer.
public struct StepRecord: Hashable, Sendable {
  /// The number of the step, from 1 over the whole run.
  public var step: Int
  /// The number of the epoch, from 1.
  public var epoch: Int
  /// The mean loss over the batch, before the step.
  public var loss: Double
  /// The share of the batch whose class had the largest logit, 0 to 1.
  public var accuracy: Double
  /// The learning rate of the head.
  public var learningRate: Double
  /// The learning rate of all other layers; equal to ``learningRate`` unless another was asked for.
  public var backboneLearningRate: Double
  /// The Euclidean norm of all gradients before clipping; nil unless it was asked for.
  public var gradientNorm: Double?
  /// The number of images of the batch.
  public var images: Int
  /// The wall-clock time of the step, loading of the batch included.
  public var seconds: Double

  /// A record from its fields.
  package init(
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
