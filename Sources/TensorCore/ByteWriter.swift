/// Appends little-endian fields to an array of bytes.
package struct ByteWriter: Sendable {
  /// The bytes that were written so far.
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// The number of bytes so far.
  package var count: Int { bytes.count }

  /// Appends an integer.
  package mutating func write<T: FixedWidthInteger>(_ value: T) {
    for index in 0..<MemoryLayout<T>.size {
      bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index)))
    }
  }

  /// Appends bytes.
  package mutating func write(bytes more: some Sequence<UInt8>) {
    bytes.append(contentsOf: more)
  }

  /// Appends zero bytes until the count is a multiple of `alignment`.
  package mutating func pad(to alignment: Int) {
    let over = bytes.count % alignment
    if over != 0 { bytes.append(contentsOf: repeatElement(0, count: alignment - over)) }
  }
}
