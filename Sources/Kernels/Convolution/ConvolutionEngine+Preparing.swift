package import TensorCore
package import Threads

extension ConvolutionEngine {
  /// Makes a convolution ready to run.
  ///
  /// - Parameters:
  ///   - weights: in the engine's ``layout``, by the time that it runs.
  ///   - relu: true if negative sums become 0.
  func prepare(
    _ geometry: ConvolutionGeometry, weights: PackedWeights, relu: Bool, kernels: KernelTable
  ) -> any PreparedKernel {
    switch self {
    case .product: ProductConvolution(geometry, weights: weights, relu: relu, kernels: kernels)
    case .rowCopies: RowCopyConvolution(geometry, weights: weights, relu: relu, kernels: kernels)
    case .winograd: WinogradConvolution(geometry, weights: weights, relu: relu, kernels: kernels)
    case .grouped: GroupedConvolution(geometry, weights: weights, relu: relu, kernels: kernels)
    case .direct:
      DirectConvolution(geometry, weights: weights, relu: relu, isExact: false, kernels: kernels)
    case .bfloat16: BFloat16Convolution(geometry, weights: weights, relu: relu, kernels: kernels)
    case .exact: DirectConvolution(geometry, weights: weights, relu: relu, isExact: true, kernels: kernels)
    }
  }

  /// The order of the packed weights that the engine reads.
  var layout: WeightColumns.Layout {
    switch self {
    case .product, .rowCopies: .panels
    case .winograd: .winograd
    case .bfloat16: .pairs
    case .grouped, .direct, .exact: .flat
    }
  }

  /// Makes a convolution of fixed weights ready to run.
  ///
  /// - Parameters:
  ///   - weights: [outputs, inputs of a group, kernel, kernel]
  ///   - scale: one factor for each output channel.
  ///   - bias: one number for each output channel.
  ///   - relu: true if negative sums become 0.
  ///   - pool: does the packing.
  ///   - sharing: where processes have packed weights in common; nil for memory of this one alone.
  package func prepare(
    _ geometry: ConvolutionGeometry, weights: Tensor, scale: [Double], bias: [Double], relu: Bool,
    pool: WorkerPool, sharing: (any ByteSharing)? = nil, kernels: KernelTable = .current
  ) -> any PreparedKernel {
    precondition(
      weights.shape
        == [geometry.outputChannels, geometry.groupInputs, geometry.window.kernel, geometry.window.kernel],
      "weights of \(weights.shape) for another convolution")
    let packed = PackedWeights(
      .forward(geometry, layout: layout), weights: weights, scale: scale, bias: bias, pool: pool,
      sharing: sharing, kernels: kernels)
    return prepare(geometry, weights: packed, relu: relu, kernels: kernels)
  }

  /// The engine of a convolution's outputs in training, with weights that are packed again and again.
  static func forward(
    _ geometry: ConvolutionGeometry, arithmetic: TrainingArithmetic, kernels: KernelTable
  ) -> RepackedKernel {
    let engine = choose(
      geometry, exact: arithmetic == .double, bfloat16: arithmetic == .bfloat16, kernels: kernels)
    let packer = WeightPacker(kernels: kernels)
    packer.add(.forward(geometry, layout: engine.layout))
    let weights = PackedWeights(packer, outputChannels: geometry.outputChannels, kernels: kernels)
    return RepackedKernel(
      kernel: engine.prepare(geometry, weights: weights, relu: false, kernels: kernels), weights: weights,
      packer: packer)
  }

  /// The gradients of a convolution's input: a transposed convolution, added to the residual.
  ///
  /// For a stride of 1 it is a convolution with filters turned round, for which Winograd's algorithm serves as well; for a
  /// larger stride the input's pixels fall into phases, each reached with some of the taps.
  static func inputGradient(
    _ geometry: ConvolutionGeometry, arithmetic: TrainingArithmetic, kernels: KernelTable
  ) -> RepackedKernel {
    let packer = WeightPacker(kernels: kernels)
    if geometry.window.stride == 1, choose(geometry.turned, kernels: kernels) == .winograd {
      packer.add(.backward(geometry, layout: .winograd, taps: (0..<geometry.taps).reversed()))
      let weights = PackedWeights(packer, outputChannels: geometry.window.channels, kernels: kernels)
      return RepackedKernel(
        kernel: winograd.prepare(geometry.turned, weights: weights, relu: false, kernels: kernels),
        weights: weights, packer: packer)
    }
    let spread = geometry.sharesRegisters(kernels)
    if arithmetic == .bfloat16, !spread, geometry.taps == 1, geometry.window.stride == 1 {
      packer.add(.backward(geometry, layout: .pairs, taps: [0]))
      let weights = PackedWeights(packer, outputChannels: geometry.window.channels, kernels: kernels)
      return RepackedKernel(
        kernel: bfloat16.prepare(geometry.turned, weights: weights, relu: false, kernels: kernels),
        weights: weights, packer: packer)
    }
    var phases = Phase.all(of: geometry, spread: spread, kernels: kernels)
    for index in phases.indices {
      phases[index].packedOffset = packer.floatCount
      packer.add(.backward(geometry, layout: spread ? .flat : .panels, taps: phases[index].taps))
    }
    let weights = PackedWeights(packer, outputChannels: geometry.window.channels, kernels: kernels)
    return RepackedKernel(
      kernel: PhasedConvolution(
        phases, of: geometry, weights: weights, spread: spread, kernels: kernels),
      weights: weights, packer: packer)
  }
}

/// A kernel with the weights that it reads and their way from PyTorch's order into place.
struct RepackedKernel {
  let kernel: any PreparedKernel
  let weights: PackedWeights
  let packer: WeightPacker
}
