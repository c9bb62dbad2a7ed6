import Kernels
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
