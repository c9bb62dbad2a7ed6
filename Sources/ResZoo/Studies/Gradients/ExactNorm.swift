import TensorCore

/// A batch norm with the statistics of the batch, in double precision, after it has run once.
struct ExactNorm {
  /// The input without its mean and with a deviation of 1, [pixels of all images][channels].
  private var normalized: [Double]
  /// For each channel, 1 over the deviation.
  private var scales: [Double]
  private let weights: [Double]
  private let biases: [Double]
  private var channels: Int { weights.count }
  private var count: Double { Double(normalized.count / max(1, channels)) }

  /// Runs forward.
  init(_ input: [Double], weight: Tensor, bias: Tensor, epsilon: Double) {
    let channels = weight.shape.elementCount
    weights = weight.floats.indices.map { Double(weight.floats[$0]) }
    biases = bias.floats.indices.map { Double(bias.floats[$0]) }
    let count = Double(input.count / max(1, channels))
    var means = [Double](repeating: 0, count: channels)
    for index in input.indices { means[index % channels] += input[index] / count }
    var variances = [Double](repeating: 0, count: channels)
    normalized = input
    for index in input.indices {
      normalized[index] -= means[index % channels]
      variances[index % channels] += normalized[index] * normalized[index] / count
    }
    scales = variances.map { 1 / ($0 + epsilon).squareRoot() }
    for index in input.indices { normalized[index] *= scales[index % channels] }
  }

  /// The output.
  var output: [Double] {
    normalized.indices.map { normalized[$0] * weights[$0 % channels] + biases[$0 % channels] }
  }

  /// The gradient of the input, through mean and variance too.
  func inputGradient(_ gradient: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: channels)
    var products = sums
    for index in gradient.indices {
      sums[index % channels] += gradient[index] / count
      products[index % channels] += gradient[index] * normalized[index] / count
    }
    return gradient.indices.map { index in
      let channel = index % channels
      let rest = gradient[index] - sums[channel] - normalized[index] * products[channel]
      return weights[channel] * scales[channel] * rest
    }
  }
}
