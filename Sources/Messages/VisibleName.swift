extension String {
  /// The bytes that a ``nameFault``-free name may have.
  private static var nameByteLimit: Int { 255 }

  /// The reason why the text is no name of an architecture (FORMAT §3.2); nil for one that is.
  package var nameFault: String? {
    let bytes = utf8.count
    guard (1...Self.nameByteLimit).contains(bytes) else {
      return "has \(bytes) bytes; it must have 1 to \(Self.nameByteLimit)"
    }
    guard let scalar = unicodeScalars.first(where: \.isForbiddenInNames) else { return nil }
    let number = String(scalar.value, radix: 16, uppercase: true)
    return
      "has the character U+\(String(repeating: "0", count: max(0, 4 - number.count)))\(number), which is not seen: '\(excerpt)'; give it another name"
  }
}

extension Unicode.Scalar {
  /// True for the code points that FORMAT §3.2 lists. The list is the specification's own, so that it does not grow with Unicode.
  fileprivate var isForbiddenInNames: Bool { Self.forbiddenInNames.contains { $0.contains(value) } }

  private static let forbiddenInNames: [ClosedRange<UInt32>] = [
    0x00...0x1F, 0x7F...0x9F, 0xAD...0xAD, 0x34F...0x34F, 0x61C...0x61C, 0x115F...0x1160, 0x17B4...0x17B5,
    0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164...0x3164, 0xFE00...0xFE0F,
    0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A,
    0xE0000...0xE0FFF,
  ]
}
