import CKernels

/// A transposed convolution over one image, phase by phase.
@safe final class PhasedConvolution {
  private let phases: [Phase]
  private let weights: PackedWeights
  private let spread: Bool
  private let kernels: KernelTable
  /// Independent pieces of one image.
  let taskCount: Int
  /// Floats of scratch that each worker needs.
  let scratchCount: Int

  /// - Parameters:
  ///   - weights: those of all phases.
  ///   - spread: whether registers hold several groups.
  init(phases: [Phase], weights: PackedWeights, spread: Bool, kernels: KernelTable) {
    self.phases = phases
    self.weights = weights
    self.spread = spread
    self.kernels = kernels
    taskCount = phases.reduce(0) { $0 + $1.tiles.count }
    scratchCount =
      phases.map { $0.scratchCount(groups: weights.cGroups, kernels: kernels) }.max() ?? 0
  }

  /// Computes one piece.
  ///
  /// - Parameter scratch: ``scratchCount`` floats of this worker, aligned to 8 bytes.
  func run(
    task: Int, source: UnsafePointer<Float>, accumulate: Bool, target: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    var (index, tile) = (0, task)
    while tile >= phases[index].tiles.count {
      tile -= phases[index].tiles.count
      index += 1
    }
    // What no tap reaches gets nothing added.
    if accumulate, phases[index].taps.isEmpty { return }
    unsafe phases[index].run(
      tile: tile, groups: weights.cGroups, spread: spread, accumulate: accumulate, source: source,
      weights: weights.packed + phases[index].packedOffset, bias: nil, target: target, scratch: scratch,
      kernels: kernels)
  }
}

extension Phase {
  /// Computes one tile.
  func run(
    tile: Int, groups: rz_groups, spread: Bool, accumulate: Bool, source: UnsafePointer<Float>,
    weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?, target: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, kernels: KernelTable
  ) {
    let (pixels, panels) = tiles.ranges(of: tile)
    var part = rz_part(
      first_pixel: pixels.lowerBound, pixels: pixels.count, first_panel: panels.lowerBound,
      panels: panels.count)
    var groups = groups
    let sources = unsafe UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UnsafePointer<Float>?.self)
    let rest = unsafe UnsafeMutableRawPointer(sources + tiles.pixelsPerTile * taps.count)
    unsafe withUnsafePointer(to: c) { phase in
      unsafe kernels.c.pointee.convolution.phase(
        phase, &groups, &part, spread, accumulate, source, weights, bias, sources,
        rest.assumingMemoryBound(to: Float.self), target)
    }
  }
}
