import Files

/// Largest image file that is read, in bytes.
let fileByteLimit = 512 << 20

/// Largest image file that is read, in bytes.
package let imageFileByteLimit = fileByteLimit

/// Reads a whole regular file into `buffer` and returns its length. Pipes and devices are never waited for.
///
/// - Throws: ``ImageError`` with `notFound`, `noPermission`, `notAFile`, `unreadable`, `empty` or `fileTooLarge`.
func readImageFile(atPath path: String, into buffer: inout ByteBuffer) throws(ImageError) -> Int {
  let file: InputFile
  do { file = try InputFile(path: path) } catch { throw ImageError(reading: error) }
  guard file.byteCount <= UInt64(fileByteLimit) else { throw fileTooLarge(Int(clamping: file.byteCount)) }
  let size = Int(file.byteCount)
  let memory = try unsafe buffer.reserve(size)
  var target = unsafe MutableRawSpan(_unsafeStart: memory, byteCount: size)
  // A file may shrink meanwhile: the bytes that were read count.
  let count: Int
  do { count = try file.readAvailable(at: 0, into: &target) } catch { throw ImageError(reading: error) }
  guard count > 0 else { throw emptyImage() }
  return count
}

/// Checks the size of bytes that were given in memory.
func checkByteCount(_ count: Int) throws(ImageError) {
  guard count > 0 else { throw emptyImage() }
  guard count <= fileByteLimit else { throw fileTooLarge(count) }
}

private func emptyImage() -> ImageError {
  ImageError(.empty, "is empty (0 bytes); copy or download the image again")
}

private func fileTooLarge(_ size: Int) -> ImageError {
  ImageError(.fileTooLarge, "has \(size) bytes; images may have up to \(fileByteLimit)")
}

extension ImageError {
  /// The fault of a file whose name is not UTF-8, so that it cannot be given.
  package static func illegible(_ name: String) -> ImageError {
    ImageError(.notFound, path: name, "cannot be found: its name is not UTF-8, rename it")
  }

  /// The fault of an image's file. Its path is that of the image.
  fileprivate init(reading error: FileError) {
    switch error.code {
    case .notFound: self.init(.notFound, error.message)
    case .permissionDenied: self.init(.noPermission, error.message)
    case .notARegularFile where isFolder(error.path): self.init(.notAFile, "is a folder; name an image file")
    case .notARegularFile:
      self.init(.notAFile, "is a pipe or a device; copy the image to a regular file")
    default: self.init(.unreadable, error.message)
    }
  }
}
