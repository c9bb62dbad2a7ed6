import CImageCodecs

/// Carries out operations on images of one size, each to the bit as Pillow does.
@safe struct CanvasEditor: ~Copyable {
  let raster: Raster
  private var copy = ByteBuffer()

  init(_ raster: Raster) {
    self.raster = raster
  }

  /// Changes the image at `pixels`, a tightly packed one of ``raster``.
  mutating func apply(
    _ operation: CanvasOperation, to pixels: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    switch operation {
    case .flip:
      unsafe flip(pixels)
    case .shift(let columns, let rows):
      guard columns != 0 || rows != 0 else { return }
      unsafe shift(try copyOf(pixels), columns: columns, rows: rows, to: pixels)
    case .brightness(let factor):
      unsafe lookUp(pixels) { _ in PointTable { blend(0, $0, factor) } }
    case .contrast(let factor):
      let mean = try unsafe meanLuminance(pixels)
      unsafe lookUp(pixels) { _ in PointTable { blend(mean, $0, factor) } }
    case .color(let factor):
      unsafe saturate(pixels, factor: factor)
    case .sharpness(let factor):
      unsafe sharpen(try copyOf(pixels), factor: factor, to: pixels)
    case .hue(let turn):
      unsafe turnHue(pixels, by: UInt8(truncatingIfNeeded: Int(turn * 255)))
    case .posterize(let bits):
      let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - bits))
      unsafe lookUp(pixels) { _ in PointTable { $0 & mask } }
    case .solarize(let threshold):
      unsafe lookUp(pixels) { _ in PointTable { Double($0) < threshold ? $0 : 255 - $0 } }
    case .autocontrast:
      unsafe lookUp(pixels) { PointTable(stretching: unsafe histogram(pixels, channel: $0)) }
    case .equalize:
      unsafe lookUp(pixels) { PointTable(equalizing: unsafe histogram(pixels, channel: $0)) }
    case .affine(let matrix):
      unsafe transform(try copyOf(pixels), matrix, to: pixels)
    }
  }

  private mutating func copyOf(_ pixels: UnsafePointer<UInt8>) throws(ImageError) -> UnsafePointer<UInt8> {
    let memory = try unsafe copy.reserve(raster.byteCount)
    unsafe memory.update(from: pixels, count: raster.byteCount)
    return unsafe UnsafePointer(memory)
  }

  /// The mean of the image's luminance as Pillow's `ImageStat` has it, rounded.
  private mutating func meanLuminance(_ pixels: UnsafePointer<UInt8>) throws(ImageError) -> UInt8 {
    let count = raster.width * raster.height
    let gray: UnsafePointer<UInt8>
    if raster.channels == 3 {
      let memory = try unsafe copy.reserve(count)
      unsafe rz_luminance_u8x3(pixels, count, memory)
      unsafe gray = UnsafePointer(memory)
    } else {
      unsafe gray = pixels
    }
    var sum = 0
    for index in 0..<count { unsafe sum += Int(gray[index]) }
    return UInt8(Double(sum) / Double(count) + 0.5)
  }

  /// Replaces each sample of a channel by its entry in the channel's table.
  private func lookUp(_ pixels: UnsafeMutablePointer<UInt8>, table: (_ channel: Int) -> PointTable) {
    for channel in 0..<raster.channels {
      let entries = table(channel).entries
      for index in stride(from: channel, to: raster.byteCount, by: raster.channels) {
        unsafe pixels[index] = entries[Int(pixels[index])]
      }
    }
  }

  private func histogram(_ pixels: UnsafePointer<UInt8>, channel: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: 256)
    for index in stride(from: channel, to: raster.byteCount, by: raster.channels) {
      counts[unsafe Int(pixels[index])] += 1
    }
    return counts
  }
}

/// Pillow's `Image.blend` of two samples: single precision, cut off and kept within a byte.
@inline(__always)
func blend(_ degenerate: UInt8, _ sample: UInt8, _ factor: Double) -> UInt8 {
  let value = Float(degenerate) + Float(factor) * (Float(sample) - Float(degenerate))
  return value <= 0 ? 0 : value >= 255 ? 255 : UInt8(value)
}
