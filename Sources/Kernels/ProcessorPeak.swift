import TensorCore

/// What this machine's processors reach at best: the product kernel over a tile that stays in the first-level cache.
package enum ProcessorPeak {
  /// Multiplications with additions in a second on all workers of a pool; the best of several tries.
  package static func multiplyAddsPerSecond(pool: WorkerPool, kernels: KernelTable = .current) -> Double {
    let pixels = 48
    let inputs = 64
    let weights = PackedWeights(
      weights: Tensor(
        shape: [kernels.panelWidth, inputs, 1, 1],
        floats: Array(repeating: 1 / Float(inputs), count: kernels.panelWidth * inputs)),
      scale: Array(repeating: 1, count: kernels.panelWidth),
      bias: Array(repeating: 0, count: kernels.panelWidth),
      groups: 1, engine: .product, pool: pool, kernels: kernels)
    let window = Window(
      inputHeight: 1, inputWidth: pixels, channels: inputs, outputHeight: 1, outputWidth: pixels, kernel: 1,
      stride: 1, padding: 0)
    let job = PeakJob(
      convolution: PreparedConvolution(window: window, weights: weights, relu: false, kernels: kernels),
      workers: pool.threadCount, inputCount: pixels * inputs, outputCount: pixels * kernels.panelWidth)
    let products = Double(PeakJob.repetitions * pixels * inputs * kernels.panelWidth * pool.threadCount)
    var best = Duration.seconds(1_000_000)
    for _ in 0..<20 {
      let start = ContinuousClock.now
      pool.run(job, tasks: pool.threadCount)
      best = min(best, ContinuousClock.now - start)
    }
    return products / (best / .seconds(1))
  }
}

/// The same small convolution again and again, on memory of each worker's own.
@safe private final class PeakJob: ParallelJob {
  static let repetitions = 2000
  private let convolution: PreparedConvolution
  private let stride: Int
  private let inputCount: Int
  private let scratchCount: Int
  private let memory: AlignedBuffer

  init(convolution: PreparedConvolution, workers: Int, inputCount: Int, outputCount: Int) {
    self.convolution = convolution
    self.inputCount = inputCount
    scratchCount = (convolution.scratchCount + 15) / 16 * 16
    stride = scratchCount + inputCount + outputCount
    memory = AlignedBuffer(floatCount: stride * workers)
  }

  func run(task: Int, worker: Int) {
    let scratch = unsafe memory.baseAddress.assumingMemoryBound(to: Float.self) + task * stride
    let input = unsafe scratch + scratchCount
    for _ in 0..<Self.repetitions {
      for piece in 0..<convolution.taskCount {
        unsafe convolution.run(
          task: piece, input: input, residual: nil, output: input + inputCount, scratch: scratch)
      }
    }
  }
}
