import Messages

/// Throws if bytes do not begin as an image does that is read.
///
/// - Throws: ``ImageError`` with `otherFormat` or `notAnImage`.
package func requireImageFormat(_ bytes: [UInt8]) throws(ImageError) { _ = try ImageFormat(of: bytes.span) }

/// The usual ending of the names of files with such bytes; nil for an unknown format.
package func imageExtension(of bytes: [UInt8]) -> String? {
  switch try? ImageFormat(of: bytes.span) {
  case nil: nil
  case .jpeg: "jpg"
  case .png: "png"
  case .webP: "webp"
  case .gif: "gif"
  case .bmp: "bmp"
  case .tiff: "tif"
  case .pnm: "pnm"
  case .avif: "avif"
  case .heic: "heic"
  }
}

/// An image format that is read.
enum ImageFormat {
  case jpeg
  case png
  case webP
  case gif
  /// A Windows bitmap whose header begins at the place: behind that of a file, or at once.
  case bmp(header: Int)
  case tiff
  case pnm
  case avif
  case heic

  /// Finds the format by the first bytes, whatever the file is called.
  ///
  /// - Throws: ``ImageError`` with `otherFormat` or `notAnImage`.
  init(of bytes: Span<UInt8>) throws(ImageError) {
    if let format = Self.known(bytes) {
      self = format
    } else if let other = OtherFormat(of: bytes) {
      throw ImageError(.otherFormat, other.message)
    } else {
      throw ImageError(
        .notAnImage, "is not an image (it begins with \(bytes.describedStart)); \(Self.list) are read")
    }
  }

  /// The formats for messages.
  static let list = "JPEG, PNG, WebP, GIF, BMP, TIFF, PNM, AVIF and HEIC"

  private static func known(_ bytes: Span<UInt8>) -> ImageFormat? {
    func starts(_ text: StaticString, at offset: Int = 0) -> Bool {
      bytes.starts(with: text.description.utf8.map { $0 }, at: offset)
    }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
    if starts("RIFF"), starts("WEBP", at: 8) { return .webP }
    if starts("GIF87a") || starts("GIF89a") { return .gif }
    if starts("BM") { return .bmp(header: 14) }
    if isTIFF(bytes) { return .tiff }
    if starts("ftyp", at: 4) { return heif(bytes) }
    if bytes.count > 2, starts("P"), (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(bytes[1]),
      isWhitespace(bytes[2])
    {
      return .pnm
    }
    let headerSize = ByteOrder.little.read(UInt32.self, bytes, at: 0)
    if let headerSize, [40, 52, 56, 64, 108, 124].contains(headerSize),
      ByteOrder.little.read(UInt16.self, bytes, at: 12) == 1
    {
      return .bmp(header: 0)
    }
    return nil
  }

  /// A Canon raw photograph begins as a TIFF image does, and its first page is not the photograph.
  private static func isTIFF(_ bytes: Span<UInt8>) -> Bool {
    let starts: [[UInt8]] = [
      [0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A], [0x49, 0x49, 0x2B, 0], [0x4D, 0x4D, 0, 0x2B],
    ]
    return starts.contains { bytes.starts(with: $0) } && !bytes.starts(with: [0x43, 0x52, 2], at: 8)
  }

  /// HEIC or AVIF, by the brands of a file that begins with a box of type `ftyp`.
  private static func heif(_ bytes: Span<UInt8>) -> ImageFormat? {
    guard let size = ByteOrder.big.read(UInt32.self, bytes, at: 0) else { return nil }
    // The main brand, a version, and the brands that the file conforms to as well.
    let places = [8] + Array(stride(from: 16, to: min(Int(size), bytes.count, 256) - 3, by: 4))
    func has(_ brands: [String]) -> Bool {
      places.contains { place in brands.contains { bytes.starts(with: Array($0.utf8), at: place) } }
    }
    if has(["avif", "avis"]) { return .avif }
    return has(["heic", "heix", "hevc", "heim", "heis", "hevm", "hevs", "mif1", "msf1"]) ? .heic : nil
  }
}
