/// Reads integers that may lie anywhere, or beyond the end.
enum ByteOrder {
  case little
  case big

  /// The order that a TIFF structure's first bytes state.
  init?(ofTIFF tiff: Span<UInt8>) {
    if tiff.starts(with: Array("II*\0".utf8)) {
      self = .little
    } else if tiff.starts(with: Array("MM\0*".utf8)) {
      self = .big
    } else {
      return nil
    }
  }

  func read<T: FixedWidthInteger & UnsignedInteger>(_: T.Type, _ bytes: Span<UInt8>, at offset: Int) -> T? {
    let size = MemoryLayout<T>.size
    guard offset >= 0, offset <= bytes.count - size else { return nil }
    var value: T = 0
    for index in 0..<size {
      let byte = bytes[self == .big ? offset + index : offset + size - 1 - index]
      // A shift by eight bits would overflow a byte, which has no order.
      value = size == 1 ? T(byte) : value << 8 | T(byte)
    }
    return value
  }
}
