import CKernels
import Threads

/// A max-pool over [height, width, channels]; beyond the edge lies -∞, or 0 if `padsWithZeros`.
package struct PreparedMaxPool: Sendable {
  package let window: Window
  private let padsWithZeros: Bool
  private let kernels: KernelTable
  private let rowsPerTask: Int

  package init(window: Window, padsWithZeros: Bool = false, kernels: KernelTable = .current) {
    self.window = window
    self.padsWithZeros = padsWithZeros
    self.kernels = kernels
    rowsPerTask = max(1, min(window.outputHeight, 512 / window.outputWidth))
  }

  /// Independent pieces of one image's output.
  package var taskCount: Int { (window.outputHeight + rowsPerTask - 1) / rowsPerTask }

  package func run(task: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    let first = task * rowsPerTask
    let count = min(rowsPerTask, window.outputHeight - first)
    unsafe withUnsafePointer(to: window.c) { c in
      unsafe kernels.maxPool(c, first, count, input, output + first * window.outputWidth * window.channels)
    }
    if padsWithZeros {
      for row in first..<first + count { unsafe raiseEdges(row: row, output: output) }
    }
  }

  /// Makes 0 the least value of one row's windows that hang over an edge.
  private func raiseEdges(row: Int, output: UnsafeMutablePointer<Float>) {
    func hangsOver(_ position: Int, _ side: Int) -> Bool {
      let start = position * window.stride - window.padding
      return start < 0 || start + window.kernel > side
    }
    let wholeRow = hangsOver(row, window.inputHeight)
    for column in 0..<window.outputWidth where wholeRow || hangsOver(column, window.inputWidth) {
      let pixel = unsafe output + (row * window.outputWidth + column) * window.channels
      for channel in 0..<window.channels where unsafe pixel[channel] < 0 { unsafe pixel[channel] = 0 }
    }
  }
}

/// The mean over all pixels of [pixels, channels].
package struct PreparedAveragePool: Sendable {
  package let pixels: Int
  package let channels: Int
  private let kernels: KernelTable
  /// Many enough that each pixel gives whole cache lines, one after the other.
  private static let channelsPerTask = 256

  package init(pixels: Int, channels: Int, kernels: KernelTable = .current) {
    self.pixels = pixels
    self.channels = channels
    self.kernels = kernels
  }

  /// Independent pieces of one image's output.
  package var taskCount: Int { (channels + Self.channelsPerTask - 1) / Self.channelsPerTask }

  package func run(task: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    let first = task * Self.channelsPerTask
    unsafe kernels.averagePool(
      pixels, min(Self.channelsPerTask, channels - first), channels, input + first, output + first)
  }
}

/// The maximum over all pixels of [pixels, channels].
package struct PreparedGlobalMaxPool: Sendable {
  private let pool: PreparedMaxPool

  /// - Parameter height: of the input.
  package init(height: Int, width: Int, channels: Int, kernels: KernelTable = .current) {
    // The input as one row, which a square window covers, hanging over below.
    pool = PreparedMaxPool(
      window: Window(
        inputHeight: 1, inputWidth: height * width, channels: channels, outputHeight: 1, outputWidth: 1,
        kernel: height * width, stride: 1, padding: 0), kernels: kernels)
  }

  package func run(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    unsafe pool.run(task: 0, input: input, output: output)
  }
}

/// Option A's shortcut over [height, width, channels]: every `stride`-th pixel, between `padding` channels of zeros.
package struct PreparedZeroPad: Sendable {
  package let window: Window
  package let padding: Int

  /// - Parameter window: a kernel of 1 with the shortcut's stride.
  package init(window: Window, padding: Int) {
    self.window = window
    self.padding = padding
  }

  package func run(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    let channels = window.channels
    let outputChannels = channels + 2 * padding
    for row in 0..<window.outputHeight {
      for column in 0..<window.outputWidth {
        let source =
          unsafe input + (row * window.stride * window.inputWidth + column * window.stride) * channels
        let target = unsafe output + (row * window.outputWidth + column) * outputChannels
        unsafe target.update(repeating: 0, count: padding)
        unsafe (target + padding).update(from: source, count: channels)
        unsafe (target + padding + channels).update(repeating: 0, count: padding)
      }
    }
  }
}
