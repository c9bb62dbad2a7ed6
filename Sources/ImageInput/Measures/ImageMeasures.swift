/// Measures of an image by which bad images and copies are found. All are of the upright image; luminance is Pillow's mode `L`, from 0 to
/// 255.
public struct ImageMeasures: Hashable, Sendable {
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int
  /// EXIF's orientation as stored, 1 to 8; 1 if the file says none.
  public var orientation: Int
  /// True if no pixel has a colour: its channels differ by less than ``colourTolerance``.
  public var isGray: Bool
  /// The smallest luminance that at least 5 % of the pixels do not exceed.
  public var lowLuminance: Int
  /// The smallest luminance that at least 99 % of the pixels do not exceed.
  public var highLuminance: Int
  /// The standard deviation of the luminance.
  public var deviation: Double
  /// The entropy of the histogram of luminance, in bits: 0 to 8.
  public var entropy: Double
  /// The variance of the Laplacian of the luminance, of an image whose longer side is reduced to ``sharpnessSide`` pixels (Pech-Pacheco et
  /// al. 2000, "Diatom autofocusing in brightfield microscopy"): small where nothing is sharp. 0 for sides of fewer than 3 pixels.
  public var sharpness: Double
  /// The perceptual hashes of the image.
  public var hash: PerceptualHash
  /// The perceptual hashes of the image's mirror image.
  public var mirroredHash: PerceptualHash
  /// The luminance of the image reduced to ``miniatureSide`` pixels on each side, row by row.
  public var miniature: [UInt8]
  /// Damage that was decoded around; nil for a sound file.
  public var warning: String?

  /// Measures from their values.
  package init(
    width: Int, height: Int, orientation: Int, isGray: Bool, lowLuminance: Int, highLuminance: Int,
    deviation: Double, entropy: Double, sharpness: Double, hash: PerceptualHash,
    mirroredHash: PerceptualHash, miniature: [UInt8], warning: String?
  ) {
    precondition(
      miniature.count == Self.miniatureSide * Self.miniatureSide, "a miniature of \(miniature.count) pixels")
    self.width = width
    self.height = height
    self.orientation = orientation
    self.isGray = isGray
    self.lowLuminance = lowLuminance
    self.highLuminance = highLuminance
    self.deviation = deviation
    self.entropy = entropy
    self.sharpness = sharpness
    self.hash = hash
    self.mirroredHash = mirroredHash
    self.miniature = miniature
    self.warning = warning
  }

  /// The difference of two channels from which a pixel counts as coloured: less is rounding of JPEG's chroma.
  public static let colourTolerance = 8
  /// The pixels of the longer side of the image whose sharpness is measured; smaller images are not enlarged.
  public static let sharpnessSide = 256
  /// The pixels of each side of ``miniature``.
  public static let miniatureSide = 32

  /// The number of pixels of a square of the same area's side.
  public var meanSide: Double { (Double(width) * Double(height)).squareRoot() }

  /// The longer side over the shorter one.
  public var aspect: Double { Double(max(width, height)) / Double(max(1, min(width, height))) }
}
