import TensorCore
import Testing

@Suite struct NPYTests {
  @Test(arguments: [[], [3], [2, 3], [1, 2, 3, 4], [0, 5]])
  func anArrayIsReadAsItWasWritten(shape: [Int]) throws {
    let count = shape.reduce(1, *)
    let header = NPY.header(type: "<f4", shape: shape)
    #expect(header.count % 64 == 0)
    let body = (0..<count).flatMap { index in
      (0..<4).map { UInt8(truncatingIfNeeded: Float(index).bitPattern >> (8 * $0)) }
    }
    let tensor = try NPY.decodeFloats(header + body)
    #expect(tensor.shape.dimensions == shape)
    #expect((0..<count).allSatisfy { tensor.floats[$0] == Float($0) })
  }

  @Test func headersAreThoseOfNumPy() {
    let text = String(decoding: NPY.header(type: "<f4", shape: [3]).dropFirst(10), as: UTF8.self)
    #expect(text.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"))
    #expect(text.last == "\n")
  }

  @Test func whatIsNotAnArrayOfFloatsIsRefused() {
    let good = NPY.header(type: "<f4", shape: [1]) + [0, 0, 0, 0]
    for length in 0..<good.count {
      #expect(throws: NPY.FormatError.self) { try NPY.decodeFloats(Array(good[..<length])) }
    }
    #expect(throws: NPY.FormatError.self) { try NPY.decodeFloats(good + [0]) }
    for (type, shape) in [("<f8", [1]), (">f4", [1]), ("<f4", [1 << 40, 1 << 40]), ("<f4", [-1])] {
      #expect(throws: NPY.FormatError.self) {
        try NPY.decodeFloats(NPY.header(type: type, shape: shape) + [0, 0, 0, 0])
      }
    }
  }

  @Test func noByteOfAHeaderCrashesTheReader() {
    let good = NPY.header(type: "<f4", shape: [2]) + Array(repeating: 0, count: 8)
    for index in 0..<128 {
      for value: UInt8 in [0, 1, 0x27, 0x28, 0x29, 0x2C, 0x7F, 0x80, 0xFF] {
        var bytes = good
        bytes[index] = value
        _ = try? NPY.decodeFloats(bytes)
      }
    }
  }
}
