import Kernels
import ReferenceKernels
import TensorCore
import TestSupport
import Threads

/// A convolution case with numbers in it, and the reference's answer.
struct ConvolutionProblem {
  let window: Window
  private let shape: ConvolutionCase
  private let input: Reference.Map
  private let residual: Reference.Map
  private let weights: Tensor
  private let scale: [Float]
  private let bias: [Float]
  /// Before the residual and ReLU.
  private let sums: Reference.Map

  /// - Parameter isRounded: true for inputs and scaled weights that are bfloat16 numbers.
  init(_ shape: ConvolutionCase, isRounded: Bool = false) {
    self.shape = shape
    var input = Reference.Map.noise(
      channels: shape.inputs, height: shape.height, width: shape.width, seed: 1)
    if isRounded { input.values = input.values.map(\.bfloat16) }
    self.input = input
    var noise = Noise(2)
    let dimensions = [shape.outputs, shape.inputs / shape.groups, shape.kernel, shape.kernel]
    let numbers = noise.floats(Shape(dimensions).elementCount)
    weights = Tensor(shape: Shape(dimensions), floats: isRounded ? numbers.map(\.bfloat16) : numbers)
    bias = noise.floats(shape.outputs)
    let factors = noise.floats(shape.outputs)
    scale = isRounded ? factors.map { $0 < 0 ? -0.5 : 2 } : factors
    let weights = weights
    var sums = Reference.convolution(
      input, weights: (0..<weights.shape.elementCount).map { weights.floats[$0] },
      outputChannels: shape.outputs, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
      dilation: shape.dilation, groups: shape.groups)
    for channel in 0..<shape.outputs {
      for y in 0..<sums.height {
        for x in 0..<sums.width { sums[channel, y, x] = sums[channel, y, x] * scale[channel] + bias[channel] }
      }
    }
    self.sums = sums
    residual = .noise(channels: shape.outputs, height: sums.height, width: sums.width, seed: 3)
    window = Window(
      inputHeight: shape.height, inputWidth: shape.width, channels: shape.inputs, outputHeight: sums.height,
      outputWidth: sums.width, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
      dilation: shape.dilation)
  }

  /// The reference's result: [height, width, channels].
  func answer(relu: Bool, hasResidual: Bool) -> [Float] {
    let sum = hasResidual ? Reference.add(sums, residual) : sums
    return (relu ? Reference.relu(sum) : sum).interleaved
  }

  /// The shape as the engines take it.
  var geometry: ConvolutionGeometry {
    ConvolutionGeometry(window: window, outputChannels: shape.outputs, groups: shape.groups)
  }

  /// An engine's result: [height, width, channels].
  func run(relu: Bool, hasResidual: Bool, engine: ConvolutionEngine, kernels: KernelTable) -> [Float] {
    let kernel = engine.prepare(
      geometry, weights: weights, scale: scale.map(Double.init), bias: bias.map(Double.init), relu: relu,
      pool: WorkerPool(threads: 1), kernels: kernels)
    return kernel.output(
      input: input.interleaved, residual: hasResidual ? residual.interleaved : nil, count: sums.values.count)
  }
}
