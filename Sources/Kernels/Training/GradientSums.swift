import Threads

/// Brings the sums of a weight gradient to their places.
@safe final class GradientSums: ParallelJob {
  private let layer: TrainedLayer
  private let plan: GradientPlan
  private let kernels: KernelTable
  private let panelRegisters: Int
  private var weights: UnsafeMutablePointer<Float>?
  private var bias: UnsafeMutablePointer<Float>?
  private var sums: UnsafePointer<Float>?
  private var runs = 1

  init(_ layer: TrainedLayer, plan: GradientPlan, kernels: KernelTable) {
    self.layer = layer
    self.plan = plan
    self.kernels = kernels
    panelRegisters = kernels.panelWidth / kernels.lanes
  }

  var wantsBias: Bool { unsafe bias != nil }

  /// Says where the gradients go.
  func begin(weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?) {
    unsafe self.weights = weights
    unsafe self.bias = bias
    runs = 1
  }

  /// Stores a block that has been summed up over all pixels.
  func store(_ block: GradientPlan.Block, sums: UnsafePointer<Float>) {
    unsafe store(block, outputs: 0..<block.outputs, sums: sums)
  }

  /// Adds up the blocks of several runs: [run][block][sums].
  func run(runs: Int, sums: UnsafePointer<Float>, pool: WorkerPool) {
    unsafe self.sums = sums
    self.runs = runs
    pool.run(self, tasks: plan.blocks.count * panelRegisters)
  }

  func run(task: Int, worker: Int) {
    guard let sums = unsafe sums else { return }
    let (index, register) = task.quotientAndRemainder(dividingBy: panelRegisters)
    let block = plan.blocks[index]
    let first = register * kernels.lanes
    guard first < block.outputs else { return }
    unsafe store(
      block, outputs: first..<min(block.outputs, first + kernels.lanes),
      sums: sums + index * plan.blockCount)
  }

  private func store(_ block: GradientPlan.Block, outputs: Range<Int>, sums: UnsafePointer<Float>) {
    guard let weights = unsafe weights else { return }
    let step = plan.blocks.count * plan.blockCount
    let width = kernels.padded(block.outputs)
    let stride = layer.groupInputs * layer.taps
    let (from, to) = unsafe (
      sums + outputs.lowerBound, weights + (block.weights + outputs.lowerBound * stride)
    )
    if plan.isWinograd {
      unsafe kernels.gradients.finishWinogradGradient(
        block.inputs, width, outputs.count, runs, step, from, to, stride)
    } else {
      unsafe kernels.gradients.finishGradient(
        layer.taps, block.inputs, width, outputs.count, runs, step, from, to, stride)
    }
    guard block.hasBias, let bias = unsafe bias else { return }
    let numbers = plan.isWinograd ? PreparedWinograd.tileArea : layer.taps
    let row = unsafe sums + numbers * block.inputs * width
    for output in outputs {
      var sum = unsafe row[output]
      for run in 1..<max(runs, 1) { unsafe sum += row[output + run * step] }
      unsafe bias[block.firstOutput + output] = sum
    }
  }
}
