import COpenBLAS
package import TensorCore

/// What a linear layer's sums go through.
package enum LinearActivation: Sendable {
  case none
  case relu
  case sigmoid
}

/// y = W x + b with an optional activation, for one picture.
///
/// - weight: [outputs, inputs], or that of a 1×1 convolution, as PyTorch has it.
package final class PreparedLinear: Sendable {
  package let inputs: Int
  package let outputs: Int
  private let activation: LinearActivation
  private let weight: Tensor
  private let bias: Tensor
  private let kernels: KernelTable
  private static let outputsPerTask = 128

  /// - Parameter bias: [outputs]; nil for none.
  package init(
    weight: Tensor, bias: Tensor?, activation: LinearActivation = .none, kernels: KernelTable = .current
  ) {
    let dimensions = weight.shape.dimensions
    precondition(
      dimensions.count >= 2 && dimensions.dropFirst(2).allSatisfy { $0 == 1 }, "weights of \(weight.shape)")
    outputs = dimensions[0]
    inputs = dimensions[1]
    self.weight = weight
    self.bias = bias ?? Tensor(shape: [outputs], floats: Array(repeating: 0, count: outputs))
    precondition(self.bias.shape == [outputs], "a bias of \(self.bias.shape) for \(outputs) outputs")
    self.activation = activation
    self.kernels = kernels
    OpenBLAS.prepare()
  }

  /// Independent pieces of one picture's output.
  package var taskCount: Int { (outputs + Self.outputsPerTask - 1) / Self.outputsPerTask }

  package func run(task: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    let first = task * Self.outputsPerTask
    let count = min(Self.outputsPerTask, outputs - first)
    unsafe cblas_sgemv(
      CblasRowMajor, CblasNoTrans, Int32(count), Int32(inputs), 1, weight.floatPointer + first * inputs,
      Int32(inputs), input, 1, 0, output + first, 1)
    unsafe kernels.epilogue(
      1, count, output + first, bias.floatPointer + first, nil, outputs, activation == .relu)
    if activation == .sigmoid { unsafe applySigmoid(output + first, count: count) }
  }
}
