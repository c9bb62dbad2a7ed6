import Threads

/// A kernel in training, from inputs to outputs or from the gradients of outputs to those of inputs, whose weights are packed
/// after every change.
@safe final class OperatorPass: ParallelJob {
  private let workspace: TrainingWorkspace
  private let packed: RepackedKernel
  private var call: KernelCall?

  init(_ packed: RepackedKernel, workspace: TrainingWorkspace) {
    self.workspace = workspace
    self.packed = packed
    workspace.reserve(worker: packed.kernel.scratchCount)
  }

  func pack(weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
    unsafe packed.packer.pack(weights, into: packed.weights.mutablePacked, pool: workspace.pool)
    if let bias = unsafe bias { unsafe packed.weights.setBias(bias) }
  }

  /// Runs a batch.
  ///
  /// - Parameter accumulate: true to add to the target; a pass to outputs does not.
  func run(
    source: UnsafePointer<Float>, sourceStride: Int, target: UnsafeMutablePointer<Float>, targetStride: Int,
    accumulate: Bool, images: Int
  ) {
    let workers = workspace.pool.threadCount
    unsafe call = KernelCall(
      input: source, residual: accumulate ? UnsafePointer(target) : nil, output: target,
      inputStride: sourceStride, outputStride: targetStride, images: images, workers: workers, order: .images)
    workspace.pool.run(self, tasks: packed.kernel.taskCount(images: images, workers: workers))
  }

  func run(task: Int, worker: Int) {
    guard let call else { return }
    unsafe packed.kernel.run(task: task, call, scratch: workspace.scratch(of: worker))
  }
}
