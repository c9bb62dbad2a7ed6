import Files

/// A kind of file that a scan of folders leaves out.
public struct LeftOutKind: Hashable, Sendable {
  /// One such file, as "HEIC image" or "hidden file".
  public let name: String
  /// True for images of a format that is not read, or not before a library is installed.
  public let isImage: Bool
  /// A command that installs the library that would read it.
  public let installation: String?
  /// Several such files.
  let plural: String

  private init(_ name: String, plural: String? = nil, isImage: Bool = false, installation: String? = nil) {
    self.name = name
    self.plural = plural ?? name + "s"
    self.isImage = isImage
    self.installation = installation
  }

  static let hidden = LeftOutKind("hidden file")
  static let serviceFolder = LeftOutKind(
    "folder that a system keeps for itself", plural: "folders that systems keep for themselves")
  static let outsideOfClasses = LeftOutKind(
    "image beside the class folders", plural: "images beside the class folders")
  private static let other = LeftOutKind("file of another kind", plural: "files of another kind")

  /// The kind of a file by its name or path; nil for an image that can be read.
  init?(ofFile name: String) {
    guard let ending = fileExtension(of: name) else {
      let base = name.lastPathPart
      self = base.hasPrefix(".") ? .hidden : .other
      return
    }
    if imageExtensions.contains(ending) {
      guard let library = ImageLibrary.needed(byFileExtension: ending), !library.isInstalled else {
        return nil
      }
      self.init(library.noun, isImage: true, installation: library.installation)
    } else if let format = Self.formats.first(where: { $0.extensions.contains(ending) }) {
      self.init(format.name, isImage: true)
    } else {
      self = .other
    }
  }

  private static let formats: [(name: String, extensions: Set<String>)] = [
    ("SVG image", ["svg", "svgz"]),
    ("JPEG 2000 image", ["jp2", "j2k", "j2c", "jpc", "jpf", "jpx"]),
    ("JPEG XL image", ["jxl"]),
    (
      "raw photograph",
      [
        "cr2", "cr3", "crw", "nef", "nrw", "arw", "sr2", "dng", "raf", "orf", "rw2", "pef", "srw", "raw",
        "x3f",
      ]
    ),
    ("Photoshop document", ["psd", "psb"]),
    ("TGA image", ["tga", "icb", "vda", "vst"]),
    ("PCX image", ["pcx"]),
    ("SGI image", ["sgi", "bw", "rgb", "rgba"]),
    ("icon", ["ico", "cur", "icns"]),
    ("QOI image", ["qoi"]),
    ("DDS texture", ["dds"]),
    ("OpenEXR image", ["exr"]),
    ("Radiance HDR image", ["hdr"]),
    ("PAM image", ["pam"]),
    ("PFM image", ["pfm"]),
    ("PostScript document", ["eps", "ps"]),
    ("Windows metafile", ["wmf", "emf"]),
  ]
}
