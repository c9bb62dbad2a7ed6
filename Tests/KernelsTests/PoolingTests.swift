import Kernels
import TensorCore
import TestSupport
import Testing
import Threads

@Suite struct PoolingTests {
  @Test(
    arguments: [(1, 1, 1), (3, 7, 17), (16, 8, 9), (33, 5, 6), (64, 12, 12)],
    KernelTable.available.map(\.name))
  func maxPoolAgreesWithTheReference(shape: (Int, Int, Int), kernels: String) throws {
    let table = try #require(KernelTable.available.first { $0.name == kernels })
    let (channels, height, width) = shape
    let input = Reference.Map.noise(channels: channels, height: height, width: width, seed: 4)
    let want = Reference.maxPool(input, kernel: 3, stride: 2, padding: 1)
    let pool = PreparedMaxPool(
      window: Window(
        inputHeight: height, inputWidth: width, channels: channels, outputHeight: want.height,
        outputWidth: want.width, kernel: 3, stride: 2, padding: 1), kernels: table)
    let got = unsafe apply(input.interleaved, count: want.values.count) { source, target in
      for task in 0..<pool.taskCount { unsafe pool.run(task: task, input: source, output: target) }
    }
    #expect(got == want.interleaved)
  }

  @Test(arguments: [(1, 1, 1), (17, 7, 7), (64, 3, 5), (531, 3, 2)], KernelTable.available.map(\.name))
  func averagePoolAgreesWithTheReference(shape: (Int, Int, Int), kernels: String) throws {
    let table = try #require(KernelTable.available.first { $0.name == kernels })
    let (channels, height, width) = shape
    let input = Reference.Map.noise(channels: channels, height: height, width: width, seed: 5)
    let pool = PreparedAveragePool(pixels: height * width, channels: channels, kernels: table)
    let got = unsafe apply(input.interleaved, count: channels) { source, target in
      for task in 0..<pool.taskCount { unsafe pool.run(task: task, input: source, output: target) }
    }
    // Sums of at most 49 numbers up to 1.
    #expect(worstError(got, Reference.globalAveragePool(input).values).error <= 49 * 0x1p-24)
  }

  @Test func zeroPadAgreesWithTheReference() {
    for (stride, padding, height) in [(2, 8, 8), (2, 1, 7), (1, 3, 4)] {
      let input = Reference.Map.noise(channels: 5, height: height, width: 9, seed: 6)
      let want = Reference.zeroPadShortcut(input, stride: stride, padding: padding)
      let shortcut = PreparedZeroPad(
        window: Window(
          inputHeight: height, inputWidth: 9, channels: 5, outputHeight: want.height, outputWidth: want.width,
          kernel: 1, stride: stride, padding: 0), padding: padding)
      let got = unsafe apply(input.interleaved, count: want.values.count) { source, target in
        unsafe shortcut.run(input: source, output: target)
      }
      #expect(got == want.interleaved)
    }
  }

  @Test(arguments: [(1, 1), (17, 33), (512, 10), (64, 1000)], KernelTable.available.map(\.name))
  func linearAgreesWithTheReference(shape: (Int, Int), kernels: String) throws {
    let table = try #require(KernelTable.available.first { $0.name == kernels })
    let (inputs, outputs) = shape
    var noise = Noise(7)
    let weight = noise.floats(inputs * outputs)
    let bias = noise.floats(outputs)
    let input = Reference.Map.noise(channels: inputs, height: 1, width: 1, seed: 8)
    for activation in [LinearActivation.none, .relu, .sigmoid] {
      let linear = PreparedLinear(
        weight: Tensor(shape: [outputs, inputs], floats: weight),
        bias: Tensor(shape: [outputs], floats: bias),
        activation: activation, pool: WorkerPool(threads: 1), kernels: table)
      var scratch = Array(repeating: Float.nan, count: linear.scratchCount)
      let got = unsafe apply(input.values, count: outputs) { source, target in
        unsafe scratch.withUnsafeMutableBufferPointer { scratch in
          for task in 0..<linear.taskCount {
            unsafe linear.run(
              task: task, input: source, output: target, scratch: scratch.baseAddress.unsafelyUnwrapped)
          }
        }
      }
      let sum = Reference.linear(input, weight: weight, bias: bias)
      let want =
        switch activation {
        case .none: sum
        case .relu: Reference.relu(sum)
        case .sigmoid: Reference.sigmoid(sum)
        }
      #expect(worstError(got, want.values).error <= Float(max(16, inputs)) * 0x1p-24)
    }
  }

  private func apply(
    _ input: [Float], count: Int,
    _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    var output = Array(repeating: Float.nan, count: count)
    unsafe input.withUnsafeBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe body(source.baseAddress.unsafelyUnwrapped, target.baseAddress.unsafelyUnwrapped)
      }
    }
    return output
  }
}
