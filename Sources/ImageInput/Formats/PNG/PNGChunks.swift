import Deflate

/// The chunks of a PNG file, looked through before libspng sees any: it is given those of the pixels alone, so that
/// metadata of any number and size cost neither memory nor the image.
struct PNGChunks {
  /// The chunks of the pixels, one behind the other in the file, from the first one's length on.
  private(set) var pixels = 0..<0
  /// RGB colours; nil when the file has no palette.
  private(set) var palette: [UInt8]?
  private(set) var orientation = OrientationRecord()
  /// Damage beside the pixels.
  private(set) var warning: String?
  /// True if the file ends within the chunks of its pixels.
  private(set) var isCut = false
  /// True if the checksum of a chunk of pixels is wrong.
  private(set) var hasWrongPixelChecksum = false

  /// Where the chunks of the pixels and what precedes them can begin: behind the signature and the header's chunk.
  static let headerEnd = 33

  private struct Chunk {
    let name: UInt32
    let content: Range<Int>
    let isSound: Bool

    var isCritical: Bool { name & 0x2000_0000 == 0 }
  }

  /// - Parameter bytes: a file that begins with the signature of PNG.
  init(_ bytes: Span<UInt8>) throws(ImageError) {
    guard bytes.count >= Self.headerEnd else {
      throw ImageError(
        .truncated, "is a truncated PNG image: it ends in its header; copy or download it again")
    }
    guard let header = Self.chunk(in: bytes, at: 8), header.name == Self.name("IHDR"),
      header.content.count == 13,
      header.isSound
    else {
      throw ImageError(.corrupt, "is a damaged PNG image: its header is wrong; copy or download it again")
    }
    try checkDimensions(width: Self.number(in: bytes, at: 16), height: Self.number(in: bytes, at: 20))
    try readUpToPixels(of: bytes)
    readBehindPixels(of: bytes)
  }

  private mutating func readUpToPixels(of bytes: Span<UInt8>) throws(ImageError) {
    var position = Self.headerEnd
    while let chunk = Self.chunk(in: bytes, at: position) {
      if chunk.name == Self.name("IDAT") { break }
      guard chunk.isSound else {
        throw ImageError(
          .corrupt,
          "is a damaged PNG image: the checksum of a chunk before its pixels is wrong; copy or download it again"
        )
      }
      if chunk.name == Self.name("PLTE") {
        palette = bytes.extracting(chunk.content).array()
      } else if chunk.name == Self.name("IEND") {
        throw ImageError(.corrupt, "is a damaged PNG image: it has no pixels; copy or download it again")
      } else if chunk.isCritical {
        throw ImageError(
          .unsupportedKind,
          "is a PNG image of a kind that is not read: it needs the unknown chunk "
            + "\(Self.text(chunk.name)); save it anew")
      } else {
        take(chunk, of: bytes)
      }
      position = chunk.content.upperBound + 4
    }
    pixels = position..<position
    while let chunk = Self.chunk(in: bytes, at: pixels.upperBound), chunk.name == Self.name("IDAT") {
      if !chunk.isSound { hasWrongPixelChecksum = true }
      pixels = position..<chunk.content.upperBound + 4
    }
    // The rest of a chunk that the file does not hold whole may hold the last pixels.
    let next = ByteOrder.big.read(UInt32.self, bytes, at: pixels.upperBound + 4)
    if next == nil || (next == Self.name("IDAT") && Self.chunk(in: bytes, at: pixels.upperBound) == nil) {
      isCut = true
      pixels = position..<bytes.count
    }
    guard !pixels.isEmpty else {
      throw ImageError(
        .truncated, "is a truncated PNG image: it ends before its pixels; copy or download it again")
    }
  }

  /// Damage behind the pixels is a warning: they are all there.
  private mutating func readBehindPixels(of bytes: Span<UInt8>) {
    var position = pixels.upperBound
    if hasWrongPixelChecksum {
      warning = "the PNG file is damaged (the checksum of a chunk of its pixels is wrong)"
    }
    while let chunk = Self.chunk(in: bytes, at: position) {
      if !chunk.isSound { warn("a checksum is wrong") }
      if chunk.name == Self.name("IEND") { return }
      if chunk.isSound { take(chunk, of: bytes) }
      position = chunk.content.upperBound + 4
    }
    warn("its end is missing")
  }

  private mutating func warn(_ damage: String) {
    if warning == nil { warning = "the PNG file is damaged behind its pixels (\(damage))" }
  }

  /// The chunk at `position`, if the file holds it whole.
  private static func chunk(in bytes: Span<UInt8>, at position: Int) -> Chunk? {
    guard let length = ByteOrder.big.read(UInt32.self, bytes, at: position), length <= Int32.max,
      let name = ByteOrder.big.read(UInt32.self, bytes, at: position + 4)
    else { return nil }
    let content = position + 8..<position + 8 + Int(length)
    guard let checksum = ByteOrder.big.read(UInt32.self, bytes, at: content.upperBound) else { return nil }
    var computed = CRC32()
    unsafe computed.update(bytes.extracting(position + 4..<content.upperBound).bytes)
    return Chunk(name: name, content: content, isSound: computed.value == checksum)
  }

  private static func number(in bytes: Span<UInt8>, at position: Int) -> Int {
    Int(ByteOrder.big.read(UInt32.self, bytes, at: position) ?? 0)
  }

  private static func name(_ text: StaticString) -> UInt32 {
    (0..<4).reduce(0) { unsafe $0 << 8 | UInt32(text.utf8Start[$1]) }
  }

  private static func text(_ name: UInt32) -> String {
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: name >> (24 - 8 * $0)) }
    return String(decoding: bytes, as: UTF8.self).debugDescription
  }

  /// Keeps what a chunk may say of the orientation.
  private mutating func take(_ chunk: Chunk, of bytes: Span<UInt8>) {
    let content = bytes.extracting(chunk.content)
    if chunk.name == Self.name("eXIf") {
      orientation.exif = content.array()
    } else if let kind = PNGText.Kind(chunkName: chunk.name) {
      switch PNGText(kind, content) {
      case .rawProfile(let text): orientation.rawProfile = text
      case .xmp(let packet): orientation.xmp = packet
      case .exif(let block): orientation.exif = block
      case nil: break
      }
    }
  }
}
