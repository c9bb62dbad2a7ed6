import TensorCore
import Testing

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
