/// Extensions of the files that are taken for images, in lower case without the dot.
public let imageExtensions: Set<String> = [
  "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "webp", "gif", "bmp", "dib", "tif", "tiff", "ppm",
  "pgm", "pbm", "pnm",
  "avif", "heic", "heif",
]

/// Returns true if a file of this name or path is an image by its extension, and is not hidden: macOS keeps `._cat.jpg` beside `cat.jpg`
/// on foreign disks. What it holds is decided by its bytes.
public func isImageName(_ name: String) -> Bool {
  fileExtension(of: name).map(imageExtensions.contains) ?? false
}

/// The extension of a name or path in lower case; nil without one, and for hidden files.
func fileExtension(of name: String) -> String? {
  let base = name.utf8.split(separator: UInt8(ascii: "/")).last ?? name.utf8[...]
  guard let dot = base.lastIndex(of: UInt8(ascii: ".")), base.first != UInt8(ascii: ".") else { return nil }
  return Substring(base[base.index(after: dot)...]).lowercased()
}
