import CKernels

/// A max-pool over [height, width, channels] that remembers where each maximum stood, and its gradient. Of equal values the
/// first counts, row by row, as in PyTorch.
package struct TrainedMaxPool: Sendable {
  private let window: Window
  private let padsWithZeros: Bool
  private let kernels: KernelTable

  /// - Parameter padsWithZeros: true if 0 lies beyond the edge, not -∞.
  package init(window: Window, padsWithZeros: Bool, kernels: KernelTable = .current) {
    precondition(window.kernel * window.kernel <= 255, "a window of \(window.kernel)×\(window.kernel)")
    self.window = window
    self.padsWithZeros = padsWithZeros
    self.kernels = kernels
  }

  /// The output of one image.
  ///
  /// - Parameter taps: a byte for each number of the output.
  package func forward(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, taps: UnsafeMutablePointer<UInt8>
  ) {
    unsafe withUnsafePointer(to: window.c) { window in
      unsafe kernels.c.pointee.pooling.maximum_taps(
        window, 0, self.window.outputHeight, padsWithZeros, input, output, taps)
    }
  }

  /// The gradient of one image's input, added to what is there if it `accumulates`.
  package func backward(
    outputGradient: UnsafePointer<Float>, taps: UnsafePointer<UInt8>,
    inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool
  ) {
    unsafe withUnsafePointer(to: window.c) { window in
      unsafe kernels.c.pointee.pooling.maximum_gradient(
        window, 0, self.window.inputHeight, outputGradient, taps, accumulates, inputGradient)
    }
  }
}

/// The maximum over all pixels of [pixels, channels], remembering which, and its gradient. Of equal values the first counts.
package struct TrainedGlobalMaxPool: Sendable {
  private let pixels: Int
  private let channels: Int

  package init(pixels: Int, channels: Int) {
    self.pixels = pixels
    self.channels = channels
  }

  /// The output of one image.
  ///
  /// - Parameter places: the pixel of each channel's maximum.
  package func forward(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, places: UnsafeMutablePointer<Int32>
  ) {
    for channel in 0..<channels {
      unsafe output[channel] = input[channel]
      unsafe places[channel] = 0
    }
    for pixel in 1..<max(pixels, 1) {
      let row = unsafe input + pixel * channels
      for channel in 0..<channels where unsafe row[channel] > output[channel] || row[channel].isNaN {
        unsafe output[channel] = row[channel]
        unsafe places[channel] = Int32(pixel)
      }
    }
  }

  /// The gradient of one image's input, added to what is there if it `accumulates`.
  package func backward(
    outputGradient: UnsafePointer<Float>, places: UnsafePointer<Int32>,
    inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool
  ) {
    if !accumulates { unsafe inputGradient.update(repeating: 0, count: pixels * channels) }
    for channel in 0..<channels {
      unsafe inputGradient[Int(places[channel]) * channels + channel] += outputGradient[channel]
    }
  }
}
