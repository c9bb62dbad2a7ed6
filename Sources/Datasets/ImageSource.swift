/// The place of an image.
public enum ImageSource: Hashable, Sendable, CustomStringConvertible {
  /// An image file.
  case file(path: String)
  /// A record of one of CIFAR's binary files, counted from 0.
  case record(path: String, index: Int)
  /// A file in an uncompressed archive: its name there, and the place of its bytes.
  case member(path: String, name: String, offset: UInt64, byteCount: Int)
  /// The bytes of an image file that are in memory already, under a name for messages.
  case data(name: String, bytes: [UInt8])
  /// A file that cannot be read, as its name is not UTF-8; the name has U+FFFD in the place of what is not, and may be that of another
  /// file.
  case illegible(name: String)

  /// The file's path, or the name of what is in memory.
  public var path: String {
    switch self {
    case .file(let path), .record(let path, _), .member(let path, _, _, _), .data(let path, _),
      .illegible(let path):
      path
    }
  }

  /// The path, for a record with `#` and its number, for a file in an archive with its name.
  public var description: String {
    switch self {
    case .file(let path), .data(let path, _), .illegible(let path): path
    case .record(let path, let index): "\(path)#\(index)"
    case .member(let path, let name, _, _): "\(path)/\(name)"
    }
  }
}
