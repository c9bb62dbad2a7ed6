/// What a network answered to each image of a validation set.
public struct ValidationResult: Hashable, Sendable {
  /// The answer to one image.
  public struct Answer: Hashable, Sendable {
    /// The image.
    public var source: ImageSource
    /// Its class.
    public var label: Int
    /// The class of the largest logit.
    public var predicted: Int
    /// Of the predicted class, 0 to 1.
    public var probability: Float

    /// An answer from its fields.
    public init(source: ImageSource, label: Int, predicted: Int, probability: Float) {
      self.source = source
      self.label = label
      self.predicted = predicted
      self.probability = probability
    }
  }

  /// Loss and shares.
  public var figures: EpochRecord.Validation
  /// [class][predicted class]: images.
  public var confusion: [[Int]]
  /// One for each readable image, in the order of the set.
  public var answers: [Answer]

  /// A result from its fields.
  public init(figures: EpochRecord.Validation, confusion: [[Int]], answers: [Answer]) {
    self.figures = figures
    self.confusion = confusion
    self.answers = answers
  }
}
