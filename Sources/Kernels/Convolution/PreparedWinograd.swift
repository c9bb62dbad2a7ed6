import CKernels

/// A 3×3 convolution of stride 1 by Winograd's algorithm F(4×4, 3×3), with bias, optional residual and optional ReLU.
///
/// Its tasks are runs of tiles over all images of a batch, each for a run of panels of output channels, so that the
/// transformed weights, four times as large as the weights, are read seldom. A tile's result does not depend on the run
/// that it is in.
@safe package final class PreparedWinograd: Sendable {
  package let window: Window
  private let weights: PackedWeights
  private let relu: Bool
  private let kernels: KernelTable
  private let cWindow: rz_window
  private let tilesPerImage: Int
  private let panels: Int
  private let mostTiles: Int

  /// Products for each tile of outputs, input channel and output channel.
  static let tileArea = Int(RZ_TILE_AREA)
  private static let tileStep = Int(RZ_TILE_STEP)

  /// - Parameters:
  ///   - window: a 3×3 window of stride and dilation 1.
  ///   - weights: packed for Winograd's algorithm.
  ///   - relu: whether negative sums become 0.
  package init(window: Window, weights: PackedWeights, relu: Bool, kernels: KernelTable = .current) {
    precondition(window.channels == weights.inputChannels, "weights of another convolution")
    precondition(weights.engine == .winograd, "weights for another engine")
    self.window = window
    self.weights = weights
    self.relu = relu
    self.kernels = kernels
    cWindow = window.c
    tilesPerImage = Self.tiles(window)
    panels = kernels.panels(of: weights.outputChannels)
    // Where the weights are large, reading them costs more than tiles that overflow the second-level cache.
    mostTiles = window.channels >= 512 ? 48 : window.channels >= 256 ? 24 : 36
  }

  /// Tiles of an image's output.
  static func tiles(_ window: Window) -> Int {
    let (down, across) = (window.outputHeight + tileStep - 1, window.outputWidth + tileStep - 1)
    return (down / tileStep) * (across / tileStep)
  }

  /// How a batch is cut: `groups` runs of tiles times `ranges` runs of panels.
  private struct Cut {
    var tiles: Int
    var groups: Int
    var ranges: Int

    /// None for a task behind the last one.
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

  /// Independent pieces of a batch.
  package func taskCount(images: Int, workers: Int) -> Int {
    let cut = cut(images: images, workers: workers)
    return cut.groups * cut.ranges
  }

  /// Bytes of its packed weights.
  package var weightBytes: Int { weights.byteCount }

  /// Floats of scratch that each worker needs.
  package var scratchCount: Int {
    Self.tileArea * (mostTiles * (window.channels + kernels.panelWidth) + 32)
  }

  /// Computes one piece of a batch.
  ///
  /// - Parameters:
  ///   - images: those of the batch.
  ///   - workers: as ``taskCount(images:workers:)`` was told.
  ///   - inputStep: floats between two images of the input.
  ///   - residual: added before ReLU, if there is one; may be the output.
  ///   - outputStep: floats between two images of the residual and the output.
  ///   - scratch: ``scratchCount`` floats of this worker.
  package func run(
    task: Int, images: Int, workers: Int, input: UnsafePointer<Float>, inputStep: Int,
    residual: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>, outputStep: Int,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let cut = cut(images: images, workers: workers)
    let tiles = cut.tiles(of: task)
    let panels = cut.panels(of: task, count: self.panels)
    let next = cut.tiles(of: min(task + 1, cut.groups * cut.ranges))
    var part = rz_part(
      first_pixel: tiles.lowerBound, pixels: tiles.count, first_panel: panels.lowerBound, panels: panels.count
    )
    var epilogue = unsafe rz_epilogue(bias: weights.bias, residual: residual, relu: relu)
    unsafe withUnsafePointer(to: cWindow) { window in
      unsafe kernels.c.pointee.convolution.winograd(
        window, weights.outputChannels, &part, next.lowerBound, next.count, input, inputStep, weights.packed,
        &epilogue, scratch, output, outputStep)
    }
  }
}
