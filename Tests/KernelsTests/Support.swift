import Kernels
import ReferenceKernels
import TensorCore
import TestSupport

extension Reference.Map {
  static func noise(channels: Int, height: Int, width: Int, seed: UInt64) -> Self {
    var noise = Noise(seed)
    return Self(
      channels: channels, height: height, width: width, values: noise.floats(channels * height * width))
  }

  /// [height, width, channels], as the kernels have it.
  var interleaved: [Float] {
    var result: [Float] = []
    result.reserveCapacity(values.count)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels { result.append(self[channel, y, x]) }
      }
    }
    return result
  }
}

/// The worst difference of two lists in units of what rounding may cost: `bound` times the larger of 1 and the value.
func worstError(_ got: [Float], _ want: [Float]) -> (error: Float, index: Int) {
  precondition(got.count == want.count, "\(got.count) values against \(want.count)")
  var worst: (error: Float, index: Int) = (0, 0)
  for index in got.indices {
    let error = abs(got[index] - want[index]) / max(1, abs(want[index]))
    if !(error <= worst.error) { worst = (error, index) }
  }
  return worst
}

extension PreparedKernel {
  /// Runs all tasks over one image.
  func output(input: [Float], second: [Float]? = nil, residual: [Float]? = nil, count: Int) -> [Float] {
    // As for four workers, so that tiles and panels are cut.
    let workers = 4
    var output = Array(repeating: Float.nan, count: count)
    // As doubles, for their alignment.
    var scratch = Array(repeating: Double.nan, count: (scratchCount + 1) / 2 + 1)
    unsafe input.withUnsafeBufferPointer { input in
      unsafe (second ?? []).withUnsafeBufferPointer { other in
        unsafe (residual ?? []).withUnsafeBufferPointer { added in
          unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe scratch.withUnsafeMutableBytes { scratch in
              let call = unsafe KernelCall(
                input: input.baseAddress.unsafelyUnwrapped, second: second == nil ? nil : other.baseAddress,
                residual: residual == nil ? nil : added.baseAddress,
                output: output.baseAddress.unsafelyUnwrapped, inputStride: 0, outputStride: 0, images: 1,
                workers: workers, order: .pieces)
              for task in 0..<taskCount(images: 1, workers: workers) {
                unsafe run(
                  task: task, call,
                  scratch: scratch.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self))
              }
            }
          }
        }
      }
    }
    return output
  }
}
