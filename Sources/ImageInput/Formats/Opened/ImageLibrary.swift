import CImageCodecs

/// A library that decodes one format and is opened when the first such image comes.
struct ImageLibrary {
  /// The format with its article.
  let format: String
  /// An image of the format, for counts.
  let noun: String
  /// The library's name.
  let library: String
  /// The packages of Debian and Ubuntu that hold it.
  let packages: String

  /// The extensions of such files.
  private let extensions: Set<String>
  private let opens: @Sendable () -> Int32

  static let webP = ImageLibrary(
    format: "a WebP image", noun: "WebP image", library: "libwebp", packages: "libwebp7",
    extensions: ["webp"],
    opens: rz_webp_is_there)
  static let tiff = ImageLibrary(
    format: "a TIFF image", noun: "TIFF image", library: "libtiff", packages: "libtiff6",
    extensions: ["tif", "tiff"],
    opens: rz_tiff_is_there)
  static let avif = ImageLibrary(
    format: "an AVIF image", noun: "AVIF image", library: "libavif", packages: "libavif-bin",
    extensions: ["avif"],
    opens: rz_avif_is_there)
  static let heic = ImageLibrary(
    format: "a HEIC image", noun: "HEIC image", library: "libheif", packages: "libheif1",
    extensions: ["heic", "heif"],
    opens: rz_heif_is_there)

  /// The library that files with this extension need; nil for formats that need none.
  static func needed(byFileExtension ending: String) -> ImageLibrary? {
    [webP, tiff, avif, heic].first { $0.extensions.contains(ending) }
  }

  /// True if the library could be opened, which is tried once.
  var isInstalled: Bool { opens() != 0 }

  /// Throws if a function of the library failed.
  ///
  /// - Parameters:
  ///   - status: one of `rz_image_status`.
  ///   - text: the library's words.
  func check(_ status: Int32, _ text: String = "its data are wrong or cut off") throws(ImageError) {
    switch rz_image_status(rawValue: UInt32(bitPattern: status)) {
    case RZ_IMAGE_OK: return
    case RZ_IMAGE_NO_LIBRARY:
      throw ImageError(
        .missingLibrary,
        "is \(format), which needs the library \(library); install it (\(installation))")
    case RZ_IMAGE_UNSUPPORTED:
      throw ImageError(
        .unsupportedKind, "is \(format) of a kind that is not read: \(text); convert it to PNG or JPEG")
    case RZ_IMAGE_NO_MEMORY:
      throw ImageError(.outOfMemory, "needs more memory than there is: \(text)")
    default:
      throw ImageError(.corrupt, "is a damaged \(noun): \(text); copy or download it again")
    }
  }

  /// A command that installs the library.
  var installation: String {
    #if canImport(Darwin)
    "brew install \(library.replacing("lib", with: "", maxReplacements: 1))"
    #else
    "sudo apt-get install \(packages)"
    #endif
  }
}
