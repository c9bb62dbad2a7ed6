import Foundation
import ImageInput
import ModelDescriptor
import Testing

/// The fixtures are drawn by tools/fixtures/make_image_fixtures.py, which also wrote down the answers of Pillow and torchvision.
enum Fixtures {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  /// The lines of a table, split at tabs.
  static func table(_ name: String) throws -> [[String]] {
    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    return text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
  }
}

/// One line of expected.tsv.
struct Answer {
  let file: String
  let argument: String
  /// Height, width, channels and CRC-32 as text; "-" where the peers throw.
  let result: [String]

  static func all(_ kind: String) throws -> [Answer] {
    try Fixtures.table("expected.tsv").filter { $0.first == kind }.map {
      Answer(file: $0[1], argument: $0[2], result: Array($0[3...]))
    }
  }

  func record() throws -> Preprocessing { try Preprocessing(json: Array(argument.utf8)) }
}

func summary(_ height: Int, _ width: Int, _ channels: Int, _ bytes: [UInt8]) -> [String] {
  ["\(height)", "\(width)", "\(channels)", crc32(bytes)]
}

func summary(_ image: DecodedImage) -> [String] { summary(image.height, image.width, 3, image.pixels) }

/// zlib's CRC-32 in eight hexadecimal digits.
func crc32(_ bytes: [UInt8]) -> String {
  var crc = UInt32.max
  for byte in bytes { crc = crcTable[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
  let digits = String(~crc, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}

private let crcTable: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1 }
}

/// The little-endian bytes of the floats.
func littleEndianBytes(_ floats: [Float]) -> [UInt8] {
  floats.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
}

/// The code of the error that `body` throws; nil when it throws none.
func code(of body: () throws(ImageError) -> some Any) -> ImageError.Code? {
  do {
    _ = try body()
    return nil
  } catch {
    return error.code
  }
}

/// A seeded generator: the same numbers on every machine.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
