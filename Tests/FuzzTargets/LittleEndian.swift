extension [UInt8] {
  /// The integer at a position, which must lie within.
  func integer<Integer: FixedWidthInteger & UnsignedInteger>(_: Integer.Type, at position: Int) -> Int? {
    let size = MemoryLayout<Integer>.size
    guard position >= 0, position <= count - size else { return nil }
    var value: Integer = 0
    for index in 0..<size { value |= Integer(self[position + index]) << (8 * index) }
    return Int(exactly: value)
  }

  /// Overwrites the integer at a position, if there is one.
  mutating func put<Integer: FixedWidthInteger>(_ value: Integer, at position: Int) {
    let size = MemoryLayout<Integer>.size
    guard position >= 0, position <= count - size else { return }
    for index in 0..<size { self[position + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }

  /// The bytes from a position on, fewer at the end.
  func part(from start: Int, count: Int) -> [UInt8] {
    Array(dropFirst(Swift.max(0, start)).prefix(Swift.max(0, count)))
  }
}
