/// The outputs of a trained convolution, by the engines of inference.
@safe final class ForwardPass: ParallelJob {
  private enum Convolution {
    case pieces(PreparedConvolution)
    case winograd(PreparedWinograd)
  }

  private let workspace: TrainingWorkspace
  private let weights: PackedWeights
  private let packer: WeightPacker
  private let convolution: Convolution
  private var call: Call?

  @safe private struct Call {
    var input: UnsafePointer<Float>
    var inputStep: Int
    var output: UnsafeMutablePointer<Float>
    var outputStep: Int
    var pictures: Int
  }

  init(_ layer: TrainedLayer, workspace: TrainingWorkspace) {
    self.workspace = workspace
    let kernels = workspace.kernels
    let engine = ConvolutionEngine.choose(
      window: layer.window, outputChannels: layer.outputChannels, groups: layer.groups, exact: false,
      favorsLatency: false, kernels: kernels)
    let columns = WeightColumns.forward(
      layout: engine.layout, inputs: layer.window.channels, outputs: layer.outputChannels,
      groups: layer.groups, taps: layer.taps)
    packer = WeightPacker(kernels: kernels)
    packer.add(columns)
    weights = PackedWeights(
      outputChannels: layer.outputChannels, inputChannels: layer.groupInputs, groups: layer.groups,
      engine: engine, floatCount: columns.floatCount(kernels), kernels: kernels)
    if engine == .winograd {
      let winograd = PreparedWinograd(window: layer.window, weights: weights, relu: false, kernels: kernels)
      convolution = .winograd(winograd)
      workspace.reserve(worker: winograd.scratchCount)
    } else {
      let pieces = PreparedConvolution(window: layer.window, weights: weights, relu: false, kernels: kernels)
      convolution = .pieces(pieces)
      workspace.reserve(worker: pieces.scratchCount)
    }
  }

  func pack(weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
    unsafe packer.pack(weights, into: self.weights.mutablePacked, pool: workspace.pool)
    if let bias = unsafe bias { unsafe self.weights.setBias(bias) }
  }

  func run(
    input: UnsafePointer<Float>, inputStep: Int, output: UnsafeMutablePointer<Float>, outputStep: Int,
    pictures: Int
  ) {
    unsafe call = Call(
      input: input, inputStep: inputStep, output: output, outputStep: outputStep, pictures: pictures)
    switch convolution {
    case .pieces(let convolution):
      workspace.pool.run(self, tasks: pictures * convolution.taskCount)
    case .winograd(let winograd):
      workspace.pool.run(
        self, tasks: winograd.taskCount(pictures: pictures, workers: workspace.pool.threadCount))
    }
  }

  func run(task: Int, worker: Int) {
    guard let call else { return }
    let scratch = unsafe workspace.scratch(of: worker)
    switch convolution {
    case .pieces(let convolution):
      let (picture, piece) = task.quotientAndRemainder(dividingBy: convolution.taskCount)
      unsafe convolution.run(
        task: piece, input: call.input + picture * call.inputStep, residual: nil,
        output: call.output + picture * call.outputStep, scratch: scratch)
    case .winograd(let winograd):
      unsafe winograd.run(
        task: task, pictures: call.pictures, workers: workspace.pool.threadCount, input: call.input,
        inputStep: call.inputStep, residual: nil, output: call.output, outputStep: call.outputStep,
        scratch: scratch)
    }
  }
}

extension ConvolutionEngine {
  fileprivate var layout: WeightColumns.Layout {
    switch self {
    case .product, .rows: .panels
    case .winograd: .winograd
    case .grouped, .direct, .exact: .rows
    }
  }
}
