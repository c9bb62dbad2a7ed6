import Messages

/// The caller's change of names: a path of components, wherever it stands in a name, becomes another.
public struct Renaming: Hashable, Sendable {
  /// Components with dots between them, as the source has them.
  public var old: String
  /// The components in their place; empty to leave the tensors out.
  public var new: String

  /// A change of one path to another.
  public init(old: String, new: String) {
    self.old = old
    self.new = new
  }

  /// The name after the change; nil if the path does not occur in it.
  ///
  /// - Complexity: O(length of the name · length of the path).
  func renamed(_ name: String) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    let wanted = old.split(separator: ".")
    guard !wanted.isEmpty, parts.count >= wanted.count else { return nil }
    let start = (0...parts.count - wanted.count).first { parts[$0..<$0 + wanted.count].elementsEqual(wanted) }
    guard let start else { return nil }
    let middle = new.split(separator: ".")
    return (parts[..<start] + middle + parts[(start + wanted.count)...]).joined(separator: ".")
  }
}
