import Kernels
import ReferenceKernels
import TensorCore
import TestSupport
import Testing
import Threads

/// Products of bfloat16 numbers, by the processor's instructions where it has them, and widened in every table.
@Suite struct BFloat16Tests {
  private static let shapes =
    ConvolutionCase.all + [
      // Deep sums, whole and with a last panel and register that are not full.
      .init(inputs: 2048, outputs: 64, height: 3, width: 3, kernel: 1),
      .init(inputs: 515, outputs: 131, height: 7, width: 7, kernel: 1),
      // Odd channels in single pixels, in rows, behind a padding, and in each of several groups.
      .init(inputs: 3, outputs: 24, height: 8, width: 9, kernel: 1, stride: 3),
      .init(inputs: 5, outputs: 16, height: 6, width: 7, kernel: 1, padding: 1),
      .init(inputs: 9, outputs: 48, height: 7, width: 6, kernel: 3, stride: 2, padding: 1),
      .init(inputs: 5, outputs: 7, height: 11, width: 12, kernel: 3, padding: 3, dilation: 3),
      .init(inputs: 15, outputs: 240, height: 5, width: 5, kernel: 3, padding: 1, groups: 3),
      .init(inputs: 21, outputs: 48, height: 5, width: 4, kernel: 1, stride: 2, groups: 3),
      // Tasks that have some of the groups, as many padded inputs as all groups have inputs.
      .init(inputs: 4, outputs: 64, height: 28, width: 28, kernel: 3, padding: 1, groups: 4),
      // Several tasks of many rows; groups of several panels.
      .init(inputs: 6, outputs: 16, height: 40, width: 31, kernel: 5, stride: 2, padding: 2),
      .init(inputs: 32, outputs: 400, height: 14, width: 15, kernel: 3, padding: 1, groups: 2),
    ]

  @Test(arguments: shapes, KernelTable.available.map(\.name))
  func sumsOfRoundedNumbersAreThoseOfTheReference(shape: ConvolutionCase, kernels: String) throws {
    let table = try #require(KernelTable.available.first { $0.name == kernels })
    let problem = ConvolutionProblem(shape, isRounded: true)
    for (relu, hasResidual) in [(false, false), (true, true)] {
      let want = problem.answer(relu: relu, hasResidual: hasResidual)
      let output = problem.run(relu: relu, hasResidual: hasResidual, engine: .bfloat16, kernels: table)
      let worst = worstError(output, want)
      // The products of bfloat16 numbers are exact in single precision; weights of up to 2 double what their sums may err by.
      let tolerance = 2 * Float(max(16, problem.window.depth / shape.groups)) * 0x1p-24
      #expect(
        worst.error <= tolerance, "index \(worst.index): \(output[worst.index]) for \(want[worst.index])")
    }
  }

  @Test(arguments: KernelTable.available.map(\.name), [1, 16, 19])
  func inputsAndWeightsAreRoundedToNearestAndTiesToEven(kernels: String, copies: Int) throws {
    let table = try #require(KernelTable.available.first { $0.name == kernels })
    let numbers: [Float] = [
      1, -3.25, 1 + 0x1p-8, 1 + 0x1p-8 + 0x1p-20, 1 + 3 * 0x1p-8, -1 - 0x1p-8, 0x1.FEp10, 0x1.FFp10, 1e-30, 0,
      .greatestFiniteMagnitude, .infinity,
    ]
    for number in numbers {
      for weight in [1, 1 + 0x1p-8, 1 + 3 * 0x1p-8] as [Float] {
        let geometry = ConvolutionGeometry(
          window: Window(
            inputHeight: 1, inputWidth: copies, channels: 1, outputHeight: 1, outputWidth: copies, kernel: 1,
            stride: 1, padding: 0), outputChannels: 1)
        let kernel = ConvolutionEngine.bfloat16.prepare(
          geometry, weights: Tensor(shape: [1, 1, 1, 1], floats: [weight]), scale: [1], bias: [0],
          relu: false,
          pool: WorkerPool(threads: 1), kernels: table)
        let output = kernel.output(input: Array(repeating: number, count: copies), count: copies)
        #expect(output == Array(repeating: number.bfloat16 * weight.bfloat16, count: copies), "\(number)")
      }
    }
  }

  @Test(arguments: KernelTable.available.map(\.name), [(5, 7), (64, 130), (2048, 1000)])
  func linearLayersAgreeWithTheReference(kernels: String, shape: (Int, Int)) throws {
    let table = try #require(KernelTable.available.first { $0.name == kernels })
    let (inputs, outputs) = shape
    var noise = Noise(7)
    let weight = noise.floats(inputs * outputs).map(\.bfloat16)
    let bias = noise.floats(outputs)
    var input = Reference.Map.noise(channels: inputs, height: 1, width: 1, seed: 8)
    input.values = input.values.map(\.bfloat16)
    let linear = PreparedLinear(
      weight: Tensor(shape: [outputs, inputs], floats: weight), bias: Tensor(shape: [outputs], floats: bias),
      bfloat16: true, pool: WorkerPool(threads: 1), kernels: table)
    let want = Reference.linear(input, weight: weight, bias: bias)
    let got = linear.output(input: input.values, count: outputs)
    #expect(worstError(got, want.values).error <= Float(max(16, inputs)) * 0x1p-24)
  }
}

extension Float {
  /// The nearest number of 8 significant bits; of two, the even one.
  var bfloat16: Float {
    guard isFinite else { return self }
    return Float(bitPattern: (bitPattern + 0x7FFF + (bitPattern >> 16 & 1)) & 0xFFFF_0000)
  }
}
