import CKernels
import Threads

/// The gradients of a trained layer's weights and bias.
///
/// Each task sums up a block of weights over a run of pixels, in pieces that stay in the caches. Where there are several runs,
/// their sums are added up in order at the end.
@safe final class WeightGradientPass: ParallelJob {
  private let layer: TrainedLayer
  private let workspace: TrainingWorkspace
  private let plan: GradientPlan
  private let byRows: Bool
  private let spread: Int
  private let finish: GradientSums
  private var call: Call?

  @safe private struct Call {
    var geometry: rz_gradient
    var input: UnsafePointer<Float>
    var outputGradient: UnsafePointer<Float>
    var images: Int
    var runs: Int
  }

  init(_ layer: TrainedLayer, workspace: TrainingWorkspace) {
    let kernels = workspace.kernels
    let window = layer.window
    self.layer = layer
    self.workspace = workspace
    plan = GradientPlan(layer, kernels: kernels)
    byRows =
      layer.groups == 1 && window.kernel > 1 && window.dilation == 1 && window.channels < kernels.lanes
    spread = layer.sharesRegisters(kernels) ? layer.groupInputs : 0
    finish = GradientSums(layer, plan: plan, kernels: kernels)
    let scratch = plan.scratchCount(layer, byRows: byRows, kernels: kernels)
    let runs = plan.mostRuns
    workspace.reserve(
      worker: scratch + plan.blockCount, shared: runs > 1 ? runs * plan.blocks.count * plan.blockCount : 0)
  }

  func run(
    input: UnsafePointer<Float>, inputStep: Int, outputGradient: UnsafePointer<Float>,
    outputStep: Int, weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?,
    images: Int
  ) {
    let geometry = rz_gradient(
      window: layer.window.c, gradient_step: layer.outputChannels, input_image: inputStep,
      gradient_image: outputStep, by_rows: byRows, spread: spread)
    let runs = plan.runCount(images: images)
    unsafe call = Call(
      geometry: geometry, input: input, outputGradient: outputGradient, images: images, runs: runs)
    unsafe finish.begin(weights: weightGradient, bias: biasGradient)
    workspace.pool.run(self, tasks: runs * plan.blocks.count)
    if runs > 1 {
      unsafe finish.run(runs: runs, sums: workspace.shared, pool: workspace.pool)
    }
  }

  func run(task: Int, worker: Int) {
    guard let call else { return }
    let (run, index) = task.quotientAndRemainder(dividingBy: plan.blocks.count)
    let block = plan.blocks[index]
    let scratch = unsafe workspace.scratch(of: worker)
    let sums = unsafe call.runs > 1 ? workspace.shared + task * plan.blockCount : scratch
    unsafe sums.update(repeating: 0, count: plan.blockCount)
    let chunks = plan.chunks(of: run, images: call.images)
    for chunk in chunks {
      unsafe add(
        chunk, of: block, isLast: chunk + 1 == chunks.upperBound, call: call,
        scratch: scratch + plan.blockCount, to: sums)
    }
    if call.runs == 1 { unsafe finish.store(block, sums: sums) }
  }

  private func add(
    _ chunk: Int, of block: GradientPlan.Block, isLast: Bool, call: Call,
    scratch: UnsafeMutablePointer<Float>,
    to sums: UnsafeMutablePointer<Float>
  ) {
    let kernels = workspace.kernels.gradients
    var part = rz_gradient_part(
      first_image: 0, images: 0, first_row: 0, rows: 0, first_input: block.firstInput,
      inputs: block.inputs, first_output: block.firstOutput, outputs: block.outputs,
      wants_bias: block.hasBias && finish.wantsBias)
    unsafe withUnsafePointer(to: call.geometry) { geometry in
      if plan.isWinograd {
        let tiles = plan.tiles(of: chunk, images: call.images)
        let next = isLast ? 0 : plan.tiles(of: chunk + 1, images: call.images).count
        unsafe kernels.winogradGradient(
          geometry, &part, tiles.lowerBound, tiles.count, next, call.input, call.outputGradient, scratch, sums
        )
      } else {
        let (images, rows) = plan.pixels(of: chunk, images: call.images)
        (part.first_image, part.images) = (images.lowerBound, images.count)
        (part.first_row, part.rows) = (rows.lowerBound, rows.count)
        unsafe kernels.weightGradient(geometry, &part, call.input, call.outputGradient, scratch, sums)
      }
    }
  }
}
