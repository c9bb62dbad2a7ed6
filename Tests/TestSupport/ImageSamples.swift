/// Images for data sets: the smallest PNG files there can be, and CIFAR's records.
package enum ImageSamples {
  /// Folders by their names, each with so many images of one grey.
  package static func write(_ counts: [(name: String, count: Int)], to folder: TemporaryFolder) {
    for (position, (name, count)) in counts.enumerated() {
      _ = folder.makeFolder(name)
      for index in 0..<count {
        folder.write(grayPNG(UInt8(truncatingIfNeeded: 16 * position + index)), to: "\(name)/\(index).png")
      }
    }
  }

  /// A grey image of 4×4 pixels, all of one value but for the first, which is black.
  package static func grayPNG(_ value: UInt8) -> [UInt8] {
    var rows: [UInt8] = []
    for row in 0..<4 {
      rows += [0]
      for column in 0..<4 { rows.append(row + column == 0 ? 0 : value) }
    }
    // A zlib stream of one stored block.
    var data: [UInt8] = [0x78, 0x01, 0x01, UInt8(rows.count), 0, ~UInt8(rows.count), 0xFF] + rows
    data += bigEndian(adler32(rows))
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", bigEndian(4) + bigEndian(4) + [8, 0, 0, 0, 0]) + chunk("IDAT", data) + chunk("IEND", [])
  }

  /// A record of CIFAR-10: the label, then planes of one value each.
  package static func record(label: UInt8, red: UInt8, green: UInt8, blue: UInt8) -> [UInt8] {
    [label] + [red, green, blue].flatMap { [UInt8](repeating: $0, count: 1024) }
  }

  private static func chunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
    let named = Array(kind.utf8) + body
    return bigEndian(UInt32(body.count)) + named + bigEndian(crc32(named))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      low = (low + UInt32(byte)) % 65521
      high = (high + low) % 65521
    }
    return high << 16 | low
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
