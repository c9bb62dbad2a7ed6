/// Facts about an image, found while it was prepared.
public struct ImageInfo: Hashable, Sendable {
  /// Columns, as stored.
  public let width: Int
  /// Rows, as stored.
  public let height: Int
  /// EXIF's orientation, 1 to 8; 1 if the file says none.
  public let orientation: Int
  /// True if the image was turned upright: the record says so and the orientation asks for it.
  public let orientationApplied: Bool
  /// Damage that was decoded around, as in Pillow; nil for a sound file.
  public let warning: String?
}

/// An image after resizing and cropping, before normalisation.
public struct PreparedImage: Hashable, Sendable {
  /// The facts about the image.
  public let info: ImageInfo
  /// [height][width][channels] samples.
  public let pixels: [UInt8]
  /// Rows of ``pixels``.
  public let height: Int
  /// Columns of ``pixels``.
  public let width: Int
  /// 3 for RGB, 1 for grey.
  public let channels: Int
}
