extension ConvolutionPass {
  /// The outputs of a trained convolution, by the engines of inference.
  convenience init(forward layer: TrainedLayer, workspace: TrainingWorkspace) {
    let kernels = workspace.kernels
    let engine = ConvolutionEngine.choose(
      window: layer.window, outputChannels: layer.outputChannels, groups: layer.groups, exact: false,
      favorsLatency: false, kernels: kernels)
    let columns = WeightColumns.forward(
      layout: engine.layout, inputs: layer.window.channels, outputs: layer.outputChannels,
      groups: layer.groups, taps: layer.taps)
    let packer = WeightPacker(kernels: kernels)
    packer.add(columns)
    let weights = PackedWeights(
      outputChannels: layer.outputChannels, inputChannels: layer.groupInputs, groups: layer.groups,
      engine: engine, floatCount: columns.floatCount(kernels), kernels: kernels)
    let convolution: Convolution =
      engine == .winograd
      ? .winograd(PreparedWinograd(window: layer.window, weights: weights, relu: false, kernels: kernels))
      : .pieces(PreparedConvolution(window: layer.window, weights: weights, relu: false, kernels: kernels))
    self.init(convolution, weights: weights, packer: packer, workspace: workspace)
  }
}
