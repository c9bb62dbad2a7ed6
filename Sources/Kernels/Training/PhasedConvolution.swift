import CKernels

/// A transposed convolution over one image, phase by phase. The residual, if there is one, is the output: the sums are added to
/// it.
@safe final class PhasedConvolution: ImagewiseKernel {
  private let phases: [Phase]
  private let groups: rz_groups
  private let weights: PackedWeights
  private let spread: Bool
  private let kernels: KernelTable
  let pieceCount: Int
  let scratchCount: Int

  /// - Parameters:
  ///   - phases: all that have pixels.
  ///   - geometry: the convolution whose input they make up.
  ///   - weights: the packed rows of all phases.
  ///   - spread: true if registers hold several groups.
  init(
    _ phases: [Phase], of geometry: ConvolutionGeometry, weights: PackedWeights, spread: Bool,
    kernels: KernelTable
  ) {
    self.phases = phases
    groups = rz_groups(
      output_channels: geometry.window.channels, group_inputs: geometry.groupOutputs,
      group_outputs: geometry.groupInputs)
    self.weights = weights
    self.spread = spread
    self.kernels = kernels
    pieceCount = phases.reduce(0) { $0 + $1.tiles.count }
    scratchCount =
      phases.map { $0.scratchCount(sourceChannels: geometry.outputChannels, kernels: kernels) }.max() ?? 0
  }

  var label: String { "phases" }
  var weightBytes: Int { weights.byteCount }

  func run(piece: Int, _ image: ImageCall) {
    var (index, tile) = (0, piece)
    while tile >= phases[index].tiles.count {
      tile -= phases[index].tiles.count
      index += 1
    }
    let accumulate = unsafe image.residual != nil
    // Nothing is added where no tap reaches.
    if accumulate, phases[index].taps.isEmpty { return }
    unsafe phases[index].run(
      tile: tile, groups: groups, spread: spread, accumulate: accumulate, source: image.input,
      weights: weights.packed + phases[index].packedOffset, bias: nil, target: image.output,
      scratch: image.scratch, kernels: kernels)
  }
}

extension Phase {
  /// Computes one tile.
  func run(
    tile: Int, groups: rz_groups, spread: Bool, accumulate: Bool, source: UnsafePointer<Float>,
    weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?, target: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, kernels: KernelTable
  ) {
    var phase = c
    var groups = groups
    var part = tiles.part(tile)
    let list = unsafe SourceList(scratch, count: tiles.pixelsPerTile * taps.count)
    unsafe kernels.c.pointee.convolution.phase(
      &phase, &groups, &part, spread, accumulate, source, weights, bias, list.sources, list.rest, target)
  }
}
