import TensorCore
import Testing

@Suite struct NarrowingTests {
  private func tensor(_ floats: [Float]) -> Tensor { Tensor(shape: [floats.count], floats: floats) }

  private func floats(_ tensor: Tensor) -> [Float] {
    let floats = tensor.floats
    return floats.indices.map { floats[$0] }
  }

  /// Every pattern of a 16-bit type, as a tensor.
  private func everyPattern(_ type: ElementType) -> Tensor {
    var buffer = AlignedBuffer(byteCount: 2 << 16)
    var bytes = buffer.mutableBytes
    for bits in 0...UInt16.max {
      bytes.storeBytes(of: bits.littleEndian, toByteOffset: 2 * Int(bits), as: UInt16.self)
    }
    return Tensor(shape: [1 << 16], elementType: type, buffer: buffer)
  }

  @Test(arguments: [ElementType.float16, .bfloat16])
  func everyPatternOf16BitsComesBack(type: ElementType) throws {
    let tensor = everyPattern(type)
    let back = try tensor.widened().narrowed(to: type)
    #expect(back.elementType == type)
    #expect(Array(copying: back.bytes) == Array(copying: tensor.bytes))
  }

  @Test func numbersBecomeTheNearestAndHalvesTheEvenOne() throws {
    let cases: [(ElementType, Float, Float)] = [
      (.float16, 1 + 0x1p-11, 1), (.float16, 1 + 3 * 0x1p-11, 1 + 0x1p-9), (.float16, 65519.996, 65504),
      (.float16, 0x1p-25, 0), (.float16, 0x1.8p-25, 0x1p-24), (.float16, -0x1p-26, -0.0),
      (.bfloat16, 1 + 0x1p-8, 1), (.bfloat16, 1 + 3 * 0x1p-8, 1 + 0x1p-6), (.bfloat16, 0x1p-149, 0),
      (.float64, 0.1, 0.1),
    ]
    for (type, value, nearest) in cases {
      let back = floats(try tensor([value]).narrowed(to: type).widened())
      #expect(back[0].bitPattern == nearest.bitPattern, "\(type) \(value) became \(back[0])")
    }
  }

  @Test func whatATypeCannotHoldIsAnErrorAndInfinitiesAreKept() throws {
    for (type, value) in [
      (ElementType.float16, 65520), (.float16, -70000), (.bfloat16, Float.greatestFiniteMagnitude),
    ]
      as [(ElementType, Float)]
    {
      let fault = #expect(throws: NarrowingFault.self) { try tensor([1, value]).narrowed(to: type) }
      #expect(fault?.index == 1 && fault?.value == value && fault?.type == type)
    }
    for type in [ElementType.float16, .bfloat16, .float64] {
      let back = floats(try tensor([.infinity, -.infinity, .nan]).narrowed(to: type).widened())
      #expect(back[0] == .infinity && back[1] == -.infinity && back[2].isNaN)
    }
  }

  @Test func integersHaveTheScaleOfTheirChannel() throws {
    let tensor = Tensor(shape: [3, 2, 2], floats: [1.27, -0.64, 0.635, 0.005, 0, 0, 0, -0.0, -254, 1, 3, 5])
    let quantised = try tensor.narrowed(to: .int8)
    #expect(quantised.byteCount == 3 * 4 + 12)
    let bytes = Array(copying: quantised.bytes)
    #expect(bytes[12...].map { Int8(bitPattern: $0) } == [127, -64, 64, 0, 0, 0, 0, 0, -127, 0, 2, 2])
    #expect(floats(quantised.widened())[8...] == [-254, 0, 4, 4])
    // No channel's error is above half its scale.
    for (value, back) in zip(floats(tensor), floats(quantised.widened())).prefix(4) {
      #expect(abs(value - back) <= 0.0051)
    }
  }

  @Test func theSameNumbersGiveTheSameIntegersAndQuantisingAgainKeepsThem() throws {
    var state: UInt32 = 1
    let values = (0..<4096).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: state)) * 0x1p-33
    }
    let tensor = Tensor(shape: [64, 64], floats: values)
    let quantised = try tensor.narrowed(to: .int8)
    #expect(Array(copying: try tensor.narrowed(to: .int8).bytes) == Array(copying: quantised.bytes))
    let again = try quantised.widened().narrowed(to: .int8)
    // A scale may move by its last bit, an integer not at all.
    #expect(Array(copying: again.bytes)[256...] == Array(copying: quantised.bytes)[256...])
  }

  @Test func numbersThatAreNotFiniteHaveNoIntegers() {
    for value in [Float.nan, .infinity, -.infinity] {
      let tensor = Tensor(shape: [2, 2], floats: [0, 1, 2, value])
      let fault = #expect(throws: NarrowingFault.self) { try tensor.narrowed(to: .int8) }
      #expect(fault?.index == 3)
    }
  }

  @Test func channelsOfTheSmallestAndLargestNumbersStayFinite() throws {
    let tiny = Float.leastNonzeroMagnitude
    let tensor = Tensor(
      shape: [4, 2], floats: [tiny, -tiny, 100 * tiny, 3 * tiny, 0x1p-120, 0, .greatestFiniteMagnitude, 1])
    let back = floats(try tensor.narrowed(to: .int8).widened())
    #expect(back.allSatisfy { $0.isFinite }, "\(back)")
    #expect(abs(back[6] / .greatestFiniteMagnitude - 1) < 1e-6)
  }

  @Test func aTensorWithoutElementsHasNoScales() throws {
    let empty = try Tensor(shape: [5, 0], floats: []).narrowed(to: .int8)
    #expect(empty.byteCount == 0)
    #expect(empty.widened().shape == [5, 0])
  }
}
