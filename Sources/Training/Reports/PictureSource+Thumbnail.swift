import Files
import ImageInput
import TensorCore

extension PictureSource {
  /// A small copy of the picture.
  ///
  /// - Parameter side: most pixels of the longer side.
  /// - Throws: ``ImageError`` or ``FileError``.
  func thumbnail(side: Int) throws -> Thumbnail {
    switch self {
    case .file(let path): return try Thumbnail(atPath: path, side: side)
    case .record(let path, let index):
      let file = try InputFile(path: path)
      guard index >= 0, UInt64(index) <= file.byteCount / 3072 else { throw Self.noRecord(index, path) }
      let offset = Self.offsetOfPicture(index, name: path, byteCount: file.byteCount)
      guard offset + 3072 <= file.byteCount else { throw Self.noRecord(index, path) }
      let planes = [UInt8](copying: try file.read(count: 3072, at: offset).bytes)
      let pixels = (0..<1024).flatMap { [planes[$0], planes[1024 + $0], planes[2048 + $0]] }
      return Thumbnail(width: 32, height: 32, pixels: pixels)
    }
  }

  /// Where the picture of a record begins: behind one label byte in CIFAR-10's files, behind two in CIFAR-100's. The name says
  /// which it is, or else the size.
  private static func offsetOfPicture(_ index: Int, name path: String, byteCount: UInt64) -> UInt64 {
    let name = path.split(separator: "/").last ?? ""
    let isHundred =
      name == "train.bin" || name == "test.bin"
      || (!name.hasPrefix("data_batch") && !name.hasPrefix("test_batch") && byteCount % 3073 != 0)
    let labelBytes: UInt64 = isHundred ? 2 : 1
    return UInt64(index) * (labelBytes + 3072) + labelBytes
  }

  private static func noRecord(_ index: Int, _ path: String) -> ImageError {
    ImageError(.truncated, path: path, "has no record \(index); it became shorter")
  }
}
