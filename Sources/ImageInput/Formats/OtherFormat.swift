/// A format that is known by its first bytes but not read.
struct OtherFormat {
  /// The fault and what to do about it.
  let message: String

  init?(of bytes: Span<UInt8>) {
    if let image = Self.images.first(where: { bytes.starts(with: $0.bytes) }) {
      message = "is \(image.name); \(ImageFormat.list) are read, so convert it to one of them"
    } else if bytes.starts(with: Array("ftyp".utf8), at: 4) {
      message = "is an MP4 or QuickTime film, not an image; save a frame of it as one"
    } else if let file = Self.files.first(where: { bytes.starts(with: $0.bytes) }) {
      message = "is \(file.name), not an image; \(file.remedy)"
    } else {
      return nil
    }
  }

  private static let images: [(bytes: [UInt8], name: String)] = [
    ([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20], "a JPEG 2000 image"),
    ([0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 image"),
    ([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20], "a JPEG XL image"),
    ([0xFF, 0x0A], "a JPEG XL image"),
    ([0, 0, 1, 0], "a Windows icon"),
    (Array("icns".utf8), "a macOS icon"),
    ([0x49, 0x49, 0x2A, 0], "a raw photograph of a Canon camera"),
    (Array("8BPS".utf8), "a Photoshop document"),
    (Array("qoif".utf8), "a QOI image"),
    (Array("DDS ".utf8), "a DDS texture"),
    (Array("#?RADIANCE".utf8), "a Radiance HDR image"),
    (Array("P7".utf8), "a PAM image"),
    (Array("PF".utf8), "a PFM image"),
    (Array("Pf".utf8), "a PFM image"),
    ([0x01, 0xDA], "an SGI image"),
    ([0x0A, 0x05, 0x01], "a PCX image"),
    ([0x76, 0x2F, 0x31, 0x01], "an OpenEXR image"),
    ([0x8A, 0x4D, 0x4E, 0x47], "an MNG animation"),
    (Array("<svg".utf8), "an SVG drawing"),
    (Array("%!PS".utf8), "a PostScript document"),
    (Array("%PDF".utf8), "a PDF document"),
  ]

  private static let webPage = ("a web page", "the download failed: download the image again")

  private static let files: [(bytes: [UInt8], name: String, remedy: String)] = [
    (Array("<!DOCTYPE".utf8), webPage.0, webPage.1),
    (Array("<!doctype".utf8), webPage.0, webPage.1),
    (Array("<html".utf8), webPage.0, webPage.1),
    (Array("<?xml".utf8), "an XML document", "an SVG drawing must be converted to PNG"),
    (Array("version https://git-lfs".utf8), "a Git LFS pointer", "fetch the image with 'git lfs pull'"),
    ([0x50, 0x4B, 3, 4], "a ZIP archive", "unpack it"),
    ([0x1F, 0x8B], "a gzip file", "unpack it"),
    ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy array", "save it as PNG"),
    ([0, 5, 0x16, 7], "an AppleDouble file, which macOS keeps beside a file", "leave it out"),
  ]
}
