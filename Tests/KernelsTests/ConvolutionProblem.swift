import Kernels
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

  init(_ shape: ConvolutionCase) {
    self.shape = shape
    input = .noise(channels: shape.inputs, height: shape.height, width: shape.width, seed: 1)
    var noise = Noise(2)
    let dimensions = [shape.outputs, shape.inputs / shape.groups, shape.kernel, shape.kernel]
    weights = Tensor(shape: Shape(dimensions), floats: noise.floats(Shape(dimensions).elementCount))
    bias = noise.floats(shape.outputs)
    scale = noise.floats(shape.outputs)
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

  /// What the reference makes of it: [height, width, channels].
  func answer(relu: Bool, hasResidual: Bool) -> [Float] {
    let sum = hasResidual ? Reference.add(sums, residual) : sums
    return (relu ? Reference.relu(sum) : sum).interleaved
  }

  /// What an engine makes of it: [height, width, channels].
  func run(relu: Bool, hasResidual: Bool, engine: ConvolutionEngine, kernels: KernelTable) -> [Float] {
    let packed = PackedWeights(
      weights: weights, scale: scale.map(Double.init), bias: bias.map(Double.init), groups: shape.groups,
      engine: engine, pool: WorkerPool(threads: 1), kernels: kernels)
    return PreparedTestConvolution(window: window, weights: packed, relu: relu, kernels: kernels).run(
      input: input.interleaved, residual: hasResidual ? residual.interleaved : nil,
      outputCount: sums.values.count)
  }
}

extension ConvolutionCase {
  /// Every engine that can compute the case.
  func engines(_ table: KernelTable) -> [ConvolutionEngine] {
    var engines: [ConvolutionEngine] = [.direct, .exact]
    engines.append(.product)
    if groups > 1, inputs == outputs, outputs.isMultiple(of: table.lanes), outputs / groups < table.lanes,
      table.lanes.isMultiple(of: outputs / groups)
    {
      engines.append(.grouped)
    }
    guard groups == 1 else { return engines }
    if dilation == 1 { engines.append(.rows) }
    if kernel == 3, stride == 1, dilation == 1, inputs.isMultiple(of: table.lanes),
      outputs.isMultiple(of: table.lanes)
    {
      engines.append(.winograd)
    }
    return engines
  }
}

/// Runs all pieces of a convolution over one image, whatever its engine.
struct PreparedTestConvolution {
  let window: Window
  let weights: PackedWeights
  let relu: Bool
  let kernels: KernelTable

  func run(input: [Float], residual: [Float]?, outputCount: Int) -> [Float] {
    var output = Array(repeating: Float.nan, count: outputCount)
    unsafe input.withUnsafeBufferPointer { input in
      unsafe (residual ?? []).withUnsafeBufferPointer { added in
        unsafe output.withUnsafeMutableBufferPointer { output in
          let added = residual == nil ? nil : added.baseAddress
          if weights.engine == .winograd {
            unsafe runWinograd(
              input.baseAddress.unsafelyUnwrapped, added, output.baseAddress.unsafelyUnwrapped)
          } else {
            unsafe runPieces(input.baseAddress.unsafelyUnwrapped, added, output.baseAddress.unsafelyUnwrapped)
          }
        }
      }
    }
    return output
  }

  private func runWinograd(
    _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>
  ) {
    let convolution = PreparedWinograd(window: window, weights: weights, relu: relu, kernels: kernels)
    var scratch = Array(repeating: Float.nan, count: convolution.scratchCount)
    // As for four workers, so that tiles and panels are cut.
    let workers = 4
    unsafe scratch.withUnsafeMutableBufferPointer { scratch in
      for task in 0..<convolution.taskCount(images: 1, workers: workers) {
        unsafe convolution.run(
          task: task, images: 1, workers: workers, input: input, inputStep: 0, residual: residual,
          output: output, outputStep: 0, scratch: scratch.baseAddress.unsafelyUnwrapped)
      }
    }
  }

  private func runPieces(
    _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>
  ) {
    let convolution = PreparedConvolution(window: window, weights: weights, relu: relu, kernels: kernels)
    var scratch = Array(repeating: Float.nan, count: convolution.scratchCount)
    unsafe scratch.withUnsafeMutableBufferPointer { scratch in
      for task in 0..<convolution.taskCount {
        unsafe convolution.run(
          task: task, input: input, residual: residual, output: output,
          scratch: scratch.baseAddress.unsafelyUnwrapped)
      }
    }
  }
}
