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
    // Winograd's tiles: whole, cut at the edges, smaller than one, several runs of tiles and panels.
    .init(inputs: 16, outputs: 16, height: 8, width: 8, kernel: 3, padding: 1),
    .init(inputs: 32, outputs: 80, height: 7, width: 7, kernel: 3, padding: 1),
    .init(inputs: 16, outputs: 32, height: 1, width: 3, kernel: 3, padding: 1),
    .init(inputs: 16, outputs: 16, height: 9, width: 6, kernel: 3),
    .init(inputs: 16, outputs: 80, height: 25, width: 26, kernel: 3, padding: 1),
    // Sums in several parts.
    .init(inputs: 300, outputs: 20, height: 4, width: 5, kernel: 3, stride: 2, padding: 1),
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
    let problem = ConvolutionProblem(shape)
    for (relu, hasResidual) in [(false, false), (true, false), (true, true)] {
      let want = problem.answer(relu: relu, hasResidual: hasResidual)
      for engine in ConvolutionEngine.allCases where engine.serves(problem.geometry, kernels: table) {
        let output = problem.run(relu: relu, hasResidual: hasResidual, engine: engine, kernels: table)
        let worst = worstError(output, want)
        #expect(
          worst.error <= tolerance(engine, depth: problem.window.depth / shape.groups),
          "\(engine), index \(worst.index): \(output[worst.index]) for \(want[worst.index])")
      }
    }
  }

  @Test func anEngineIsChosenByTheLayerAlone() {
    func choose(
      _ channels: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1, dilation: Int = 1, groups: Int = 1,
      exact: Bool = false, latency: Bool = false, bfloat16: Bool = false
    ) -> ConvolutionEngine {
      let window = Window(
        inputHeight: 14, inputWidth: 14, channels: channels, outputHeight: 14, outputWidth: 14,
        kernel: kernel,
        stride: stride, padding: dilation, dilation: dilation)
      return .choose(
        ConvolutionGeometry(window: window, outputChannels: outputs, groups: groups), exact: exact,
        favorsLatency: latency, bfloat16: bfloat16, kernels: .current)
    }
    #expect(choose(64, 64) == .winograd)
    #expect(choose(512, 512) == .winograd)
    #expect(choose(512, 512, latency: true) == .product)
    #expect(choose(256, 256, latency: true) == .winograd)
    #expect(choose(64, 64, stride: 2) == .product)
    #expect(choose(64, 64, dilation: 2) == .product)
    #expect(choose(64, 65) == .product)
    #expect(choose(64, 256, kernel: 1) == .product)
    #expect(choose(16, 16) == .winograd)
    #expect(choose(3, 64, kernel: 7, stride: 2) == .rowCopies)
    #expect(choose(128, 128, groups: 128) == .grouped)
    #expect(choose(1024, 1024, groups: 32) == .product)
    #expect(choose(128, 64, groups: 32) == .direct)
    #expect(choose(64, 64, exact: true) == .exact)
    // Only products take other numbers.
    #expect(choose(64, 64, bfloat16: true) == .winograd)
    #expect(choose(512, 512, latency: true, bfloat16: true) == .bfloat16)
    #expect(choose(64, 64, stride: 2, bfloat16: true) == .bfloat16)
    #expect(choose(64, 256, kernel: 1, bfloat16: true) == .bfloat16)
    #expect(choose(3, 64, kernel: 7, stride: 2, bfloat16: true) == .bfloat16)
    #expect(choose(128, 128, groups: 128, bfloat16: true) == .grouped)
    #expect(choose(1024, 1024, groups: 32, bfloat16: true) == .bfloat16)
    #expect(choose(64, 64, exact: true, bfloat16: true) == .exact)
  }

  @Test func anEngineServesTheLayersThatItCanCompute() {
    func engines(
      _ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1, dilation: Int = 1, groups: Int = 1
    ) -> Set<ConvolutionEngine> {
      let window = Window(
        inputHeight: 14, inputWidth: 14, channels: inputs, outputHeight: 14, outputWidth: 14, kernel: kernel,
        stride: stride, padding: dilation, dilation: dilation)
      let geometry = ConvolutionGeometry(window: window, outputChannels: outputs, groups: groups)
      return Set(ConvolutionEngine.allCases.filter { $0.serves(geometry, kernels: .current) })
    }
    let any: Set<ConvolutionEngine> = [.product, .direct, .bfloat16, .exact]
    #expect(engines(64, 64) == any.union([.rowCopies, .winograd]))
    #expect(engines(64, 64, stride: 2) == any.union([.rowCopies]))
    #expect(engines(3, 64, kernel: 7) == any.union([.rowCopies]))
    #expect(engines(64, 64, dilation: 2) == any)
    #expect(engines(64, 64, groups: 64) == any.union([.grouped]))
    #expect(engines(64, 64, groups: 2) == any)
    #expect(engines(64, 128, groups: 64) == any)
  }

  /// A sum of n products of numbers up to 1 errs by at most about n·2⁻²⁴ of the largest partial sum; an exact one only by
  /// the rounding of the weights, the sum and the epilogue. Winograd's transforms enlarge what they round: their
  /// coefficients add up to 10 along each side of an input tile, and weigh errors by up to 8 on the way out. Numbers rounded to
  /// bfloat16 err by up to 2⁻⁹, so a product of two by up to 2⁻⁸.
  private func tolerance(_ engine: ConvolutionEngine, depth: Int) -> Float {
    switch engine {
    case .exact: 16 * 0x1p-24
    case .product, .rowCopies, .grouped, .direct: Float(max(16, depth)) * 0x1p-24
    case .winograd: 16 * Float(max(16, depth)) * 0x1p-24
    case .bfloat16: Float(max(16, depth)) * 0x1p-8
    }
  }
}
