/// Decodes a Windows bitmap as Pillow's `convert("RGB")` does; alpha is dropped.
///
/// - Parameter base: where the header begins, 14 in a file and 0 in a DIB.
func decodeBMP(
  _ bytes: Span<UInt8>, at base: Int, into pixels: inout ByteBuffer, scratch: inout ByteBuffer
) throws(ImageError) -> DecodedRaster {
  let header = try BMPHeader(bytes, at: base)
  let raster = Raster(width: header.width, height: header.height, channels: 3)
  if header.compression == .none {
    // The filling of the last row may be missing.
    let last = (header.width * header.bits + 7) / 8
    guard header.start <= bytes.count,
      header.rowByteCount * (header.height - 1) + last <= bytes.count - header.start
    else { throw bmpTruncated() }
    var target = try pixels.span(raster.byteCount)
    for row in 0..<header.height {
      let from = header.start + row * header.rowByteCount
      let to = (header.isTopDown ? row : header.height - 1 - row) * header.width * 3
      if let palette = header.palette {
        header.lookUp(bytes, at: from, palette, into: &target, at: to)
      } else {
        header.unpack(bytes, at: from, into: &target, at: to)
      }
    }
  } else {
    guard let palette = header.palette else {
      throw ImageError(
        .corrupt, "is a damaged BMP image: runs of \(header.bits) bits a pixel; copy or download it again")
    }
    var indices = try scratch.span(header.width * header.height)
    try unpackRuns(bytes, header, into: &indices)
    var target = try pixels.span(raster.byteCount)
    for row in 0..<header.height {
      let from = row * header.width
      let to = (header.isTopDown ? row : header.height - 1 - row) * header.width
      for column in 0..<header.width {
        let color = 3 * Int(indices[from + column])
        for channel in 0..<3 { target[3 * (to + column) + channel] = palette[color + channel] }
      }
    }
  }
  return DecodedRaster(raster: raster, orientation: 1, warning: nil)
}

extension BMPHeader {
  /// Writes the colours of a row of indices.
  fileprivate func lookUp(
    _ bytes: Span<UInt8>, at from: Int, _ palette: [UInt8], into target: inout MutableSpan<UInt8>, at to: Int
  ) {
    for column in 0..<width {
      let bit = column * bits
      let index = Int(bytes[from + bit / 8]) >> (8 - bits - bit % 8) & (1 << bits - 1)
      for channel in 0..<3 { target[to + 3 * column + channel] = palette[3 * index + channel] }
    }
  }

  /// Writes a row of pixels that are colours.
  fileprivate func unpack(
    _ bytes: Span<UInt8>, at from: Int, into target: inout MutableSpan<UInt8>, at to: Int
  ) {
    let size = bits / 8
    for column in 0..<width {
      let place = from + size * column
      let result = to + 3 * column
      if case .bytes(let red, let green, let blue) = layout {
        target[result] = bytes[place + red]
        target[result + 1] = bytes[place + green]
        target[result + 2] = bytes[place + blue]
        continue
      }
      let pixel = Int(bytes[place]) | Int(bytes[place + 1]) << 8
      let isSix = if case .six = layout { true } else { false }
      target[result] = UInt8((pixel >> (isSix ? 11 : 10) & 31) * 255 / 31)
      target[result + 1] = isSix ? UInt8((pixel >> 5 & 63) * 255 / 63) : UInt8((pixel >> 5 & 31) * 255 / 31)
      target[result + 2] = UInt8((pixel & 31) * 255 / 31)
    }
  }
}

/// Unpacks runs of indices as Pillow does: a run never passes the end of its row, and what is skipped is index 0.
private func unpackRuns(
  _ bytes: Span<UInt8>, _ header: BMPHeader, into indices: inout MutableSpan<UInt8>
) throws(ImageError) {
  var position = header.start
  var done = 0
  var column = 0
  func byte() throws(ImageError) -> UInt8 {
    guard position >= 0, position < bytes.count else { throw bmpTruncated() }
    position += 1
    return bytes[position - 1]
  }
  func put(_ index: UInt8, into indices: inout MutableSpan<UInt8>) {
    guard done < indices.count else { return }
    indices[done] = index
    done += 1
  }
  let isFour = header.compression == .runs4
  while done < indices.count {
    let (count, value) = (Int(try byte()), try byte())
    if count > 0 {
      let fitting = max(0, min(count, header.width - column))
      for index in 0..<fitting {
        put(isFour ? (index % 2 == 0 ? value >> 4 : value & 15) : value, into: &indices)
      }
      column += fitting
      continue
    }
    switch value {
    case 0:
      while done % header.width != 0 { put(0, into: &indices) }
      column = 0
    case 1:
      throw bmpTruncated()
    case 2:
      let (right, up) = (Int(try byte()), Int(try byte()))
      for _ in 0..<min(indices.count - done, right + up * header.width) { put(0, into: &indices) }
      column = done % header.width
    default:
      let literal = min(indices.count - done, Int(value))
      var packed: UInt8 = 0
      for index in 0..<literal {
        if !isFour || index % 2 == 0 { packed = try byte() }
        put(isFour ? (index % 2 == 0 ? packed >> 4 : packed & 15) : packed, into: &indices)
      }
      column += Int(value)
      if position % 2 != 0 { position += 1 }
    }
  }
}
