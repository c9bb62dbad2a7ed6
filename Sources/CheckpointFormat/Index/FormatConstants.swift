import TensorCore

/// The numbers of FORMAT §2 to §5, §11 and §12.
enum Format {
  static let version: UInt16 = 2
  // The lowest version whose readers read a file, and a delta.
  static let baseline: UInt16 = 1
  static let deltaVersion: UInt16 = 2
  // 0x8D, "RZO", CR LF, control-Z, LF.
  static let magic: [UInt8] = [0x8D, 0x52, 0x5A, 0x4F, 0x0D, 0x0A, 0x1A, 0x0A]
  static let alignment = 64

  static let headerByteCount = 96
  static let sectionRecordByteCount = 32
  static let chunkRecordByteCount = 8

  static let fileLimit: UInt64 = 1 << 40
  static let indexLimit: UInt64 = 1 << 26
  static let sectionCountRange: ClosedRange<UInt32> = 4...64
  static let sectionExpansionLimit: UInt64 = 16
  static let documentValueLimit = 65_536

  static let tensorCountLimit = 32_768
  static let nameLimit = 255
  static let rankLimit = 8
  static let tensorByteLimit: UInt64 = 1 << 40
  static let mergedByteLimit: UInt64 = 1 << 43
  static let chunkExponentRange: ClosedRange<UInt8> = 12...22
  static let deltaChainLimit = 8
  static let signatureCountLimit = 16
  // The size that this writer uses: 256 KiB.
  static let writtenChunkExponent: UInt8 = 18

  /// The most that a file of `fileLength` bytes may decode to, FORMAT §4.
  static func decodedLimit(fileLength: UInt64) -> UInt64 {
    8 * fileLength + (1 << 20)
  }

  /// The smallest multiple of 64 that is at least `position`, which is far from overflowing.
  static func align64(_ position: UInt64) -> UInt64 {
    (position + 63) & ~63
  }
}

extension ElementType {
  /// The id in the directory, FORMAT §4.2.
  var formatID: UInt8 {
    switch self {
    case .float32: 1
    case .float16: 2
    case .bfloat16: 3
    case .float64: 4
    case .int64: 5
    case .int8: 6
    }
  }

  init?(formatID: UInt8) {
    guard let type = Self.allCases.first(where: { $0.formatID == formatID }) else { return nil }
    self = type
  }

  /// True if the grouped codec is defined for the type, FORMAT §5.1.
  var canBeGrouped: Bool { self != .int64 }
}
