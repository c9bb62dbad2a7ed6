import CKernels
import TensorCore

/// The gradients of a trained convolution's input: a transposed convolution.
///
/// Of a stride of 1 it is a convolution with filters turned round, for which Winograd's algorithm serves as well; of a larger
/// stride the input's pixels fall into phases, each reached with some of the taps.
@safe final class InputGradientPass: ParallelJob {
  private enum Convolution {
    case phases(PhasedConvolution)
    case winograd(PreparedWinograd)
  }

  private let workspace: TrainingWorkspace
  private let packer: WeightPacker
  private let weights: PackedWeights
  private let convolution: Convolution
  private var call: Call?

  @safe private struct Call {
    var outputGradient: UnsafePointer<Float>
    var outputStep: Int
    var inputGradient: UnsafeMutablePointer<Float>
    var inputStep: Int
    var accumulate: Bool
    var pictures: Int
  }

  init(_ layer: TrainedLayer, workspace: TrainingWorkspace) {
    self.workspace = workspace
    let kernels = workspace.kernels
    let packer = WeightPacker(kernels: kernels)
    self.packer = packer
    let turned = Self.turned(layer.window, channels: layer.outputChannels)
    let engine = ConvolutionEngine.choose(
      window: turned, outputChannels: layer.window.channels, groups: layer.groups, exact: false,
      favorsLatency: false, kernels: kernels)
    let isWinograd = layer.window.stride == 1 && engine == .winograd
    let spread = layer.sharesRegisters(kernels)
    let panels =
      spread
      ? layer.window.channels / kernels.lanes : kernels.panels(of: layer.groupInputs) * layer.groups
    var phases = isWinograd ? [] : Phase.all(of: layer, panels: panels)
    var floatCount = 0
    func add(_ layout: WeightColumns.Layout, taps: [Int]) {
      let columns = WeightColumns.backward(
        layout: layout, inputs: layer.window.channels, outputs: layer.outputChannels, groups: layer.groups,
        filter: layer.taps, taps: taps)
      packer.add(columns, packedOffset: floatCount)
      floatCount += columns.floatCount(kernels)
    }
    if isWinograd { add(.winograd, taps: (0..<layer.taps).reversed()) }
    for index in phases.indices {
      phases[index].packedOffset = floatCount
      add(spread ? .rows : .panels, taps: phases[index].taps)
    }
    weights = PackedWeights(
      outputChannels: layer.window.channels, inputChannels: layer.groupOutputs, groups: layer.groups,
      engine: isWinograd ? .winograd : .product, floatCount: floatCount, kernels: kernels)
    if isWinograd {
      let winograd = PreparedWinograd(window: turned, weights: weights, relu: false, kernels: kernels)
      convolution = .winograd(winograd)
      workspace.reserve(worker: winograd.scratchCount)
    } else {
      let phased = PhasedConvolution(phases: phases, weights: weights, spread: spread, kernels: kernels)
      convolution = .phases(phased)
      workspace.reserve(worker: phased.scratchCount)
    }
  }

  /// The window from a layer's outputs back to its inputs, for a stride of 1.
  private static func turned(_ window: Window, channels: Int) -> Window {
    Window(
      inputHeight: window.outputHeight, inputWidth: window.outputWidth, channels: channels,
      outputHeight: window.inputHeight, outputWidth: window.inputWidth, kernel: window.kernel, stride: 1,
      padding: window.dilation * (window.kernel - 1) - window.padding, dilation: window.dilation)
  }

  func pack(weights: UnsafePointer<Float>) {
    unsafe packer.pack(weights, into: self.weights.mutablePacked, pool: workspace.pool)
  }

  func run(
    outputGradient: UnsafePointer<Float>, outputStep: Int, inputGradient: UnsafeMutablePointer<Float>,
    inputStep: Int, accumulate: Bool, pictures: Int
  ) {
    unsafe call = Call(
      outputGradient: outputGradient, outputStep: outputStep, inputGradient: inputGradient,
      inputStep: inputStep, accumulate: accumulate, pictures: pictures)
    switch convolution {
    case .phases(let phased):
      workspace.pool.run(self, tasks: pictures * phased.taskCount)
    case .winograd(let winograd):
      workspace.pool.run(
        self, tasks: winograd.taskCount(pictures: pictures, workers: workspace.pool.threadCount))
    }
  }

  func run(task: Int, worker: Int) {
    guard let call else { return }
    let scratch = unsafe workspace.scratch(of: worker)
    switch convolution {
    case .phases(let phased):
      let (picture, piece) = task.quotientAndRemainder(dividingBy: phased.taskCount)
      unsafe phased.run(
        task: piece, source: call.outputGradient + picture * call.outputStep, accumulate: call.accumulate,
        target: call.inputGradient + picture * call.inputStep, scratch: scratch)
    case .winograd(let winograd):
      unsafe winograd.run(
        task: task, pictures: call.pictures, workers: workspace.pool.threadCount, input: call.outputGradient,
        inputStep: call.outputStep, residual: call.accumulate ? UnsafePointer(call.inputGradient) : nil,
        output: call.inputGradient, outputStep: call.inputStep, scratch: scratch)
    }
  }
}
