import Deflate
import TensorCore
import Testing

@testable import CheckpointFormat

/// The decoder of literals is quick, and never of another opinion than zlib.
@Suite struct LiteralStreamTests {
  /// Bytes whose frequencies fall off: by half from one value to the next, so that codes get as long as deflate
  /// allows, or over `values` equally likely ones.
  private static func bytes(_ count: Int, values: Int?, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let random = generator.next()
      return values.map { UInt8(random % UInt64($0)) } ?? UInt8(random.leadingZeroBitCount)
    }
  }

  private static func deflated(_ content: [UInt8], _ strategy: Deflater.Strategy) throws -> [UInt8] {
    var target = AlignedBuffer(byteCount: content.count * 2 + 64)
    var span = target.mutableBytes
    let count = try #require(Deflater(strategy).encode(content.rawBytes, into: &span))
    return Array(copying: target.bytes.extracting(first: count))
  }

  /// What a decoder makes of a stream: the bytes, or nil when it refuses.
  private func decoded(
    _ stream: [UInt8], count: Int, by decode: (RawSpan, inout MutableRawSpan) -> Bool
  ) -> [UInt8]? {
    var target = AlignedBuffer(byteCount: count)
    var span = target.mutableBytes
    return decode(stream.rawBytes, &span) ? Array(copying: target.bytes) : nil
  }

  private func quick(_ stream: [UInt8], count: Int) -> [UInt8]? {
    decoded(stream, count: count) { LiteralStream.decode($0, into: &$1) }
  }

  private func general(_ stream: [UInt8], count: Int) -> [UInt8]? {
    decoded(stream, count: count) { Inflater().decode($0, into: &$1) == nil }
  }

  @Test(arguments: [nil, 2, 3, 17, 60])
  func streamsOfLiteralsAreDecoded(values: Int?) throws {
    for count in [100, 1023, 1024, 1100, 32_767, 65_536, 65_537, 200_000] {
      let content = Self.bytes(count, values: values, seed: UInt64(count))
      let stream = try Self.deflated(content, .huffmanOnly)
      #expect(quick(stream, count: count) == content, "\(count) of \(values ?? 64) values")
    }
  }

  @Test func shortStreamsAreDecodedByEitherDecoder() throws {
    for count in 0..<80 {
      let content = Self.bytes(count, values: nil, seed: UInt64(count))
      let stream = try Self.deflated(content, .huffmanOnly)
      #expect((quick(stream, count: count) ?? general(stream, count: count)) == content)
    }
  }

  @Test func streamsWithMatchesAndStoredOnesAreLeftToTheGeneralDecoder() throws {
    let text = Array(repeating: Array("the same again ".utf8), count: 100).flatMap(\.self)
    let noise = Self.bytes(5000, values: 256, seed: 1)
    for (content, strategy) in [(text, Deflater.Strategy.matches), (noise, .huffmanOnly)] {
      let stream = try Self.deflated(content, strategy)
      #expect(quick(stream, count: content.count) == nil)
      #expect(general(stream, count: content.count) == content)
    }
  }

  @Test func everyTruncationAndEveryOtherLengthIsRefused() throws {
    let content = Self.bytes(1500, values: nil, seed: 3)
    let stream = try Self.deflated(content, .huffmanOnly)
    #expect(quick(stream, count: 1500) == content)
    for end in stream.indices { #expect(quick(Array(stream[..<end]), count: 1500) == nil) }
    for count in [0, 1, 1499, 1501, 3000] { #expect(quick(stream, count: count) == nil) }
    for tail in [[0], [0, 0, 0], Array(repeating: UInt8(0xFF), count: 9)] {
      #expect(quick(stream + tail, count: 1500) == nil)
    }
  }

  @Test func damagedStreamsGetNoOtherAnswerThanZlibs() throws {
    var generator = SeededGenerator(seed: 4)
    var accepted = 0
    for (count, values) in [(1200, nil), (1200, 40), (90, nil), (40, nil)] as [(Int, Int?)] {
      let stream = try Self.deflated(Self.bytes(count, values: values, seed: 5), .huffmanOnly)
      for bit in 0..<min(stream.count * 8, 4000) {
        var damaged = stream
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        // Some with a second fault, which may hide the first.
        if bit % 3 == 0 {
          damaged[Int(generator.next() % UInt64(stream.count))] ^= UInt8(truncatingIfNeeded: bit)
        }
        guard let answer = quick(damaged, count: count) else { continue }
        accepted += 1
        #expect(answer == general(damaged, count: count), "bit \(bit) of \(count)")
      }
    }
    #expect(accepted > 100)
  }
}
