/// The loss of accuracy and the gain of time of a training's frozen layers that multiply other numbers than those of single precision, measured on
/// some of its images.
public struct FrozenCost: Hashable, Sendable {
  /// The numbers that they multiply.
  public var precision: TrainingPrecision
  /// The number of images that it was measured on.
  public var images: Int
  /// The root mean square of the differences of the features from those of single precision, divided by the root mean square of the latter.
  /// The network of single precision has the same weights, and rounds no maps.
  public var difference: Double
  /// The seconds that the frozen layers take for an image.
  public var secondsPerImage: Double
  /// The seconds that they would take in single precision.
  public var referenceSecondsPerImage: Double

  /// A record from its fields.
  package init(
    precision: TrainingPrecision, images: Int, difference: Double, secondsPerImage: Double,
    referenceSecondsPerImage: Double
  ) {
    self.precision = precision
    self.images = images
    self.difference = difference
    self.secondsPerImage = secondsPerImage
    self.referenceSecondsPerImage = referenceSecondsPerImage
  }
}
