import Deflate

extension PNGChunks {
  /// Compares zlib's own checksum of the pixels if that of a chunk is wrong: one of the two may be.
  func checkPixels(of bytes: Span<UInt8>) throws(ImageError) {
    guard hasWrongPixelChecksum else { return }
    let inflater = Inflater(.zlib)
    var rows = [UInt8](repeating: 0, count: 1 << 16)
    var position = pixels.lowerBound
    while position < pixels.upperBound, !inflater.isFinished {
      guard let length = ByteOrder.big.read(UInt32.self, bytes, at: position) else { break }
      let content = bytes.extracting(
        min(position + 8, bytes.count)..<min(position + 8 + Int(length), bytes.count))
      var done = 0
      while !inflater.isFinished {
        var span = rows.mutableSpan
        var target = unsafe span.mutableBytes
        let piece = content.extracting(droppingFirst: done)
        guard let (read, written) = unsafe inflater.decode(piece: piece.bytes, into: &target) else {
          throw damaged
        }
        done += read
        // Nothing left to read, and no output waiting.
        if done == content.count, written < target.byteCount { break }
        if read == 0, written == 0 { throw damaged }
      }
      position += 12 + Int(length)
    }
    guard inflater.isFinished else { throw damaged }
  }

  private var damaged: ImageError {
    ImageError(
      .corrupt, "is a damaged PNG image: the checksums of its pixels are wrong; copy or download it again")
  }

  /// 256 RGB colours; those that the file does not define are black.
  func colors() throws(ImageError) -> [UInt8] {
    let defined = (palette?.count ?? 0) / 3
    guard defined <= 256 else {
      throw ImageError(
        .corrupt, "is a damaged PNG image: its palette has \(defined) colours; copy or download it again")
    }
    var table = [UInt8](repeating: 0, count: 768)
    for index in 0..<3 * defined { table[index] = palette?[index] ?? 0 }
    return table
  }
}
