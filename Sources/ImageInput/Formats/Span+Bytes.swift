import Messages

extension Span<UInt8> {
  /// Returns true if the given bytes stand at `offset`.
  func starts(with expected: [UInt8], at offset: Int = 0) -> Bool {
    guard offset >= 0, count - offset >= expected.count else { return false }
    for index in expected.indices where self[offset + index] != expected[index] { return false }
    return true
  }

  /// The position of the first such byte from `start` on.
  func firstIndex(of byte: UInt8, from start: Int) -> Int? {
    for index in start..<Swift.max(start, count) where self[index] == byte { return index }
    return nil
  }

  /// A copy of the bytes behind the first `count`.
  func array(droppingFirst count: Int = 0) -> [UInt8] {
    let rest = extracting(droppingFirst: count)
    return unsafe rest.withUnsafeBufferPointer { unsafe Array($0) }
  }

  /// The first bytes for a message: quoted if they are text, else in hexadecimal.
  var describedStart: String {
    let start = (0..<Swift.min(count, 12)).map { self[$0] }
    if start.allSatisfy({ (32..<127).contains($0) || $0 == 9 || $0 == 10 || $0 == 13 }) {
      return String(decoding: start, as: UTF8.self).debugDescription
    }
    return "the bytes " + start.prefix(8).map { hexadecimal($0) }.joined(separator: " ")
  }
}
