import ModelDescriptor
import ResNetModel
import TensorCore

/// Runs a stack of basic blocks forward and backward in double precision.
///
/// A deep plain stack multiplies the rounding of single precision as it multiplies the gradient: of 20 blocks some hundredths of the
/// norms depend on it, of 50 blocks nothing else is left.
struct ExactStack {
  private let model: Model
  private let side: Int
  private let epsilon: Double
  private let hasShortcuts: Bool
  private let blocks: [String]

  /// - Parameters:
  ///   - model: a network of one stage of basic blocks with batch norms and without change of shape; its stem and its end do not run.
  ///   - blocks: the paths of the blocks.
  init(_ model: Model, blocks: [String]) {
    let architecture = model.descriptor.architecture
    self.model = model
    side = architecture.input.height
    epsilon = architecture.normalization.epsilon
    hasShortcuts = architecture.shortcut != .none
    self.blocks = blocks
  }

  /// One block after it has run forward.
  private struct Pass {
    let path: String
    let norms: [ExactNorm]
    let input: [Double]
    /// The output of the first half.
    let inner: [Double]
    let output: [Double]
  }

  /// The sum of all outputs, and the norm of its gradient at the first convolution of each block.
  ///
  /// - Parameter input: [inputs, channels, side, side].
  func run(_ input: Tensor) -> (loss: Double, norms: [Double]) {
    var passes: [Pass] = []
    for block in blocks {
      passes.append(forward(block, passes.last?.output ?? Self.channelsLast(input)))
    }
    let output = passes.last?.output ?? []
    var gradient = [Double](repeating: 1, count: output.count)
    var norms: [Double] = []
    for pass in passes.reversed() {
      let result = backward(pass, gradient)
      norms.append(result.norm)
      gradient = result.gradient
    }
    return (output.reduce(0, +), norms.reversed())
  }

  private func convolution(_ block: String, _ number: Int) -> ExactConvolution {
    ExactConvolution(model.parameter("\(block).conv\(number).weight"), side: side)
  }

  private func forward(_ block: String, _ input: [Double]) -> Pass {
    func norm(_ number: Int, _ maps: [Double]) -> ExactNorm {
      ExactNorm(
        maps, weight: model.parameter("\(block).bn\(number).weight"),
        bias: model.parameter("\(block).bn\(number).bias"), epsilon: epsilon)
    }
    let first = norm(1, convolution(block, 1).output(of: input))
    let inner = first.output.map { max($0, 0) }
    let second = norm(2, convolution(block, 2).output(of: inner))
    var output = second.output
    for index in output.indices {
      output[index] = max(hasShortcuts ? output[index] + input[index] : output[index], 0)
    }
    return Pass(path: block, norms: [first, second], input: input, inner: inner, output: output)
  }

  /// The gradient of a block's input, and the norm of that of its first convolution.
  private func backward(_ pass: Pass, _ gradient: [Double]) -> (gradient: [Double], norm: Double) {
    let end = Self.masked(gradient, by: pass.output)
    let second = convolution(pass.path, 2).inputGradient(pass.norms[1].inputGradient(end))
    let first = pass.norms[0].inputGradient(Self.masked(second, by: pass.inner))
    let convolution = convolution(pass.path, 1)
    let norm = convolution.weightGradientNorm(input: pass.input, gradient: first)
    var result = convolution.inputGradient(first)
    if hasShortcuts { for index in result.indices { result[index] += end[index] } }
    return (result, norm)
  }

  /// The gradient before a ReLU.
  private static func masked(_ gradient: [Double], by output: [Double]) -> [Double] {
    gradient.indices.map { output[$0] > 0 ? gradient[$0] : 0 }
  }

  private static func channelsLast(_ tensor: Tensor) -> [Double] {
    let extents = tensor.shape.dimensions
    let (channels, pixels) = (extents[1], extents[2] * extents[3])
    let floats = tensor.floats
    return (0..<tensor.shape.elementCount).map { index in
      let (place, channel) = (index / channels, index % channels)
      return Double(floats[(place / pixels * channels + channel) * pixels + place % pixels])
    }
  }
}
