/// A linear layer whose weights change with every step of training.
///
/// Inputs are [images][inputs] and outputs [images][outputs]; weights and their gradients are [outputs][inputs].
@safe package final class TrainedLinear: TrainedWeights {
  package let inputs: Int
  package let outputs: Int
  private let forwardRows: LinearRows
  private let gradientRows: LinearRows?
  private let weightGradientPass: WeightGradientPass?

  /// - Parameters:
  ///   - needsInputGradient: whether gradients go on to the layer below.
  ///   - needsWeightGradient: whether the weights are trained.
  ///   - workspace: memory and workers shared with other layers.
  package init(
    inputs: Int, outputs: Int, needsInputGradient: Bool = true, needsWeightGradient: Bool = true,
    workspace: TrainingWorkspace
  ) {
    self.inputs = inputs
    self.outputs = outputs
    forwardRows = LinearRows(
      .forward(layout: .panels, inputs: inputs, outputs: outputs, groups: 1, taps: 1), workspace: workspace)
    gradientRows =
      needsInputGradient
      ? LinearRows(
        .backward(layout: .panels, inputs: inputs, outputs: outputs, groups: 1, filter: 1, taps: [0]),
        workspace: workspace) : nil
    let window = Window(
      inputHeight: 1, inputWidth: 1, channels: inputs, outputHeight: 1, outputWidth: 1, kernel: 1, stride: 1,
      padding: 0)
    let layer = TrainedLayer(window: window, outputChannels: outputs, groups: 1)
    weightGradientPass = needsWeightGradient ? WeightGradientPass(layer, workspace: workspace) : nil
  }

  package func pack(weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
    unsafe forwardRows.pack(weights: weights, bias: bias)
    unsafe gradientRows?.pack(weights: weights, bias: nil)
  }

  package func forward(
    input: UnsafePointer<Float>, inputStep: Int, output: UnsafeMutablePointer<Float>, outputStep: Int,
    images: Int
  ) {
    unsafe forwardRows.run(
      source: input, sourceStep: inputStep, target: output, targetStep: outputStep, accumulate: false,
      images: images)
  }

  package func inputGradient(
    outputGradient: UnsafePointer<Float>, outputStep: Int, inputGradient: UnsafeMutablePointer<Float>,
    inputStep: Int, accumulate: Bool, images: Int
  ) {
    guard let gradientRows else { preconditionFailure("a linear layer without input gradient") }
    unsafe gradientRows.run(
      source: outputGradient, sourceStep: outputStep, target: inputGradient, targetStep: inputStep,
      accumulate: accumulate, images: images)
  }

  package func weightGradient(
    input: UnsafePointer<Float>, inputStep: Int, outputGradient: UnsafePointer<Float>, outputStep: Int,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, images: Int
  ) {
    guard let weightGradientPass else { preconditionFailure("a linear layer without weight gradient") }
    unsafe weightGradientPass.run(
      input: input, inputStep: inputStep, outputGradient: outputGradient, outputStep: outputStep,
      weightGradient: weightGradient, biasGradient: biasGradient, images: images)
  }
}
