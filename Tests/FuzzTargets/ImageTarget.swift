import ImageInput

extension FuzzTarget {
  /// Images of every format, as they are and with the checksums of PNG chunks computed anew.
  static let image = FuzzTarget("image", files: { [$0, repairedPNG($0)] }) { file in
    guard !isLarge(file) else { return }
    let image = try decodeImage(file)
    precondition(image.pixels.count == image.width * image.height * 3, "samples are missing")
    precondition((1...8).contains(image.orientation), "orientation \(image.orientation)")
  }

  /// Returns true if a place where a format declares a size announces more than 2^20 pixels: decoding them is sound, but slow.
  private static func isLarge(_ file: [UInt8]) -> Bool {
    func number(_ position: Int, _ count: Int, little: Bool) -> Int {
      let bytes = file.part(from: position, count: count)
      return (little ? bytes.reversed() : Array(bytes)).reduce(0) { $0 << 8 | Int($1) }
    }
    func isLarge(
      at position: Int, bytes: Int, step: Int? = nil, little: Bool = true, mask: Int = .max
    ) -> Bool {
      let sides = [0, step ?? bytes].map { number(position + $0, bytes, little: little) & mask }
      return sides[0].multipliedReportingOverflow(by: sides[1]).partialValue > 1 << 20
    }
    func places(of bytes: [UInt8]) -> [Int] {
      file.indices.filter { file[$0...].starts(with: bytes) }
    }
    switch Array(file.prefix(4)) {
    case [0x89, 0x50, 0x4E, 0x47]: return isLarge(at: 16, bytes: 4, little: false)
    case Array("GIF8".utf8):
      // A frame that reaches beyond the screen makes it larger.
      return
        ([[0, 0]]
        + places(of: [UInt8(ascii: ",")]).map { frame in
          [1, 3].map { number(frame + $0, 2, little: true) + number(frame + $0 + 4, 2, little: true) }
        }).contains { frame in
          let sides = [0, 1].map { max(frame[$0], number(6 + 2 * $0, 2, little: true)) }
          return sides[0] * sides[1] > 1 << 20
        }
    case Array("RIFF".utf8):
      return isLarge(at: 24, bytes: 3)
        || places(of: [0x9D, 0x01, 0x2A]).contains { isLarge(at: $0 + 3, bytes: 2, mask: 0x3FFF) }
        || places(of: Array("VP8L".utf8)).contains { chunk in
          let bits = number(chunk + 9, 4, little: true)
          return (bits & 0x3FFF) * (bits >> 14 & 0x3FFF) > 1 << 20
        }
    case [0x49, 0x49, 0x2A, 0], [0x49, 0x49, 0x2B, 0], [0x4D, 0x4D, 0, 0x2A], [0x4D, 0x4D, 0, 0x2B]:
      // Wherever the tags of width and height, and of a tile's, stand.
      let little = file[0] == 0x49
      return [[0, 1], [1, 1], [0x42, 1], [0x43, 1]].contains { tag in
        places(of: little ? tag : tag.reversed()).contains { place in
          let isShort = number(place + 2, 2, little: little) == 3
          return [8, 12].contains { number(place + $0, isShort ? 2 : 4, little: little) > 1 << 10 }
        }
      }
    default: break
    }
    if file.first == UInt8(ascii: "P") {
      let digits = file.prefix(200).split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      return digits.contains { $0.count > 3 && String(decoding: $0, as: UTF8.self) > "1024" }
    }
    if file.first == UInt8(ascii: "B") { return isLarge(at: 18, bytes: 4) || isLarge(at: 18, bytes: 2) }
    return isLarge(at: 4, bytes: 4) && file.dropFirst().prefix(3).allSatisfy { $0 == 0 }
      || places(of: Array("ispe".utf8)).contains { isLarge(at: $0 + 8, bytes: 4, little: false) }
      || file.indices.dropLast().contains { index in
        file[index] == 0xFF && (0xC0...0xCF).contains(file[index + 1])
          && isLarge(at: index + 5, bytes: 2, little: false)
      }
  }

  private static func repairedPNG(_ file: [UInt8]) -> [UInt8] {
    var file = file
    guard file.first == 0x89 else { return file }
    var position = 8
    while position + 12 <= file.count {
      let size = file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      guard size <= file.count - position - 12 else { break }
      let end = position + 8 + size
      file.put(ZipFile.checksum(file[position + 4..<end]).byteSwapped, at: end)
      position = end + 4
    }
    return file
  }
}
