/// Paths are taken apart by bytes, as the system does it. As a text, a slash with a combining mark behind it is one other character, and
/// two names of the same characters in other code points are equal, although they are two files.
extension String {
  /// The parts between slashes that are not empty.
  package var pathParts: [String] {
    utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
  }

  /// The last part of a path; the text itself where there is none.
  package var lastPathPart: String { pathParts.last ?? self }

  /// A path up to and with its last slash; empty where there is none.
  package var folderPart: String {
    utf8.lastIndex(of: UInt8(ascii: "/")).map { String(Substring(utf8[...$0])) } ?? ""
  }

  /// True if one of the bytes is this ASCII character, whatever stands behind it.
  package func hasByte(_ character: Unicode.Scalar) -> Bool {
    unicodeScalars.contains(character)
  }
}

/// A text that equals another only by its bytes: a key for the path of a file.
package struct ExactText: Hashable, Sendable {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  package static func == (left: Self, right: Self) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
    hasher.combine(UInt8.max)
  }
}
