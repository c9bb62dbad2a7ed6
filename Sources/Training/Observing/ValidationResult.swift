public import Datasets
public import Metrics

/// The answers of a network to the images of a validation set.
public struct ValidationResult: Hashable, Sendable {
  /// The answer to one image.
  public struct Answer: Hashable, Sendable {
    /// The image.
    public var source: ImageSource
    /// The class of the image.
    public var label: Int
    /// The class of the largest logit.
    public var predicted: Int
    /// The probability of the predicted class, 0 to 1.
    public var probability: Float

    /// An answer from its fields.
    package init(source: ImageSource, label: Int, predicted: Int, probability: Float) {
      self.source = source
      self.label = label
      self.predicted = predicted
      self.probability = probability
    }
  }

  /// Loss and accuracy.
  public var metrics: EpochRecord.Validation
  /// The images by class and predicted class; of no classes where images have any number of them.
  public var confusion: ConfusionMatrix
  /// The answers to all readable images, in the order of the set; none where images have any number of classes.
  public var answers: [Answer]
  /// The metrics of each class where images have any number of them.
  public var classes: [MultiLabelMetrics.ClassResult] = []

  /// A result from its fields.
  package init(
    metrics: EpochRecord.Validation, confusion: ConfusionMatrix, answers: [Answer],
    classes: [MultiLabelMetrics.ClassResult] = []
  ) {
    self.metrics = metrics
    self.confusion = confusion
    self.answers = answers
    self.classes = classes
  }
}
