import CKernels
import TensorCore
package import Threads

/// The speed that this machine reaches at best.
package enum ProcessorPeak {
  /// Bytes in a second that all workers of a pool read from memory; the best of several tries.
  package static func bytesPerSecond(pool: WorkerPool, kernels: KernelTable = .current) -> Double {
    let job = ReadJob(workers: pool.threadCount, kernels: kernels)
    return Double(ReadJob.bytesPerWorker * pool.threadCount) / leastSeconds(job, pool: pool, tries: 5)
  }

  private static func leastSeconds(_ job: any ParallelJob, pool: WorkerPool, tries: Int) -> Double {
    var best = Duration.seconds(1_000_000)
    for _ in 0..<tries {
      let start = ContinuousClock.now
      pool.run(job, tasks: pool.threadCount)
      best = min(best, ContinuousClock.now - start)
    }
    return best / .seconds(1)
  }

  /// Multiplications with additions in a second on all workers of a pool, by an engine's kernel over tiles that stay in
  /// the caches; the best of several depths and tries.
  package static func multiplyAddsPerSecond(
    _ engine: ConvolutionEngine = .product, pool: WorkerPool, kernels: KernelTable = .current
  ) -> Double {
    [64, 128, 256].map { multiplyAddsPerSecond(engine, inputs: $0, pool: pool, kernels: kernels) }.max() ?? 0
  }

  private static func multiplyAddsPerSecond(
    _ engine: ConvolutionEngine, inputs: Int, pool: WorkerPool, kernels: KernelTable
  ) -> Double {
    let outputs = kernels.panelWidth
    let geometry = geometry(inputs: inputs, outputs: outputs)
    let convolution = engine.prepare(
      geometry,
      weights: Tensor(
        shape: [outputs, inputs, 1, 1], floats: Array(repeating: 1 / Float(inputs), count: outputs * inputs)),
      scale: Array(repeating: 1, count: outputs), bias: Array(repeating: 0, count: outputs), relu: false,
      pool: pool, kernels: kernels)
    return multiplyAddsPerSecond(convolution, geometry, pool: pool)
  }

  /// The same of products of bytes.
  package static func byteMultiplyAddsPerSecond(
    pool: WorkerPool, kernels: ByteKernelTable = .current
  ) -> Double {
    let rates = [64, 128, 256].map { inputs in
      let geometry = geometry(inputs: inputs, outputs: kernels.panelWidth)
      let outputs = geometry.outputChannels
      let convolution = ByteConvolution(
        geometry,
        weights: Tensor(
          shape: [outputs, inputs, 1, 1], elementType: .int8,
          buffer: AlignedBuffer(byteCount: ElementType.int8.byteCount(of: [outputs, inputs, 1, 1]))),
        input: ByteScale(scale: 1, zero: 0),
        ending: ByteConvolution.Ending(
          factor: Array(repeating: 1, count: outputs), bias: Array(repeating: 0, count: outputs),
          residual: .none,
          relu: true, output: ByteScale(scale: 1, zero: 0)), pool: pool, kernels: kernels)
      return multiplyAddsPerSecond(convolution, geometry, pool: pool)
    }
    return rates.max() ?? 0
  }

  private static func geometry(inputs: Int, outputs: Int) -> ConvolutionGeometry {
    let pixels = 48
    return ConvolutionGeometry(
      window: Window(
        inputHeight: 1, inputWidth: pixels, channels: inputs, outputHeight: 1, outputWidth: pixels, kernel: 1,
        stride: 1, padding: 0), outputChannels: outputs)
  }

  private static func multiplyAddsPerSecond(
    _ convolution: any PreparedKernel, _ geometry: ConvolutionGeometry, pool: WorkerPool
  ) -> Double {
    let pixels = geometry.window.outputPixels
    let job = PeakJob(
      convolution: convolution, workers: pool.threadCount, inputCount: pixels * geometry.window.channels,
      outputCount: pixels * geometry.outputChannels)
    let products =
      PeakJob.repetitions * pixels * geometry.window.channels * geometry.outputChannels * pool.threadCount
    return Double(products) / leastSeconds(job, pool: pool, tries: 20)
  }
}

/// Reads once through memory that no cache holds.
@safe private final class ReadJob: ParallelJob {
  static let bytesPerWorker = pixels * channels * MemoryLayout<Float>.stride
  private static let pixels = 1 << 15
  private static let channels = 1 << 10
  private let kernels: KernelTable
  private let memory: AlignedBuffer
  private let sums: AlignedBuffer

  init(workers: Int, kernels: KernelTable) {
    self.kernels = kernels
    memory = AlignedBuffer(byteCount: workers * Self.bytesPerWorker)
    sums = AlignedBuffer(floatCount: workers * Self.channels)
  }

  func run(task: Int, worker: Int) {
    // Rows of one register after another would jump through memory, so the whole is taken as few channels.
    let input = unsafe memory.baseAddress + task * Self.bytesPerWorker
    let output = unsafe sums.baseAddress.assumingMemoryBound(to: Float.self) + task * Self.channels
    unsafe kernels.c.pointee.pooling.average(
      Self.pixels * Self.channels / kernels.lanes, kernels.lanes, kernels.lanes,
      input.assumingMemoryBound(to: Float.self),
      output)
  }
}

/// The same small convolution again and again, on memory of each worker's own.
@safe private final class PeakJob: ParallelJob {
  static let repetitions = 1000
  private let convolution: any PreparedKernel
  private let stride: Int
  private let inputCount: Int
  private let scratchCount: Int
  private let memory: AlignedBuffer

  init(convolution: any PreparedKernel, workers: Int, inputCount: Int, outputCount: Int) {
    self.convolution = convolution
    self.inputCount = inputCount
    scratchCount = (convolution.scratchCount + 15) / 16 * 16
    stride = scratchCount + inputCount + outputCount
    memory = AlignedBuffer(floatCount: stride * workers)
  }

  func run(task: Int, worker: Int) {
    let scratch = unsafe memory.baseAddress.assumingMemoryBound(to: Float.self) + task * stride
    let input = unsafe scratch + scratchCount
    let call = unsafe KernelCall(
      input: input, output: input + inputCount, inputStride: 0, outputStride: 0, images: 1, workers: 1,
      order: .pieces)
    let tasks = convolution.taskCount(images: 1, workers: 1)
    for _ in 0..<Self.repetitions {
      for task in 0..<tasks { unsafe convolution.run(task: task, call, scratch: scratch) }
    }
  }
}
