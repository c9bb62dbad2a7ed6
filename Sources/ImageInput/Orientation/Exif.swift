/// The orientation that an EXIF block states: 1 to 8, and 1 for a value that is none of them; nil when it states none or is
/// malformed. Read as Pillow reads it: a value of any numeric type, the first of several.
///
/// - Parameter block: a TIFF structure (EXIF 2.32, §4.5), behind up to two signatures `Exif\0\0`.
func exifOrientation(of block: Span<UInt8>) -> Int? {
  let signature = Array("Exif\0\0".utf8)
  var start = 0
  while start < 2 * signature.count, block.starts(with: signature, at: start) { start += signature.count }
  let tiff = block.extracting(droppingFirst: start)
  guard let directory = TIFFDirectory(of: tiff) else { return nil }
  for index in 0..<directory.entryCount {
    guard let tag = directory.tag(of: index, in: tiff) else { return nil }
    guard tag == 0x0112, let value = directory.firstNumber(of: index, in: tiff) else { continue }
    return Int(exactly: value).flatMap { (1...8).contains($0) ? $0 : nil } ?? 1
  }
  return nil
}

/// The first directory of a TIFF structure.
private struct TIFFDirectory {
  private let order: ByteOrder
  private let start: Int
  let entryCount: Int

  init?(of tiff: Span<UInt8>) {
    guard let order = ByteOrder(ofTIFF: tiff), let start = order.read(UInt32.self, tiff, at: 4),
      let count = order.read(UInt16.self, tiff, at: Int(start))
    else { return nil }
    (self.order, self.start, entryCount) = (order, Int(start) + 2, Int(count))
  }

  func tag(of entry: Int, in tiff: Span<UInt8>) -> UInt16? {
    order.read(UInt16.self, tiff, at: start + 12 * entry)
  }

  /// The first of an entry's values, if they are numbers and lie within the structure.
  func firstNumber(of entry: Int, in tiff: Span<UInt8>) -> Double? {
    let place = start + 12 * entry
    guard let type = order.read(UInt16.self, tiff, at: place + 2), let size = Self.sizes[type],
      let count = order.read(UInt32.self, tiff, at: place + 4), count > 0,
      let pointer = order.read(UInt32.self, tiff, at: place + 8)
    else { return nil }
    // Values of up to four bytes stand in the entry itself.
    let isInline = Int(count) * size <= 4
    let offset = isInline ? place + 8 : Int(pointer)
    guard isInline || Int(count) * size <= tiff.count - offset else { return nil }
    switch type {
    case 3: return order.read(UInt16.self, tiff, at: offset).map(Double.init)
    case 4, 13: return order.read(UInt32.self, tiff, at: offset).map(Double.init)
    case 6: return order.read(UInt8.self, tiff, at: offset).map { Double(Int8(bitPattern: $0)) }
    case 8: return order.read(UInt16.self, tiff, at: offset).map { Double(Int16(bitPattern: $0)) }
    case 9: return order.read(UInt32.self, tiff, at: offset).map { Double(Int32(bitPattern: $0)) }
    case 11: return order.read(UInt32.self, tiff, at: offset).map { Double(Float(bitPattern: $0)) }
    case 12: return order.read(UInt64.self, tiff, at: offset).map(Double.init(bitPattern:))
    case 16: return order.read(UInt64.self, tiff, at: offset).map(Double.init)
    default:
      guard let over = order.read(UInt32.self, tiff, at: offset),
        let under = order.read(UInt32.self, tiff, at: offset + 4), under != 0
      else { return nil }
      return Double(over) / Double(under)
    }
  }

  /// The bytes of a value by its type's number, for the types that are numbers.
  private static let sizes: [UInt16: Int] = [
    3: 2, 4: 4, 5: 8, 6: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
  ]
}
