/// A number that logits are divided by before they become probabilities (NETWORK §2.2, §5.7), so that these are as large as the share
/// of right answers (Guo et al. 2017, "On Calibration of Modern Neural Networks"). It changes no logit and no order of classes.
public struct Temperature: Hashable, Sendable {
  /// The temperature; 1 leaves probabilities as they are, more makes them less sure.
  public var value: Double
  /// The number of images that it was fitted to.
  public var images: Int
  /// The source of the images.
  public var source: String?

  /// The temperatures that a checkpoint may have.
  public static let range = 0.01...100.0
  /// Most images.
  static let imageLimit = 1_000_000_000

  /// A temperature from its fields.
  public init(value: Double, images: Int, source: String? = nil) {
    self.value = value
    self.images = images
    self.source = source
  }

  /// Checks the fields.
  ///
  /// - Parameter architecture: a sound network.
  /// - Throws: ``DescriptorError`` that names the offending one.
  func validate(for architecture: Architecture) throws(DescriptorError) {
    guard architecture.answer == .one, architecture.head != .none else {
      throw DescriptorError(
        .contradiction, field: "temperature", "for a network that does not answer one of several classes")
    }
    guard Self.range.contains(value) else {
      throw DescriptorError(
        .outOfRange, field: "temperature.value", "\(value); it must be from 0.01 to 100")
    }
    guard (1...Self.imageLimit).contains(images) else {
      throw DescriptorError(
        .outOfRange, field: "temperature.images", "\(images); it must be from 1 to \(Self.imageLimit)")
    }
  }
}

extension Temperature: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["value", "images", "source"])
    self.init(
      value: try fields.required("value"), images: try fields.required("images"),
      source: try fields.optional("source"))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(value, forKey: FieldName("value"))
    try fields.encode(images, forKey: FieldName("images"))
    try fields.encodeIfPresent(source, forKey: FieldName("source"))
  }
}
