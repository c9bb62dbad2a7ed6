import Kernels
import TensorCore
import TestSupport
import Testing
import Threads

/// The kernels of the family's variants against their definitions, for every instruction set.
@Suite struct VariantKernelTests {
  static let shapes = [(1, 2, 2), (5, 7, 9), (16, 8, 9), (33, 5, 6), (64, 12, 11)]

  @Test(arguments: shapes, KernelTable.available.map(\.name))
  func anAffineStepAgreesWithItsDefinition(shape: (Int, Int, Int), kernels: String) throws {
    let (channels, height, width) = shape
    let input = map(shape, seed: 1)
    let residual = map(shape, seed: 2)
    let scale = Reference.Map.noise(channels: channels, height: 1, width: 1, seed: 3)
    let shift = Reference.Map.noise(channels: channels, height: 1, width: 1, seed: 4)
    let affine = PreparedAffine(
      pixels: height * width, scale: scale.values, shift: shift.values, relu: true,
      kernels: try table(kernels))
    let normed = Reference.batchNormalization(
      input, weight: scale.values, bias: shift.values, mean: .init(repeating: 0, count: channels),
      variance: .init(repeating: 1, count: channels), epsilon: 0)
    let want = Reference.relu(Reference.add(normed, residual))
    let got = unsafe apply(input.interleaved, residual.interleaved, count: want.values.count) {
      for task in 0..<affine.taskCount {
        unsafe affine.run(task: task, input: $0, gate: nil, residual: $1, output: $2)
      }
    }
    // A product and two sums of numbers up to 3.
    #expect(worstError(got, want.interleaved).error <= 4 * 0x1p-23)
  }

  @Test(arguments: shapes, KernelTable.available.map(\.name))
  func aGateAgreesWithItsDefinition(shape: (Int, Int, Int), kernels: String) throws {
    let (channels, height, width) = shape
    let input = map(shape, seed: 1)
    let gate = Reference.Map.noise(channels: channels, height: 1, width: 1, seed: 3)
    let kernel = PreparedAffine(
      pixels: height * width, scale: .init(repeating: 1, count: channels), shift: nil, relu: false,
      kernels: try table(kernels))
    let got = unsafe apply(input.interleaved, gate.values, count: input.values.count) {
      for task in 0..<kernel.taskCount {
        unsafe kernel.run(task: task, input: $0, gate: $1, residual: nil, output: $2)
      }
    }
    #expect(got == Reference.scale(input, by: gate).interleaved)
  }

  @Test(arguments: [(8, 1), (8, 8), (96, 4), (130, 13)], KernelTable.available.map(\.name))
  func groupNormAgreesWithItsDefinition(channels: (Int, Int), kernels: String) throws {
    let (channels, groups) = channels
    let input = Reference.Map.noise(channels: channels, height: 7, width: 5, seed: 1)
    let weight = Reference.Map.noise(channels: channels, height: 1, width: 1, seed: 3).values
    let bias = Reference.Map.noise(channels: channels, height: 1, width: 1, seed: 4).values
    let norm = PreparedGroupNorm(
      pixels: 35, groups: groups, epsilon: 1e-5, weight: weight, bias: bias, relu: false,
      kernels: try table(kernels))
    let want = Reference.groupNormalization(input, groups: groups, weight: weight, bias: bias, epsilon: 1e-5)
    var scratch = Array(repeating: Double(0), count: (norm.scratchCount + 1) / 2)
    let got = unsafe apply(input.interleaved, [], count: want.values.count) { source, _, target in
      unsafe scratch.withUnsafeMutableBytes { scratch in
        let scratch = unsafe scratch.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
        for task in 0..<norm.taskCount {
          unsafe norm.run(task: task, input: source, residual: nil, output: target, scratch: scratch)
        }
      }
    }
    // Statistics are in double precision; scale and shift are rounded, then a product and a sum of numbers up to 3.
    #expect(worstError(got, want.interleaved).error <= 16 * 0x1p-23)
  }

  @Test(arguments: shapes, KernelTable.available.map(\.name))
  func blursAgreeWithTheirDefinition(shape: (Int, Int, Int), kernels: String) throws {
    let input = map(shape, seed: 5)
    for stride in [1, 2, 3] {
      let want = Reference.blur(input, stride: stride)
      let pool = PreparedWeightedPool(
        window: window(input, want, kernel: 3, stride: stride, padding: 1), weights: [0.25, 0.5, 0.25],
        edge: .reflection, kernels: try table(kernels))
      expect(pool, of: input, gives: want)
    }
  }

  @Test(arguments: shapes, KernelTable.available.map(\.name))
  func averagePoolsAgreeWithTheirDefinition(shape: (Int, Int, Int), kernels: String) throws {
    let input = map(shape, seed: 6)
    for (kernel, stride, edge) in [
      (2, 2, PreparedWeightedPool.Edge.nothing), (2, 3, .nothing), (2, 1, .zeros),
    ] {
      func side(_ side: Int) -> Int { (side + stride - 1) / stride }
      let want = Reference.averagePool(
        input, kernel: kernel, stride: stride, height: side(input.height), width: side(input.width),
        countsAll: edge == .zeros)
      let pool = PreparedWeightedPool(
        window: window(input, want, kernel: kernel, stride: stride, padding: 0),
        weights: .init(repeating: 1 / Float(kernel), count: kernel), edge: edge, kernels: try table(kernels))
      expect(pool, of: input, gives: want)
    }
  }

  @Test(arguments: shapes, KernelTable.available.map(\.name))
  func aMaxPoolOverZerosAgreesWithItsDefinition(shape: (Int, Int, Int), kernels: String) throws {
    var input = map(shape, seed: 7)
    input.values = input.values.map { $0 - 1 }
    let want = Reference.maxPoolOfZeroPadded(input, kernel: 3, stride: 2, padding: 1)
    let pool = PreparedMaxPool(
      window: window(input, want, kernel: 3, stride: 2, padding: 1), padsWithZeros: true,
      kernels: try table(kernels))
    let got = unsafe apply(input.interleaved, [], count: want.values.count) { source, _, target in
      for task in 0..<pool.taskCount { unsafe pool.run(task: task, input: source, output: target) }
    }
    #expect(got == want.interleaved)
  }

  @Test(arguments: shapes, KernelTable.available.map(\.name))
  func aGlobalMaximumAgreesWithItsDefinition(shape: (Int, Int, Int), kernels: String) throws {
    let (channels, height, width) = shape
    let input = map(shape, seed: 8)
    let pool = PreparedGlobalMaxPool(
      height: height, width: width, channels: channels, kernels: try table(kernels))
    let got = unsafe apply(input.interleaved, [], count: channels) { source, _, target in
      unsafe pool.run(input: source, output: target)
    }
    #expect(got == Reference.globalMaxPool(input).values)
  }

  @Test(arguments: [1, 3, 7]) func aChannelConvolutionAgreesWithItsDefinition(kernel: Int) {
    let weight = Reference.Map.noise(channels: kernel, height: 1, width: 1, seed: 2).values
    for channels in [1, 2, 17] {
      let input = Reference.Map.noise(channels: channels, height: 1, width: 1, seed: 9)
      let want = Reference.sigmoid(Reference.channelConvolution(input, weight: weight))
      let convolution = PreparedChannelConvolution(channels: channels, weight: weight, sigmoid: true)
      let got = unsafe apply(input.values, [], count: channels) { source, _, target in
        unsafe convolution.run(input: source, output: target)
      }
      #expect(worstError(got, want.values).error <= 8 * 0x1p-24)
    }
  }

  @Test func joinsAgreeWithTheirDefinitions() {
    let (first, second) = (map((5, 1, 1), seed: 1), map((5, 1, 1), seed: 2))
    for (isMean, want) in [
      (true, Reference.mean(first, second)), (false, Reference.concatenate(first, second)),
    ] {
      let join = PreparedJoin(counts: (5, 5), isMean: isMean)
      let got = unsafe apply(first.values, second.values, count: want.values.count) {
        unsafe join.run(first: $0, second: $1, output: $2)
      }
      #expect(got == want.values)
    }
  }

  private func expect(_ pool: PreparedWeightedPool, of input: Reference.Map, gives want: Reference.Map) {
    let got = unsafe apply(input.interleaved, [], count: want.values.count) { source, _, target in
      for task in 0..<pool.taskCount { unsafe pool.run(task: task, input: source, output: target) }
    }
    // At most nine products of numbers up to 1.
    #expect(worstError(got, want.interleaved).error <= 9 * 0x1p-24)
  }

  private func map(_ shape: (Int, Int, Int), seed: UInt64) -> Reference.Map {
    .noise(channels: shape.0, height: shape.1, width: shape.2, seed: seed)
  }

  private func table(_ name: String) throws -> KernelTable {
    try #require(KernelTable.available.first { $0.name == name })
  }

  private func window(
    _ input: Reference.Map, _ output: Reference.Map, kernel: Int, stride: Int, padding: Int
  ) -> Window {
    Window(
      inputHeight: input.height, inputWidth: input.width, channels: input.channels,
      outputHeight: output.height,
      outputWidth: output.width, kernel: kernel, stride: stride, padding: padding)
  }

  private func apply(
    _ input: [Float], _ second: [Float], count: Int,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    var output = Array(repeating: Float.nan, count: count)
    let second = second.isEmpty ? [0] : second
    unsafe input.withUnsafeBufferPointer { source in
      unsafe second.withUnsafeBufferPointer { second in
        unsafe output.withUnsafeMutableBufferPointer { target in
          unsafe body(
            source.baseAddress.unsafelyUnwrapped, second.baseAddress.unsafelyUnwrapped,
            target.baseAddress.unsafelyUnwrapped)
        }
      }
    }
    return output
  }
}
