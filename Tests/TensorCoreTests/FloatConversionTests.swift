import Testing

@testable import TensorCore

@Suite struct FloatConversionTests {
  private func floats(_ bytes: [UInt8], of type: ElementType) -> [Float] {
    var target = AlignedBuffer(byteCount: 4 * (bytes.count / type.byteCount))
    var span = target.mutableBytes
    FloatConversion.convert(bytes.rawBytes, of: type, to: &span)
    return target.floats.indices.map { target.floats[$0] }
  }

  private let patterns: [UInt8] = (0...UInt16.max).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @Test func everyHalfHasItsValue() {
    for (index, value) in floats(patterns, of: .float16).enumerated() {
      let expected = Float(Float16(bitPattern: UInt16(index)))
      #expect(expected.isNaN ? value.isNaN : value.bitPattern == expected.bitPattern, "\(index)")
    }
  }
  #endif

  @Test func everyBfloat16IsTheUpperHalfOfAFloat() {
    for (index, value) in floats(patterns, of: .bfloat16).enumerated() {
      #expect(value.bitPattern == UInt32(index) << 16)
    }
  }

  @Test(arguments: [0.1, -1.5, 1e300, -1e300, 1e-46, .infinity, 0])
  func doublesAreRoundedToTheNearest(value: Double) {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    #expect(floats(bytes, of: .float64) == [Float(value)])
  }

  @Test func nothingGivesNothing() {
    #expect(floats([], of: .float16).isEmpty)
  }
}

/// ``FloatConversion/narrow(_:to:into:)`` against the definitions for one number.
struct FloatNarrowingTests {
  private func narrowed(_ patterns: [UInt32], to type: ElementType) -> (bits: [UInt16], fits: Bool) {
    var source = AlignedBuffer(byteCount: 4 * patterns.count)
    var floats = source.mutableFloats
    for (index, pattern) in patterns.enumerated() { floats[index] = Float(bitPattern: pattern) }
    var target = AlignedBuffer(byteCount: 2 * patterns.count)
    var bytes = target.mutableBytes
    let fits = FloatConversion.narrow(source.bytes, to: type, into: &bytes)
    let result = Array(copying: target.bytes)
    return (patterns.indices.map { UInt16(result[2 * $0]) | UInt16(result[2 * $0 + 1]) << 8 }, fits)
  }

  /// Every sign and exponent with mantissas that lie on, just below and just above each kind of boundary.
  private let patterns: [UInt32] = (0..<512).flatMap { exponent in
    let mantissas: [UInt32] = [
      0, 1, 0xFFF, 0x1000, 0x1001, 0x2FFF, 0x3000, 0x3001, 0x7FFF, 0x8000, 0x8001, 0x18000, 0x40_0000,
      0x7F_7FFF, 0x7F_8000, 0x7F_DFFF, 0x7F_EFFF, 0x7F_F000, 0x7F_FFFF, 0x2A_AAAA, 0x55_5555,
    ]
    return mantissas.map { UInt32(exponent) << 23 | $0 }
  }

  @Test func bothFormsEqualThoseOfOneNumber() {
    let halves = narrowed(patterns, to: .float16).bits
    let brains = narrowed(patterns, to: .bfloat16).bits
    for (index, pattern) in patterns.enumerated() {
      let value = Float(bitPattern: pattern)
      #expect(halves[index] == FloatConversion.half(value), "\(pattern)")
      #expect(brains[index] == FloatConversion.brain(value), "\(pattern)")
    }
  }

  @Test func aFiniteNumberThatBecomesInfiniteIsReported() {
    let many = Array(repeating: Float(1).bitPattern, count: 33)
    for type in [ElementType.float16, .bfloat16] {
      #expect(narrowed(many + [Float.infinity.bitPattern, Float.nan.bitPattern], to: type).fits)
      #expect(!narrowed(many + [Float.greatestFiniteMagnitude.bitPattern], to: type).fits)
    }
    #expect(narrowed([Float(65519).bitPattern], to: .float16).fits)
    #expect(!narrowed([Float(-65520).bitPattern], to: .float16).fits)
  }
}
