extension CanvasEditor {
  func flip(_ pixels: UnsafeMutablePointer<UInt8>) {
    let channels = raster.channels
    for row in 0..<raster.height {
      var left = unsafe pixels + row * raster.width * channels
      var right = unsafe left + (raster.width - 1) * channels
      while unsafe left < right {
        for channel in 0..<channels {
          let sample = unsafe left[channel]
          unsafe left[channel] = right[channel]
          unsafe right[channel] = sample
        }
        unsafe left += channels
        unsafe right -= channels
      }
    }
  }

  /// Target pixel (x, y) is source pixel (x + columns, y + rows), or black.
  func shift(
    _ source: UnsafePointer<UInt8>, columns: Int, rows: Int, to target: UnsafeMutablePointer<UInt8>
  ) {
    let rowBytes = raster.width * raster.channels
    unsafe target.update(repeating: 0, count: raster.byteCount)
    let first = max(0, -columns)
    let count = raster.width - abs(columns)
    guard count > 0 else { return }
    for row in 0..<raster.height where (0..<raster.height).contains(row + rows) {
      unsafe (target + row * rowBytes + first * raster.channels).update(
        from: source + (row + rows) * rowBytes + (first + columns) * raster.channels,
        count: count * raster.channels)
    }
  }

  /// Pillow's nearest neighbour of `Image.transform`: positions in 16.16 fixed point.
  func transform(
    _ source: UnsafePointer<UInt8>, _ matrix: AffineMatrix, to target: UnsafeMutablePointer<UInt8>
  ) {
    if matrix.xx == 1, matrix.yy == 1, matrix.xy == 0, matrix.yx == 0 {
      unsafe shift(
        source, columns: Int(matrix.x.rounded(.down)), rows: Int(matrix.y.rounded(.down)), to: target)
      return
    }
    func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
    let channels = raster.channels
    let (stepX, stepY) = (fixed(matrix.xx), fixed(matrix.yx))
    var startX = fixed(matrix.x + matrix.xx * 0.5 + matrix.xy * 0.5)
    var startY = fixed(matrix.y + matrix.yx * 0.5 + matrix.yy * 0.5)
    var output = unsafe target
    for _ in 0..<raster.height {
      var (x, y) = (startX, startY)
      for _ in 0..<raster.width {
        let (column, row) = (x >> 16, y >> 16)
        let isInside = column >= 0 && column < raster.width && row >= 0 && row < raster.height
        let input = unsafe source + (isInside ? (row * raster.width + column) * channels : 0)
        for channel in 0..<channels { unsafe output[channel] = isInside ? input[channel] : 0 }
        unsafe output += channels
        x += stepX
        y += stepY
      }
      startX += fixed(matrix.xy)
      startY += fixed(matrix.yy)
    }
  }

  /// Pillow's blend with the image that a 3×3 kernel blurs: 5 in the middle and 1 around it, divided by 13. Pixels at
  /// the edge stay as they are.
  func sharpen(_ source: UnsafePointer<UInt8>, factor: Double, to target: UnsafeMutablePointer<UInt8>) {
    guard raster.width >= 3, raster.height >= 3 else { return }
    let channels = raster.channels
    let rowBytes = raster.width * channels
    for row in 1..<raster.height - 1 {
      for index in row * rowBytes + channels..<(row + 1) * rowBytes - channels {
        var sum = unsafe 4 * Int(source[index])
        for around in [index - rowBytes, index, index + rowBytes] {
          unsafe sum += Int(source[around - channels]) + Int(source[around]) + Int(source[around + channels])
        }
        // Half a unit is added and the fraction cut off; no sum lies so near to a border that Pillow's single precision
        // could be on its other side.
        let smooth = UInt8((2 * sum + 13) / 26)
        unsafe target[index] = blend(smooth, source[index], factor)
      }
    }
  }
}
