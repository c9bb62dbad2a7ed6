import Files
import TensorCore

/// The first bytes of both files of a cache, by which they are known: a file that begins otherwise is somebody else's, whatever its name,
/// and is neither changed nor removed.
///
/// | offset | size | |
/// |---|---|---|
/// | 0 | 8 | the mark of the kind of file |
/// | 8 | 32 | digest of the key |
/// | 40 | 8 | bytes of a slot of the data |
/// | 48 | 12 | 0 |
/// | 60 | 4 | CRC-32C of the bytes before |
struct FeatureHeader {
  /// The kinds of files.
  enum Kind: String {
    case index, data

    /// The ending of the name.
    var ending: String { "." + rawValue }

    /// The first bytes.
    var mark: [UInt8] { Array((self == .index ? "RZFEAT\r\n" : "RZFDAT\r\n").utf8) }
  }

  static let byteCount = 64

  /// The bytes of the header.
  let bytes: [UInt8]

  init(_ kind: Kind, digest: [UInt8], stride: Int) {
    var writer = ByteWriter()
    writer.write(bytes: kind.mark)
    writer.write(bytes: digest)
    writer.write(UInt64(stride))
    writer.pad(to: 60)
    writer.write(CRC32C.checksum(of: writer.bytes))
    bytes = writer.bytes
  }

  /// True for a file that begins with the mark of its kind.
  static func isMarked(_ path: String, _ kind: Kind) -> Bool {
    let mark = kind.mark
    guard let file = try? InputFile(path: path), file.byteCount >= UInt64(mark.count),
      let start = try? file.read(count: mark.count, at: 0)
    else { return false }
    return [UInt8](copying: start.bytes) == mark
  }
}
