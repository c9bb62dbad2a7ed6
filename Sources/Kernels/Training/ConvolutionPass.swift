import Threads

/// A trained convolution from its inputs to its outputs, or from the gradients of its outputs to those of its inputs.
@safe final class ConvolutionPass: ParallelJob {
  enum Convolution {
    case pieces(PreparedConvolution)
    case phases(PhasedConvolution)
    case winograd(PreparedWinograd)

    fileprivate var scratchCount: Int {
      switch self {
      case .pieces(let pieces): pieces.scratchCount
      case .phases(let phases): phases.scratchCount
      case .winograd(let winograd): winograd.scratchCount
      }
    }
  }

  private let workspace: TrainingWorkspace
  private let packer: WeightPacker
  private let weights: PackedWeights
  private let convolution: Convolution
  private var call: Call?

  @safe private struct Call {
    var source: UnsafePointer<Float>
    var sourceStep: Int
    var target: UnsafeMutablePointer<Float>
    var targetStep: Int
    var accumulate: Bool
    var images: Int
  }

  /// - Parameter packer: brings PyTorch's weights to their places in `weights`.
  init(
    _ convolution: Convolution, weights: PackedWeights, packer: WeightPacker, workspace: TrainingWorkspace
  ) {
    self.workspace = workspace
    self.packer = packer
    self.weights = weights
    self.convolution = convolution
    workspace.reserve(worker: convolution.scratchCount)
  }

  func pack(weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
    unsafe packer.pack(weights, into: self.weights.mutablePacked, pool: workspace.pool)
    if let bias = unsafe bias { unsafe self.weights.setBias(bias) }
  }

  /// - Parameter accumulate: whether to add to the target; a pass to outputs does not.
  func run(
    source: UnsafePointer<Float>, sourceStep: Int, target: UnsafeMutablePointer<Float>, targetStep: Int,
    accumulate: Bool, images: Int
  ) {
    unsafe call = Call(
      source: source, sourceStep: sourceStep, target: target, targetStep: targetStep, accumulate: accumulate,
      images: images)
    let tasks =
      switch convolution {
      case .pieces(let pieces): images * pieces.taskCount
      case .phases(let phases): images * phases.taskCount
      case .winograd(let winograd):
        winograd.taskCount(images: images, workers: workspace.pool.threadCount)
      }
    workspace.pool.run(self, tasks: tasks)
  }

  func run(task: Int, worker: Int) {
    guard let call else { return }
    let scratch = unsafe workspace.scratch(of: worker)
    switch convolution {
    case .pieces(let pieces):
      let (image, piece) = task.quotientAndRemainder(dividingBy: pieces.taskCount)
      unsafe pieces.run(
        task: piece, input: call.source + image * call.sourceStep, residual: nil,
        output: call.target + image * call.targetStep, scratch: scratch)
    case .phases(let phases):
      let (image, piece) = task.quotientAndRemainder(dividingBy: phases.taskCount)
      unsafe phases.run(
        task: piece, source: call.source + image * call.sourceStep, accumulate: call.accumulate,
        target: call.target + image * call.targetStep, scratch: scratch)
    case .winograd(let winograd):
      unsafe winograd.run(
        task: task, images: call.images, workers: workspace.pool.threadCount, input: call.source,
        inputStep: call.sourceStep, residual: call.accumulate ? UnsafePointer(call.target) : nil,
        output: call.target, outputStep: call.targetStep, scratch: scratch)
    }
  }
}
