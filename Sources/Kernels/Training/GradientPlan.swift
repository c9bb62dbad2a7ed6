import CKernels

/// The cut of the gradient of a layer's weights: into blocks of weights, and for few of them into runs of pixels as well. It
/// follows from the layer and the number of images alone, never from the number of threads.
struct GradientPlan {
  /// A block of weights: inputs of one group, and up to a panel of outputs.
  struct Block {
    var firstInput: Int
    var inputs: Int
    var firstOutput: Int
    var outputs: Int
    /// The place of its first weight.
    var weights: Int
    /// True if it sums up the bias gradient of its outputs too.
    var hasBias: Bool
  }

  let blocks: [Block]
  /// True if sums are of tiles in Winograd's domain.
  let isWinograd: Bool
  /// Floats of the largest block's sums.
  let blockCount: Int
  /// Output rows and images that are summed up at once: rows of one image, or several whole images.
  private let rows: Int
  private let images: Int
  private let height: Int
  /// Winograd's tiles of an image.
  private let tiles: Int

  init(_ geometry: ConvolutionGeometry, kernels: KernelTable) {
    let window = geometry.window
    isWinograd = ConvolutionEngine.choose(geometry, kernels: kernels) == .winograd
    blocks =
      geometry.sharesRegisters(kernels)
      ? Self.registers(geometry, kernels) : Self.panels(geometry, isWinograd: isWinograd, kernels)
    let numbers = isWinograd ? WinogradConvolution.tileArea : geometry.taps
    blockCount = blocks.map { (numbers * $0.inputs + 1) * kernels.padded($0.outputs) }.max() ?? 0
    tiles = WinogradConvolution.tiles(window)
    height = window.outputHeight
    let most = max(1, Self.pixelsAtOnce / window.outputWidth)
    let parts = (height + most - 1) / most
    rows = (height + parts - 1) / parts
    images = max(1, Self.pixelsAtOnce / window.outputPixels)
  }

  // `reszoo bench MODEL --train all` measures the constants below, layer by layer with a model of few layers.

  /// Pixels that are packed at once: 32 KiB of a panel's gradients (64 channels), which every row of sums reads again, about a
  /// first-level cache.
  private static let pixelsAtOnce = 128
  /// Winograd's tiles at once: 36 · 32 · (32 inputs + 64 outputs) floats are 432 KiB of a second-level cache of 1 MiB.
  private static let tilesAtOnce = 32
  /// A block's sums: 128 KiB, so that they stay in the second-level cache beside packed pixels.
  private static let blockFloats = 1 << 15
  private static let slice = Int(RZ_SLICE)
  /// Inputs of a block in Winograd's domain, whole registers: 36 · 32 · 64 sums are 288 KiB of the second-level cache.
  private static let winogradInputs = 32
  /// Tasks that even many workers share well.
  private static let tasksAtLeast = 16

  private static func panels(
    _ geometry: ConvolutionGeometry, isWinograd: Bool, _ kernels: KernelTable
  ) -> [Block] {
    let (inputs, outputs) = (geometry.groupInputs, geometry.groupOutputs)
    let most =
      isWinograd
      ? winogradInputs : max(slice, blockFloats / (geometry.taps * kernels.panelWidth) / slice * slice)
    let ranges = (inputs + most - 1) / most
    return (0..<geometry.groups).flatMap { group in
      stride(from: 0, to: outputs, by: kernels.panelWidth).flatMap { output in
        (0..<ranges).map { range in
          // Whole tiles of rows, and whole registers for Winograd's algorithm.
          let first = range * most
          return Block(
            firstInput: group * inputs + first, inputs: min(most, inputs - first),
            firstOutput: group * outputs + output, outputs: min(kernels.panelWidth, outputs - output),
            weights: ((group * outputs + output) * inputs + first) * geometry.taps, hasBias: range == 0)
        }
      }
    }
  }

  private static func registers(_ geometry: ConvolutionGeometry, _ kernels: KernelTable) -> [Block] {
    stride(from: 0, to: geometry.outputChannels, by: kernels.lanes).map { first in
      Block(
        firstInput: first, inputs: geometry.groupInputs, firstOutput: first, outputs: kernels.lanes,
        weights: first * geometry.groupInputs * geometry.taps, hasBias: true)
    }
  }

  /// Pieces of all pixels.
  private func chunkCount(images count: Int) -> Int {
    if isWinograd { return (count * tiles + Self.tilesAtOnce - 1) / Self.tilesAtOnce }
    return rows < height ? count * ((height + rows - 1) / rows) : (count + images - 1) / images
  }

  /// Runs of pixels whose sums are added up at the end.
  func runCount(images: Int) -> Int {
    let wanted = (Self.tasksAtLeast + blocks.count - 1) / blocks.count
    return min(wanted, chunkCount(images: images))
  }

  /// The most runs that there may be.
  var mostRuns: Int { (Self.tasksAtLeast + blocks.count - 1) / blocks.count }

  /// The pieces of one run.
  func chunks(of run: Int, images: Int) -> Range<Int> {
    let (chunks, runs) = (chunkCount(images: images), runCount(images: images))
    return run * chunks / runs..<(run + 1) * chunks / runs
  }

  /// The tiles of a piece, of all images.
  func tiles(of chunk: Int, images count: Int) -> Range<Int> {
    chunk * Self.tilesAtOnce..<min(count * tiles, (chunk + 1) * Self.tilesAtOnce)
  }

  /// The images and rows of a piece.
  func pixels(of chunk: Int, images count: Int) -> (images: Range<Int>, rows: Range<Int>) {
    guard rows < height else {
      return (chunk * images..<min(count, (chunk + 1) * images), 0..<height)
    }
    let perImage = (height + rows - 1) / rows
    let (image, part) = chunk.quotientAndRemainder(dividingBy: perImage)
    return (image..<image + 1, part * rows..<min(height, (part + 1) * rows))
  }

  /// Floats of packed gradients and packed inputs.
  func scratchCount(_ geometry: ConvolutionGeometry, rowCopies: Bool, kernels: KernelTable) -> Int {
    if isWinograd {
      let inputs = blocks.map(\.inputs).max() ?? 0
      return WinogradConvolution.tileArea * (Self.tilesAtOnce * (inputs + kernels.panelWidth) + 32)
    }
    let window = geometry.window
    let together = rows < height ? 1 : images
    let reach = (rows - 1) * window.stride + (window.kernel - 1) * window.dilation + 1
    let line = window.inputWidth + (rowCopies ? 2 * window.padding : 0)
    let channels = max(kernels.lanes, min(Self.slice, geometry.groupInputs))
    let pixels = together * rows * window.outputWidth
    let points = window.kernel == 1 ? pixels * (blocks.map(\.inputs).max() ?? 0) : 0
    // As bfloat16 numbers.
    let pairs = window.kernel == 1 ? (pixels + 1) / 2 * kernels.padded(channels) : 0
    return pixels * kernels.panelWidth
      + max(points, pairs, together * min(window.inputHeight, reach) * line * channels)
  }
}
