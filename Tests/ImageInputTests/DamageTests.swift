import ImageInput
import ModelDescriptor
import Testing

/// Damaged files: prefixes.tsv is Pillow's opinion of every prefix, made by tools/fixtures/make_image_fixtures.py.
@Suite struct DamageTests {
  @Test func everyPrefixThrowsOrDecodesAsInPillow() throws {
    for row in try Fixtures.table("prefixes.tsv") {
      let bytes = try Fixtures.bytes(row[0])
      let answers = Array(row[1...])
      try #require(answers.count == bytes.count + 1)
      for count in 0...bytes.count {
        do {
          let image = try decodeImage(bytes.span.extracting(first: count))
          #expect(crc32(image.pixels) == answers[count], "\(row[0]), \(count) bytes")
        } catch {
          #expect(count < bytes.count, "\(row[0]): \(error)")
        }
      }
    }
  }

  @Test(arguments: [
    "photo.jpg", "420-progressive.jpg", "exif-6.jpg", "rgb-8-interlaced.png", "palette-4.png",
    "png-orientation-raw-profile.png", "gif-interlaced.gif", "bmp-runs-4.bmp", "bmp-masks-16-0.bmp",
    "pnm-comments-plain.pnm",
    "webp-animated-part-True.webp", "webp-lossy-80-rgba.webp", "tif-rgb-big-True-16-8.tif",
    "tif-orientation-xmp.tif",
    "tif-pillow-group4.tif",
  ])
  func flippedBytesNeverCrash(name: String) throws {
    let bytes = try Fixtures.bytes(name)
    var random = SplitMix(state: 7)
    let preprocessor = try Preprocessor(Preprocessing(inputSize: [3, 16, 16], resize: 18, crop: 16))
    for _ in 0..<600 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = try? preprocessor.preparePixels(damaged)
    }
  }

  @Test(arguments: [
    ("bad-header-checksum.png", ImageError.Code.corrupt), ("bad-text-checksum.png", .corrupt),
    ("no-pixels.png", .corrupt), ("short-pixels.png", .truncated), ("twelve-bits.jpg", .unsupportedKind),
    ("no-scan.jpg", .corrupt),
  ])
  func brokenFilesHaveTheirCode(name: String, expected: ImageError.Code) {
    #expect(
      code { () throws(ImageError) in try decodeImage(atPath: Fixtures.path(name)) } == expected, "\(name)")
  }

  @Test func aWrongChecksumBeforeThePixelsOfAPNGIsAnError() throws {
    let bytes = try Fixtures.bytes("filtered.png")
    let text = try Fixtures.bytes("png-text-2.png")
    for (bytes, kind) in [(bytes, "IHDR"), (text, "tEXt")] {
      for (offset, name) in chunks(of: bytes) where name == kind {
        var damaged = bytes
        damaged[offset - 1] ^= 1
        #expect(code { () throws(ImageError) in try decodeImage(damaged) } == .corrupt, "\(name)")
      }
    }
  }

  @Test func pixelsOfAPNGCountIfEitherOfTheirChecksumsIsRight() throws {
    let bytes = try Fixtures.bytes("png-wrong-pixel-checksum-pieces.png")
    #expect(try decodeImage(bytes).warning != nil)
    for offset in stride(from: 60, to: bytes.count - 30, by: 97) {
      var damaged = bytes
      damaged[offset] ^= 4
      #expect(code { () throws(ImageError) in try decodeImage(damaged) } != nil, "byte \(offset)")
    }
  }

  @Test func whatFollowsThePixelsOfAPNGIsAWarning() throws {
    let bytes = try Fixtures.bytes("filtered.png")
    let image = try decodeImage(Array(bytes.dropLast(12)))
    #expect(image.warning != nil)
    #expect(image.pixels == (try decodeImage(bytes).pixels))
    let turned = try decodeImage(Array(Fixtures.bytes("exif-6.png").dropLast(12)))
    #expect(turned.warning != nil && turned.orientation == 6)
  }

  @Test func truncatedFilesSaySo() throws {
    for name in ["photo.jpg", "filtered.png", "420-progressive.jpg"] {
      let bytes = try Fixtures.bytes(name)
      let half = Array(bytes.prefix(bytes.count * 3 / 4))
      #expect(code { () throws(ImageError) in try decodeImage(half) } == .truncated, "\(name)")
    }
  }

  @Test func damageThatIsDecodedAroundIsAWarning() throws {
    let preprocessor = try Preprocessor(.imageNet)
    let info = try preprocessor.preparePixels(atPath: Fixtures.path("damaged.jpg")).info
    #expect(info.warning?.contains("Corrupt JPEG data") == true)
  }

  @Test func dimensionsAreCheckedBeforeMemoryIsTaken() throws {
    var png = try Fixtures.bytes("filtered.png")
    // Width and height follow the name of the first chunk; its checksum follows its 13 bytes.
    png.replaceSubrange(16..<24, with: [0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF])
    let checksum = try #require(UInt32(crc32(Array(png[12..<29])), radix: 16))
    png.replaceSubrange(29..<33, with: (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * $0)) })
    #expect(code { () throws(ImageError) in try decodeImage(png) } == .dimensions)

    var jpeg = try Fixtures.bytes("photo.jpg")
    let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
    for size: [UInt8] in [[0xF0, 0, 0xF0, 0], [0xFF, 0xFF, 0, 9], [0, 0, 0, 9], [0, 9, 0, 0]] {
      jpeg.replaceSubrange(frame + 5..<frame + 9, with: size)
      #expect(code { () throws(ImageError) in try decodeImage(jpeg) } == .dimensions, "\(size)")
    }
  }

  @Test(arguments: ["photo.jpg", "420-progressive.jpg"])
  func aSmallFileCannotDeclareALargeImage(name: String) throws {
    var jpeg = try Fixtures.bytes(name)
    let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && [0xC0, 0xC2].contains(jpeg[$0 + 1]) })
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0x34, 0, 0x34, 0])
    #expect(code { () throws(ImageError) in try decodeImage(jpeg) } == .truncated)
  }

  @Test func anImageThatWouldBecomeTooLongIsAnError() throws {
    let preprocessor = try Preprocessor(
      Preprocessing(inputSize: [3, 8, 8], resize: 65536, crop: 8, interpolation: .nearest))
    #expect(throws: ImageError(.dimensions, "")) { try preprocessor.preparePixels(blackPNG(height: 1100)) }
    _ = try preprocessor.preparePixels(blackPNG(height: 9))
  }

  /// One column of black pixels, not compressed.
  private func blackPNG(height: Int) -> [UInt8] {
    func bigEndian(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
    func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
      let body = Array(name.utf8) + content
      return bigEndian(UInt32(content.count)) + body + bigEndian(UInt32(crc32(body), radix: 16) ?? 0)
    }
    // A filter byte and a byte of pixels for each row; the Adler-32 of zeros is their number and 1.
    let count = UInt16(2 * height)
    let length = [UInt8(truncatingIfNeeded: count), UInt8(count >> 8)]
    let stream =
      [0x78, 1, 1] + length + length.map { ~$0 } + Array(repeating: 0, count: Int(count))
      + bigEndian(UInt32(count) << 16 | 1)
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", bigEndian(1) + bigEndian(UInt32(height)) + [1, 0, 0, 0, 0])
      + chunk("IDAT", stream) + chunk("IEND", [])
  }

  /// Where each chunk ends, and its name.
  private func chunks(of png: [UInt8]) -> [(end: Int, name: String)] {
    var found: [(Int, String)] = []
    var offset = 8
    while offset + 12 <= png.count {
      let length = png[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
      offset += 12 + length
      found.append((offset, String(decoding: png[offset - length - 8..<offset - length - 4], as: UTF8.self)))
    }
    return found
  }
}
