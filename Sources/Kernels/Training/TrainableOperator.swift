/// A convolution or a linear layer whose weights change with every step of training: its outputs and its gradients.
///
/// Inputs and outputs are [images][…], where images may lie farther apart than they are large; feature maps are
/// [height][width][channels]. Weights and their gradients are [outputs][inputs of a group][kernel][kernel], as in PyTorch.
/// Every result is the same to the last bit whatever the number of threads. Nothing is allocated after `init`.
package final class TrainableOperator {
  private let forwardPass: OperatorPass
  private let inputGradientPass: OperatorPass?
  private let weightGradientPass: WeightGradientPass?

  private init(
    _ geometry: ConvolutionGeometry, forward: RepackedKernel, inputGradient: RepackedKernel?,
    needsWeightGradient: Bool, arithmetic: TrainingArithmetic, workspace: TrainingWorkspace
  ) {
    forwardPass = OperatorPass(forward, workspace: workspace)
    inputGradientPass = inputGradient.map { OperatorPass($0, workspace: workspace) }
    weightGradientPass =
      needsWeightGradient ? WeightGradientPass(geometry, arithmetic: arithmetic, workspace: workspace) : nil
  }

  /// Makes a convolution ready to train.
  ///
  /// - Parameters:
  ///   - geometry: with padding of at most dilation * (kernel - 1).
  ///   - needsInputGradient: true if gradients go on to the layer below.
  ///   - needsWeightGradient: true if the weights are trained.
  ///   - workspace: memory and workers shared with other layers.
  package convenience init(
    convolution geometry: ConvolutionGeometry, needsInputGradient: Bool = true,
    needsWeightGradient: Bool = true, workspace: TrainingWorkspace
  ) {
    let window = geometry.window
    precondition(window.padding <= window.dilation * (window.kernel - 1), "padding beyond the window's reach")
    let kernels = workspace.kernels
    self.init(
      geometry,
      forward: ConvolutionEngine.forward(geometry, arithmetic: workspace.arithmetic, kernels: kernels),
      inputGradient: needsInputGradient
        ? ConvolutionEngine.inputGradient(geometry, arithmetic: workspace.arithmetic, kernels: kernels) : nil,
      needsWeightGradient: needsWeightGradient, arithmetic: workspace.arithmetic, workspace: workspace)
  }

  /// Makes a linear layer ready to train, always in single precision: inputs are [images][inputs] and outputs [images][outputs].
  ///
  /// - Parameters:
  ///   - needsInputGradient: true if gradients go on to the layer below.
  ///   - needsWeightGradient: true if the weights are trained.
  ///   - workspace: memory and workers shared with other layers.
  package convenience init(
    inputs: Int, outputs: Int, needsInputGradient: Bool = true, needsWeightGradient: Bool = true,
    workspace: TrainingWorkspace
  ) {
    let geometry = ConvolutionGeometry(inputs: inputs, outputs: outputs)
    func product(_ columns: WeightColumns) -> RepackedKernel {
      let kernels = workspace.kernels
      let packer = WeightPacker(kernels: kernels)
      packer.add(columns)
      let weights = PackedWeights(packer, outputChannels: columns.columns, kernels: kernels)
      return RepackedKernel(
        kernel: LinearProduct(
          inputs: columns.depth, outputs: columns.columns, weights: weights, kernels: kernels),
        weights: weights, packer: packer)
    }
    self.init(
      geometry, forward: product(.forward(geometry, layout: .panels)),
      inputGradient: needsInputGradient ? product(.backward(geometry, layout: .panels, taps: [0])) : nil,
      needsWeightGradient: needsWeightGradient, arithmetic: .single, workspace: workspace)
  }

  /// Takes over weights, and the bias if there is one. Call it after every change of them.
  package func pack(weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
    unsafe forwardPass.pack(weights: weights, bias: bias)
    unsafe inputGradientPass?.pack(weights: weights, bias: nil)
  }

  /// output = weights * input + bias
  ///
  /// - Parameters:
  ///   - inputStride: floats between two images of the input.
  ///   - outputStride: floats between two images of the output.
  package func forward(
    input: UnsafePointer<Float>, inputStride: Int, output: UnsafeMutablePointer<Float>, outputStride: Int,
    images: Int
  ) {
    unsafe forwardPass.run(
      source: input, sourceStride: inputStride, target: output, targetStride: outputStride, accumulate: false,
      images: images)
  }

  /// inputGradient = (or +=, with `accumulate`) the transposed weights * outputGradient.
  ///
  /// - Precondition: the operator was made with `needsInputGradient`.
  package func inputGradient(
    outputGradient: UnsafePointer<Float>, outputStride: Int, inputGradient: UnsafeMutablePointer<Float>,
    inputStride: Int, accumulate: Bool, images: Int
  ) {
    guard let inputGradientPass else { preconditionFailure("an operator without input gradient") }
    unsafe inputGradientPass.run(
      source: outputGradient, sourceStride: outputStride, target: inputGradient, targetStride: inputStride,
      accumulate: accumulate, images: images)
  }

  /// weightGradient = the sum over images and pixels of the products of inputs and gradients; biasGradient, if there is
  /// one, = the sum of the gradients.
  ///
  /// - Precondition: the operator was made with `needsWeightGradient`.
  package func weightGradient(
    input: UnsafePointer<Float>, inputStride: Int, outputGradient: UnsafePointer<Float>, outputStride: Int,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, images: Int
  ) {
    guard let weightGradientPass else { preconditionFailure("an operator without weight gradient") }
    unsafe weightGradientPass.run(
      input: input, inputStride: inputStride, outputGradient: outputGradient, outputStride: outputStride,
      weightGradient: weightGradient, biasGradient: biasGradient, images: images)
  }
}
