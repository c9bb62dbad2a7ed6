/// Decodes the first frame of a GIF image on its canvas, as Pillow's `convert("RGB")` does: what is transparent has the
/// colour that the palette gives it.
func decodeGIF(
  _ bytes: Span<UInt8>, into pixels: inout ByteBuffer, scratch: inout ByteBuffer
) throws(ImageError) -> DecodedRaster {
  let frame = try GIFFrame(bytes)
  try checkDimensions(width: frame.canvasWidth, height: frame.canvasHeight)
  let count = frame.canvasWidth * frame.canvasHeight
  var indices = try scratch.span(count)
  indices.update(repeating: frame.background)
  var decoder = try GIFDecoder(bytes, frame)
  for row in GIFDecoder.rows(of: frame) {
    let start = (frame.top + row) * frame.canvasWidth + frame.left
    for column in 0..<frame.width { indices[start + column] = try decoder.next(bytes) }
  }
  let raster = Raster(
    width: frame.canvasWidth, height: frame.canvasHeight, channels: frame.palette == nil ? 1 : 3)
  var target = try pixels.span(raster.byteCount)
  if let palette = frame.palette {
    for index in 0..<count {
      let color = 3 * Int(indices[index])
      for channel in 0..<3 { target[3 * index + channel] = palette[color + channel] }
    }
  } else {
    for index in 0..<count { target[index] = indices[index] }
  }
  return DecodedRaster(raster: raster, orientation: 1, warning: nil)
}

/// A frame's pixels, unpacked one by one.
private struct GIFDecoder {
  private var position: Int
  private let clear: Int
  /// Bytes of the current block that are not read yet.
  private var blockLength = 0
  private var bits: UInt32 = 0
  private var bitCount = 0
  private let firstBitsOfCode: Int
  private var bitsOfCode: Int
  /// For each code from `clear` + 2 on, the code that it continues and the index that it adds.
  private var prefixes = [Int](repeating: 0, count: limit)
  private var suffixes = [UInt8](repeating: 0, count: limit)
  private var nextCode: Int
  private var lastCode: Int?
  private var lastIndex: UInt8 = 0
  /// What the last code stood for and is not handed out yet, backwards.
  private var pending: [UInt8] = []

  /// Codes have up to 12 bits.
  private static let limit = 4096

  init(_ bytes: Span<UInt8>, _ frame: GIFFrame) throws(ImageError) {
    guard frame.dataStart < bytes.count else { throw gifTruncated() }
    let size = Int(bytes[frame.dataStart])
    guard size <= 11 else { throw gifDamaged("its codes begin with \(size) bits") }
    // A code of 12 bits adds at most one index to the longest string there is.
    guard frame.width * frame.height / Self.limit <= bytes.count - frame.dataStart else {
      throw gifTruncated()
    }
    position = frame.dataStart + 1
    clear = 1 << size
    firstBitsOfCode = size + 1
    bitsOfCode = size + 1
    nextCode = clear + 2
  }

  /// The rows of a frame in the order in which they are stored.
  static func rows(of frame: GIFFrame) -> [Int] {
    guard frame.isInterlaced else { return Array(0..<frame.height) }
    return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0.0, to: frame.height, by: $0.1)) }
  }

  /// The next pixel's index.
  mutating func next(_ bytes: Span<UInt8>) throws(ImageError) -> UInt8 {
    if let index = pending.popLast() { return index }
    while true {
      let code = try readCode(bytes)
      if code == clear {
        nextCode = clear + 2
        bitsOfCode = firstBitsOfCode
        lastCode = nil
      } else if code == clear + 1 {
        throw gifTruncated()
      } else if let last = lastCode {
        try expand(code, behind: last)
        guard let index = pending.popLast() else { throw gifDamaged("a code stands for nothing") }
        return index
      } else {
        guard code < clear else { throw gifDamaged("its first code is unknown") }
        lastCode = code
        lastIndex = UInt8(truncatingIfNeeded: code)
        return lastIndex
      }
    }
  }

  private mutating func expand(_ code: Int, behind last: Int) throws(ImageError) {
    guard code <= nextCode else { throw gifDamaged("a code is unknown") }
    var rest = code
    // The code that is only being defined: the last string, and its own first index again.
    if code == nextCode {
      pending.append(lastIndex)
      rest = last
    }
    while rest >= clear {
      guard rest < Self.limit, pending.count < Self.limit else { throw gifDamaged("a code is unknown") }
      pending.append(suffixes[rest])
      rest = prefixes[rest]
    }
    lastIndex = UInt8(truncatingIfNeeded: rest)
    pending.append(lastIndex)
    if nextCode < Self.limit {
      suffixes[nextCode] = lastIndex
      prefixes[nextCode] = last
      if nextCode == 1 << bitsOfCode - 1, bitsOfCode < 12 { bitsOfCode += 1 }
      nextCode += 1
    }
    lastCode = code
  }

  private mutating func readCode(_ bytes: Span<UInt8>) throws(ImageError) -> Int {
    while bitCount < bitsOfCode {
      guard position < bytes.count else { throw gifTruncated() }
      let byte = bytes[position]
      position += 1
      if blockLength == 0 {
        blockLength = Int(byte)
        // As Pillow, which begins a block only when the file holds it whole.
        guard blockLength <= bytes.count - position else { throw gifTruncated() }
      } else {
        blockLength -= 1
        bits |= UInt32(byte) << UInt32(bitCount)
        bitCount += 8
      }
    }
    let code = Int(bits & (1 << UInt32(bitsOfCode) - 1))
    bits >>= UInt32(bitsOfCode)
    bitCount -= bitsOfCode
    return code
  }
}

func gifTruncated() -> ImageError {
  ImageError(.truncated, "is a truncated GIF image: its first frame is not whole; copy or download it again")
}

func gifDamaged(_ fault: String) -> ImageError {
  ImageError(.corrupt, "is a damaged GIF image: \(fault); copy or download it again")
}
