/// The place of an image of a data set.
public enum ImageSource: Hashable, Sendable, CustomStringConvertible {
  /// An image file.
  case file(path: String)
  /// A record of one of CIFAR's binary files, counted from 0.
  case record(path: String, index: Int)

  /// The file's path.
  public var path: String {
    switch self {
    case .file(let path), .record(let path, _): path
    }
  }

  /// The path, for a record with `#` and its number.
  public var description: String {
    switch self {
    case .file(let path): path
    case .record(let path, let index): "\(path)#\(index)"
    }
  }
}
