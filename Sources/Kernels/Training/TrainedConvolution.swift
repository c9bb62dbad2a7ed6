/// A convolution whose weights change with every step of training.
///
/// Feature maps are [images][height][width][channels]; weights and their gradients are [outputs][inputs of a
/// group][kernel][kernel], as in PyTorch.
@safe package final class TrainedConvolution: TrainedWeights {
  package let window: Window
  package let outputChannels: Int
  package let groups: Int
  private let forwardPass: ConvolutionPass
  private let inputGradientPass: ConvolutionPass?
  private let weightGradientPass: WeightGradientPass?

  /// - Parameters:
  ///   - window: the geometry for one image; its padding is at most dilation * (kernel - 1).
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
    forwardPass = ConvolutionPass(forward: layer, workspace: workspace)
    inputGradientPass = needsInputGradient ? ConvolutionPass(inputGradient: layer, workspace: workspace) : nil
    weightGradientPass = needsWeightGradient ? WeightGradientPass(layer, workspace: workspace) : nil
  }

  package func pack(weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
    unsafe forwardPass.pack(weights: weights, bias: bias)
    unsafe inputGradientPass?.pack(weights: weights, bias: nil)
  }

  package func forward(
    input: UnsafePointer<Float>, inputStep: Int, output: UnsafeMutablePointer<Float>, outputStep: Int,
    images: Int
  ) {
    unsafe forwardPass.run(
      source: input, sourceStep: inputStep, target: output, targetStep: outputStep, accumulate: false,
      images: images)
  }

  package func inputGradient(
    outputGradient: UnsafePointer<Float>, outputStep: Int, inputGradient: UnsafeMutablePointer<Float>,
    inputStep: Int, accumulate: Bool, images: Int
  ) {
    guard let inputGradientPass else { preconditionFailure("a convolution without input gradient") }
    unsafe inputGradientPass.run(
      source: outputGradient, sourceStep: outputStep, target: inputGradient, targetStep: inputStep,
      accumulate: accumulate, images: images)
  }

  package func weightGradient(
    input: UnsafePointer<Float>, inputStep: Int, outputGradient: UnsafePointer<Float>, outputStep: Int,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, images: Int
  ) {
    guard let weightGradientPass else { preconditionFailure("a convolution without weight gradient") }
    unsafe weightGradientPass.run(
      input: input, inputStep: inputStep, outputGradient: outputGradient, outputStep: outputStep,
      weightGradient: weightGradient, biasGradient: biasGradient, images: images)
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
