/// The images that the primary image of a HEIF file is put together from (ISO/IEC 23008-12, section 6.6).
///
/// libheif follows them wherever they lead: to themselves, to one image thousands of times, or to what is no image. Here the primary image and
/// those that belong to it, such as its transparency, may be put together from coded images alone, each named once.
struct HEIFDerivation {
  private var primary: UInt32?
  private var types: [UInt32: UInt32] = [:]
  private var sources: [UInt32: [UInt32]] = [:]
  private var auxiliaries: [UInt32] = []

  /// Most boxes of one kind of container, and most images that are named as sources.
  private static let limit = 1 << 16

  /// - Throws: ``ImageError`` with `corrupt` for images that are put together in another way.
  static func check(_ bytes: Span<UInt8>) throws(ImageError) {
    var derivation = HEIFDerivation()
    var named = 0
    var seen: Set<String> = []
    for meta in try boxes(in: 0..<bytes.count, of: bytes) where meta.type == "meta" {
      for box in try boxes(in: meta.content.dropFirst(4), of: bytes) {
        // Which of two libheif believes is its own concern.
        guard seen.insert(box.type).inserted || !["pitm", "iinf", "iref"].contains(box.type) else {
          throw ImageError(.corrupt, "says twice what its images are")
        }
        var cursor = Cursor(bytes: bytes, range: box.content)
        let isWide = cursor.number(1) > 0
        _ = cursor.number(3)
        switch box.type {
        case "pitm":
          derivation.primary = UInt32(clamping: cursor.number(isWide ? 4 : 2))
        case "iinf":
          _ = cursor.number(isWide ? 4 : 2)
          for entry in try boxes(in: cursor.range, of: bytes) where entry.type == "infe" {
            var item = Cursor(bytes: bytes, range: entry.content)
            let version = item.number(1)
            _ = item.number(3)
            let identifier = UInt32(clamping: item.number(version > 2 ? 4 : 2))
            _ = item.number(2)
            // Before version 2, items have a name in this place, and no type.
            let type = version < 2 ? 0 : UInt32(clamping: item.number(4))
            guard derivation.types.updateValue(type, forKey: identifier) == nil else {
              throw ImageError(.corrupt, "says twice what its images are")
            }
          }
        case "iref":
          for reference in try boxes(in: cursor.range, of: bytes) {
            var numbers = Cursor(bytes: bytes, range: reference.content)
            let width = isWide ? 4 : 2
            let from = UInt32(clamping: numbers.number(width))
            if reference.type == "auxl" { derivation.auxiliaries.append(from) }
            guard reference.type == "dimg" else { continue }
            let count = min(numbers.number(2), numbers.range.count / width)
            named += count
            guard named <= limit else {
              throw ImageError(.corrupt, "is put together from more than \(limit) images")
            }
            derivation.sources[from, default: []] += (0..<count).map { _ in
              UInt32(clamping: numbers.number(width))
            }
          }
        default: break
        }
      }
    }
    try derivation.check()
  }

  private func check() throws(ImageError) {
    for image in [primary].compactMap(\.self) + auxiliaries {
      let parts = sources[image, default: []]
      guard Set(parts).count == parts.count else {
        throw ImageError(.corrupt, "is put together from one image several times")
      }
      guard parts.allSatisfy({ sources[$0] == nil && Self.coded.contains(types[$0] ?? 0) }) else {
        throw ImageError(.corrupt, "is put together from what are no coded images")
      }
    }
  }

  /// Kinds of items that are coded images: HEVC, AV1, AVC, VVC, JPEG, JPEG 2000, raw.
  private static let coded = Set(
    ["hvc1", "av01", "avc1", "vvc1", "jpeg", "j2k1", "unci"].map { name in
      name.utf8.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    })

  private struct Box {
    var type: String
    var content: Range<Int>
  }

  /// The boxes side by side in a part of the file; those behind a malformed one are libheif's concern.
  private static func boxes(in range: Range<Int>, of bytes: Span<UInt8>) throws(ImageError) -> [Box] {
    var found: [Box] = []
    var start = range.lowerBound
    while range.upperBound - start >= 8 {
      var head = Cursor(bytes: bytes, range: start..<range.upperBound)
      var size = head.number(4)
      let type = head.number(4)
      if size == 1 { size = head.number(8) }
      if size == 0 { size = range.upperBound - start }
      let content = head.range.lowerBound
      guard size >= content - start, size <= range.upperBound - start else { break }
      let name = String(decoding: (0..<4).map { UInt8(type >> (24 - 8 * $0) & 0xFF) }, as: UTF8.self)
      found.append(Box(type: name, content: content..<(start + size)))
      guard found.count <= limit else { throw ImageError(.corrupt, "has more than \(limit) boxes") }
      start += size
    }
    return found
  }

  /// Reads numbers from the front of a part of the file; what is not there reads as 0.
  private struct Cursor: ~Escapable {
    let bytes: Span<UInt8>
    var range: Range<Int>

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>, range: Range<Int>) {
      self.bytes = bytes
      self.range = range
    }

    /// A number of so many bytes, the largest first; at most `Int.max`.
    mutating func number(_ count: Int) -> Int {
      let end = min(range.lowerBound + count, range.upperBound)
      var value: UInt64 = 0
      for index in range.lowerBound..<end { value = value << 8 | UInt64(bytes[index]) }
      range = end..<range.upperBound
      return Int(clamping: value)
    }
  }
}
