import Messages

/// The column of a manifest that divides its images into parts, such as `train` and `val`, of which one is meant.
struct PartColumn {
  private static let names = ["split", "subset", "partition"]
  private var first: (part: String, line: Int)?

  /// True for the name of such a column.
  static func isNamed(_ name: String) -> Bool { names.contains(name.lowercased()) }

  /// Takes note of the part of an image.
  ///
  /// - Throws: ``ManifestFault`` when it is another one than before.
  mutating func note(_ part: String, column: String, line: Int) throws(ManifestFault) {
    guard let first else {
      first = (part, line)
      return
    }
    guard part == first.part else {
      throw ManifestFault(
        line: line,
        message: """
          the column '\(column)' divides the images: '\(part)' here, '\(first.part)' in line \(first.line). Make a manifest of each \
          part, or remove the column to take all images together
          """)
    }
  }
}
