import Deflate

/// A text of a PNG file that may state the orientation.
enum PNGText {
  /// An EXIF block in hexadecimal, as older versions of ImageMagick write it.
  case rawProfile([UInt8])
  case xmp([UInt8])
  case exif([UInt8])

  /// A chunk that holds a text behind its keyword.
  enum Kind {
    case plain
    case compressed
    case international

    init?(chunkName: UInt32) {
      switch chunkName {
      case 0x7445_5874: self = .plain  // tEXt
      case 0x7A54_5874: self = .compressed  // zTXt
      case 0x6954_5874: self = .international  // iTXt
      default: return nil
      }
    }
  }

  /// Most bytes that a text may unpack to: where Pillow refuses the file. A longer one is left out.
  private static let limit = 1 << 20

  /// - Returns: nil for other texts, of which nothing is unpacked, and for malformed ones.
  init?(_ kind: Kind, _ content: Span<UInt8>) {
    // A keyword has up to 79 characters and a zero.
    guard let end = (0..<min(80, content.count)).first(where: { content[$0] == 0 }) else { return nil }
    let keyword = String(decoding: content.extracting(first: end).array(), as: UTF8.self)
    guard ["Raw profile type exif", "XML:com.adobe.xmp", "exif"].contains(keyword),
      let text = Self.text(kind, content.extracting(droppingFirst: end + 1))
    else { return nil }
    switch keyword {
    case "XML:com.adobe.xmp": self = .xmp(text)
    case "exif" where kind == .plain: self = .exif(text)
    case "exif": return nil
    default: self = .rawProfile(text)
    }
  }

  /// - Parameter rest: what stands behind the keyword.
  private static func text(_ kind: Kind, _ rest: Span<UInt8>) -> [UInt8]? {
    switch kind {
    case .plain:
      return rest.count <= limit ? rest.array() : nil
    case .compressed:
      guard rest.count > 1, rest[0] == 0 else { return nil }
      return inflate(rest.extracting(droppingFirst: 1))
    case .international:
      // Two flags, then a language and the keyword in it, each with a zero behind it.
      guard rest.count > 2, let language = rest.firstIndex(of: 0, from: 2),
        let last = rest.firstIndex(of: 0, from: language + 1)
      else { return nil }
      let text = rest.extracting(droppingFirst: last + 1)
      if rest[0] == 0 { return text.count <= limit ? text.array() : nil }
      return rest[1] == 0 ? inflate(text) : nil
    }
  }

  private static func inflate(_ packed: Span<UInt8>) -> [UInt8]? {
    let inflater = Inflater(.zlib)
    var text = [UInt8](repeating: 0, count: limit)
    var span = text.mutableSpan
    var target = unsafe span.mutableBytes
    guard let (_, count) = unsafe inflater.decode(piece: packed.bytes, into: &target) else { return nil }
    // A text that breaks off counts as far as it goes, as in Pillow.
    guard inflater.isFinished || count < limit else { return nil }
    return Array(text.prefix(count))
  }
}
