import ResNetModel
import TensorCore

/// A 3×3 convolution of stride 1 with zeros around its input and as many outputs as inputs, in double precision.
///
/// Maps lie in memory as [images][height][width][channels].
struct ExactConvolution {
  private let channels: Int
  private let side: Int
  /// [tap][input][output]
  private var weights: [Double]
  /// [tap][output][input]
  private var transposed: [Double]

  /// - Parameters:
  ///   - weights: [outputs, inputs, 3, 3].
  ///   - side: height and width of the maps.
  init(_ weights: Tensor, side: Int) {
    channels = weights.shape.dimensions[0]
    self.side = side
    let square = channels * channels
    self.weights = Array(repeating: 0, count: 9 * square)
    transposed = self.weights
    let floats = weights.floats
    for output in 0..<channels {
      for input in 0..<channels {
        for tap in 0..<9 {
          let value = Double(floats[(output * channels + input) * 9 + tap])
          self.weights[tap * square + input * channels + output] = value
          transposed[tap * square + output * channels + input] = value
        }
      }
    }
  }

  /// The convolution of maps.
  func output(of maps: [Double]) -> [Double] { multiplied(maps, weights, sign: 1) }

  /// The gradient of the input.
  func inputGradient(_ gradient: [Double]) -> [Double] { multiplied(gradient, transposed, sign: -1) }

  /// For each pair of a pixel of the result and a tap that lies within the map, adds the pixel at the tap times the tap's matrix.
  ///
  /// - Parameter sign: 1 to read where the tap points, -1 to read opposite to it.
  private func multiplied(_ maps: [Double], _ matrices: [Double], sign: Int) -> [Double] {
    var result = [Double](repeating: 0, count: maps.count)
    forEachPair(images: maps.count / (side * side * channels), sign: sign) { tap, to, from in
      for row in 0..<channels {
        let factor = maps[from + row]
        guard factor != 0 else { continue }
        let matrix = (tap * channels + row) * channels
        for column in 0..<channels { result[to + column] += factor * matrices[matrix + column] }
      }
    }
    return result
  }

  /// The L2 norm of the gradient of the weights.
  func weightGradientNorm(input maps: [Double], gradient: [Double]) -> Double {
    var sums = [Double](repeating: 0, count: weights.count)
    forEachPair(images: maps.count / (side * side * channels), sign: 1) { tap, to, from in
      for row in 0..<channels {
        let factor = maps[from + row]
        guard factor != 0 else { continue }
        let place = (tap * channels + row) * channels
        for column in 0..<channels { sums[place + column] += factor * gradient[to + column] }
      }
    }
    return sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// Calls `body` with a tap, the place of a pixel's first channel, and that of the pixel at the tap.
  private func forEachPair(images: Int, sign: Int, _ body: (_ tap: Int, _ to: Int, _ from: Int) -> Void) {
    for image in 0..<images {
      for y in 0..<side {
        for x in 0..<side {
          for tap in 0..<9 {
            let (row, column) = (y + sign * (tap / 3 - 1), x + sign * (tap % 3 - 1))
            guard (0..<side).contains(row), (0..<side).contains(column) else { continue }
            body(
              tap, ((image * side + y) * side + x) * channels,
              ((image * side + row) * side + column) * channels)
          }
        }
      }
    }
  }
}
