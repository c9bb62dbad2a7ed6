import CKernels

/// A linear layer over a batch: a 1×1 convolution whose pixels are the images. It is a phase of stride 1, since the pixels of a
/// phase may lie any distance apart in its source and in its target. The residual, if there is one, is the output: the sums are
/// added to it.
@safe final class LinearProduct: PreparedKernel {
  private let inputs: Int
  private let outputs: Int
  private let weights: PackedWeights
  private let kernels: KernelTable
  /// The phase for a batch of one image.
  private let phase: Phase
  private let groups: rz_groups

  /// - Parameter weights: in panels.
  init(inputs: Int, outputs: Int, weights: PackedWeights, kernels: KernelTable) {
    self.inputs = inputs
    self.outputs = outputs
    self.weights = weights
    self.kernels = kernels
    let c = rz_phase(
      source_height: 1, source_width: 1, source_stride: inputs, taps_down: 1, taps_across: 1, reach: 1,
      top: 0, left: 0, height: 1, width: 1, first_row: 0, first_column: 0, stride: 1, target_width: 1,
      target_stride: outputs)
    phase = Phase(c: c, taps: [0], panels: kernels.panels(of: outputs), depth: inputs)
    groups = rz_groups(output_channels: outputs, group_inputs: inputs, group_outputs: outputs)
  }

  var label: String { "linear" }
  var weightBytes: Int { weights.byteCount }
  var scratchCount: Int { phase.scratchCount(sourceChannels: inputs, kernels: kernels) }

  func taskCount(images: Int, workers: Int) -> Int { tiles(images).count }

  private func tiles(_ images: Int) -> Tiles {
    Tiles(pixels: images, panels: kernels.panels(of: outputs), channels: inputs)
  }

  func run(task: Int, _ call: KernelCall, scratch: UnsafeMutablePointer<Float>) {
    var phase = phase
    phase.c.source_width = call.images
    phase.c.source_stride = call.inputStride
    phase.c.width = call.images
    phase.c.target_width = call.images
    phase.c.target_stride = call.outputStride
    phase.tiles = tiles(call.images)
    unsafe phase.run(
      tile: task, groups: groups, spread: false, accumulate: call.residual != nil, source: call.input,
      weights: weights.packed, bias: weights.bias, target: call.output, scratch: scratch, kernels: kernels)
  }
}
