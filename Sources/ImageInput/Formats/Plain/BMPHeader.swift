/// The declarations of a Windows bitmap, of a file (BMP) or without a file's header (DIB).
struct BMPHeader {
  let width: Int
  let height: Int
  /// Bits of a pixel.
  let bits: Int
  let compression: Compression
  /// True if the first row that is stored is the top one.
  let isTopDown: Bool
  /// 256 RGB colours; nil for pixels that are colours themselves.
  let palette: [UInt8]?
  /// Where red, green and blue stand in a pixel of 16 bits or more.
  let layout: BMPLayout
  /// Where the pixels begin.
  let start: Int

  enum Compression {
    case none
    case runs8
    case runs4
  }

  /// - Parameter base: where the header begins: 14 in a file, 0 in a DIB.
  init(_ bytes: Span<UInt8>, at base: Int) throws(ImageError) {
    func number(_ position: Int) throws(ImageError) -> Int {
      guard let value = ByteOrder.little.read(UInt32.self, bytes, at: position) else { throw bmpTruncated() }
      return Int(value)
    }
    func short(_ position: Int) throws(ImageError) -> Int {
      guard let value = ByteOrder.little.read(UInt16.self, bytes, at: position) else { throw bmpTruncated() }
      return Int(value)
    }
    let size = try number(base)
    guard size <= bytes.count - base else { throw bmpTruncated() }
    var colors: Int
    var kind = 0
    var position = base + size
    var masks: [Int]?
    switch size {
    case 12:
      (width, height) = (try short(base + 4), try short(base + 6))
      bits = try short(base + 10)
      isTopDown = false
      colors = 0
    case 40, 52, 56, 64, 108, 124:
      let rows = try number(base + 8)
      isTopDown = rows >> 24 == 0xFF
      (width, height) = (try number(base + 4), isTopDown ? 1 << 32 - rows : rows)
      bits = try short(base + 14)
      kind = try number(base + 16)
      colors = try number(base + 32)
      if kind == 3 {
        // A header of 40 bytes has the masks behind it, and none of alpha.
        let place = size == 40 ? position : base + 40
        var read = [try number(place), try number(place + 4), try number(place + 8)]
        if size >= 56 { read.append(try number(place + 12)) }
        masks = read
        if size == 40 { position += 12 }
      }
    default:
      throw ImageError(
        .unsupportedKind,
        "is a BMP image of a kind that is not read: its header has \(size) bytes; save it anew")
    }
    try checkDimensions(width: width, height: height)
    guard [1, 4, 8, 16, 24, 32].contains(bits) else {
      throw ImageError(
        .unsupportedKind, "is a BMP image of a kind that is not read: \(bits) bits a pixel; save it with 24")
    }
    switch kind {
    case 0, 3: compression = .none
    case 1: compression = .runs8
    case 2: compression = .runs4
    default:
      throw ImageError(
        .unsupportedKind,
        "is a BMP image of a kind that is not read: its compression is number \(kind); save it without")
    }
    layout = try BMPLayout(bits: bits, masks: masks)
    if colors == 0 { colors = bits < 16 ? 1 << bits : 0 }
    let entry = size == 12 ? 3 : 4
    var start = base == 0 ? 0 : try number(10)
    if bits <= 8 {
      guard colors <= 65536, colors * entry <= bytes.count - position else { throw bmpTruncated() }
      // Some writers forget the palette when they say where the pixels begin.
      if start == base + size { start += colors * entry }
      var table = [UInt8](repeating: 0, count: 768)
      for index in 0..<min(colors, 256) {
        for channel in 0..<3 { table[3 * index + channel] = bytes[position + entry * index + 2 - channel] }
      }
      palette = table
      position += colors * entry
    } else {
      palette = nil
    }
    self.start = start == 0 ? position : start
  }

  /// Bytes of a row of pixels that are not packed.
  var rowByteCount: Int { (width * bits + 31) / 32 * 4 }
}

/// The place of red, green and blue in pixels that are colours.
enum BMPLayout {
  /// Five bits each.
  case five
  /// Five, six and five bits.
  case six
  /// A byte each, at these offsets in the pixel.
  case bytes(red: Int, green: Int, blue: Int)

  /// - Parameter masks: of red, green, blue and, if there are four, alpha; nil when the header has none.
  init(bits: Int, masks: [Int]?) throws(ImageError) {
    guard let masks else {
      self = bits == 16 ? .five : .bytes(red: 2, green: 1, blue: 0)
      return
    }
    let colors = Array(masks.prefix(3))
    let alpha = masks.count > 3 ? masks[3] : 0
    switch (bits, colors, alpha) {
    case (16, [0xF800, 0x7E0, 0x1F], _): self = .six
    case (16, [0x7C00, 0x3E0, 0x1F], _): self = .five
    case (24, [0xFF0000, 0xFF00, 0xFF], _), (32, [0xFF0000, 0xFF00, 0xFF], 0),
      (32, [0xFF0000, 0xFF00, 0xFF], 0xFF00_0000), (32, [0, 0, 0], 0):
      self = .bytes(red: 2, green: 1, blue: 0)
    case (32, [0xFF00_0000, 0xFF0000, 0xFF00], 0), (32, [0xFF00_0000, 0xFF0000, 0xFF00], 0xFF):
      self = .bytes(red: 3, green: 2, blue: 1)
    case (32, [0xFF00_0000, 0xFF00, 0xFF], 0), (32, [0xFF00_0000, 0xFF00, 0xFF], 0xFF0000):
      self = .bytes(red: 3, green: 1, blue: 0)
    case (32, [0xFF, 0xFF00, 0xFF0000], 0xFF00_0000): self = .bytes(red: 0, green: 1, blue: 2)
    default:
      throw ImageError(
        .unsupportedKind,
        "is a BMP image of a kind that is not read: unusual masks of its colours; save it anew")
    }
  }
}

func bmpTruncated() -> ImageError {
  ImageError(.truncated, "is a truncated BMP image; copy or download it again")
}
