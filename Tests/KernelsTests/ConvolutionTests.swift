import Kernels
import TensorCore
import TestSupport
import Testing

/// A shape that every convolution engine must get right.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  var inputs: Int
  var outputs: Int
  var height: Int
  var width: Int
  var kernel: Int
  var stride = 1
  var padding = 0
  var dilation = 1
  var groups = 1

  var testDescription: String {
    "\(inputs)→\(outputs) of \(height)×\(width), k\(kernel) s\(stride) p\(padding) d\(dilation) g\(groups)"
  }

  static let all: [ConvolutionCase] = [
    // Pointwise, with odd sizes of everything.
    .init(inputs: 1, outputs: 1, height: 1, width: 1, kernel: 1),
    .init(inputs: 7, outputs: 17, height: 5, width: 3, kernel: 1),
    .init(inputs: 64, outputs: 33, height: 17, width: 33, kernel: 1),
    .init(inputs: 16, outputs: 300, height: 7, width: 7, kernel: 1),
    .init(inputs: 12, outputs: 20, height: 9, width: 8, kernel: 1, stride: 2),
    // 3×3 in its usual forms.
    .init(inputs: 3, outputs: 16, height: 32, width: 32, kernel: 3, padding: 1),
    .init(inputs: 17, outputs: 33, height: 7, width: 1, kernel: 3, padding: 1),
    .init(inputs: 8, outputs: 8, height: 1, width: 1, kernel: 3, padding: 1),
    .init(inputs: 32, outputs: 64, height: 15, width: 14, kernel: 3, stride: 2, padding: 1),
    .init(inputs: 6, outputs: 5, height: 9, width: 11, kernel: 3),
    .init(inputs: 16, outputs: 16, height: 13, width: 10, kernel: 3, padding: 2, dilation: 2),
    .init(inputs: 4, outputs: 4, height: 9, width: 9, kernel: 3, stride: 2, padding: 4, dilation: 4),
    // The stem.
    .init(inputs: 3, outputs: 64, height: 37, width: 29, kernel: 7, stride: 2, padding: 3),
    .init(inputs: 1, outputs: 8, height: 8, width: 8, kernel: 7, stride: 2, padding: 3),
    // Grouped: registers within a group, over groups, and neither.
    .init(inputs: 32, outputs: 32, height: 9, width: 7, kernel: 3, padding: 1, groups: 8),
    .init(inputs: 64, outputs: 64, height: 6, width: 5, kernel: 3, stride: 2, padding: 1, groups: 8),
    .init(inputs: 64, outputs: 64, height: 5, width: 5, kernel: 3, padding: 1, groups: 2),
    .init(inputs: 40, outputs: 40, height: 5, width: 6, kernel: 3, padding: 1, groups: 40),
    .init(inputs: 24, outputs: 36, height: 5, width: 4, kernel: 3, padding: 1, groups: 4),
    .init(inputs: 15, outputs: 15, height: 4, width: 4, kernel: 3, padding: 1, groups: 5),
    .init(inputs: 16, outputs: 64, height: 3, width: 9, kernel: 3, padding: 2, dilation: 2, groups: 2),
    .init(inputs: 8, outputs: 16, height: 3, width: 3, kernel: 1, groups: 4),
  ]
}

@Suite struct ConvolutionTests {
  @Test(arguments: ConvolutionCase.all, KernelTable.available.map(\.name))
  func everyEngineAgreesWithTheReference(shape: ConvolutionCase, kernels: String) throws {
    let table = try #require(KernelTable.available.first { $0.name == kernels })
    for (relu, hasResidual) in [(false, false), (true, false), (true, true)] {
      for exact in [false, true] {
        try check(shape, table, relu: relu, hasResidual: hasResidual, exact: exact)
      }
    }
  }

  private func check(
    _ shape: ConvolutionCase, _ table: KernelTable, relu: Bool, hasResidual: Bool, exact: Bool
  ) throws {
    let input = Reference.Map.noise(
      channels: shape.inputs, height: shape.height, width: shape.width, seed: 1)
    var noise = Noise(2)
    let dimensions = [shape.outputs, shape.inputs / shape.groups, shape.kernel, shape.kernel]
    let weights = Tensor(shape: Shape(dimensions), floats: noise.floats(Shape(dimensions).elementCount))
    let bias = noise.floats(shape.outputs)
    let scale = noise.floats(shape.outputs)

    var want = Reference.convolution(
      input, weights: (0..<weights.shape.elementCount).map { weights.floats[$0] },
      outputChannels: shape.outputs, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
      dilation: shape.dilation, groups: shape.groups)
    let residual = Reference.Map.noise(
      channels: shape.outputs, height: want.height, width: want.width, seed: 3)
    for channel in 0..<shape.outputs {
      for y in 0..<want.height {
        for x in 0..<want.width {
          want[channel, y, x] = want[channel, y, x] * scale[channel] + bias[channel]
        }
      }
    }
    if hasResidual { want = Reference.add(want, residual) }
    if relu { want = Reference.relu(want) }

    let window = Window(
      inputHeight: shape.height, inputWidth: shape.width, channels: shape.inputs, outputHeight: want.height,
      outputWidth: want.width, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
      dilation: shape.dilation)
    let packed = PackedWeights(
      weights: weights, scale: scale.map(Double.init), bias: bias.map(Double.init), groups: shape.groups,
      pool: WorkerPool(threads: 1), kernels: table)
    let convolution = PreparedConvolution(
      window: window, weights: packed, relu: relu, exact: exact, kernels: table)
    var output = Array(repeating: Float.nan, count: want.values.count)
    var scratch = Array(repeating: Float.nan, count: convolution.scratchCount + 1)
    let source = input.interleaved
    let added = residual.interleaved
    unsafe source.withUnsafeBufferPointer { source in
      unsafe added.withUnsafeBufferPointer { added in
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe scratch.withUnsafeMutableBufferPointer { scratch in
            for task in 0..<convolution.taskCount {
              unsafe convolution.run(
                task: task, input: source.baseAddress.unsafelyUnwrapped,
                residual: hasResidual ? added.baseAddress : nil,
                output: output.baseAddress.unsafelyUnwrapped, scratch: scratch.baseAddress.unsafelyUnwrapped)
            }
          }
        }
      }
    }
    // A sum of n products of numbers up to 1 errs by at most about n·2⁻²⁴ of the largest partial sum; an exact one only
    // by the rounding of the weights, the sum and the epilogue.
    let bound = Float(exact ? 16 : max(16, window.depth / shape.groups)) * 0x1p-24
    let worst = worstError(output, want.interleaved)
    #expect(
      worst.error <= bound,
      "index \(worst.index): \(output[worst.index]) for \(want.interleaved[worst.index])")
  }
}
