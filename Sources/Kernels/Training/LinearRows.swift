import CKernels
import Threads

/// Products of rows with packed weights: a 1×1 convolution whose pixels are images.
@safe final class LinearRows: ParallelJob {
  private let workspace: TrainingWorkspace
  private let packer: WeightPacker
  private let weights: PackedWeights
  private var phase: Phase
  private var call: Call?

  @safe private struct Call {
    var source: UnsafePointer<Float>
    var target: UnsafeMutablePointer<Float>
    var accumulate: Bool
  }

  /// - Parameter columns: packed for panels of a single group and tap.
  init(_ columns: WeightColumns, workspace: TrainingWorkspace) {
    self.workspace = workspace
    let kernels = workspace.kernels
    packer = WeightPacker(kernels: kernels)
    packer.add(columns)
    weights = PackedWeights(
      outputChannels: columns.columns, inputChannels: columns.depth, groups: 1, engine: .product,
      floatCount: columns.floatCount(kernels), kernels: kernels)
    let c = rz_phase(
      source_height: 1, source_width: 1, source_step: columns.depth, taps_down: 1, taps_across: 1, reach: 1,
      top: 0, left: 0, height: 1, width: 1, first_row: 0, first_column: 0, stride: 1, target_width: 1,
      target_step: columns.columns)
    phase = Phase(c: c, taps: [0], panels: kernels.panels(of: columns.columns), depth: columns.depth)
    workspace.reserve(worker: phase.scratchCount(groups: weights.cGroups, kernels: kernels))
  }

  func pack(weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
    unsafe packer.pack(weights, into: self.weights.mutablePacked, pool: workspace.pool)
    if let bias = unsafe bias { unsafe self.weights.setBias(bias) }
  }

  func run(
    source: UnsafePointer<Float>, sourceStep: Int, target: UnsafeMutablePointer<Float>, targetStep: Int,
    accumulate: Bool, images: Int
  ) {
    unsafe call = Call(source: source, target: target, accumulate: accumulate)
    phase.c.source_width = images
    phase.c.source_step = sourceStep
    phase.c.width = images
    phase.c.target_width = images
    phase.c.target_step = targetStep
    phase.tiles = Tiles(
      pixels: images, panels: weights.panelCount(workspace.kernels), channels: weights.inputChannels,
      rows: PreparedConvolution.rows)
    workspace.pool.run(self, tasks: phase.tiles.count)
  }

  func run(task: Int, worker: Int) {
    guard let call else { return }
    unsafe phase.run(
      tile: task, groups: weights.cGroups, spread: false, accumulate: call.accumulate, source: call.source,
      weights: weights.packed, bias: weights.bias, target: call.target,
      scratch: workspace.scratch(of: worker), kernels: workspace.kernels)
  }
}
