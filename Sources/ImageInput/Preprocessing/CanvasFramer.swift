import CImageCodecs
import ModelDescriptor

/// Brings a decoded image, or a part of it, to the size of a network's input.
struct CanvasFramer: ~Copyable {
  private let record: Preprocessing
  private let channels: Int
  private let width: Int
  private let height: Int
  /// One pixel of what lies beyond the image's edge.
  private let fill: [UInt8]
  private var resized = ByteBuffer()
  private var resampler = Resampler()

  /// - Parameter record: a valid one, of 1 or 3 channels.
  init(_ record: Preprocessing) {
    self.record = record
    (channels, height, width) = (record.inputSize[0], record.inputSize[1], record.inputSize[2])
    fill = record.inImageOrder(record.mean).map { mean in
      guard record.cropMode == .border else { return 0 }
      return UInt8(min(max((255 * mean).rounded(.toNearestOrEven), 0), 255))
    }
  }

  /// Resizes and crops as the record says.
  ///
  /// - Parameters:
  ///   - source: the raster's pixels and `RZ_RESAMPLE_SLACK` more readable bytes.
  ///   - view: the part of the resized image; one that is not at the centre must lie within the image.
  ///   - canvas: room for [height][width][channels] of the network's input.
  mutating func frame(
    _ source: UnsafePointer<UInt8>, _ raster: Raster, view: ImageView = .center,
    into canvas: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    let geometry = ImageGeometry(width: raster.width, height: raster.height, record: record, view: view)
    guard max(geometry.resizedWidth, geometry.resizedHeight) <= resizedSideLimit else {
      throw ImageError(
        .dimensions,
        "would become \(geometry.resizedWidth)×\(geometry.resizedHeight) pixels before cropping; the "
          + "limit is \(resizedSideLimit) a side. Crop it first.")
    }
    let visible = geometry.visible
    guard view.place == .center || visible == geometry.window else {
      throw ImageError(
        .dimensions,
        "has \(geometry.resizedWidth)×\(geometry.resizedHeight) pixels after resizing, and crops of \(width)×\(height) do not fit"
      )
    }
    let target = try unsafe resized.reserve(visible.columns.count * visible.rows.count * raster.channels)
    try unsafe resampler.resize(
      source, raster, to: (geometry.resizedWidth, geometry.resizedHeight), region: visible,
      interpolation: record.interpolation, into: target)
    unsafe place(target, channels: raster.channels, geometry: geometry, into: canvas)
    if view.mirror != .none { unsafe mirror(canvas) }
  }

  /// Turns left to right.
  private func mirror(_ canvas: UnsafeMutablePointer<UInt8>) {
    for row in 0..<height {
      for column in 0..<width / 2 {
        let left = (row * width + column) * channels
        let right = (row * width + width - 1 - column) * channels
        for channel in 0..<channels {
          let sample = unsafe canvas[left + channel]
          unsafe canvas[left + channel] = canvas[right + channel]
          unsafe canvas[right + channel] = sample
        }
      }
    }
  }

  /// Resizes the part `crop` of the image to the input's size, as if there were nothing around it.
  ///
  /// - Parameters: as of ``frame(_:_:into:)``.
  mutating func frame(
    _ source: UnsafePointer<UInt8>, _ raster: Raster, crop: PixelRegion,
    into canvas: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    let rowBytes = raster.width * raster.channels
    let start = crop.rows.lowerBound * rowBytes + crop.columns.lowerBound * raster.channels
    let part = Raster(width: crop.columns.count, height: crop.rows.count, channels: raster.channels)
    let target = try unsafe resized.reserve(width * height * raster.channels)
    try unsafe resampler.resize(
      source + start, part, rowBytes: rowBytes, to: (width, height),
      region: PixelRegion(columns: 0..<width, rows: 0..<height), interpolation: record.interpolation,
      into: target)
    unsafe copy(target, pixels: width * height, channels: raster.channels, to: canvas)
  }

  /// Gives back memory that only an unusually large image needed.
  mutating func trim() { resampler.trim() }

  /// Puts the visible part into the canvas, and the fill around it.
  private func place(
    _ source: UnsafePointer<UInt8>, channels sourceChannels: Int, geometry: ImageGeometry,
    into target: UnsafeMutablePointer<UInt8>
  ) {
    let window = geometry.window
    let visible = geometry.visible
    if visible != window {
      for pixel in 0..<window.columns.count * window.rows.count {
        for channel in 0..<channels { unsafe target[pixel * channels + channel] = fill[channel] }
      }
    }
    let top = visible.rows.lowerBound - window.rows.lowerBound
    let left = visible.columns.lowerBound - window.columns.lowerBound
    for row in 0..<visible.rows.count {
      unsafe copy(
        source + row * visible.columns.count * sourceChannels, pixels: visible.columns.count,
        channels: sourceChannels, to: target + ((top + row) * window.columns.count + left) * channels)
    }
  }

  /// Copies pixels, grey ones three times where the network takes RGB.
  private func copy(
    _ source: UnsafePointer<UInt8>, pixels: Int, channels sourceChannels: Int,
    to target: UnsafeMutablePointer<UInt8>
  ) {
    if sourceChannels == channels {
      unsafe target.update(from: source, count: pixels * channels)
    } else {
      unsafe rz_replicate_u8x3(source, pixels, target)
    }
  }
}
