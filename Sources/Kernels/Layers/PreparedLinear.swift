package import TensorCore
package import Threads

/// What a linear layer's sums go through.
package enum LinearActivation: Sendable {
  case none
  case relu
  case sigmoid
}

/// y = W x + b with an optional activation, for one image: a convolution over a single pixel.
package struct PreparedLinear: Sendable {
  private let convolution: PreparedConvolution
  private let activation: LinearActivation

  /// - Parameters:
  ///   - weight: [outputs, inputs], or that of a 1×1 convolution, as PyTorch has it.
  ///   - bias: [outputs]; nil for none.
  ///   - pool: does the packing.
  package init(
    weight: Tensor, bias: Tensor?, activation: LinearActivation = .none, pool: WorkerPool,
    kernels: KernelTable = .current
  ) {
    let dimensions = weight.shape.dimensions
    precondition(
      dimensions.count >= 2 && dimensions.dropFirst(2).allSatisfy { $0 == 1 }, "weights of \(weight.shape)")
    let (outputs, inputs) = (dimensions[0], dimensions[1])
    precondition(bias.map { $0.shape == [outputs] } ?? true, "a bias for \(outputs) outputs")
    let biases = (0..<outputs).map { row in bias.map { Double($0.floats[row]) } ?? 0 }
    let weights = PackedWeights(
      weights: weight.reshaped([outputs, inputs, 1, 1]), scale: Array(repeating: 1, count: outputs),
      bias: biases, groups: 1, engine: .product, pool: pool, kernels: kernels)
    let window = Window(
      inputHeight: 1, inputWidth: 1, channels: inputs, outputHeight: 1, outputWidth: 1, kernel: 1, stride: 1,
      padding: 0)
    convolution = PreparedConvolution(
      window: window, weights: weights, relu: activation == .relu, kernels: kernels)
    self.activation = activation
  }

  /// Independent pieces of one image's output.
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
    if activation == .sigmoid {
      let channels = convolution.outputChannels(of: task)
      unsafe applySigmoid(output + channels.lowerBound, count: channels.count)
    }
  }
}
