import Kernels
import ResNetGraph
public import TensorCore
package import Threads

/// Memory and workers that run a plan on batches of images. One session serves one caller at a time; several sessions
/// may share a plan.
///
/// An image's logits are the same bits whatever the batch it is in, the capacity and the number of threads.
public final class InferenceSession {
  /// The network that it runs.
  public let plan: InferencePlan
  /// Images that go through the network together.
  public let capacity: Int
  /// Workers that it runs on.
  public var threads: Int { pool.threadCount }
  let pool: WorkerPool
  private let arena: AlignedBuffer
  private let job: StepJob
  /// The time that each step took so far; nil unless a run is timed.
  private var times: [Duration]?

  /// - Parameters:
  ///   - plan: the network to run.
  ///   - capacity: images that go through the network together; memory grows with it.
  ///   - threads: workers; 0 for all processors.
  /// - Throws: ``InferenceError`` with ``InferenceError/Code/memory`` when the feature maps would not fit the
  ///   machine's memory.
  public convenience init(plan: InferencePlan, capacity: Int = 1, threads: Int = 0) throws(InferenceError) {
    try self.init(plan: plan, capacity: capacity, pool: WorkerPool(threads: threads))
  }

  package init(plan: InferencePlan, capacity: Int, pool: WorkerPool) throws(InferenceError) {
    precondition(capacity > 0, "a session for \(capacity) images")
    let machine = Machine.memoryByteCount
    let needed = plan.memoryNeeded(capacity: capacity, threads: pool.threadCount)
    guard let needed, needed < machine else {
      throw InferenceError(
        .memory,
        "\(capacity) images of \(plan.height)×\(plan.width) take "
          + (needed.map { "\($0 >> 20) MiB" } ?? "too much memory")
          + "; this machine has \(machine >> 20) MiB: take a smaller batch or size")
    }
    self.plan = plan
    self.capacity = capacity
    self.pool = pool
    arena = AlignedBuffer(floatCount: plan.imageStride * capacity, uninitialized: true)
    job = unsafe StepJob(
      plan: plan, arena: arena.baseAddress.assumingMemoryBound(to: Float.self),
      workers: pool.threadCount)
  }

  /// Lends the memory of one input image, [height, width, channels], to be filled before ``run(count:)``. Every
  /// run uses it up.
  public func withInput<Result, Failure: Error>(
    _ image: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition((0..<capacity).contains(image), "image \(image) of a batch of \(capacity)")
    let start = image * plan.imageStride + plan.input.offset
    var span = unsafe MutableSpan(
      _unsafeStart: floats + start, count: plan.height * plan.width * plan.channels)
    return try body(&span)
  }

  /// False if an input has a number that is not finite and the network rounds it to bytes, among which there is none such.
  package func canRun(_ image: Int) -> Bool {
    guard plan.roundsInput else { return true }
    return withInput(image) { span in
      // A sum of zeros times each number is NaN as soon as one is not finite.
      var sum: Float = 0
      for index in span.indices { sum += span[index] * 0 }
      return sum == 0
    }
  }

  /// Runs the first `count` input images through the network. Allocates nothing.
  ///
  /// - Precondition: 0 < `count` ≤ ``capacity``.
  public func run(count: Int) {
    precondition(count > 0 && count <= capacity, "\(count) images in a batch of \(capacity)")
    // The input alone takes no step.
    if !plan.waves.isEmpty { run(wave: plan.waves.count - 1, images: 0..<count) }
  }

  /// Brings images to the end of a wave: first, as few at a time as it wants, to the end of the wave before.
  private func run(wave index: Int, images: Range<Int>) {
    let wave = plan.waves[index]
    for first in stride(from: images.lowerBound, to: images.upperBound, by: wave.images) {
      let part = first..<min(first + wave.images, images.upperBound)
      if index > 0 { run(wave: index - 1, images: part) }
      for step in wave.steps { run(step: step, images: part) }
    }
  }

  private func run(step: Int, images: Range<Int>) {
    let tasks = job.begin(step: step, images: images)
    guard times != nil else { return pool.run(job, tasks: tasks) }
    let start = ContinuousClock.now
    pool.run(job, tasks: tasks)
    times?[step] += ContinuousClock.now - start
  }

  /// Runs as ``run(count:)`` and takes times.
  ///
  /// - Returns: the time that each step took for all images together.
  func runTimed(count: Int) -> [Duration] {
    precondition(count > 0 && count <= capacity, "\(count) images in a batch of \(capacity)")
    times = Array(repeating: .zero, count: plan.steps.count)
    defer { times = nil }
    run(count: count)
    return times ?? []
  }

  /// The logits of one image of the last run.
  ///
  /// - Precondition: they are among the plan's outputs.
  public func withLogits<Result, Failure: Error>(
    of image: Int, _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withOutput(plan.logits, of: image, body)
  }

  /// The output of a node for one image of the last run, [height, width, channels].
  ///
  /// - Precondition: the node is one of the plan's ``InferencePlan/outputs``.
  public func withOutput<Result, Failure: Error>(
    _ node: Int, of image: Int, _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition((0..<capacity).contains(image), "image \(image) of a batch of \(capacity)")
    let start = image * plan.imageStride + plan.place(ofOutput: node).offset
    return try body(
      unsafe Span(
        _unsafeStart: UnsafePointer(floats + start), count: plan.shape(of: node).elementCount))
  }

  private var floats: UnsafeMutablePointer<Float> {
    unsafe arena.baseAddress.assumingMemoryBound(to: Float.self)
  }
}

extension InferenceSession {
  /// Runs a batch of any size.
  ///
  /// - Parameter input: float32 of shape [images, channels, height, width].
  /// - Returns: float32 of shape [images, classes].
  /// - Throws: ``InferenceError`` with ``InferenceError/Code/shape`` when the input is no such batch.
  public func logits(for input: Tensor) throws(InferenceError) -> Tensor {
    let dimensions = input.shape.dimensions
    guard input.elementType == .float32, dimensions.count == 4,
      dimensions[1...] == [plan.channels, plan.height, plan.width]
    else {
      throw InferenceError(
        .shape,
        "an input of shape \(input.shape) and type \(input.elementType.rawValue): the network takes f32 of shape "
          + "[images, \(plan.channels), \(plan.height), \(plan.width)]")
    }
    let images = dimensions[0]
    var output = AlignedBuffer(floatCount: images * plan.classes, uninitialized: true)
    for first in stride(from: 0, to: images, by: capacity) {
      let count = min(capacity, images - first)
      for index in 0..<count {
        fill(image: index, from: input.floats, planarImage: first + index)
        guard canRun(index) else {
          throw InferenceError(
            .notFinite,
            "image \(first + index) of the input has a number that is not finite, which this quantized network would round to one that is"
          )
        }
      }
      run(count: count)
      var target = output.mutableFloats
      for index in 0..<count {
        withLogits(of: index) { logits in
          for column in logits.indices { target[(first + index) * plan.classes + column] = logits[column] }
        }
      }
    }
    return Tensor(shape: [images, plan.classes], elementType: .float32, buffer: output)
  }

  /// Copies one image of [channels, height, width] into the input.
  private func fill(image: Int, from planar: Span<Float>, planarImage: Int) {
    let pixels = plan.height * plan.width
    let start = planarImage * plan.channels * pixels
    withInput(image) { span in
      for channel in 0..<plan.channels {
        for pixel in 0..<pixels {
          span[pixel * plan.channels + channel] = planar[start + channel * pixels + pixel]
        }
      }
    }
  }
}

/// The step that the workers compute.
@safe private final class StepJob: ParallelJob {
  private let plan: InferencePlan
  private let workers: Int
  private let arena: UnsafeMutablePointer<Float>
  private let scratch: AlignedBuffer
  private let scratchStride: Int
  private var kernel: (any PreparedKernel)?
  private var call: KernelCall?

  init(plan: InferencePlan, arena: UnsafeMutablePointer<Float>, workers: Int) {
    self.plan = plan
    self.workers = workers
    unsafe self.arena = arena
    scratchStride = MemoryPlan.padded(plan.scratchFloatCount)
    scratch = AlignedBuffer(floatCount: scratchStride * workers, uninitialized: true)
  }

  /// Makes a step ready for a batch.
  ///
  /// - Returns: the number of its tasks.
  func begin(step: Int, images: Range<Int>) -> Int {
    let kernel = plan.steps[step].kernel
    self.kernel = kernel
    call = unsafe plan.steps[step].call(
      arena, images: images, imageStride: plan.imageStride, workers: workers)
    return kernel.taskCount(images: images.count, workers: workers)
  }

  func run(task: Int, worker: Int) {
    guard let kernel, let call else { return }
    unsafe kernel.run(
      task: task, call,
      scratch: scratch.baseAddress.assumingMemoryBound(to: Float.self) + worker * scratchStride)
  }
}
