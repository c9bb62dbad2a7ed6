import CKernels
package import TensorCore
package import Threads

/// A convolution or linear layer on a map of bytes, with weights of signed bytes and whole sums, as NETWORK.md says to the
/// bit.
///
/// - input: bytes, [inputHeight, inputWidth, inputChannels]
/// - residual: bytes or floats, [outputHeight, outputWidth, outputChannels]
/// - output: bytes or floats, likewise
@safe package final class ByteConvolution: ImagewiseKernel {
  /// The map that a convolution adds to its sums before ReLU, by its form.
  package enum Residual: Hashable, Sendable {
    case none
    case floats
    case bytes(ByteScale)
  }

  /// The way of the sums into the output.
  package struct Ending: Sendable {
    /// One factor for each output channel, of the products of real weights with real inputs.
    package var factor: [Double]
    /// One number for each output channel.
    package var bias: [Double]
    package var residual: Residual
    package var relu: Bool
    /// The scale of the output's bytes; nil for floats.
    package var output: ByteScale?

    package init(factor: [Double], bias: [Double], residual: Residual, relu: Bool, output: ByteScale?) {
      self.factor = factor
      self.bias = bias
      self.residual = residual
      self.relu = relu
      self.output = output
    }
  }

  private let geometry: ConvolutionGeometry
  private let kernels: ByteKernelTable
  private let tiles: Tiles
  private let weights: PackedBuffer
  /// Corrections, factors and biases, each as many as columns of packed weights.
  private let columns: AlignedBuffer
  private let columnCount: Int
  private let offsets: [Int]
  private let c: rz_byte_convolution
  private let residual: Residual
  private let residualFactor: Float
  private let lowest: Float
  private let putsOutFloats: Bool

  /// The most products of a sum: more could overflow 32 bits.
  package static let depthLimit = 1 << 16

  /// - Parameters:
  ///   - weights: [outputs, inputs of a group, kernel, kernel] or [outputs, inputs], each the integer and, by output
  ///     channel, a scale before them, as `ChannelQuantization` lays them out.
  ///   - input: the scale of the input's bytes.
  ///   - pool: does the packing.
  ///   - sharing: where processes have packed weights in common; nil for memory of this one alone.
  /// - Precondition: a sum has at most ``depthLimit`` products.
  package init(
    _ geometry: ConvolutionGeometry, weights: Tensor, input: ByteScale, ending: Ending, pool: WorkerPool,
    sharing: (any ByteSharing)? = nil, kernels: ByteKernelTable = .current
  ) {
    let window = geometry.window
    let outputs = geometry.outputChannels
    precondition(geometry.groupInputs * geometry.taps <= Self.depthLimit, "sums of \(geometry)")
    precondition(
      weights.elementType == .int8
        && weights.shape.elementCount == outputs * geometry.groupInputs * geometry.taps,
      "weights of \(weights.shape) for \(geometry)")
    precondition(ending.factor.count == outputs && ending.bias.count == outputs, "a factor for each output")
    self.geometry = geometry
    self.kernels = kernels
    let isRowRun =
      window.channels < 16 && window.kernel > 1 && window.dilation == 1 && geometry.groups == 1
    let run = isRowRun ? window.kernel * window.channels : geometry.groupInputs
    let units = (run + kernels.unit - 1) / kernels.unit
    let c = rz_byte_convolution(
      window: window.c, groups: geometry.cGroups, run_units: units,
      runs: isRowRun ? window.kernel : geometry.taps, row_runs: isRowRun,
      in_place: window.kernel == 1 && window.padding == 0 && kernels.activationBytes == 1
        && geometry.groupInputs.isMultiple(of: kernels.unit),
      zero: input.zero)
    self.c = c
    let groupPanels = (geometry.groupOutputs + kernels.panelWidth - 1) / kernels.panelWidth
    let groupColumns = (geometry.groupOutputs + kernels.lanes - 1) / kernels.lanes * kernels.lanes
    let panels = groupPanels * geometry.groups
    tiles = Tiles(
      pixels: window.outputPixels, panels: panels,
      channels: geometry.groupInputs * window.stride * window.stride / MemoryLayout<Float>.stride)
    columnCount = groupColumns * geometry.groups
    columns = AlignedBuffer(floatCount: 3 * columnCount)
    let packed = AlignedBuffer(floatCount: columnCount * c.runs * units, uninitialized: true)
    offsets = Self.offsets(c, kernels: kernels)
    residual = ending.residual
    putsOutFloats = ending.output == nil
    let output = Double(ending.output?.scale ?? 1)
    let zero = Double(ending.output?.zero ?? 0)
    switch ending.residual {
    case .none: residualFactor = 0
    case .floats: residualFactor = Float(1 / output)
    case .bytes(let scale): residualFactor = Float(Double(scale.scale) / output)
    }
    lowest = ending.relu ? Float(zero) : putsOutFloats ? -.infinity : 0
    let packing = unsafe BytePacking(
      c, panels: panels, weights: weights, into: packed.baseAddress,
      correction: columns.baseAddress.assumingMemoryBound(to: Int32.self), kernels: kernels)
    pool.run(packing, tasks: panels)
    self.weights = PackedBuffer(packed, sharing: sharing)
    let scales = weights.channelScales
    let floats = unsafe columns.baseAddress.assumingMemoryBound(to: Float.self)
    for channel in 0..<outputs {
      let column = channel / geometry.groupOutputs * groupColumns + channel % geometry.groupOutputs
      let factor = Double(input.scale) * Double(scales[channel]) * ending.factor[channel] / output
      var bias = ending.bias[channel] / output + zero
      if case .bytes(let scale) = ending.residual {
        bias -= Double(scale.scale) / output * Double(scale.zero)
      }
      unsafe floats[columnCount + column] = Float(factor)
      unsafe floats[2 * columnCount + column] = Float(bias)
    }
  }

  private static func offsets(_ convolution: rz_byte_convolution, kernels: ByteKernelTable) -> [Int] {
    var c = convolution
    var offsets = Array(repeating: 0, count: c.runs)
    unsafe rz_byte_offsets(&c, kernels.activationBytes, kernels.unit, &offsets)
    return offsets
  }

  package var label: String { "int8" }
  package var weightBytes: Int { weights.byteCount + columns.byteCount }
  package var pieceCount: Int { tiles.count }

  /// A pointer to each pixel of a tile, then the rows under the tile.
  package var scratchCount: Int {
    var c = c
    let rows =
      c.in_place
      ? 0 : unsafe rz_byte_rows_size(&c, tiles.pixelsPerTile, kernels.activationBytes, kernels.unit)
    return SourceList.floatCount(tiles.pixelsPerTile)
      + (rows + MemoryLayout<Float>.stride - 1) / MemoryLayout<Float>.stride
  }

  package func run(piece: Int, _ image: ImageCall) {
    var c = c
    var part = tiles.part(piece)
    let numbers = unsafe UnsafePointer(columns.baseAddress.assumingMemoryBound(to: Float.self))
    var epilogue = unsafe rz_byte_epilogue(
      correction: UnsafeRawPointer(numbers).assumingMemoryBound(to: Int32.self),
      factor: numbers + columnCount, bias: numbers + 2 * columnCount, byte_residual: nil, float_residual: nil,
      residual_factor: residualFactor, lowest: lowest)
    switch residual {
    case .none: break
    case .floats: unsafe epilogue.float_residual = image.residual
    case .bytes: unsafe epilogue.byte_residual = image.residual.map { unsafe $0.bytes }
    }
    let sources = unsafe UnsafeMutableRawPointer(image.scratch).assumingMemoryBound(
      to: UnsafePointer<UInt8>?.self)
    let rows = unsafe UnsafeMutableRawPointer(
      image.scratch + SourceList.floatCount(tiles.pixelsPerTile))
    unsafe offsets.withUnsafeBufferPointer { offsets in
      guard let offsets = offsets.baseAddress else { return }
      unsafe kernels.c.pointee.product(
        &c, &part, image.input.bytes, weights.start,
        offsets, &epilogue, putsOutFloats, sources,
        rows.assumingMemoryBound(to: UInt8.self), image.output)
    }
  }
}

/// Packs the weights of a convolution on bytes, panel by panel.
@safe private final class BytePacking: ParallelJob {
  private let c: rz_byte_convolution
  private let weights: Tensor
  private let packed: UnsafeMutableRawPointer
  private let correction: UnsafeMutablePointer<Int32>
  private let kernels: ByteKernelTable

  init(
    _ c: rz_byte_convolution, panels: Int, weights: Tensor, into packed: UnsafeMutableRawPointer,
    correction: UnsafeMutablePointer<Int32>, kernels: ByteKernelTable
  ) {
    self.c = c
    self.weights = weights
    unsafe self.packed = packed
    unsafe self.correction = correction
    self.kernels = kernels
  }

  func run(task: Int, worker: Int) {
    var c = c
    unsafe kernels.c.pointee.pack(&c, task, 1, weights.integerPointer, packed, correction)
  }
}
