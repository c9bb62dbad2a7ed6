import TensorCore

/// A Protocol Buffers message in the making, field by field (protobuf.dev, "Encoding").
///
/// TensorBoard's event files need six fields of scalars and four of nested messages. Their generated types would bring
/// a package and some thousand lines into this module.
struct WireMessage {
  private(set) var bytes: [UInt8] = []

  /// An `int32`, `int64` or `enum` field.
  mutating func add(_ field: Int, _ value: Int) {
    key(field, wireType: 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ value: Double) {
    key(field, wireType: 1)
    fixed(value.bitPattern)
  }

  mutating func add(_ field: Int, _ value: Float) {
    key(field, wireType: 5)
    fixed(value.bitPattern)
  }

  /// A `bytes` field.
  mutating func add(_ field: Int, _ value: [UInt8]) {
    key(field, wireType: 2)
    varint(UInt64(value.count))
    bytes += value
  }

  mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  mutating func add(_ field: Int, _ message: WireMessage) { add(field, message.bytes) }

  private mutating func key(_ field: Int, wireType: Int) { varint(UInt64(field << 3 | wireType)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func fixed(_ value: some FixedWidthInteger) {
    var writer = ByteWriter()
    writer.write(value)
    bytes += writer.bytes
  }
}
