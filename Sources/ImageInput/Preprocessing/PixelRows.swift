/// A rectangle of pixels.
package struct PixelRegion: Hashable, Sendable {
  package var columns: Range<Int>
  package var rows: Range<Int>

  package init(columns: Range<Int>, rows: Range<Int>) {
    self.columns = columns
    self.rows = rows
  }
}

/// Rows of interleaved 8-bit samples.
@unsafe struct PixelRows {
  let start: UnsafePointer<UInt8>
  /// Bytes from one row to the next.
  let stride: Int
  let channels: Int

  init(start: UnsafePointer<UInt8>, stride: Int, channels: Int) {
    unsafe self.start = unsafe start
    unsafe self.stride = stride
    unsafe self.channels = channels
  }

  /// The same rows, counted from another one.
  func from(row: Int) -> PixelRows {
    unsafe PixelRows(start: start + row * stride, stride: stride, channels: channels)
  }

  /// The same rows, with columns counted from another one.
  func from(column: Int) -> PixelRows {
    unsafe PixelRows(start: start + column * channels, stride: stride, channels: channels)
  }

  func copy(_ region: PixelRegion, to target: UnsafeMutablePointer<UInt8>) {
    let byteCount = unsafe region.columns.count * channels
    for (index, row) in region.rows.enumerated() {
      let input = unsafe start + row * stride + region.columns.lowerBound * channels
      unsafe (target + index * byteCount).update(from: input, count: byteCount)
    }
  }
}
