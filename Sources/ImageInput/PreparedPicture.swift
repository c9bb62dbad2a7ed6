/// What was found out about a picture while it was prepared.
public struct PictureInfo: Hashable, Sendable {
  /// Columns, as stored.
  public let width: Int
  /// Rows, as stored.
  public let height: Int
  /// EXIF's orientation, 1 to 8; 1 if the file says none.
  public let orientation: Int
  /// Whether the picture was turned upright: the record says so and the orientation asks for it.
  public let orientationApplied: Bool
  /// Damage that was decoded around, as in Pillow; nil for a sound file.
  public let warning: String?
}

/// A picture after resizing and cropping, before normalisation.
public struct PreparedPicture: Hashable, Sendable {
  /// What was found out about the picture.
  public let info: PictureInfo
  /// [height][width][channels] samples.
  public let pixels: [UInt8]
  /// Rows of ``pixels``.
  public let height: Int
  /// Columns of ``pixels``.
  public let width: Int
  /// 3 for RGB, 1 for grey.
  public let channels: Int
}
