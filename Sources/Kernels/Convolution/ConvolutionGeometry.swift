import CKernels

/// The shape of a convolution over one image.
package struct ConvolutionGeometry: Hashable, Sendable {
  package var window: Window
  package var outputChannels: Int
  package var groups: Int

  package init(window: Window, outputChannels: Int, groups: Int = 1) {
    precondition(
      window.channels % groups == 0 && outputChannels % groups == 0,
      "\(groups) groups of \(window.channels) inputs and \(outputChannels) outputs")
    self.window = window
    self.outputChannels = outputChannels
    self.groups = groups
  }

  /// A linear layer: a convolution over a single pixel.
  package init(inputs: Int, outputs: Int) {
    self.init(
      window: Window(
        inputHeight: 1, inputWidth: 1, channels: inputs, outputHeight: 1, outputWidth: 1, kernel: 1,
        stride: 1, padding: 0), outputChannels: outputs)
  }

  var groupInputs: Int { window.channels / groups }
  var groupOutputs: Int { outputChannels / groups }
  var taps: Int { window.kernel * window.kernel }

  /// The convolution from the outputs back to the inputs, with filters turned round, for a stride of 1.
  var turned: ConvolutionGeometry {
    ConvolutionGeometry(
      window: Window(
        inputHeight: window.outputHeight, inputWidth: window.outputWidth, channels: outputChannels,
        outputHeight: window.inputHeight, outputWidth: window.inputWidth, kernel: window.kernel, stride: 1,
        padding: window.dilation * (window.kernel - 1) - window.padding, dilation: window.dilation),
      outputChannels: window.channels, groups: groups)
  }

  /// True if a window's numbers follow each other along a whole kernel row of a copy of the input's rows; else tap by tap.
  var runsAreRows: Bool { groups == 1 && window.dilation == 1 }
  /// Runs of numbers that follow each other in a window of one group.
  var runs: Int { runsAreRows ? window.kernel : taps }
  /// Pairs of a run, the last of which may be half empty.
  var pairsOfRun: Int { ((runsAreRows ? window.kernel : 1) * groupInputs + 1) / 2 }

  var cGroups: rz_groups {
    rz_groups(output_channels: outputChannels, group_inputs: groupInputs, group_outputs: groupOutputs)
  }

  /// True if registers hold several groups of as many inputs as outputs.
  func sharesRegisters(_ kernels: KernelTable) -> Bool {
    groups > 1 && groupInputs == groupOutputs && groupOutputs < kernels.lanes
      && kernels.lanes.isMultiple(of: groupOutputs) && outputChannels.isMultiple(of: kernels.lanes)
  }

  /// True if the channels of one pixel are so few that a kernel row of copied input is the better run of numbers.
  func favorsRowCopies(_ kernels: KernelTable) -> Bool {
    ConvolutionEngine.rowCopies.serves(self, kernels: kernels) && window.kernel > 1
      && window.channels < kernels.lanes
  }
}
