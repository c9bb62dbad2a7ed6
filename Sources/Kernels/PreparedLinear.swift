package import TensorCore

/// y = W x + b with optional ReLU, for one picture: a convolution over a single pixel.
package struct PreparedLinear: Sendable {
  private let convolution: PreparedConvolution

  /// - Parameters:
  ///   - weight: [outputs, inputs], as PyTorch has it.
  ///   - bias: [outputs]
  ///   - pool: does the packing.
  package init(
    weight: Tensor, bias: Tensor, relu: Bool, pool: WorkerPool, kernels: KernelTable = .current
  ) {
    precondition(
      weight.shape.rank == 2 && bias.shape == [weight.shape.dimensions[0]], "a linear layer's shapes")
    let outputs = weight.shape.dimensions[0]
    let inputs = weight.shape.dimensions[1]
    let biases = (0..<outputs).map { Double(bias.floats[$0]) }
    let weights = PackedWeights(
      weights: weight.reshaped([outputs, inputs, 1, 1]), scale: Array(repeating: 1, count: outputs),
      bias: biases,
      groups: 1, engine: .product, pool: pool, kernels: kernels)
    let window = Window(
      inputHeight: 1, inputWidth: 1, channels: inputs, outputHeight: 1, outputWidth: 1, kernel: 1, stride: 1,
      padding: 0)
    convolution = PreparedConvolution(window: window, weights: weights, relu: relu, kernels: kernels)
  }

  /// Independent pieces of one picture's output.
  package var taskCount: Int { convolution.taskCount }

  /// Bytes of its packed weights.
  package var weightBytes: Int { convolution.weightBytes }

  /// Floats of scratch that each worker needs.
  package var scratchCount: Int { convolution.scratchCount }

  package func run(
    task: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    unsafe convolution.run(task: task, input: input, residual: nil, output: output, scratch: scratch)
  }
}
