import TensorCore
import Testing

@Suite struct TensorTests {
  @Test func aShapeCountsItsElements() {
    #expect(Shape([2, 3, 4]).elementCount == 24)
    #expect(Shape([]).elementCount == 1)
    #expect(Shape([5, 0]).elementCount == 0)
    #expect(Shape([2, 3]).description == "[2, 3]")
  }

  @Test func aShapeThatOverflowsOrIsNegativeIsNil() {
    #expect(Shape(checking: [Int.max, 2]) == nil)
    #expect(Shape(checking: [-1]) == nil)
    #expect(Shape(checking: [1 << 40, 1 << 40]) == nil)
  }

  @Test func aTensorLendsItsElements() {
    let tensor = Tensor(shape: [2, 2], floats: [1, 2, 3, 4])
    let copy = tensor
    #expect(copy.floats.count == 4)
    #expect(copy.floats[3] == 4)
    #expect(copy.bytes.byteCount == 16)
  }

  @Test func aBufferIsAlignedAndZero() {
    var buffer = AlignedBuffer(floatCount: 33)
    #expect(buffer.byteCount == 132)
    #expect((0..<33).allSatisfy { buffer.floats[$0] == 0 })
    var floats = buffer.mutableFloats
    floats[32] = 7
    #expect(buffer.floats[32] == 7)
    let address = unsafe buffer.bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
    #expect(address % AlignedBuffer.alignment == 0)
  }
}
