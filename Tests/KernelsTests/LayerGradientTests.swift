import Kernels
import TensorCore
import TestSupport
import Testing
import Threads

/// Gradients of layers that are no convolutions. Linear ones are adjoint to their forward pass, ⟨A x, g⟩ = ⟨x, Aᵀ g⟩; others are
/// compared with finite differences of their definitions in double precision.
@Suite struct LayerGradientTests {
  private static let tables = KernelTable.available.map(\.name)

  private func table(_ name: String) throws -> KernelTable {
    try #require(KernelTable.available.first { $0.name == name })
  }

  private func dot(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  // MARK: Batch norm

  /// relu?(norm of x + residual) with the batch's statistics.
  private func batchNorm(
    _ x: [Double], channels: Int, weight: [Double], bias: [Double], residual: [Double]?, relu: Bool
  ) -> [Double] {
    var y = x
    let rows = x.count / channels
    for channel in 0..<channels {
      let places = stride(from: channel, to: x.count, by: channels)
      let mean = places.reduce(0) { $0 + x[$1] } / Double(rows)
      let variance = places.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / Double(rows)
      for at in places {
        let value =
          (x[at] - mean) / (variance + 1e-5).squareRoot() * weight[channel] + bias[channel]
          + (residual?[at] ?? 0)
        y[at] = relu ? max(value, 0) : value
      }
    }
    return y
  }

  @Test(arguments: [(1, 1), (37, 5), (100, 16), (2100, 17), (70, 33), (65, 100), (3, 130)], tables)
  func batchNormAgreesWithFiniteDifferences(shape: (rows: Int, channels: Int), kernels: String) throws {
    for (relu, hasResidual) in [(false, false), (true, false), (true, true), (false, true)] {
      let (rows, channels) = shape
      let count = rows * channels
      var noise = Noise(3)
      // Far from 0, so that a variance by differences of squares would show.
      let x = noise.floats(count).map { 20 + 3 * $0 }
      let residual: [Float]? = hasResidual ? noise.floats(count) : nil
      let g = noise.floats(count)
      var weight = noise.floats(channels).map { 1 + 0.5 * $0 }
      var bias = noise.floats(channels)
      var running = (Array(repeating: Float(1), count: channels), Array(repeating: Float(2), count: channels))
      let norm = TrainedBatchNorm(
        channels: channels, epsilon: 1e-5, capacity: rows, kernels: try table(kernels))
      let pool = WorkerPool(threads: 2)
      var y = Array(repeating: Float.nan, count: count)
      var gradient = g
      var (weightGradient, biasGradient) = (weight, bias)
      var inputGradient = Array(repeating: Float(1), count: count)
      unsafe weight.withUnsafeMutableBufferPointer { weight in
        unsafe bias.withUnsafeMutableBufferPointer { bias in
          let parameters = unsafe TrainedBatchNorm.Pair(
            weight.baseAddress.unsafelyUnwrapped, bias.baseAddress.unsafelyUnwrapped)
          unsafe running.0.withUnsafeMutableBufferPointer { mean in
            unsafe running.1.withUnsafeMutableBufferPointer { variance in
              unsafe norm.forward(
                rows: rows, input: x, residual: residual, relu: relu, output: &y, parameters: parameters,
                running: TrainedBatchNorm.Pair(
                  mean.baseAddress.unsafelyUnwrapped, variance.baseAddress.unsafelyUnwrapped),
                momentum: 0.1, pool: pool)
            }
          }
          unsafe weightGradient.withUnsafeMutableBufferPointer { weightGradient in
            unsafe biasGradient.withUnsafeMutableBufferPointer { biasGradient in
              unsafe y.withUnsafeBufferPointer { y in
                unsafe norm.backward(
                  rows: rows, outputGradient: &gradient, input: x, relu: relu,
                  output: relu && hasResidual ? y.baseAddress : nil,
                  parameterGradients: TrainedBatchNorm.Pair(
                    weightGradient.baseAddress.unsafelyUnwrapped, biasGradient.baseAddress.unsafelyUnwrapped),
                  inputGradient: &inputGradient, accumulates: true, pool: pool)
              }
            }
          }
        }
      }
      func output(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
        batchNorm(
          x, channels: channels, weight: weight, bias: bias, residual: residual?.map(Double.init), relu: relu)
      }
      let start = (x.map(Double.init), weight.map(Double.init), bias.map(Double.init))
      let want = output(start.0, start.1, start.2)
      for index in 0..<count {
        // A float's rounding at 20, times 1.5 over a deviation of some 1.7; of one row, over the root of epsilon.
        #expect(abs(Double(y[index]) - want[index]) <= (rows == 1 ? 3e-3 : 3e-5))
      }
      func slope(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> Double {
        func moved(_ a: [Double], _ b: [Double], _ step: Double) -> [Double] {
          zip(a, b).map { $0 + step * $1 }
        }
        let h = 1e-6
        let ahead = output(moved(start.0, x, h), moved(start.1, weight, h), moved(start.2, bias, h))
        let behind = output(moved(start.0, x, -h), moved(start.1, weight, -h), moved(start.2, bias, -h))
        return zip(zip(ahead, behind), g).reduce(0) { $0 + ($1.0.0 - $1.0.1) * Double($1.1) } / (2 * h)
      }
      let (dx, dw, db) = (noise.floats(count), noise.floats(channels), noise.floats(channels))
      let zeros = (Array(repeating: 0.0, count: count), Array(repeating: 0.0, count: channels))
      // Rounding of each of `count` products, at random.
      let bound = 2e-4 * Double(count).squareRoot() + 1e-6
      let ones = dx.reduce(0) { $0 + Double($1) }
      #expect(
        abs(dot(inputGradient, dx) - ones - slope(dx.map(Double.init), zeros.1, zeros.1)) <= bound)
      #expect(abs(dot(weightGradient, dw) - slope(zeros.0, dw.map(Double.init), zeros.1)) <= bound)
      #expect(abs(dot(biasGradient, db) - slope(zeros.0, zeros.1, db.map(Double.init))) <= bound)
      if relu, hasResidual {
        // What the residual gets.
        #expect(gradient == zip(y, g).map { $0 > 0 ? $1 : 0 })
      }
    }
  }

  // MARK: Pools

  @Test(
    arguments: [(1, 1, 1), (3, 7, 17), (16, 8, 9), (33, 5, 6), (64, 12, 12)], tables)
  func maxPoolGivesGradientsToTheFirstMaximum(shape: (Int, Int, Int), kernels: String) throws {
    let (channels, height, width) = shape
    for (zeros, stride) in [(false, 2), (true, 2), (false, 1)] {
      var input = Reference.Map.noise(channels: channels, height: height, width: width, seed: 4)
      // Many equal values, as ReLU leaves them.
      input.values = input.values.map { ($0 * 2).rounded() }
      let output =
        zeros
        ? Reference.maxPoolOfZeroPadded(input, kernel: 3, stride: stride, padding: 1)
        : Reference.maxPool(input, kernel: 3, stride: stride, padding: 1)
      let gradient = Reference.Map.noise(
        channels: channels, height: output.height, width: output.width, seed: 5)
      let pool = TrainedMaxPool(
        window: Window(
          inputHeight: height, inputWidth: width, channels: channels, outputHeight: output.height,
          outputWidth: output.width, kernel: 3, stride: stride, padding: 1), padsWithZeros: zeros,
        kernels: try table(kernels))
      var got = Array(repeating: Float.nan, count: output.values.count)
      var taps = Array(repeating: UInt8(0), count: output.values.count)
      unsafe pool.forward(input: input.interleaved, output: &got, taps: &taps)
      #expect(got == output.interleaved)
      var want = Reference.Map(channels: channels, height: height, width: width)
      for channel in 0..<channels {
        for y in 0..<output.height {
          for x in 0..<output.width {
            places: for ky in 0..<3 {
              for kx in 0..<3 {
                let (row, column) = (y * stride + ky - 1, x * stride + kx - 1)
                let isInside = (0..<height).contains(row) && (0..<width).contains(column)
                guard isInside || zeros else { continue }
                guard (isInside ? input[channel, row, column] : 0) == output[channel, y, x] else { continue }
                if isInside { want[channel, row, column] += gradient[channel, y, x] }
                break places
              }
            }
          }
        }
      }
      for accumulates in [false, true] {
        var inputGradient = Array(repeating: accumulates ? Float(1) : .nan, count: input.values.count)
        unsafe pool.backward(
          outputGradient: gradient.interleaved, taps: taps, inputGradient: &inputGradient,
          accumulates: accumulates)
        let expected = want.interleaved.map { accumulates ? $0 + 1 : $0 }
        // At most nine gradients of up to 1, added in another order.
        #expect(worstError(inputGradient, expected).error <= 16 * 0x1p-24)
      }
    }
  }

  @Test func globalMaxPoolGivesGradientsToTheFirstMaximum() {
    let input: [Float] = [1, 2, 3, 2, 3, -1]
    let pool = TrainedGlobalMaxPool(pixels: 3, channels: 2)
    var output: [Float] = [0, 0]
    var places: [Int32] = [9, 9]
    unsafe pool.forward(input: input, output: &output, places: &places)
    #expect(output == [3, 2])
    #expect(places == [1, 0])
    var gradient = Array(repeating: Float(1), count: 6)
    unsafe pool.backward(
      outputGradient: [5, 7], places: places, inputGradient: &gradient, accumulates: true)
    #expect(gradient == [1, 8, 6, 1, 1, 1])
    unsafe pool.backward(
      outputGradient: [5, 7], places: places, inputGradient: &gradient, accumulates: false)
    #expect(gradient == [0, 7, 5, 0, 0, 0])
  }

  @Test(arguments: [PreparedWeightedPool.Edge.zeros, .nothing, .reflection], tables)
  func weightedPoolsAreAdjoint(edge: PreparedWeightedPool.Edge, kernels: String) throws {
    let isBlur = edge == .reflection
    for (stride, height, width) in [(1, 5, 6), (2, 7, 5), (2, 6, 4)] {
      let channels = 19
      let kernel = isBlur ? 3 : 2
      func side(_ side: Int) -> Int { edge == .zeros && stride == 1 ? side : (side - 1) / stride + 1 }
      let window = Window(
        inputHeight: height, inputWidth: width, channels: channels, outputHeight: side(height),
        outputWidth: side(width), kernel: kernel, stride: stride, padding: isBlur ? 1 : 0)
      let pool = PreparedWeightedPool(
        window: window, weights: isBlur ? [0.25, 0.5, 0.25] : [0.5, 0.5], edge: edge,
        kernels: try table(kernels))
      var noise = Noise(6)
      let input = noise.floats(height * width * channels)
      let gradient = noise.floats(window.outputPixels * channels)
      var output = gradient
      for task in 0..<pool.taskCount { unsafe pool.run(task: task, input: input, output: &output) }
      var inputGradient = Array(repeating: Float.nan, count: input.count)
      unsafe pool.backward(outputGradient: gradient, inputGradient: &inputGradient, accumulates: false)
      // Rounding of some thousand products, at random.
      #expect(abs(dot(output, gradient) - dot(input, inputGradient)) <= 1e-4)
      var twice = inputGradient
      unsafe pool.backward(outputGradient: gradient, inputGradient: &twice, accumulates: true)
      #expect(worstError(twice, inputGradient.map { 2 * $0 }).error <= 1e-6)
    }
  }

  @Test func zeroPadIsAdjoint() {
    for (stride, padding, height) in [(2, 8, 8), (2, 1, 7), (1, 3, 4)] {
      let window = Window(
        inputHeight: height, inputWidth: 9, channels: 5, outputHeight: (height - 1) / stride + 1,
        outputWidth: 8 / stride + 1, kernel: 1, stride: stride, padding: 0)
      let pad = PreparedZeroPad(window: window, padding: padding)
      var noise = Noise(7)
      let input = noise.floats(height * 9 * 5)
      let gradient = noise.floats(window.outputPixels * (5 + 2 * padding))
      var output = gradient
      unsafe pad.run(input: input, output: &output)
      var inputGradient = Array(repeating: Float.nan, count: input.count)
      unsafe pad.backward(outputGradient: gradient, inputGradient: &inputGradient, accumulates: false)
      #expect(abs(dot(output, gradient) - dot(input, inputGradient)) <= 1e-5)
    }
  }

  // MARK: Dropout

  @Test(arguments: tables) func dropoutKeepsItsShare(kernels: String) throws {
    let elementwise = ElementwiseKernels(kernels: try table(kernels))
    let input = Array(repeating: Float(1), count: 100_003)
    for rate in [0.1, 0.3, 0.9] {
      var output = input
      unsafe elementwise.dropout(
        count: input.count, rate: rate, key: 77, input: input, accumulates: false, output: &output)
      let kept = output.count { $0 != 0 }
      // Five deviations of a binomial distribution.
      let deviation = (Double(input.count) * rate * (1 - rate)).squareRoot()
      #expect(abs(Double(kept) - Double(input.count) * (1 - rate)) <= 5 * deviation)
      #expect(output.allSatisfy { $0 == 0 || $0 == Float(1 / (1 - rate)) })
      var again = input
      unsafe elementwise.dropout(
        count: input.count, rate: rate, key: 77, input: input, accumulates: true, output: &again)
      #expect(again == output.map { $0 + 1 })
      unsafe elementwise.dropout(
        count: input.count, rate: rate, key: 78, input: input, accumulates: false, output: &again)
      #expect(again != output)
    }
  }
}
