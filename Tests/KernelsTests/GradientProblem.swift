import CAllocationCounter
import Kernels
import TestSupport
import Threads

/// A layer in training with numbers in it, and the references' answers. Feature maps are [image][height][width][channels],
/// with a gap after each image.
struct GradientProblem {
  let shape: ConvolutionCase
  let images: Int
  let window: Window
  private let inputs: [Reference.Map]
  private let gradients: [Reference.Map]
  private let weights: [Float]
  private let bias: [Float]
  private let before: [Reference.Map]

  private static let gap = 5
  /// What the gaps hold, before and after.
  static let gapValue: Float = 77

  /// - Parameter shape: with padding at most dilation * (kernel - 1).
  init(_ shape: ConvolutionCase, images: Int) {
    self.shape = shape
    self.images = images
    let reach = shape.dilation * (shape.kernel - 1) + 1
    let height = (shape.height + 2 * shape.padding - reach) / shape.stride + 1
    let width = (shape.width + 2 * shape.padding - reach) / shape.stride + 1
    window = Window(
      inputHeight: shape.height, inputWidth: shape.width, channels: shape.inputs, outputHeight: height,
      outputWidth: width, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
      dilation: shape.dilation)
    func maps(_ channels: Int, _ height: Int, _ width: Int, seed: UInt64) -> [Reference.Map] {
      (0..<images).map {
        .noise(channels: channels, height: height, width: width, seed: seed + UInt64($0))
      }
    }
    inputs = maps(shape.inputs, shape.height, shape.width, seed: 10)
    before = maps(shape.inputs, shape.height, shape.width, seed: 20)
    gradients = maps(shape.outputs, height, width, seed: 30)
    var noise = Noise(2)
    weights = noise.floats(shape.outputs * shape.inputs / shape.groups * shape.kernel * shape.kernel)
    bias = noise.floats(shape.outputs)
  }

  /// What a training step computes of a layer.
  struct Answer: Equatable {
    var output: [Float]
    var inputGradient: [Float]
    /// Added to what was there.
    var accumulated: [Float]
    var weightGradient: [Float]
    var biasGradient: [Float]
  }

  /// What the references make of it.
  func answer() -> Answer {
    let outputs = inputs.map { input in
      var map = Reference.convolution(
        input, weights: weights, outputChannels: shape.outputs, kernel: shape.kernel, stride: shape.stride,
        padding: shape.padding, dilation: shape.dilation, groups: shape.groups)
      let pixels = map.height * map.width
      for index in map.values.indices { map.values[index] += bias[index / pixels] }
      return map
    }
    let inputGradients = gradients.map {
      Reference.inputGradient(
        $0, weights: weights, inputChannels: shape.inputs, inputHeight: shape.height,
        inputWidth: shape.width, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
        dilation: shape.dilation, groups: shape.groups)
    }
    var sums = Array(repeating: 0.0, count: weights.count)
    for (input, gradient) in zip(inputs, gradients) {
      Reference.addWeightGradient(
        gradient, input: input, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
        dilation: shape.dilation, groups: shape.groups, to: &sums)
    }
    let biasGradient = (0..<shape.outputs).map { channel in
      Float(
        gradients.reduce(0.0) { sum, map in
          let pixels = map.height * map.width
          return map.values[channel * pixels..<(channel + 1) * pixels].reduce(sum) { $0 + Double($1) }
        })
    }
    return Answer(
      output: apart(outputs), inputGradient: apart(inputGradients),
      accumulated: apart(zip(before, inputGradients).map(Reference.add)),
      weightGradient: sums.map { Float($0) }, biasGradient: biasGradient)
  }

  /// What the kernels make of it.
  func run(kernels: KernelTable, threads: Int) -> Answer {
    let workspace = TrainingWorkspace(pool: WorkerPool(threads: threads), kernels: kernels)
    return run(
      TrainedConvolution(
        window: window, outputChannels: shape.outputs, groups: shape.groups, workspace: workspace))
  }

  /// What a linear layer makes of it, if it is one.
  func runLinear(kernels: KernelTable, threads: Int) -> Answer {
    let workspace = TrainingWorkspace(pool: WorkerPool(threads: threads), kernels: kernels)
    return run(TrainedLinear(inputs: shape.inputs, outputs: shape.outputs, workspace: workspace))
  }

  private func run(_ layer: some TrainedLayerUnderTest) -> Answer {
    let (input, gradient) = (apart(inputs), apart(gradients))
    var answer = Answer(
      output: nothing(like: gradient), inputGradient: nothing(like: input), accumulated: apart(before),
      weightGradient: weights.map { _ in .nan }, biasGradient: bias.map { _ in .nan })
    step(layer, input: input, gradient: gradient, answer: &answer)
    return answer
  }

  /// What a second step allocates on this thread.
  func allocations(_ layer: some TrainedLayerUnderTest) -> UInt64 {
    var answer = run(layer)
    let (input, gradient) = (apart(inputs), apart(gradients))
    let before = allocation_count()
    step(layer, input: input, gradient: gradient, answer: &answer)
    return allocation_count() - before
  }

  private func step(
    _ layer: some TrainedLayerUnderTest, input: [Float], gradient: [Float], answer: inout Answer
  ) {
    let (inputStep, outputStep) = (input.count / images, gradient.count / images)
    unsafe layer.pack(weights: weights, bias: bias)
    unsafe layer.forward(
      input: input, inputStep: inputStep, output: &answer.output, outputStep: outputStep, images: images)
    unsafe layer.inputGradient(
      outputGradient: gradient, outputStep: outputStep, inputGradient: &answer.inputGradient,
      inputStep: inputStep, accumulate: false, images: images)
    unsafe layer.inputGradient(
      outputGradient: gradient, outputStep: outputStep, inputGradient: &answer.accumulated,
      inputStep: inputStep, accumulate: true, images: images)
    unsafe layer.weightGradient(
      input: input, inputStep: inputStep, outputGradient: gradient, outputStep: outputStep,
      weightGradient: &answer.weightGradient, biasGradient: &answer.biasGradient, images: images)
  }

  /// Feature maps one after another, with gaps.
  private func apart(_ maps: [Reference.Map]) -> [Float] {
    maps.flatMap { $0.interleaved + Array(repeating: Self.gapValue, count: Self.gap) }
  }

  /// Numbers that are none, with gaps.
  private func nothing(like values: [Float]) -> [Float] {
    let step = values.count / images
    return values.indices.map { $0 % step < step - Self.gap ? .nan : Self.gapValue }
  }
}

/// What convolutions and linear layers have in common in training.
protocol TrainedLayerUnderTest {
  func pack(weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?)
  func forward(
    input: UnsafePointer<Float>, inputStep: Int, output: UnsafeMutablePointer<Float>, outputStep: Int,
    images: Int)
  func inputGradient(
    outputGradient: UnsafePointer<Float>, outputStep: Int, inputGradient: UnsafeMutablePointer<Float>,
    inputStep: Int, accumulate: Bool, images: Int)
  func weightGradient(
    input: UnsafePointer<Float>, inputStep: Int, outputGradient: UnsafePointer<Float>, outputStep: Int,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, images: Int)
}

extension TrainedConvolution: TrainedLayerUnderTest {}
extension TrainedLinear: TrainedLayerUnderTest {}
