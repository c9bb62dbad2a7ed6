/// A convolution whose weights change with every step of training: its outputs and its gradients.
///
/// Feature maps are [pictures][height][width][channels], where pictures may lie farther apart than they are large; weights
/// and their gradients are [outputs][inputs of a group][kernel][kernel], as in PyTorch. Every result is the same to the last
/// bit whatever the number of threads. Nothing is allocated after the making.
@safe package final class TrainedConvolution {
  package let window: Window
  package let outputChannels: Int
  package let groups: Int
  private let forwardPass: ForwardPass
  private let inputGradientPass: InputGradientPass?
  private let weightGradientPass: WeightGradientPass?

  /// - Parameters:
  ///   - window: the geometry for one picture; its padding is at most dilation * (kernel - 1).
  ///   - needsInputGradient: whether gradients go on to the layer below.
  ///   - needsWeightGradient: whether the weights are trained.
  ///   - workspace: memory and workers shared with other layers.
  package init(
    window: Window, outputChannels: Int, groups: Int = 1, needsInputGradient: Bool = true,
    needsWeightGradient: Bool = true, workspace: TrainingWorkspace
  ) {
    precondition(
      window.channels % groups == 0 && outputChannels % groups == 0,
      "\(groups) groups of \(window.channels) inputs and \(outputChannels) outputs")
    precondition(window.padding <= window.dilation * (window.kernel - 1), "padding beyond the window's reach")
    self.window = window
    self.outputChannels = outputChannels
    self.groups = groups
    let layer = TrainedLayer(window: window, outputChannels: outputChannels, groups: groups)
    forwardPass = ForwardPass(layer, workspace: workspace)
    inputGradientPass = needsInputGradient ? InputGradientPass(layer, workspace: workspace) : nil
    weightGradientPass = needsWeightGradient ? WeightGradientPass(layer, workspace: workspace) : nil
  }

  /// Takes over weights, and the bias if there is one. To be called after every change of them.
  package func pack(weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
    unsafe forwardPass.pack(weights: weights, bias: bias)
    unsafe inputGradientPass?.pack(weights: weights)
  }

  /// output = weights * input + bias
  ///
  /// - Parameters:
  ///   - inputStep: floats between two pictures of the input.
  ///   - outputStep: floats between two pictures of the output.
  package func forward(
    input: UnsafePointer<Float>, inputStep: Int, output: UnsafeMutablePointer<Float>, outputStep: Int,
    pictures: Int
  ) {
    unsafe forwardPass.run(
      input: input, inputStep: inputStep, output: output, outputStep: outputStep, pictures: pictures)
  }

  /// inputGradient = (or +=, with `accumulate`) the transposed convolution of outputGradient.
  ///
  /// - Precondition: the layer was made with `needsInputGradient`.
  package func inputGradient(
    outputGradient: UnsafePointer<Float>, outputStep: Int, inputGradient: UnsafeMutablePointer<Float>,
    inputStep: Int, accumulate: Bool, pictures: Int
  ) {
    guard let inputGradientPass else { preconditionFailure("a convolution without input gradient") }
    unsafe inputGradientPass.run(
      outputGradient: outputGradient, outputStep: outputStep, inputGradient: inputGradient,
      inputStep: inputStep, accumulate: accumulate, pictures: pictures)
  }

  /// weightGradient = the sum over pictures and pixels of the products of inputs and gradients; biasGradient, if there is
  /// one, = the sum of the gradients.
  ///
  /// - Precondition: the layer was made with `needsWeightGradient`.
  package func weightGradient(
    input: UnsafePointer<Float>, inputStep: Int, outputGradient: UnsafePointer<Float>, outputStep: Int,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, pictures: Int
  ) {
    guard let weightGradientPass else { preconditionFailure("a convolution without weight gradient") }
    unsafe weightGradientPass.run(
      input: input, inputStep: inputStep, outputGradient: outputGradient, outputStep: outputStep,
      weightGradient: weightGradient, biasGradient: biasGradient, pictures: pictures)
  }
}

/// What the passes of a trained convolution agree on.
struct TrainedLayer {
  var window: Window
  var outputChannels: Int
  var groups: Int

  var groupInputs: Int { window.channels / groups }
  var groupOutputs: Int { outputChannels / groups }
  var taps: Int { window.kernel * window.kernel }

  /// Whether Winograd's algorithm serves for the outputs, and for the gradients of the weights.
  func suitsWinograd(_ kernels: KernelTable) -> Bool {
    let engine = ConvolutionEngine.choose(
      window: window, outputChannels: outputChannels, groups: groups, exact: false, favorsLatency: false,
      kernels: kernels)
    return engine == .winograd
  }

  /// Whether registers hold several groups of as many inputs as outputs.
  func sharesRegisters(_ kernels: KernelTable) -> Bool {
    groups > 1 && groupInputs == groupOutputs && groupOutputs < kernels.lanes
      && kernels.lanes.isMultiple(of: groupOutputs) && outputChannels.isMultiple(of: kernels.lanes)
  }
}
