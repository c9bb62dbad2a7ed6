import ModelDescriptor
import Testing

@testable import ImageInput

@Suite struct ExifTests {
  /// A little-endian block whose single entry is given.
  private func block(tag: UInt8 = 0x12, type: UInt8 = 3, count: UInt8 = 1, value: UInt8) -> [UInt8] {
    Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, tag, 1, type, 0, count, 0, 0, 0, value, 0, 0, 0, 0, 0, 0, 0]
  }

  @Test func orientationsAreRead() {
    for value in 1...8 {
      #expect(exifOrientation(ofTIFF: block(value: UInt8(value)).span) == value)
    }
    let bigEndian = Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
    #expect(exifOrientation(ofTIFF: bigEndian.span) == 6)
  }

  @Test func whatIsNoOrientationIsIgnored() {
    #expect(exifOrientation(ofTIFF: block(value: 0).span) == nil)
    #expect(exifOrientation(ofTIFF: block(value: 9).span) == nil)
    #expect(exifOrientation(ofTIFF: block(tag: 0x13, value: 6).span) == nil)
    #expect(exifOrientation(ofTIFF: block(type: 1, value: 6).span) == nil)
    #expect(exifOrientation(ofTIFF: block(type: 2, value: 6).span) == nil)
    #expect(exifOrientation(ofTIFF: block(count: 2, value: 6).span) == nil)
    #expect(exifOrientation(ofTIFF: [UInt8]("not a TIFF header".utf8).span) == nil)
  }

  @Test func everyPrefixAndEveryByteOfABlockIsHarmless() {
    let whole = block(value: 6)
    for count in 0..<whole.count { _ = exifOrientation(ofTIFF: whole.span.extracting(first: count)) }
    for index in whole.indices {
      for value in [UInt8(0), 1, 0x7F, 0xFF] {
        var damaged = whole
        damaged[index] = value
        _ = exifOrientation(ofTIFF: damaged.span)
      }
    }
  }

  @Test func malformedSegmentsAreHarmless() throws {
    let start: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE1]
    let signature = Array("Exif\0\0".utf8)
    let whole = start + [0, UInt8(2 + 6 + block(value: 6).count)] + signature + block(value: 6)
    #expect(exifOrientation(ofJPEG: whole.span) == 6)
    for count in 0..<whole.count {
      #expect(exifOrientation(ofJPEG: whole.span.extracting(first: count)) == nil)
    }
    for length in 0..<40 {
      var wrong = whole
      wrong[5] = UInt8(length)
      _ = exifOrientation(ofJPEG: wrong.span)
    }
  }
}
