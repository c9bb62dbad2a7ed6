import CAllocationCounter
import Kernels
import ReferenceKernels
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
  /// The number in the gaps, before and after.
  static let gapValue: Float = 77

  /// - Parameters:
  ///   - shape: with padding at most dilation * (kernel - 1).
  ///   - isRounded: true for inputs, gradients of outputs, and weights that are bfloat16 numbers.
  init(_ shape: ConvolutionCase, images: Int, isRounded: Bool = false) {
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
        var map = Reference.Map.noise(
          channels: channels, height: height, width: width, seed: seed + UInt64($0))
        if isRounded { map.values = map.values.map(\.bfloat16) }
        return map
      }
    }
    inputs = maps(shape.inputs, shape.height, shape.width, seed: 10)
    before = maps(shape.inputs, shape.height, shape.width, seed: 20)
    gradients = maps(shape.outputs, height, width, seed: 30)
    var noise = Noise(2)
    let weights = noise.floats(shape.outputs * shape.inputs / shape.groups * shape.kernel * shape.kernel)
    self.weights = isRounded ? weights.map(\.bfloat16) : weights
    bias = noise.floats(shape.outputs)
  }

  /// The shape as training takes it.
  var geometry: ConvolutionGeometry {
    ConvolutionGeometry(window: window, outputChannels: shape.outputs, groups: shape.groups)
  }

  /// The results of a training step for a layer.
  struct Answer: Equatable {
    var output: [Float]
    var inputGradient: [Float]
    /// Added to what was there.
    var accumulated: [Float]
    var weightGradient: [Float]
    var biasGradient: [Float]
  }

  /// The references' results.
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

  /// The results of a convolution.
  func run(kernels: KernelTable, arithmetic: TrainingArithmetic = .single, threads: Int) -> Answer {
    let workspace = TrainingWorkspace(
      pool: WorkerPool(threads: threads), kernels: kernels, arithmetic: arithmetic)
    return run(TrainableOperator(convolution: geometry, workspace: workspace))
  }

  /// The results of a linear layer, if the shape is one.
  func runLinear(kernels: KernelTable, threads: Int) -> Answer {
    let workspace = TrainingWorkspace(pool: WorkerPool(threads: threads), kernels: kernels)
    return run(TrainableOperator(inputs: shape.inputs, outputs: shape.outputs, workspace: workspace))
  }

  private func run(_ layer: TrainableOperator) -> Answer {
    let (input, gradient) = (apart(inputs), apart(gradients))
    var answer = Answer(
      output: nothing(like: gradient), inputGradient: nothing(like: input), accumulated: apart(before),
      weightGradient: weights.map { _ in .nan }, biasGradient: bias.map { _ in .nan })
    step(layer, input: input, gradient: gradient, answer: &answer)
    return answer
  }

  /// The number of allocations of a second step on this thread.
  func allocations(_ layer: TrainableOperator) -> UInt64 {
    var answer = run(layer)
    let (input, gradient) = (apart(inputs), apart(gradients))
    let before = allocation_count()
    step(layer, input: input, gradient: gradient, answer: &answer)
    return allocation_count() - before
  }

  private func step(
    _ layer: TrainableOperator, input: [Float], gradient: [Float], answer: inout Answer
  ) {
    let (inputStride, outputStride) = (input.count / images, gradient.count / images)
    unsafe layer.pack(weights: weights, bias: bias)
    unsafe layer.forward(
      input: input, inputStride: inputStride, output: &answer.output, outputStride: outputStride,
      images: images)
    unsafe layer.inputGradient(
      outputGradient: gradient, outputStride: outputStride, inputGradient: &answer.inputGradient,
      inputStride: inputStride, accumulate: false, images: images)
    unsafe layer.inputGradient(
      outputGradient: gradient, outputStride: outputStride, inputGradient: &answer.accumulated,
      inputStride: inputStride, accumulate: true, images: images)
    unsafe layer.weightGradient(
      input: input, inputStride: inputStride, outputGradient: gradient, outputStride: outputStride,
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
