import Messages

/// Extensions of the files that are taken for images, in lower case without the dot.
public let imageExtensions: Set<String> = ["jpg", "jpeg", "jpe", "jfif", "png"]

/// Returns true if a file of this name or path is an image by its extension, and is not hidden: macOS keeps `._cat.jpg` beside `cat.jpg`
/// on foreign disks. What it holds is decided by its bytes.
public func isImageName(_ name: String) -> Bool {
  let base = name.utf8.split(separator: UInt8(ascii: "/")).last ?? name.utf8[...]
  guard let dot = base.lastIndex(of: UInt8(ascii: ".")), base.first != UInt8(ascii: ".") else { return false }
  let ending = Substring(base[base.index(after: dot)...]).lowercased()
  return imageExtensions.contains(ending)
}

/// Throws if bytes do not begin as an image does that is read.
///
/// - Throws: ``ImageError`` with `otherFormat` or `notAnImage`.
package func requireImageFormat(_ bytes: [UInt8]) throws(ImageError) { _ = try ImageFormat(of: bytes.span) }

/// An image format that is read.
enum ImageFormat {
  case jpeg
  case png

  /// Finds the format by the first bytes, whatever the file is called.
  ///
  /// - Throws: ``ImageError`` with `otherFormat` or `notAnImage`.
  init(of bytes: Span<UInt8>) throws(ImageError) {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if let name = Self.nameOfOther(bytes) {
      throw ImageError(.otherFormat, "is \(name); JPEG and PNG are read, so convert it to one of them")
    } else {
      throw ImageError(
        .notAnImage, "is not an image (it begins with \(bytes.describedStart)); JPEG and PNG are read")
    }
  }

  private static let magics: [(bytes: [UInt8], name: String)] = [
    (Array("GIF8".utf8), "a GIF image"),
    (Array("BM".utf8), "a BMP image"),
    (Array("II*\0".utf8), "a TIFF image"),
    (Array("MM\0*".utf8), "a TIFF image"),
    (Array("II+\0".utf8), "a BigTIFF image"),
    (Array("MM\0+".utf8), "a BigTIFF image"),
    ([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20], "a JPEG 2000 image"),
    ([0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 image"),
    ([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20], "a JPEG XL image"),
    ([0xFF, 0x0A], "a JPEG XL image"),
    ([0, 0, 1, 0], "a Windows icon"),
    (Array("8BPS".utf8), "a Photoshop document"),
    (Array("qoif".utf8), "a QOI image"),
    (Array("DDS ".utf8), "a DDS texture"),
    ([0x76, 0x2F, 0x31, 0x01], "an OpenEXR image"),
    ([0x8A, 0x4D, 0x4E, 0x47], "an MNG animation"),
    (Array("%PDF".utf8), "a PDF document"),
    (Array("%!PS".utf8), "a PostScript document"),
    (Array("<svg".utf8), "an SVG drawing"),
    (Array("<?xml".utf8), "an XML document"),
    (Array("<!DOCTYPE".utf8), "a web page (a download that failed?)"),
    (Array("<!doctype".utf8), "a web page (a download that failed?)"),
    (Array("<html".utf8), "a web page (a download that failed?)"),
    (Array("version https://git-lfs".utf8), "a Git LFS pointer (fetch the file with 'git lfs pull')"),
    ([0x50, 0x4B, 3, 4], "a ZIP archive"),
    ([0x1F, 0x8B], "a gzip file"),
    ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy array"),
  ]

  private static func nameOfOther(_ bytes: Span<UInt8>) -> String? {
    if let known = magics.first(where: { bytes.starts(with: $0.bytes) }) { return known.name }
    if bytes.starts(with: Array("RIFF".utf8)), bytes.starts(with: Array("WEBP".utf8), at: 8) {
      return "a WebP image"
    }
    if bytes.starts(with: Array("ftyp".utf8), at: 4) {
      let heic = ["heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"]
      if heic.contains(where: { bytes.starts(with: Array($0.utf8), at: 8) }) { return "a HEIC image" }
      let avif = ["avif", "avis"]
      if avif.contains(where: { bytes.starts(with: Array($0.utf8), at: 8) }) { return "an AVIF image" }
      return "an MP4 or QuickTime film"
    }
    if bytes.count > 2, bytes[0] == UInt8(ascii: "P"),
      (UInt8(ascii: "1")...UInt8(ascii: "7")).contains(bytes[1]),
      bytes[2] == 10 || bytes[2] == 13 || bytes[2] == 32
    {
      return "a portable pixmap (PNM)"
    }
    return nil
  }
}

extension Span<UInt8> {
  /// Returns true if the given bytes stand at `offset`.
  func starts(with expected: [UInt8], at offset: Int = 0) -> Bool {
    guard offset >= 0, count - offset >= expected.count else { return false }
    for index in expected.indices where self[offset + index] != expected[index] { return false }
    return true
  }

  /// The first bytes for a message: quoted if they are text, else in hexadecimal.
  fileprivate var describedStart: String {
    let start = (0..<Swift.min(count, 12)).map { self[$0] }
    if start.allSatisfy({ (32..<127).contains($0) }) {
      return "\"" + String(decoding: start, as: UTF8.self) + "\""
    }
    return "the bytes " + start.prefix(8).map { hexadecimal($0) }.joined(separator: " ")
  }
}
