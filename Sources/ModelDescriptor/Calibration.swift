/// The way in which the maps of a quantized network were found (NETWORK §2.2). For people: nothing is computed from it.
public struct Calibration: Hashable, Sendable {
  /// The choice of a map's range from the values that images give it.
  public enum Method: String, Hashable, Sendable, CaseIterable {
    /// The range whose rounded values are closest to the values in the mean square.
    case meanSquaredError = "mse"
    /// A range that leaves out a share of the outermost values.
    case percentile
    /// The mean of the least and of the largest values of each image.
    case meanOfExtremes = "minmax_mean"
  }

  /// The number of images.
  public var images: Int
  /// SHA-256 in hexadecimal of a line for each image in the order of use: SHA-256 of its file, in hexadecimal.
  public var listSHA256: String?
  /// The choice of ranges.
  public var method: Method
  /// True if biases were changed, so that the layers' outputs have the means that they had before.
  public var correctsBiases: Bool
  /// The source of the images.
  public var source: String?
  /// Layers that compute in real numbers, and the reason of each.
  public var kept: [String: String]

  /// Most images.
  static let imageLimit = 1_000_000_000

  /// A record from its fields.
  public init(
    images: Int, listSHA256: String? = nil, method: Method, correctsBiases: Bool = false,
    source: String? = nil,
    kept: [String: String] = [:]
  ) {
    self.images = images
    self.listSHA256 = listSHA256
    self.method = method
    self.correctsBiases = correctsBiases
    self.source = source
    self.kept = kept
  }

  /// Checks the fields.
  ///
  /// - Throws: ``DescriptorError`` that names the offending one.
  func validate() throws(DescriptorError) {
    guard (1...Self.imageLimit).contains(images) else {
      throw DescriptorError(
        .outOfRange, field: "images", "\(images); it must be from 1 to \(Self.imageLimit)")
    }
  }
}

extension Calibration: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(
      decoder, known: ["images", "list_sha256", "method", "bias_correction", "source", "kept"])
    self.init(
      images: try fields.required("images"), listSHA256: try fields.optional("list_sha256"),
      method: try fields.word("method"), correctsBiases: try fields.optional("bias_correction") ?? false,
      source: try fields.optional("source"), kept: try fields.optional("kept") ?? [:])
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(images, forKey: FieldName("images"))
    try fields.encodeIfPresent(listSHA256, forKey: FieldName("list_sha256"))
    try fields.encode(method.rawValue, forKey: FieldName("method"))
    try fields.encode(correctsBiases, unless: false, forKey: "bias_correction")
    try fields.encodeIfPresent(source, forKey: FieldName("source"))
    try fields.encode(kept, unless: [:], forKey: "kept")
  }
}
