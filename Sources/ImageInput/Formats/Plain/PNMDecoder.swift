import ModelDescriptor

/// Decodes a portable bitmap, graymap or pixmap (P1 to P6) as Pillow's `convert("RGB")` does.
///
/// Samples are scaled from 0…maximum to 0…255; grey ones of more than 8 bits to 0…65535, of which `gray16` makes 8 bits.
func decodePNM(
  _ bytes: Span<UInt8>, gray16: Preprocessing.Gray16Policy, into pixels: inout ByteBuffer
) throws(ImageError) -> DecodedRaster {
  let header = try PNMHeader(bytes)
  let raster = Raster(width: header.width, height: header.height, channels: header.channels)
  try checkDimensions(width: raster.width, height: raster.height)
  guard header.fewestBytes <= bytes.count - header.end else {
    throw ImageError(
      .truncated,
      "is a truncated PNM image: \(raster.width)×\(raster.height) pixels do not fit its bytes; copy or download it again"
    )
  }
  let table = header.levels(gray16)
  var target = try pixels.span(raster.byteCount)
  if header.isBitmap, !header.isPlain {
    let stride = (raster.width + 7) / 8
    for row in 0..<raster.height {
      for column in 0..<raster.width {
        let bit = bytes[header.end + row * stride + column / 8] >> (7 - column % 8) & 1
        target[row * raster.width + column] = bit == 1 ? 0 : 255
      }
    }
  } else if header.isPlain {
    var text = PNMText(position: header.end)
    for index in 0..<raster.byteCount {
      let value = try header.isBitmap ? text.bit(bytes) : text.number(bytes)
      guard value <= header.maximum else {
        throw ImageError(
          .corrupt, "is a damaged PNM image: a sample is \(value), above the maximum of \(header.maximum)")
      }
      target[index] = header.isBitmap ? (value == 1 ? 0 : 255) : table[value]
    }
  } else if header.maximum < 256 {
    for index in 0..<raster.byteCount { target[index] = table[Int(bytes[header.end + index])] }
  } else {
    for index in 0..<raster.byteCount {
      let place = header.end + 2 * index
      target[index] = table[Int(bytes[place]) << 8 | Int(bytes[place + 1])]
    }
  }
  return DecodedRaster(raster: raster, orientation: 1, warning: nil)
}

/// The declarations of a PNM header.
private struct PNMHeader {
  let width: Int
  let height: Int
  /// The value of a sample that is full; 1 for bitmaps.
  let maximum: Int
  let channels: Int
  let isBitmap: Bool
  /// True if the samples are written as text.
  let isPlain: Bool
  /// Where the samples begin.
  let end: Int

  init(_ bytes: Span<UInt8>) throws(ImageError) {
    let kind = bytes[1] - UInt8(ascii: "0")
    isPlain = kind <= 3
    isBitmap = kind == 1 || kind == 4
    channels = kind == 3 || kind == 6 ? 3 : 1
    var text = PNMText(position: 2)
    width = try text.number(bytes)
    height = try text.number(bytes)
    maximum = isBitmap ? 1 : try text.number(bytes)
    guard (1...65535).contains(maximum) else {
      throw ImageError(
        .corrupt, "is a damaged PNM image: the maximum of its samples is \(maximum), not 1 to 65535")
    }
    end = text.position
  }

  /// The least that the samples can take.
  var fewestBytes: Int {
    if isBitmap { return isPlain ? width * height : (width + 7) / 8 * height }
    // As text, each has a digit, and all but the last something between it and the next.
    let count = width * height * channels
    return isPlain ? 2 * count - 1 : maximum < 256 ? count : 2 * count
  }

  /// For each value of a sample, also those above the maximum, what becomes of it.
  func levels(_ gray16: Preprocessing.Gray16Policy) -> [UInt8] {
    guard !isBitmap else { return [] }
    // Pillow's order of operations, which decides on halves.
    func scaled(_ value: Int, to top: Double) -> Int {
      Int(min(top, (Double(value) / Double(maximum) * top).rounded(.toNearestOrEven)))
    }
    return (0..<(maximum < 256 ? 256 : 65536)).map { value in
      guard maximum > 255, channels == 1 else { return UInt8(scaled(value, to: 255)) }
      let wide = scaled(value, to: 65535)
      return gray16 == .clip ? UInt8(min(wide, 255)) : UInt8(wide >> 8)
    }
  }
}

/// Reads numbers and bits that are written as text, between whitespace and comments.
private struct PNMText {
  var position: Int

  private func truncated(_ bytes: Span<UInt8>) -> ImageError {
    ImageError(.truncated, "is a truncated PNM image: its text ends; copy or download it again")
  }

  /// The next character that is in no comment, which runs from # to the end of its line.
  private mutating func next(_ bytes: Span<UInt8>) -> UInt8? {
    while position < bytes.count, bytes[position] == UInt8(ascii: "#") {
      while position < bytes.count, bytes[position] != 10, bytes[position] != 13 { position += 1 }
      position += 1
    }
    guard position < bytes.count else { return nil }
    position += 1
    return bytes[position - 1]
  }

  /// The next number, and one character of whitespace behind it.
  mutating func number(_ bytes: Span<UInt8>) throws(ImageError) -> Int {
    var value: Int?
    var digits = 0
    while let character = next(bytes) {
      if isWhitespace(character) {
        if let value { return value }
        continue
      }
      digits += 1
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character), digits <= 10 else {
        throw ImageError(.corrupt, "is a damaged PNM image: at byte \(position - 1) a number should be")
      }
      value = (value ?? 0) * 10 + Int(character - UInt8(ascii: "0"))
    }
    guard let value else { throw truncated(bytes) }
    return value
  }

  /// The next bit, which need not be set apart.
  mutating func bit(_ bytes: Span<UInt8>) throws(ImageError) -> Int {
    while let character = next(bytes) {
      switch character {
      case UInt8(ascii: "0"): return 0
      case UInt8(ascii: "1"): return 1
      case _ where isWhitespace(character): continue
      default: throw ImageError(.corrupt, "is a damaged PNM image: at byte \(position - 1) 0 or 1 should be")
      }
    }
    throw truncated(bytes)
  }
}
