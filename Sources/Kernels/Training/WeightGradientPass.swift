import CKernels
import Threads

/// The gradients of a trained layer's weights and bias.
///
/// Each task sums up a block of weights over a run of pixels, in pieces that stay in the caches. Where there are several runs,
/// their sums are added up in order at the end.
@safe final class WeightGradientPass: ParallelJob {
  private let geometry: ConvolutionGeometry
  private let workspace: TrainingWorkspace
  private let plan: GradientPlan
  private let rowCopies: Bool
  private let spread: Int
  private let multipliesPairs: Bool
  private let finish: GradientSums
  private var call: Call?

  @safe private struct Call {
    var layer: rz_gradient
    var input: UnsafePointer<Float>
    var outputGradient: UnsafePointer<Float>
    var images: Int
    var runs: Int
  }

  init(_ geometry: ConvolutionGeometry, arithmetic: TrainingArithmetic, workspace: TrainingWorkspace) {
    let kernels = workspace.kernels
    self.geometry = geometry
    self.workspace = workspace
    plan = GradientPlan(geometry, kernels: kernels)
    rowCopies = geometry.favorsRowCopies(kernels)
    spread = geometry.sharesRegisters(kernels) ? geometry.groupInputs : 0
    multipliesPairs = arithmetic == .bfloat16 && geometry.taps == 1 && spread == 0
    finish = GradientSums(geometry, plan: plan, kernels: kernels)
    let scratch = plan.scratchCount(geometry, rowCopies: rowCopies, kernels: kernels)
    let runs = plan.mostRuns
    workspace.reserve(
      worker: scratch + plan.blockCount, shared: runs > 1 ? runs * plan.blocks.count * plan.blockCount : 0)
  }

  func run(
    input: UnsafePointer<Float>, inputStride: Int, outputGradient: UnsafePointer<Float>,
    outputStride: Int, weightGradient: UnsafeMutablePointer<Float>,
    biasGradient: UnsafeMutablePointer<Float>?,
    images: Int
  ) {
    let layer = rz_gradient(
      window: geometry.window.c, gradient_stride: geometry.outputChannels, input_image_stride: inputStride,
      gradient_image_stride: outputStride, row_copies: rowCopies, spread: spread)
    let runs = plan.runCount(images: images)
    unsafe call = Call(
      layer: layer, input: input, outputGradient: outputGradient, images: images, runs: runs)
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
    let kernels = workspace.kernels
    var part = rz_gradient_part(
      first_image: 0, images: 0, first_row: 0, rows: 0, first_input: block.firstInput,
      inputs: block.inputs, first_output: block.firstOutput, outputs: block.outputs,
      wants_bias: block.hasBias && finish.wantsBias)
    unsafe withUnsafePointer(to: call.layer) { layer in
      if plan.isWinograd {
        let tiles = plan.tiles(of: chunk, images: call.images)
        let next = isLast ? 0 : plan.tiles(of: chunk + 1, images: call.images).count
        unsafe kernels.c.pointee.gradients.winograd(
          layer, &part, tiles.lowerBound, tiles.count, next, call.input, call.outputGradient, scratch, sums
        )
      } else {
        let (images, rows) = plan.pixels(of: chunk, images: call.images)
        (part.first_image, part.images) = (images.lowerBound, images.count)
        (part.first_row, part.rows) = (rows.lowerBound, rows.count)
        if multipliesPairs {
          unsafe kernels.bfloat16.pointee.weight_gradient(
            layer, &part, call.input, call.outputGradient,
            UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UInt32.self), sums)
        } else {
          unsafe kernels.c.pointee.gradients.weights(
            layer, &part, call.input, call.outputGradient, scratch, sums)
        }
      }
    }
  }
}
