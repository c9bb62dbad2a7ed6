import ImageInput

extension FuzzTarget {
  /// Images of both formats, as they are and with the checksums of PNG chunks computed anew.
  static let image = FuzzTarget("image", files: { [$0, repairedPNG($0)] }) { file in
    guard !isLarge(file) else { return }
    let image = try decodeImage(file)
    precondition(image.pixels.count == image.width * image.height * 3, "samples are missing")
    precondition((1...8).contains(image.orientation), "orientation \(image.orientation)")
  }

  /// Whether a header of PNG, or a frame of JPEG, announces more than 2^20 pixels: decoding them is sound, but slow.
  private static func isLarge(_ file: [UInt8]) -> Bool {
    func area(at position: Int, bytes: Int) -> Int {
      let numbers = [0, 1].map { side in
        file.part(from: position + side * bytes, count: bytes).reduce(0) { $0 << 8 | Int($1) }
      }
      return numbers[0].multipliedReportingOverflow(by: numbers[1]).partialValue
    }
    if file.first == 0x89 { return area(at: 16, bytes: 4) > 1 << 20 }
    return file.indices.dropLast().contains { index in
      file[index] == 0xFF && (0xC0...0xCF).contains(file[index + 1])
        && area(at: index + 5, bytes: 2) > 1 << 20
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
