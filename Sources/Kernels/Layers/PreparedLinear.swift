package import TensorCore
package import Threads

/// The function that a linear layer's sums go through.
package enum LinearActivation: Sendable {
  case none
  case relu
  case sigmoid
}

/// y = W x + b with an optional activation, for one image: a convolution over a single pixel.
@safe package final class PreparedLinear: ImagewiseKernel {
  private let product: any PanelKernel
  package let label: String
  private let activation: LinearActivation

  /// - Parameters:
  ///   - weight: [outputs, inputs], or that of a 1×1 convolution, as PyTorch has it.
  ///   - bias: [outputs]; nil for none.
  ///   - bfloat16: true if products may be of bfloat16 numbers.
  ///   - pool: does the packing.
  ///   - sharing: where processes have packed weights in common; nil for memory of this one alone.
  package init(
    weight: Tensor, bias: Tensor?, activation: LinearActivation = .none, bfloat16: Bool = false,
    pool: WorkerPool,
    sharing: (any ByteSharing)? = nil, kernels: KernelTable = .current
  ) {
    let dimensions = weight.shape.dimensions
    precondition(
      dimensions.count >= 2 && dimensions.dropFirst(2).allSatisfy { $0 == 1 }, "weights of \(weight.shape)")
    let (outputs, inputs) = (dimensions[0], dimensions[1])
    precondition(bias.map { $0.shape == [outputs] } ?? true, "a bias for \(outputs) outputs")
    let geometry = ConvolutionGeometry(inputs: inputs, outputs: outputs)
    let weights = PackedWeights(
      .forward(geometry, layout: bfloat16 ? .pairs : .panels), weights: weight,
      scale: Array(repeating: 1, count: outputs),
      bias: (0..<outputs).map { row in bias.map { Double($0.floats[row]) } ?? 0 }, pool: pool,
      sharing: sharing, kernels: kernels)
    let relu = activation == .relu
    product =
      bfloat16
      ? BFloat16Convolution(geometry, weights: weights, relu: relu, kernels: kernels)
      : ProductConvolution(geometry, weights: weights, relu: relu, kernels: kernels)
    label = bfloat16 ? "linear bf16" : "linear"
    self.activation = activation
  }

  package var weightBytes: Int { product.weightBytes }
  package var scratchCount: Int { product.scratchCount }
  package var pieceCount: Int { product.pieceCount }

  package func run(piece: Int, _ image: ImageCall) {
    product.run(piece: piece, image)
    if activation == .sigmoid {
      let channels = product.outputChannels(of: piece)
      let output = unsafe image.output + channels.lowerBound
      unsafe PreparedSigmoid.apply(to: output, count: channels.count, output: output)
    }
  }
}
