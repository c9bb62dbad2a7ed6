import CImageCodecs
import CSPNG
import ModelDescriptor

/// The declarations of a PNG header.
struct PNGHeader {
  let width: Int
  var height: Int
  /// Bits of a sample: 1, 2, 4, 8 or 16.
  let depth: Int
  let colorType: UInt32
  let isInterlaced: Bool

  /// Bytes of a row of samples as they are stored.
  var rowByteCount: Int { (width * samples * depth + 7) / 8 }

  var isIndexed: Bool { colorType == SPNG_COLOR_TYPE_INDEXED.rawValue }

  var isGray: Bool {
    colorType == SPNG_COLOR_TYPE_GRAYSCALE.rawValue || colorType == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA.rawValue
  }

  /// Samples of a pixel.
  var samples: Int {
    switch colorType {
    case SPNG_COLOR_TYPE_TRUECOLOR.rawValue: 3
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA.rawValue: 4
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA.rawValue: 2
    default: 1
    }
  }

  /// The 8-bit value of each sample of a low depth: the levels spread over 0 to 255.
  var grayLevels: [UInt8] {
    let top = depth < 8 ? (1 << depth) - 1 : 255
    return (0..<256).map { UInt8(min($0, top) * 255 / top) }
  }

  /// - Parameters:
  ///   - source: height rows of big-endian samples, each row filled up to whole bytes.
  ///   - table: 256 colours, or 256 grey levels.
  ///   - target: height rows of width pixels, grey or RGB.
  func convert(
    _ source: UnsafePointer<UInt8>, table: [UInt8], gray16: Preprocessing.Gray16Policy,
    to target: UnsafeMutablePointer<UInt8>
  ) {
    let count = width * height
    let kept = isGray ? 1 : 3
    if depth < 8 || isIndexed {
      precondition(table.count == 256 * kept, "a table of \(table.count) for \(kept) channels")
      unsafe rz_look_up_u8(source, width, height, UInt32(depth), table, kept, target)
    } else if depth == 8 {
      unsafe rz_keep_channels_u8(source, count, samples, kept, target)
    } else if samples == 1, gray16 == .clip {
      unsafe rz_clip_u16be(source, count, target)
    } else {
      unsafe rz_keep_channels_u16be(source, count, samples, kept, target)
    }
  }
}
