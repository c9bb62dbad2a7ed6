/// The place of an image.
public enum ImageSource: Hashable, Sendable, CustomStringConvertible {
  /// An image file.
  case file(path: String)
  /// A record of one of CIFAR's binary files, counted from 0.
  case record(path: String, index: Int)
  /// The bytes of an image file that are in memory already, under a name for messages.
  case data(name: String, bytes: [UInt8])

  /// The file's path, or the name of what is in memory.
  public var path: String {
    switch self {
    case .file(let path), .record(let path, _), .data(let path, _): path
    }
  }

  /// The path, for a record with `#` and its number.
  public var description: String {
    switch self {
    case .file(let path), .data(let path, _): path
    case .record(let path, let index): "\(path)#\(index)"
    }
  }
}
