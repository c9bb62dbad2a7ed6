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
      #expect(exifOrientation(of: block(value: UInt8(value)).span) == value)
    }
    let bigEndian = Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
    #expect(exifOrientation(of: bigEndian.span) == 6)
  }

  @Test func anyNumberAndTheFirstOfSeveralIsAnOrientation() {
    for type: UInt8 in [3, 4, 6, 8, 9, 13] {
      #expect(exifOrientation(of: block(type: type, value: 6).span) == 6, "type \(type)")
    }
    #expect(exifOrientation(of: block(count: 2, value: 6).span) == 6)
    #expect(exifOrientation(of: (Array("Exif\0\0Exif\0\0".utf8) + block(value: 6)).span) == 6)
  }

  @Test func aValueBeyondTheBlockOrOfNoNumberIsNone() {
    #expect(exifOrientation(of: block(type: 5, value: 200).span) == nil)
    #expect(exifOrientation(of: block(type: 16, value: 200).span) == nil)
    #expect(exifOrientation(of: block(type: 3, count: 200, value: 6).span) == nil)
    #expect(exifOrientation(of: block(type: 99, value: 6).span) == nil)
  }

  @Test func whatIsNoOrientationIsIgnored() {
    #expect(exifOrientation(of: block(value: 0).span) == 1)
    #expect(exifOrientation(of: block(value: 9).span) == 1)
    #expect(exifOrientation(of: block(tag: 0x13, value: 6).span) == nil)
    #expect(exifOrientation(of: block(type: 1, value: 6).span) == nil)
    #expect(exifOrientation(of: block(type: 2, value: 6).span) == nil)
    #expect(exifOrientation(of: block(count: 0, value: 6).span) == nil)
    #expect(exifOrientation(of: [UInt8]("not a TIFF header".utf8).span) == nil)
  }

  @Test func everyPrefixAndEveryByteOfABlockIsHarmless() {
    let whole = block(value: 6)
    for count in 0..<whole.count { _ = exifOrientation(of: whole.span.extracting(first: count)) }
    for index in whole.indices {
      for value in [UInt8(0), 1, 0x7F, 0xFF] {
        var damaged = whole
        damaged[index] = value
        _ = exifOrientation(of: damaged.span)
      }
    }
  }

  @Test func malformedSegmentsAreHarmless() throws {
    let start: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE1]
    let signature = Array("Exif\0\0".utf8)
    let whole = start + [0, UInt8(2 + 6 + block(value: 6).count)] + signature + block(value: 6)
    #expect(OrientationRecord(ofJPEG: whole.span).orientation == 6)
    for count in 0..<whole.count {
      #expect(OrientationRecord(ofJPEG: whole.span.extracting(first: count)).orientation == 1)
    }
    for length in 0..<40 {
      var wrong = whole
      wrong[5] = UInt8(length)
      _ = OrientationRecord(ofJPEG: wrong.span)
    }
  }
}
