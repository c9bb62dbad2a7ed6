import ImageInput
import Testing

@Suite struct PNGEncoderTests {
  @Test(arguments: [(1, 1), (1, 7), (33, 1), (31, 17), (640, 3)], [1, 3])
  func whatIsEncodedIsDecodedToTheSameSamples(size: (width: Int, height: Int), channels: Int) throws {
    var noise = SplitMix(state: 7)
    let pixels = (0..<size.width * size.height * channels).map { _ in UInt8.random(in: 0...255, using: &noise)
    }
    let bytes = try encodePNG(pixels, width: size.width, height: size.height, channels: channels)
    let decoded = try decodeImage(bytes)
    #expect(decoded.width == size.width)
    #expect(decoded.height == size.height)
    #expect(decoded.warning == nil)
    let expected = channels == 3 ? pixels : pixels.flatMap { [$0, $0, $0] }
    #expect(decoded.pixels == expected)
  }

  @Test func evenSurfacesBecomeSmall() throws {
    let bytes = try encodePNG(
      [UInt8](repeating: 90, count: 3 * 256 * 256), width: 256, height: 256, channels: 3)
    #expect(bytes.count < 2000)
  }

  @Test func whatIsNoImageIsRefused() {
    #expect(
      code { () throws(ImageError) in try encodePNG([1, 2], width: 1, height: 1, channels: 2) } == .channels)
    #expect(
      code { () throws(ImageError) in try encodePNG([], width: 0, height: 5, channels: 1) } == .dimensions)
    #expect(
      code { () throws(ImageError) in try encodePNG([1], width: -1, height: -1, channels: 1) } == .dimensions)
    #expect(
      code { () throws(ImageError) in try encodePNG([1], width: .max, height: .max, channels: 3) }
        == .dimensions)
    #expect(
      code { () throws(ImageError) in try encodePNG([1, 2], width: 1, height: 1, channels: 1) } == .dimensions
    )
  }
}
