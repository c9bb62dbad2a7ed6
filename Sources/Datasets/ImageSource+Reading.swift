import Files
package import ImageInput
import TensorCore

extension ImageSource {
  /// The bytes of an image file in an archive.
  ///
  /// - Throws: ``ImageError``.
  package static func bytes(at offset: UInt64, count: Int, of path: String) throws(ImageError) -> [UInt8] {
    guard count > 0 else { throw ImageError(.empty, path: path, "is empty (0 bytes) in its archive") }
    guard count <= imageFileByteLimit else {
      throw ImageError(
        .fileTooLarge, path: path, "has \(count) bytes; images may have up to \(imageFileByteLimit)")
    }
    do {
      return try TarIndex.bytes(of: InputFile(path: path), at: offset, count: count)
    } catch {
      throw ImageError(.unreadable, path: path, error.message)
    }
  }
}
