/// The parts of a file that may state its orientation, in the order in which Pillow's `exif_transpose` asks them.
struct OrientationRecord {
  /// An EXIF block, with or without its signature.
  var exif: [UInt8]?
  /// A PNG text in which older versions of ImageMagick keep the EXIF block: three lines, then hexadecimal digits.
  var rawProfile: [UInt8]?
  /// An XMP packet.
  var xmp: [UInt8]?

  /// EXIF's 1 to 8; 1 when nothing states another.
  var orientation: Int {
    if let block = exif ?? rawProfile.flatMap(Self.decodeProfile),
      let stated = exifOrientation(of: block.span)
    {
      return stated
    }
    guard let digit = xmp.flatMap({ Self.digit(inXMP: $0) }), (1...8).contains(digit) else { return 1 }
    return digit
  }

  /// The digit of `tiff:Orientation="6"` or `tiff:Orientation>6`, wherever it stands.
  private static func digit(inXMP packet: [UInt8]) -> Int? {
    let key = Array("tiff:Orientation".utf8)
    var index = packet.startIndex
    while let found = packet[index...].firstIndex(of: key[0]) {
      index = found + 1
      guard packet[found...].starts(with: key) else { continue }
      var rest = packet[(found + key.count)...]
      if rest.starts(with: Array("=\"".utf8)) {
        rest = rest.dropFirst(2)
      } else if rest.first == UInt8(ascii: ">") {
        rest = rest.dropFirst()
      } else {
        continue
      }
      if let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
        return Int(digit - UInt8(ascii: "0"))
      }
    }
    return nil
  }

  private static func decodeProfile(_ text: [UInt8]) -> [UInt8]? {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropFirst(3)
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in lines.joined() where !isWhitespace(character) {
      guard let digit = Character(UnicodeScalar(character)).hexDigitValue.map({ UInt8($0) }) else {
        return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }
}

/// Returns true for ASCII's blank, tab, line feed, vertical tab, form feed and carriage return.
func isWhitespace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
