import Files
package import ImageInput
import TensorCore

extension ImageSource {
  /// Makes a small copy of the image.
  ///
  /// - Parameter side: the most pixels of the longer side.
  /// - Throws: ``ImageError`` or ``FileError``.
  package func thumbnail(side: Int) throws -> Thumbnail {
    switch self {
    case .file(let path): return try Thumbnail(atPath: path, side: side)
    case .illegible(let name): throw ImageError.illegible(name)
    case .member(let path, _, let offset, let count):
      let bytes = try Self.bytes(at: offset, count: count, of: path)
      return try Thumbnail(bytes.span, side: side)
    case .data(_, let bytes): return try Thumbnail(bytes.span, side: side)
    case .record(let path, let index):
      let count = UInt64(CIFARFiles.imageBytes)
      let file = try InputFile(path: path)
      guard index >= 0, UInt64(index) <= file.byteCount / count else { throw Self.noRecord(index, path) }
      let offset = CIFARFiles.offsetOfImage(index, byteCount: file.byteCount, path: path)
      guard offset + count <= file.byteCount else { throw Self.noRecord(index, path) }
      let block = try file.read(count: Int(count), at: offset)
      let bytes = block.bytes
      let planes = [UInt8](copying: bytes)
      let plane = CIFARFiles.side * CIFARFiles.side
      let pixels = (0..<plane).flatMap { [planes[$0], planes[plane + $0], planes[2 * plane + $0]] }
      return Thumbnail(width: CIFARFiles.side, height: CIFARFiles.side, pixels: pixels)
    }
  }

  private static func noRecord(_ index: Int, _ path: String) -> ImageError {
    ImageError(.truncated, path: path, "has no record \(index); it became shorter")
  }
}
