import CKernels

/// The geometry of a square window over one image in [height, width, channels] layout.
package struct Window: Hashable, Sendable {
  package var inputHeight: Int
  package var inputWidth: Int
  /// Channels of the input.
  package var channels: Int
  package var outputHeight: Int
  package var outputWidth: Int
  package var kernel: Int
  package var stride: Int
  package var padding: Int
  package var dilation: Int

  package init(
    inputHeight: Int, inputWidth: Int, channels: Int, outputHeight: Int, outputWidth: Int, kernel: Int,
    stride: Int, padding: Int, dilation: Int = 1
  ) {
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.channels = channels
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  package var outputPixels: Int { outputHeight * outputWidth }
  /// Numbers that one window reads.
  package var depth: Int { kernel * kernel * channels }

  var c: rz_window {
    rz_window(
      input_height: inputHeight, input_width: inputWidth, channels: channels, output_height: outputHeight,
      output_width: outputWidth, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
  }
}
