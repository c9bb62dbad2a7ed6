public import ImageInput
public import TensorCore

/// What a layer makes of one image among many.
public struct FeatureResult: Sendable {
  /// The path as it was given.
  public let input: String
  /// The features, or why the image could not be read.
  public let outcome: Result<Tensor, ImageError>
  /// What the decoder found; nil when it failed.
  public let image: ImageInfo?
}
