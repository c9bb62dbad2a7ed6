import Files

/// A file or folder in place of a model that holds something else.
public struct ForeignFile: Sendable {
  /// The kind with its article, for example "a Git LFS pointer".
  public let what: String
  /// A sentence's end that says what to do.
  public let wayOut: String

  /// Looks at the first bytes of a file, or at the names in a folder; nil of a checkpoint, of weights that can be read, and where
  /// nothing tells the kind.
  public init?(path: String) {
    let kind: ForeignKind
    if isFolder(path) {
      guard let known = ForeignKind(folder: path) else { return nil }
      kind = known
    } else {
      guard let file = try? InputFile.open(path), case .other(let other)? = try? FileKind(file), other.isKnown
      else { return nil }
      kind = other
    }
    what = kind.what
    wayOut = kind.wayOut
  }
}
