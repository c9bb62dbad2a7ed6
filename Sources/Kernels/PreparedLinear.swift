import COpenBLAS
package import TensorCore

/// y = W x + b with optional ReLU, for one picture.
///
/// - weight: [outputs, inputs], as PyTorch has it.
package final class PreparedLinear: Sendable {
  package let inputs: Int
  package let outputs: Int
  package let relu: Bool
  private let weight: Tensor
  private let bias: Tensor
  private let kernels: KernelTable
  private static let outputsPerTask = 128

  package init(weight: Tensor, bias: Tensor, relu: Bool, kernels: KernelTable = .current) {
    precondition(
      weight.shape.rank == 2 && bias.shape == [weight.shape.dimensions[0]], "a linear layer's shapes")
    outputs = weight.shape.dimensions[0]
    inputs = weight.shape.dimensions[1]
    self.weight = weight
    self.bias = bias
    self.relu = relu
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
    unsafe kernels.epilogue(1, count, output + first, bias.floatPointer + first, nil, outputs, relu)
  }
}
