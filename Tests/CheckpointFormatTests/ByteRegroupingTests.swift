import TensorCore
import Testing

@testable import CheckpointFormat

@Suite struct ByteRegroupingTests {
  /// The definition of FORMAT §5.2, one element at a time.
  private func reference(width: Int, _ bytes: [UInt8]) -> (planes: [UInt8], top: [UInt8]) {
    var parts: [[UInt8]] = [[], [], [], []]
    for start in stride(from: 0, to: bytes.count, by: width) {
      let carry = bytes[start + width - 1] >> 7
      var rotated: [UInt8] = []
      for index in 0..<width {
        rotated.append(bytes[start + index] << 1 | (index == 0 ? carry : bytes[start + index - 1] >> 7))
      }
      let top = rotated.removeLast()
      if width == 8 { parts[0] += rotated[0..<4]; parts[1] += rotated[4..<6]; parts[2].append(rotated[6]) }
      if width == 4 { parts[1] += rotated[0..<2]; parts[2].append(rotated[2]) }
      if width == 2 { parts[2].append(rotated[0]) }
      parts[3].append(top)
    }
    return (parts[0] + parts[1] + parts[2], parts[3])
  }

  @Test(arguments: [2, 4, 8], [0, 1, 7, 15, 16, 17, 31, 33, 64, 100, 1001])
  func splittingFollowsTheDefinitionAndJoiningUndoesIt(width: Int, count: Int) {
    let bytes = (0..<count * width).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }
    let planes = ScratchBuffer(byteCount: count * (width - 1))
    let top = ScratchBuffer(byteCount: count)
    let back = ScratchBuffer(byteCount: count * width)
    let (planeRange, topRange) = (0..<count * (width - 1), 0..<count)
    do {
      var planeBytes = planes.mutableBytes(in: planeRange)
      var topBytes = top.mutableBytes(in: topRange)
      ByteRegrouping.split(width: width, elements: bytes.rawBytes, planes: &planeBytes, top: &topBytes)
    }
    let expected = reference(width: width, bytes)
    #expect(Array(copying: planes.bytes(in: planeRange)) == expected.planes)
    #expect(Array(copying: top.bytes(in: topRange)) == expected.top)
    var elements = back.mutableBytes(in: 0..<count * width)
    ByteRegrouping.join(
      width: width, planes: planes.bytes(in: planeRange), top: top.bytes(in: topRange), elements: &elements)
    #expect(Array(copying: back.bytes(in: 0..<count * width)) == bytes)
  }

  @Test func zeroMeansEveryByte() {
    func isZero(_ bytes: [UInt8]) -> Bool { ByteRegrouping.isZero(bytes.rawBytes) }
    #expect(isZero([]))
    for position in 0..<63 {
      var bytes = [UInt8](repeating: 0, count: 63)
      #expect(isZero(bytes))
      bytes[position] = 0x80
      #expect(!isZero(bytes))
    }
  }
}
