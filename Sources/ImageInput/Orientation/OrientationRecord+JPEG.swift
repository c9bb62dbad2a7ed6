extension OrientationRecord {
  /// The record of the segments of a JPEG file up to its first scan.
  init(ofJPEG bytes: Span<UInt8>) {
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
        return
      default:
        guard let length = ByteOrder.big.read(UInt16.self, bytes, at: offset + 2), length >= 2 else { return }
        let start = offset + 4
        let end = offset + 2 + Int(length)
        guard end <= bytes.count else { return }
        if marker == 0xE1 { addSegment(bytes.extracting(start..<end)) }
        offset = end
      }
    }
  }

  private static let exifSignature = Array("Exif\0\0".utf8)
  private static let xmpSignature = Array("http://ns.adobe.com/xap/1.0/\0".utf8)

  /// A long EXIF block goes on in the next segment.
  private mutating func addSegment(_ segment: Span<UInt8>) {
    if segment.starts(with: Self.exifSignature) {
      exif = exif ?? []
      exif?.append(contentsOf: segment.array(droppingFirst: Self.exifSignature.count))
    } else if segment.starts(with: Self.xmpSignature) {
      xmp = segment.array(droppingFirst: Self.xmpSignature.count)
    }
  }
}
