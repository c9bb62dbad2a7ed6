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
    .init(inputs: 48, outputs: 144, height: 29, width: 30, kernel: 3, padding: 1),
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
    for (relu, hasResidual) in [(false, false), (true, false), (true, true)] {
      for engine in shape.engines(table) {
        try check(shape, table, relu: relu, hasResidual: hasResidual, engine: engine)
      }
    }
  }

  @Test func anEngineIsChosenByTheLayerAlone() {
    func choose(
      _ channels: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1, dilation: Int = 1, groups: Int = 1,
      exact: Bool = false, latency: Bool = false
    ) -> ConvolutionEngine {
      let window = Window(
        inputHeight: 14, inputWidth: 14, channels: channels, outputHeight: 14, outputWidth: 14,
        kernel: kernel,
        stride: stride, padding: dilation, dilation: dilation)
      return .choose(
        window: window, outputChannels: outputs, groups: groups, exact: exact, favorsLatency: latency,
        kernels: .current)
    }
    #expect(choose(64, 64) == .winograd)
    #expect(choose(512, 512) == .winograd)
    #expect(choose(512, 512, latency: true) == .product)
    #expect(choose(256, 256, latency: true) == .winograd)
    #expect(choose(64, 64, stride: 2) == .product)
    #expect(choose(64, 64, dilation: 2) == .product)
    #expect(choose(64, 65) == .product)
    #expect(choose(64, 256, kernel: 1) == .product)
    #expect(choose(16, 16) == .product)
    #expect(choose(3, 64, kernel: 7, stride: 2) == .rows)
    #expect(choose(128, 128, groups: 32) == .direct)
    #expect(choose(64, 64, exact: true) == .exact)
  }

  private func check(
    _ shape: ConvolutionCase, _ table: KernelTable, relu: Bool, hasResidual: Bool, engine: ConvolutionEngine
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
      engine: engine, pool: WorkerPool(threads: 1), kernels: table)
    let output = PreparedTestConvolution(window: window, weights: packed, relu: relu, kernels: table).run(
      input: input.interleaved, residual: hasResidual ? residual.interleaved : nil,
      outputCount: want.values.count)
    let worst = worstError(output, want.interleaved)
    #expect(
      worst.error <= tolerance(engine, depth: window.depth / shape.groups),
      "\(engine), index \(worst.index): \(output[worst.index]) for \(want.interleaved[worst.index])")
  }

  /// A sum of n products of numbers up to 1 errs by at most about n·2⁻²⁴ of the largest partial sum; an exact one only by
  /// the rounding of the weights, the sum and the epilogue. Winograd's transforms have coefficients whose absolute values
  /// add up to 10 for each side of the input tile, and their errors are weighted by up to 8 on the way out.
  private func tolerance(_ engine: ConvolutionEngine, depth: Int) -> Float {
    switch engine {
    case .exact: 16 * 0x1p-24
    case .product, .rows, .direct: Float(max(16, depth)) * 0x1p-24
    case .winograd: 4 * Float(max(16, depth)) * 0x1p-24
    }
  }
}

extension ConvolutionCase {
  /// Every engine that can compute the case.
  func engines(_ table: KernelTable) -> [ConvolutionEngine] {
    var engines: [ConvolutionEngine] = [.direct, .exact]
    guard groups == 1 else { return engines }
    engines.append(.product)
    if dilation == 1 { engines.append(.rows) }
    if kernel == 3, stride == 1, dilation == 1, inputs.isMultiple(of: table.lanes),
      outputs.isMultiple(of: table.lanes)
    {
      engines.append(.winograd)
    }
    return engines
  }
}

/// Runs all pieces of a convolution over one picture, whatever its engine.
private struct PreparedTestConvolution {
  let window: Window
  let weights: PackedWeights
  let relu: Bool
  let kernels: KernelTable

  func run(input: [Float], residual: [Float]?, outputCount: Int) -> [Float] {
    var output = Array(repeating: Float.nan, count: outputCount)
    unsafe input.withUnsafeBufferPointer { input in
      unsafe (residual ?? []).withUnsafeBufferPointer { added in
        unsafe output.withUnsafeMutableBufferPointer { output in
          let added = residual == nil ? nil : unsafe added.baseAddress
          if weights.engine == .winograd {
            unsafe runWinograd(
              input.baseAddress.unsafelyUnwrapped, added, output.baseAddress.unsafelyUnwrapped)
          } else {
            unsafe runPieces(input.baseAddress.unsafelyUnwrapped, added, output.baseAddress.unsafelyUnwrapped)
          }
        }
      }
    }
    return output
  }

  private func runWinograd(
    _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>
  ) {
    let convolution = PreparedWinograd(window: window, weights: weights, relu: relu, kernels: kernels)
    var scratch = Array(repeating: Float.nan, count: convolution.scratchCount)
    // As for four workers, so that tiles and panels are cut.
    let workers = 4
    unsafe scratch.withUnsafeMutableBufferPointer { scratch in
      for task in 0..<convolution.taskCount(pictures: 1, workers: workers) {
        unsafe convolution.run(
          task: task, pictures: 1, workers: workers, input: input, inputStep: 0, residual: residual,
          output: output, outputStep: 0, scratch: scratch.baseAddress.unsafelyUnwrapped)
      }
    }
  }

  private func runPieces(
    _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>
  ) {
    let convolution = PreparedConvolution(window: window, weights: weights, relu: relu, kernels: kernels)
    var scratch = Array(repeating: Float.nan, count: convolution.scratchCount)
    unsafe scratch.withUnsafeMutableBufferPointer { scratch in
      for task in 0..<convolution.taskCount {
        unsafe convolution.run(
          task: task, input: input, residual: residual, output: output,
          scratch: scratch.baseAddress.unsafelyUnwrapped)
      }
    }
  }
}
