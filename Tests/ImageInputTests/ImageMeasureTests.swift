import Foundation
import TestSupport
import Testing

@testable import ImageInput

/// Measures of images beside imagehash, NumPy and Pillow, as tools/fixtures/make_audit_fixtures.py has written them.
@Suite struct ImageMeasureTests {
  private struct Wanted: Decodable {
    var name: String
    var width: Int
    var height: Int
    var isGray: Bool
    var lowLuminance: Int
    var highLuminance: Int
    var deviation: Double
    var entropy: Double
    var sharpness: Double
    var frequencies: String
    var differences: String
    var mirroredDifferences: String
  }

  private static let folder =
    #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Fixtures/"

  private static func measures(_ name: String) throws -> ImageMeasures {
    try ImageMeter().measure(atPath: folder + name) { _, _ in () }.0
  }

  @Test func `measures and hashes are those of imagehash, NumPy and Pillow`() throws {
    let all = try JSONDecoder().decode([Wanted].self, from: Data(readFile(Self.folder + "measures.json")))
    #expect(all.count == 7)
    for wanted in all {
      let found = try Self.measures(wanted.name)
      #expect(found.width == wanted.width && found.height == wanted.height, "\(wanted.name)")
      #expect(found.isGray == wanted.isGray, "\(wanted.name)")
      #expect(found.lowLuminance == wanted.lowLuminance && found.highLuminance == wanted.highLuminance)
      // The same sums of whole numbers, divided in another order.
      #expect(abs(found.deviation - wanted.deviation) < 1e-9 * max(1, wanted.deviation), "\(wanted.name)")
      #expect(abs(found.entropy - wanted.entropy) < 1e-9, "\(wanted.name)")
      #expect(abs(found.sharpness - wanted.sharpness) < 1e-9 * max(1, wanted.sharpness), "\(wanted.name)")
      #expect(found.hash.frequencies == UInt64(wanted.frequencies, radix: 16), "\(wanted.name)")
      #expect(found.hash.differences == UInt64(wanted.differences, radix: 16), "\(wanted.name)")
      // Pillow's filters are symmetric up to rounding: of 64 bits one may differ.
      let mirrored = PerceptualHash(
        frequencies: 0, differences: try #require(UInt64(wanted.mirroredDifferences, radix: 16)))
      #expect(found.mirroredHash.differenceDistance(to: mirrored) <= 1, "\(wanted.name)")
    }
  }

  @Test func `the bytes of a file have the measures of the file`() throws {
    let bytes = readFile(Self.folder + "photo.jpg")
    let (measures, pixels) = try ImageMeter().measure(bytes.span) { pixels, raster in
      pixels.count == raster.byteCount
    }
    #expect(try measures == Self.measures("photo.jpg"))
    #expect(pixels)
    #expect(measures.miniature.count == 1024 && measures.hash.distance(to: measures.hash) == 0)
  }

  @Test func `an image of one colour has no contrast, no edges and no information`() throws {
    let png = try encodePNG(Array(repeating: 200, count: 300), width: 10, height: 10, channels: 3)
    let measures = try ImageMeter().measure(png.span) { _, _ in () }.0
    #expect(measures.deviation == 0 && measures.entropy == 0 && measures.sharpness == 0)
    #expect(measures.isGray && measures.lowLuminance == 200 && measures.highLuminance == 200)
    let thin = try encodePNG([0, 255], width: 2, height: 1, channels: 1)
    #expect(try ImageMeter().measure(thin.span) { _, _ in () }.0.sharpness == 0)
  }

  @Test func `damage is told, and what is no image is an error`() throws {
    #expect(try Self.measures("damaged.jpg").warning != nil)
    #expect(throws: ImageError.self) { try ImageMeter().measure([1, 2, 3].span) { _, _ in () } }
    #expect(throws: ImageError.self) { try Self.measures("none.jpg") }
  }
}
