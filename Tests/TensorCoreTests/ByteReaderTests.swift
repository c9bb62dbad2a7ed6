import TensorCore
import Testing

@Suite struct ByteReaderTests {
  @Test func fieldsComeBackInOrder() throws {
    var writer = ByteWriter()
    writer.write(UInt8(0xAB))
    writer.write(UInt16(0x1234))
    writer.write(Int32(-5))
    writer.write(UInt64.max - 1)
    writer.write(bytes: [9, 8, 7])
    writer.pad(to: 16)
    #expect(writer.count == 32)
    #expect(Array(writer.bytes[..<3]) == [0xAB, 0x34, 0x12])
    let bytes = writer.bytes
    var reader = ByteReader(bytes.rawBytes)
    #expect(try reader.read(UInt8.self) == 0xAB)
    #expect(try reader.read(UInt16.self) == 0x1234)
    #expect(try reader.read(Int32.self) == -5)
    #expect(try reader.read(UInt64.self) == .max - 1)
    #expect(try reader.readBytes(3) == [9, 8, 7])
    #expect(reader.position == 18)
    #expect(reader.remaining == 14)
    #expect(try reader.take(14).byteCount == 14)
    try reader.expectEnd()
  }

  @Test func nothingIsReadBeyondTheEnd() {
    let bytes: [UInt8] = [1, 2, 3]
    var reader = ByteReader(bytes.rawBytes)
    var failure: ByteReaderError?
    do throws(ByteReaderError) { _ = try reader.read(UInt32.self) } catch { failure = error }
    #expect(failure == .endOfInput(position: 0, needed: 4, available: 3))
    do throws(ByteReaderError) { _ = try reader.take(-1) } catch { failure = error }
    #expect(failure == .endOfInput(position: 0, needed: -1, available: 3))
    do throws(ByteReaderError) { _ = try reader.take(.max) } catch { failure = error }
    #expect(failure == .endOfInput(position: 0, needed: .max, available: 3))
    do throws(ByteReaderError) { try reader.expectEnd() } catch { failure = error }
    #expect(failure == .trailingBytes(position: 0, count: 3))
  }
}
