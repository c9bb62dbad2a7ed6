/// Points of the curve of Ed25519 as 32 bytes, RFC 8032, section 5.1.2: y as a little-endian number, and the sign of x in the highest bit.
enum EdwardsPoint {
  /// True of a public key that says nothing of a signer, FORMAT §12.3: a point of small order, in any encoding, or an encoding that
  /// RFC 8032 excludes.
  ///
  /// Under a point of small order one signature fits one message in eight, or all.
  static func isWeak(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == 32 else { return false }
    var y = bytes
    y[31] &= 0x7F
    return smallOrderHeights.contains(y) || !isBelowPrime(y)
  }

  /// True of numbers below 2²⁵⁵ − 19, the only ones that stand for a y.
  private static func isBelowPrime(_ y: [UInt8]) -> Bool {
    y[31] != 0x7F || y[1..<31].contains { $0 != 0xFF } || y[0] < 0xED
  }

  /// The y of the eight points whose order divides eight; two of them have each, but for the first two, which x = 0 makes one.
  private static let smallOrderHeights: Set<[UInt8]> = [
    // 1: the neutral point.
    [1] + zeros(31),
    // −1: the point of order 2.
    [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
    // 0: the points of order 4.
    zeros(32),
    // The points of order 8.
    [
      0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5,
      0xDF, 0xAC,
      0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ],
    [
      0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A,
      0x20, 0x53,
      0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
    ],
  ]

  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}
