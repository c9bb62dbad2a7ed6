import CKernels

/// A convolution with bias, optional residual and optional ReLU, its weights packed for one output size.
///
/// - input: [inputHeight, inputWidth, inputChannels]
/// - residual and output: [outputHeight, outputWidth, outputChannels]
@safe package final class PreparedConvolution: Sendable {
  package let window: Window
  private let weights: PackedWeights
  private let relu: Bool
  private let kernels: KernelTable
  private let tiles: Tiles
  private let cWindow: rz_window

  /// - Parameters:
  ///   - window: the geometry for one image.
  ///   - weights: those of the convolution, packed for an engine that works image by image.
  ///   - relu: whether negative sums become 0.
  package init(window: Window, weights: PackedWeights, relu: Bool, kernels: KernelTable = .current) {
    precondition(window.channels == weights.inputChannels * weights.groups, "weights of another convolution")
    precondition(weights.engine != .winograd, "weights for Winograd's algorithm")
    self.window = window
    self.relu = relu
    self.weights = weights
    self.kernels = kernels
    switch weights.engine {
    case .direct, .exact, .winograd:
      tiles = Tiles(rowsOf: window)
    case .product, .rows, .grouped:
      tiles = Tiles(
        pixels: window.outputPixels, panels: weights.panelCount(kernels),
        channels: weights.inputChannels * window.stride * window.stride, rows: Self.rows)
    }
    cWindow = window.c
  }

  package var engine: ConvolutionEngine { weights.engine }

  /// Pixels that a product kernel computes at once.
  static let rows = Int(RZ_ROWS)

  /// Independent pieces of one image's output.
  package var taskCount: Int { tiles.count }

  /// The output channels that one piece of a single pixel computes.
  func outputChannels(of task: Int) -> Range<Int> {
    let panels = tiles.ranges(of: task).panels
    let width = kernels.panelWidth
    return panels.lowerBound * width..<min(panels.upperBound * width, weights.outputChannels)
  }

  /// Bytes of its packed weights.
  package var weightBytes: Int { weights.byteCount }

  /// Floats of scratch that each worker needs.
  package var scratchCount: Int {
    switch weights.engine {
    case .direct, .exact, .winograd: window.channels
    case .product, .grouped: sourcesFloatCount + window.channels
    case .rows: sourcesFloatCount + paddedRowsFloatCount
    }
  }

  /// A convolution with products visits its sources through a list of pointers.
  private var sourcesFloatCount: Int {
    let taps = weights.engine == .rows ? window.kernel : window.kernel * window.kernel
    let bytes = tiles.pixelsPerTile * taps * MemoryLayout<UInt>.stride
    return bytes / MemoryLayout<Float>.stride
  }

  private var paddedRowsFloatCount: Int {
    let outputRows = (tiles.pixelsPerTile + window.outputWidth - 2) / window.outputWidth + 1
    let rows = (outputRows - 1) * window.stride + window.kernel
    return rows * (window.inputWidth + 2 * window.padding) * window.channels
  }

  /// Computes one piece of one image.
  ///
  /// - Parameters:
  ///   - residual: added before ReLU, if there is one.
  ///   - scratch: ``scratchCount`` floats of this worker, aligned to 8 bytes.
  package func run(
    task: Int, input: UnsafePointer<Float>, residual: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let (pixels, panels) = tiles.ranges(of: task)
    if weights.engine == .direct || weights.engine == .exact {
      unsafe runDirect(pixels: pixels, input: input, residual: residual, output: output, zeros: scratch)
      return
    }
    var part = rz_part(
      first_pixel: pixels.lowerBound, pixels: pixels.count, first_panel: panels.lowerBound,
      panels: panels.count)
    var epilogue = unsafe rz_epilogue(bias: weights.bias, residual: residual, relu: relu)
    var groups = weights.cGroups
    let sources = unsafe UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UnsafePointer<Float>?.self)
    let rest = unsafe scratch + sourcesFloatCount
    unsafe withUnsafePointer(to: cWindow) { window in
      if weights.engine == .grouped {
        unsafe kernels.c.pointee.convolution.grouped(
          window, &groups, &part, input, weights.packed, &epilogue, sources, rest, output)
      } else {
        unsafe kernels.c.pointee.convolution.product(
          window, &groups, &part, weights.engine == .rows, input, weights.packed, &epilogue, sources, rest,
          output)
      }
    }
  }

  private func runDirect(
    pixels: Range<Int>, input: UnsafePointer<Float>, residual: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>, zeros: UnsafeMutablePointer<Float>
  ) {
    let channels = weights.outputChannels
    let start = pixels.lowerBound * channels
    unsafe zeros.update(repeating: 0, count: window.channels)
    var groups = weights.cGroups
    unsafe withUnsafePointer(to: cWindow) { window in
      unsafe kernels.c.pointee.convolution.direct(
        window, &groups, pixels.lowerBound / self.window.outputWidth, pixels.count / self.window.outputWidth,
        weights.engine == .exact, input, weights.packed, zeros, output + start)
    }
    unsafe kernels.c.pointee.elementwise.epilogue(
      pixels.count, channels, output + start, weights.bias, residual.map { unsafe $0 + start }, channels, relu
    )
  }
}
