/// The orientation of an EXIF block, 1 to 8; nil when it says none, or is malformed: an image is shown even so.
///
/// - Parameter tiff: the block from its byte order mark on (EXIF 2.32, §4.5).
func exifOrientation(ofTIFF tiff: Span<UInt8>) -> Int? {
  guard let order = ByteOrder(of: tiff), let directory = order.read(UInt32.self, tiff, at: 4),
    let entryCount = order.read(UInt16.self, tiff, at: Int(directory))
  else { return nil }

  var orientation: Int?
  for index in 0..<Int(entryCount) {
    // An entry: tag, type, count of values, and the values themselves if they fit four bytes.
    let entry = Int(directory) + 2 + 12 * index
    guard let tag = order.read(UInt16.self, tiff, at: entry),
      let type = order.read(UInt16.self, tiff, at: entry + 2),
      let count = order.read(UInt32.self, tiff, at: entry + 4)
    else { break }
    guard tag == 0x0112, count == 1 else { continue }
    let value: Int? =
      switch type {
      case 3: order.read(UInt16.self, tiff, at: entry + 8).map(Int.init)
      case 4: order.read(UInt32.self, tiff, at: entry + 8).map(Int.init)
      default: nil
      }
    if let value { orientation = value }
  }
  guard let orientation, (1...8).contains(orientation) else { return nil }
  return orientation
}

/// The orientation of a JPEG file's first EXIF segment; nil when there is none.
func exifOrientation(ofJPEG bytes: Span<UInt8>) -> Int? {
  let order = ByteOrder.big
  let signature = Array("Exif\0\0".utf8)
  var offset = 2
  while offset + 3 < bytes.count {
    guard bytes[offset] == 0xFF else {
      offset += 1
      continue
    }
    let marker = bytes[offset + 1]
    switch marker {
    case 0xFF:  // padding
      offset += 1
    case 0x00, 0x01, 0xD0...0xD8:  // markers without a segment
      offset += 2
    case 0xD9, 0xDA:  // the end, or the first scan
      return nil
    default:
      guard let length = order.read(UInt16.self, bytes, at: offset + 2), length >= 2 else { return nil }
      let start = offset + 4
      let end = offset + 2 + Int(length)
      guard end <= bytes.count else { return nil }
      if marker == 0xE1, bytes.extracting(start..<end).starts(with: signature) {
        return exifOrientation(ofTIFF: bytes.extracting(start + signature.count..<end))
      }
      offset = end
    }
  }
  return nil
}

/// Reads integers that may lie anywhere, or beyond the end.
private enum ByteOrder {
  case little
  case big

  init?(of tiff: Span<UInt8>) {
    if tiff.starts(with: Array("II*\0".utf8)) {
      self = .little
    } else if tiff.starts(with: Array("MM\0*".utf8)) {
      self = .big
    } else {
      return nil
    }
  }

  func read<T: FixedWidthInteger & UnsignedInteger>(_: T.Type, _ bytes: Span<UInt8>, at offset: Int) -> T? {
    let size = MemoryLayout<T>.size
    guard offset >= 0, offset <= bytes.count - size else { return nil }
    var value: T = 0
    for index in 0..<size {
      let byte = bytes[self == .big ? offset + index : offset + size - 1 - index]
      value = value << 8 | T(byte)
    }
    return value
  }
}
