/// A protocol buffer message as its wire format alone says: numbered fields. It shares nothing with the library that
/// writes exports.
struct WireMessage {
  private enum Value {
    case number(UInt64)
    case bits(UInt32)
    case bytes(ArraySlice<UInt8>)
  }

  struct Damaged: Error {}

  private var fields: [(number: UInt64, value: Value)] = []

  init(_ bytes: ArraySlice<UInt8>) throws {
    var rest = bytes
    while !rest.isEmpty {
      let key = try Self.number(&rest)
      switch key & 7 {
      case 0: fields.append((key >> 3, .number(try Self.number(&rest))))
      case 2:
        let count = Int(try Self.number(&rest))
        fields.append((key >> 3, .bytes(try Self.take(count, of: &rest))))
      case 5:
        let bits = try Self.take(4, of: &rest).reversed().reduce(0) { $0 << 8 | UInt32($1) }
        fields.append((key >> 3, .bits(bits)))
      default: throw Damaged()
      }
    }
  }

  private static func take(_ count: Int, of rest: inout ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw Damaged() }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// Seven bits a byte, the lowest first.
  private static func number(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard let byte = rest.popFirst() else { throw Damaged() }
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
    }
    throw Damaged()
  }

  func bytes(_ number: UInt64) -> [[UInt8]] {
    fields.compactMap { field in
      if case .bytes(let bytes) = field.value, field.number == number { Array(bytes) } else { nil }
    }
  }

  func messages(_ number: UInt64) throws -> [WireMessage] {
    try bytes(number).map { try WireMessage($0[...]) }
  }

  func message(_ path: UInt64...) throws -> WireMessage {
    try path.reduce(self) { message, number in
      let inner = try message.messages(number)
      guard inner.count == 1 else { throw Damaged() }
      return inner[0]
    }
  }

  func texts(_ number: UInt64) -> [String] { bytes(number).map { String(decoding: $0, as: UTF8.self) } }

  func text(_ number: UInt64) -> String? { texts(number).first }

  func integers(_ number: UInt64) -> [Int64] {
    fields.compactMap { field in
      if case .number(let value) = field.value, field.number == number {
        Int64(bitPattern: value)
      } else {
        nil
      }
    }
  }

  func floats(_ number: UInt64) -> [Float] {
    fields.compactMap { field in
      if case .bits(let bits) = field.value, field.number == number { Float(bitPattern: bits) } else { nil }
    }
  }
}
