import Datasets
import ImageInput
import TensorCore

/// Measures as numbers that a cache of vectors keeps. A float32 has whole numbers of up to 24 bits, so bytes go three by three.
extension MeasuredImage {
  /// The key of measures in a cache; its number is raised whenever they are computed in another way.
  static let cacheKey = "measures of images 1"

  private static let plainCount = 9
  private static let hashCount = 4 * 3
  private static let miniatureBytes = ImageMeasures.miniatureSide * ImageMeasures.miniatureSide
  private static let miniatureCount = (miniatureBytes + 2) / 3
  private static let digestCount = (ImageDigest.byteCount + 2) / 3

  /// The number of numbers.
  static let numberCount = plainCount + hashCount + miniatureCount + digestCount

  /// The image with its measures rounded as a cache has them, so that what is found does not depend on whether they were kept.
  var rounded: MeasuredImage {
    var image = self
    image.measures.deviation = Double(Float(measures.deviation))
    image.measures.entropy = Double(Float(measures.entropy))
    image.measures.sharpness = Double(Float(measures.sharpness))
    return image
  }

  /// The numbers; nil for an image with damage, which has more to say.
  var numbers: [Float]? {
    guard measures.warning == nil else { return nil }
    var numbers: [Float] = [
      Float(measures.width), Float(measures.height), Float(measures.orientation), measures.isGray ? 1 : 0,
      Float(measures.lowLuminance), Float(measures.highLuminance), Float(measures.deviation),
      Float(measures.entropy), Float(measures.sharpness),
    ]
    for hash in [measures.hash, measures.mirroredHash] {
      for bits in [hash.frequencies, hash.differences] {
        numbers += [Float(bits >> 44), Float(bits >> 22 & 0x3F_FFFF), Float(bits & 0x3F_FFFF)]
      }
    }
    numbers += Self.packed(measures.miniature)
    var writer = ByteWriter()
    pixels.write(to: &writer)
    return numbers + Self.packed(writer.bytes)
  }

  /// Measures of numbers; nil where they cannot be some.
  init?(numbers: [Float]) {
    guard numbers.count == Self.numberCount else { return nil }
    func whole(_ place: Int, below limit: Int) -> Int? {
      Int(exactly: numbers[place]).flatMap { (0..<limit).contains($0) ? $0 : nil }
    }
    guard let width = whole(0, below: 1 << 17), let height = whole(1, below: 1 << 17),
      let orientation = whole(2, below: 9), let low = whole(4, below: 256), let high = whole(5, below: 256)
    else { return nil }
    var bits: [UInt64] = []
    for start in stride(from: Self.plainCount, to: Self.plainCount + Self.hashCount, by: 3) {
      guard let upper = whole(start, below: 1 << 20), let middle = whole(start + 1, below: 1 << 22),
        let lower = whole(start + 2, below: 1 << 22)
      else { return nil }
      bits.append(UInt64(upper) << 44 | UInt64(middle) << 22 | UInt64(lower))
    }
    let start = Self.plainCount + Self.hashCount
    guard
      let miniature = Self.unpacked(numbers[start..<start + Self.miniatureCount], count: Self.miniatureBytes),
      let digest = Self.unpacked(
        numbers[(start + Self.miniatureCount)...], count: ImageDigest.byteCount)
    else { return nil }
    self.init(
      measures: ImageMeasures(
        width: width, height: height, orientation: orientation, isGray: numbers[3] == 1, lowLuminance: low,
        highLuminance: high, deviation: Double(numbers[6]), entropy: Double(numbers[7]),
        sharpness: Double(numbers[8]),
        hash: PerceptualHash(frequencies: bits[0], differences: bits[1]),
        mirroredHash: PerceptualHash(frequencies: bits[2], differences: bits[3]), miniature: miniature,
        warning: nil),
      pixels: ImageDigest(digest))
  }

  private static func packed(_ bytes: [UInt8]) -> [Float] {
    stride(from: 0, to: bytes.count, by: 3).map { start in
      Float(bytes[start..<min(start + 3, bytes.count)].reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  private static func unpacked(_ numbers: ArraySlice<Float>, count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    for number in numbers {
      let size = min(3, count - bytes.count)
      guard let value = UInt32(exactly: number), value < 1 << (8 * UInt32(size)) else { return nil }
      for place in (0..<size).reversed() {
        bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(place))))
      }
    }
    return bytes.count == count ? bytes : nil
  }
}
