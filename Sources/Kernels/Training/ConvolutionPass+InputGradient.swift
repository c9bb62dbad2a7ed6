extension ConvolutionPass {
  /// The gradients of a trained convolution's input: a transposed convolution.
  ///
  /// Of a stride of 1 it is a convolution with filters turned round, for which Winograd's algorithm serves as well; of a larger
  /// stride the input's pixels fall into phases, each reached with some of the taps.
  convenience init(inputGradient layer: TrainedLayer, workspace: TrainingWorkspace) {
    let kernels = workspace.kernels
    let packer = WeightPacker(kernels: kernels)
    let turned = Self.turned(layer.window, channels: layer.outputChannels)
    let engine = ConvolutionEngine.choose(
      window: turned, outputChannels: layer.window.channels, groups: layer.groups, exact: false,
      favorsLatency: false, kernels: kernels)
    let isWinograd = layer.window.stride == 1 && engine == .winograd
    let spread = layer.sharesRegisters(kernels)
    let panels =
      spread
      ? layer.window.channels / kernels.lanes : kernels.panels(of: layer.groupInputs) * layer.groups
    var phases = isWinograd ? [] : Phase.all(of: layer, panels: panels)
    var floatCount = 0
    func add(_ layout: WeightColumns.Layout, taps: [Int]) {
      let columns = WeightColumns.backward(
        layout: layout, inputs: layer.window.channels, outputs: layer.outputChannels, groups: layer.groups,
        filter: layer.taps, taps: taps)
      packer.add(columns, packedOffset: floatCount)
      floatCount += columns.floatCount(kernels)
    }
    if isWinograd { add(.winograd, taps: (0..<layer.taps).reversed()) }
    for index in phases.indices {
      phases[index].packedOffset = floatCount
      add(spread ? .flat : .panels, taps: phases[index].taps)
    }
    let weights = PackedWeights(
      outputChannels: layer.window.channels, inputChannels: layer.groupOutputs, groups: layer.groups,
      engine: isWinograd ? .winograd : .product, floatCount: floatCount, kernels: kernels)
    let convolution: Convolution =
      isWinograd
      ? .winograd(PreparedWinograd(window: turned, weights: weights, relu: false, kernels: kernels))
      : .phases(PhasedConvolution(phases: phases, weights: weights, spread: spread, kernels: kernels))
    self.init(convolution, weights: weights, packer: packer, workspace: workspace)
  }

  /// The window from a layer's outputs back to its inputs, for a stride of 1.
  private static func turned(_ window: Window, channels: Int) -> Window {
    Window(
      inputHeight: window.outputHeight, inputWidth: window.outputWidth, channels: channels,
      outputHeight: window.inputHeight, outputWidth: window.inputWidth, kernel: window.kernel, stride: 1,
      padding: window.dilation * (window.kernel - 1) - window.padding, dilation: window.dilation)
  }
}
