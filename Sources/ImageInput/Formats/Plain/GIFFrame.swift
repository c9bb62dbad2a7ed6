/// The first frame of a GIF file, before its pixels are unpacked.
struct GIFFrame {
  /// The canvas, which a frame beyond its edges enlarges.
  let canvasWidth: Int
  let canvasHeight: Int
  let left: Int
  let top: Int
  let width: Int
  let height: Int
  let isInterlaced: Bool
  /// 256 RGB colours; nil if the indices are grey levels.
  let palette: [UInt8]?
  /// The index of the canvas around the frame.
  let background: UInt8
  /// Where the size of the codes stands, behind which the packed pixels begin.
  let dataStart: Int

  /// - Parameter bytes: a file that begins with `GIF8`.
  init(_ bytes: Span<UInt8>) throws(ImageError) {
    func number(at position: Int) throws(ImageError) -> Int {
      guard let value = ByteOrder.little.read(UInt16.self, bytes, at: position) else { throw gifTruncated() }
      return Int(value)
    }
    func byte(at position: Int) throws(ImageError) -> UInt8 {
      guard position < bytes.count else { throw gifTruncated() }
      return bytes[position]
    }
    let (screenWidth, screenHeight) = (try number(at: 6), try number(at: 8))
    let flags = try byte(at: 10)
    var position = 13
    var colors: [UInt8]?
    if flags & 0x80 != 0 { colors = try Self.palette(bytes, at: &position, flags: flags) }

    var transparent: UInt8?
    while true {
      let start = try byte(at: position)
      position += 1
      if start == UInt8(ascii: ",") { break }
      switch start {
      case UInt8(ascii: "!"):
        // An extension: of them, the graphic control names the transparent index.
        let isGraphicControl = try byte(at: position) == 0xF9
        let length = try byte(at: position + 1)
        if isGraphicControl, length >= 4, try byte(at: position + 2) & 1 != 0 {
          transparent = try byte(at: position + 5)
        }
        position += 1
        while case let length = try byte(at: position), length > 0 { position += 1 + Int(length) }
        position += 1
      case UInt8(ascii: ";"):
        throw gifDamaged("it has no frame")
      default:
        break
      }
    }
    (left, top) = (try number(at: position), try number(at: position + 2))
    (width, height) = (try number(at: position + 4), try number(at: position + 6))
    guard width > 0, height > 0 else {
      throw ImageError(.dimensions, "has no pixels: its first frame is \(width)×\(height)")
    }
    (canvasWidth, canvasHeight) = (max(screenWidth, left + width), max(screenHeight, top + height))
    let frameFlags = try byte(at: position + 8)
    position += 9
    isInterlaced = frameFlags & 0x40 != 0
    if frameFlags & 0x80 != 0 { colors = try Self.palette(bytes, at: &position, flags: frameFlags) }
    palette = colors
    background = transparent ?? 0
    dataStart = position
  }

  /// Reads a table of colours; nil if they are grey levels in order, as Pillow has it.
  private static func palette(
    _ bytes: Span<UInt8>, at position: inout Int, flags: UInt8
  ) throws(ImageError) -> [UInt8]? {
    let count = 2 << Int(flags & 7)
    guard 3 * count <= bytes.count - position else { throw gifTruncated() }
    var colors = [UInt8](repeating: 0, count: 768)
    for index in 0..<3 * count { colors[index] = bytes[position + index] }
    position += 3 * count
    let isGray = (0..<3 * count).allSatisfy { Int(colors[$0]) == $0 / 3 }
    return isGray ? nil : colors
  }
}
