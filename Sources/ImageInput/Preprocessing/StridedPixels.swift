/// Decoded 8-bit samples in memory that somebody else keeps.
///
/// The sample of channel c at row y and column x lies `y · rowStride + x · columnStride + c · channelStride` bytes behind `data`. The strides
/// may be negative.
@unsafe package struct StridedPixels: @unchecked Sendable {
  package let data: UnsafePointer<UInt8>
  package let height: Int
  package let width: Int
  /// 1 grey, 3 RGB.
  package let channels: Int
  package let rowStride: Int
  package let columnStride: Int
  package let channelStride: Int

  package init(
    data: UnsafePointer<UInt8>, height: Int, width: Int, channels: Int, rowStride: Int, columnStride: Int,
    channelStride: Int
  ) {
    unsafe self.data = data
    unsafe self.height = height
    unsafe self.width = width
    unsafe self.channels = channels
    unsafe self.rowStride = rowStride
    unsafe self.columnStride = columnStride
    unsafe self.channelStride = channelStride
  }

  /// Writes the samples row by row, tightly packed.
  func pack(to target: UnsafeMutablePointer<UInt8>) {
    let rowCount = unsafe width * channels
    for row in unsafe 0..<height {
      let source = unsafe data + row * rowStride
      let end = unsafe target + row * rowCount
      if unsafe columnStride == channels && (channelStride == 1 || channels == 1) {
        unsafe end.update(from: source, count: rowCount)
        continue
      }
      for column in unsafe 0..<width {
        for channel in unsafe 0..<channels {
          unsafe end[column * channels + channel] = source[column * columnStride + channel * channelStride]
        }
      }
    }
  }
}
