import CImageCodecs
import ModelDescriptor

/// Pillow's `Image.resize`, computing only the pixels that are asked for.
///
/// Each pass rounds to 8 bits and treats its rows or columns alone: the pixels of a region are the same bits as those
/// of the whole.
@safe struct Resampler: ~Copyable {
  private var horizontal = ResampleWeights()
  private var vertical = ResampleWeights()
  private var columnTable: [Int] = []
  private var rowTable: [Int] = []
  private var between = ByteBuffer()
  private let kernels: rz_resample_kernels

  /// The sets of kernels that this machine runs.
  static var kernelSetCount: Int { rz_resample_kernels_count() }

  /// A resampler with the fastest kernels of this machine, or with another set of them.
  init(kernelSet: Int = 0) {
    precondition((0..<Self.kernelSetCount).contains(kernelSet), "there is no set \(kernelSet) of kernels")
    unsafe kernels = rz_resample_kernels_at(kernelSet)
  }

  /// Resizes an image and writes the pixels of `region`, tightly packed, to `target`.
  ///
  /// - Parameters:
  ///   - source: the raster's pixels, with at least `RZ_RESAMPLE_SLACK` readable bytes behind them.
  ///   - rowBytes: bytes from one of its rows to the next; nil when they are tightly packed.
  ///   - size: the whole resized image; `region` lies within it and is not empty.
  ///   - target: room for the region and `RZ_RESAMPLE_SLACK` more bytes.
  /// - Complexity: proportional to the region and the source pixels that it covers.
  mutating func resize(
    _ source: UnsafePointer<UInt8>, _ raster: Raster, rowBytes: Int? = nil,
    to size: (width: Int, height: Int),
    region: PixelRegion, interpolation: Preprocessing.Interpolation, into target: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    precondition(region.columns.lowerBound >= 0 && region.columns.upperBound <= size.width, "\(region)")
    precondition(region.rows.lowerBound >= 0 && region.rows.upperBound <= size.height, "\(region)")
    let source = unsafe PixelRows(
      start: source, stride: rowBytes ?? raster.width * raster.channels, channels: raster.channels)
    let resizesColumns = size.width != raster.width
    let resizesRows = size.height != raster.height
    guard resizesColumns || resizesRows else {
      unsafe source.copy(region, to: target)
      return
    }
    guard let filter = ResampleFilter(interpolation) else {
      unsafe copyNearest(source, raster, size: size, region: region, to: target)
      return
    }
    if resizesColumns {
      horizontal.compute(
        sourceSize: raster.width, targetSize: size.width, range: region.columns, filter: filter)
    }
    if resizesRows {
      vertical.compute(sourceSize: raster.height, targetSize: size.height, range: region.rows, filter: filter)
    }
    guard resizesColumns && resizesRows else {
      if resizesColumns {
        unsafe scaleColumns(source.from(row: region.rows.lowerBound), rows: region.rows.count, to: target)
      } else {
        unsafe scaleRows(
          source.from(column: region.columns.lowerBound), columns: region.columns.count, to: target)
      }
      return
    }

    // Since Pillow 13 the pass that saves more work comes first.
    let rowsFirst =
      size.height < raster.height && raster.height - size.height > 2 * (raster.width - size.width)
    if rowsFirst {
      let columns = horizontal.sourceRange
      horizontal.rebase(to: columns.lowerBound)
      let memory = try unsafe between.reserve(columns.count * region.rows.count * raster.channels)
      unsafe scaleRows(source.from(column: columns.lowerBound), columns: columns.count, to: memory)
      let scaled = unsafe PixelRows(
        start: memory, stride: columns.count * raster.channels, channels: raster.channels)
      unsafe scaleColumns(scaled, rows: region.rows.count, to: target)
    } else {
      let rows = vertical.sourceRange
      vertical.rebase(to: rows.lowerBound)
      let memory = try unsafe between.reserve(rows.count * region.columns.count * raster.channels)
      unsafe scaleColumns(source.from(row: rows.lowerBound), rows: rows.count, to: memory)
      let scaled = unsafe PixelRows(
        start: memory, stride: region.columns.count * raster.channels, channels: raster.channels)
      unsafe scaleRows(scaled, columns: region.columns.count, to: target)
    }
  }

  /// Gives back memory that only an unusually large image needed.
  mutating func trim() { between.trim() }

  /// The horizontal pass: `rows` rows, each of the outputs in ``horizontal``.
  private func scaleColumns(_ source: PixelRows, rows: Int, to target: UnsafeMutablePointer<UInt8>) {
    let count = horizontal.starts.count
    for row in 0..<rows {
      let input = unsafe source.start + row * source.stride
      let output = unsafe target + row * count * source.channels
      if unsafe source.channels == 3 {
        unsafe kernels.row_u8x3(
          input, output, count, horizontal.starts, horizontal.lengths, horizontal.weights, horizontal.stride)
      } else {
        unsafe kernels.row_u8x1(
          input, output, count, horizontal.starts, horizontal.lengths, horizontal.weights, horizontal.stride)
      }
    }
  }

  /// The vertical pass: the rows in ``vertical``, each of `columns` pixels.
  private func scaleRows(_ source: PixelRows, columns: Int, to target: UnsafeMutablePointer<UInt8>) {
    let byteCount = unsafe columns * source.channels
    unsafe vertical.weights.withUnsafeBufferPointer { weights in
      guard let first = weights.baseAddress else { return }
      for row in vertical.starts.indices {
        unsafe kernels.column_u8(
          source.start + Int(vertical.starts[row]) * source.stride, source.stride, target + row * byteCount,
          byteCount, first + row * vertical.stride, Int(vertical.lengths[row]))
      }
    }
  }
}

// MARK: - Without a filter

extension Resampler {
  /// Pillow's nearest neighbour: positions are summed up step by step, and what falls outside is black.
  private mutating func copyNearest(
    _ source: PixelRows, _ raster: Raster, size: (width: Int, height: Int), region: PixelRegion,
    to target: UnsafeMutablePointer<UInt8>
  ) {
    Self.tabulate(&columnTable, from: raster.width, to: size.width, range: region.columns)
    Self.tabulate(&rowTable, from: raster.height, to: size.height, range: region.rows)
    let channels = unsafe source.channels
    var output = unsafe target
    for row in rowTable {
      for column in columnTable {
        let isInside = row < raster.height && column < raster.width
        let input = unsafe source.start + (isInside ? row * source.stride + column * channels : 0)
        for channel in 0..<channels {
          unsafe output[channel] = isInside ? input[channel] : 0
        }
        unsafe output += channels
      }
    }
  }

  /// Source positions of the outputs in `range`.
  private static func tabulate(_ table: inout [Int], from source: Int, to target: Int, range: Range<Int>) {
    table.removeAll(keepingCapacity: true)
    let step = Double(source) / Double(target)
    var position = step * 0.5
    for output in 0..<range.upperBound {
      if output >= range.lowerBound { table.append(Int(position)) }
      position += step
    }
  }
}
