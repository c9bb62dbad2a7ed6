import CKernels

/// A 3×3 convolution of stride 1 by Winograd's algorithm F(4×4, 3×3), with bias, optional residual and optional ReLU.
///
/// Its tasks are runs of tiles over all images of a batch, each for a run of panels of output channels, so that the
/// transformed weights, four times as large as the weights, are read seldom. A tile's result does not depend on the run
/// that it is in.
@safe final class WinogradConvolution: PreparedKernel {
  private let geometry: ConvolutionGeometry
  private let weights: PackedWeights
  private let relu: Bool
  private let kernels: KernelTable
  private let tilesPerImage: Int
  private let panels: Int
  private let mostTiles: Int

  /// Products for each tile of outputs, input channel and output channel.
  static let tileArea = Int(RZ_TILE_AREA)
  private static let tileStep = Int(RZ_TILE_STEP)

  /// - Parameters:
  ///   - geometry: a 3×3 window of stride and dilation 1, whose channels fill registers.
  ///   - relu: true if negative sums become 0.
  init(_ geometry: ConvolutionGeometry, weights: PackedWeights, relu: Bool, kernels: KernelTable) {
    precondition(ConvolutionEngine.winograd.serves(geometry, kernels: kernels), "\(geometry) for Winograd")
    self.geometry = geometry
    self.weights = weights
    self.relu = relu
    self.kernels = kernels
    tilesPerImage = Self.tiles(geometry.window)
    panels = kernels.panels(of: geometry.outputChannels)
    mostTiles = Self.mostTiles(channels: geometry.window.channels)
  }

  var label: String { ConvolutionEngine.winograd.rawValue }
  var weightBytes: Int { weights.byteCount }

  /// The most tiles of a task. Their transformed inputs and the products of one panel, 144 bytes for each tile and channel of
  /// both, fill the second-level cache (1 MiB; 36 tiles of 128 channels beside a panel of 64 take 0.95 MiB). From 512 channels on
  /// the transformed weights, 36 MiB and more, come from memory for each task: there fewer tasks save more than tiles that
  /// overflow the cache cost. Measured by the winograd rows of `reszoo bench MODEL --plan` for ResNet-18.
  private static func mostTiles(channels: Int) -> Int { channels >= 512 ? 48 : channels >= 256 ? 24 : 36 }

  /// Tiles of an image's output.
  static func tiles(_ window: Window) -> Int {
    let (down, across) = (window.outputHeight + tileStep - 1, window.outputWidth + tileStep - 1)
    return (down / tileStep) * (across / tileStep)
  }

  /// The cut of a batch: `groups` runs of tiles times `ranges` runs of panels.
  private struct Cut {
    var tiles: Int
    var groups: Int
    var ranges: Int

    /// The tiles of a task; none for one after the last.
    func tiles(of task: Int) -> Range<Int> {
      let group = task / ranges
      return group * tiles / groups..<min(group + 1, groups) * tiles / groups
    }

    func panels(of task: Int, count: Int) -> Range<Int> {
      let range = task % ranges
      return range * count / ranges..<(range + 1) * count / ranges
    }
  }

  private func cut(images: Int, workers: Int) -> Cut {
    let tiles = tilesPerImage * images
    var groups = (tiles + mostTiles - 1) / mostTiles
    // Few groups are made as many for each worker.
    if groups > 1, groups < 4 * workers { groups = min(tiles, (groups + workers - 1) / workers * workers) }
    return Cut(tiles: tiles, groups: groups, ranges: groups > 1 ? 1 : min(workers, panels))
  }

  func taskCount(images: Int, workers: Int) -> Int {
    let cut = cut(images: images, workers: workers)
    return cut.groups * cut.ranges
  }

  /// The 36 planes of transformed inputs and those of products, each a cache line (16 floats) longer than its numbers, so that
  /// the planes do not fall onto the same sets of a cache.
  var scratchCount: Int {
    Self.tileArea * (mostTiles * (geometry.window.channels + kernels.panelWidth) + 2 * 16)
  }

  func run(task: Int, _ call: KernelCall, scratch: UnsafeMutablePointer<Float>) {
    let cut = cut(images: call.images, workers: call.workers)
    let tiles = cut.tiles(of: task)
    let panels = cut.panels(of: task, count: self.panels)
    let next = cut.tiles(of: min(task + 1, cut.groups * cut.ranges))
    var part = rz_part(
      first_pixel: tiles.lowerBound, pixels: tiles.count, first_panel: panels.lowerBound, panels: panels.count
    )
    var window = geometry.window.c
    var epilogue = unsafe rz_epilogue(bias: weights.bias, residual: call.residual, relu: relu)
    unsafe kernels.c.pointee.convolution.winograd(
      &window, geometry.outputChannels, &part, next.lowerBound, next.count, call.input, call.inputStride,
      weights.packed, &epilogue, scratch, call.output, call.outputStride)
  }
}
