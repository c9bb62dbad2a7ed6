import ImageInput
import Inference
import Kernels
import ModelDescriptor
import Synchronization
import TensorCore
import Threads
import Training

/// Takes images from files to logits with all processors busy: each of several lanes decodes a few images, runs them
/// through a session of its own, and takes the next few. Lanes share nothing but the plan, so none waits for another,
/// and results come out in the order of the images. A lane that is far ahead waits, so that few results are kept.
struct ImagePipeline: Sendable {
  let plan: InferencePlan
  let preprocessing: Preprocessing
  /// Processors to use; 0 for all.
  let threads: Int
  /// Most images that go through the network together.
  let batch: Int
  /// Most lanes, each with feature maps of its own.
  var laneLimit = Int.max

  /// Runs all images to their logits.
  ///
  /// - Parameters:
  ///   - reduce: makes what is kept of one image out of its logits; runs on any lane.
  ///   - emit: gets the results, in order and one at a time, on any lane. What it throws ends the run.
  /// - Throws: what `emit` throws; ``ClassificationError/inference(_:)`` when the feature maps do not fit in memory;
  ///   ``ClassificationError/image(_:)`` when the preprocessing is none for this network; ``TrainingError`` when a file of
  ///   records cannot be opened.
  func run<Value: Sendable>(
    _ sources: [ImageSource],
    reduce: @escaping @Sendable (_ image: Int, _ logits: Span<Float>) -> Value,
    emit: (_ image: Int, _ outcome: Outcome<Value>) throws -> Void
  ) throws {
    try run(sources) { image, session, slot in
      session.withLogits(of: slot) { reduce(image, $0) }
    } emit: {
      try emit($0, $1)
    }
  }

  /// Runs all images to the outputs of the plan.
  ///
  /// - Parameters:
  ///   - reduce: makes what is kept of one image out of what the session has at a place of the batch; runs on any lane.
  ///   - emit: as in ``run(_:reduce:emit:)``.
  func run<Value: Sendable>(
    _ sources: [ImageSource],
    reduce: @escaping @Sendable (_ image: Int, _ session: InferenceSession, _ slot: Int) -> Value,
    emit: (_ image: Int, _ outcome: Outcome<Value>) throws -> Void
  ) throws {
    guard !sources.isEmpty else { return }
    let files = try RecordFiles(of: sources)
    let threads = threads > 0 ? threads : WorkerPool.processorCount
    let lanes = min(threads, sources.count, laneLimit)
    let capacity = max(1, min(batch, sources.count / lanes))
    let laneStates = try (0..<lanes).map { _ in
      try Lane(
        session: session(capacity: capacity, threads: threads / lanes), preprocessing: preprocessing,
        files: files)
    }
    try withoutActuallyEscaping(emit) { emit in
      let job = LaneJob(
        sources: sources, lanes: laneStates, capacity: capacity, reduce: reduce,
        queue: OrderedQueue(emit: emit))
      WorkerPool(threads: lanes).run(job, tasks: lanes)
      try job.queue.rethrow()
    }
  }

  private func session(capacity: Int, threads: Int) throws(ClassificationError) -> InferenceSession {
    do {
      return try InferenceSession(plan: plan, capacity: capacity, threads: threads)
    } catch {
      throw .inference(error)
    }
  }

  /// What became of one image.
  struct Outcome<Value: Sendable>: Sendable {
    var value: Result<Value, ImageError>
    var image: ImageInfo?
  }
}

/// What one lane works with.
private final class Lane {
  let session: InferenceSession
  private let preprocessor: Preprocessor
  private let files: RecordFiles

  init(
    session: InferenceSession, preprocessing: Preprocessing, files: RecordFiles
  ) throws(ClassificationError) {
    self.session = session
    self.files = files
    do {
      preprocessor = try Preprocessor(preprocessing)
    } catch {
      throw .image(error)
    }
  }

  /// Makes an image an input of the session.
  func prepare(_ source: ImageSource, as slot: Int) throws(ImageError) -> ImageInfo {
    try session.withInput(slot) { (span) throws(ImageError) in
      switch source {
      case .file(let path): return try preprocessor.prepareTensor(atPath: path, into: &span)
      case .record(let path, let index):
        do {
          return try files.withPlanes(path, index) { planes in
            try preprocessor.prepareTensor(planes: planes, side: RecordFiles.side, into: &span)
          }
        } catch let error as ImageError {
          throw error
        } catch {
          throw ImageError(.unreadable, "\(error)")
        }
      }
    }
  }
}

/// The lanes at work: task n is lane n, and each goes on until there are no images left.
private final class LaneJob<Value: Sendable>: ParallelJob {
  let queue: OrderedQueue<ImagePipeline.Outcome<Value>>
  private let sources: [ImageSource]
  private let lanes: [Lane]
  private let capacity: Int
  private let reduce: @Sendable (Int, InferenceSession, Int) -> Value
  private let next = Mutex<(image: Int, run: Int)>((0, 0))
  /// One for each run that may be begun before older ones are out.
  private let tickets = Semaphore(0)

  init(
    sources: [ImageSource], lanes: [Lane], capacity: Int,
    reduce: @escaping @Sendable (Int, InferenceSession, Int) -> Value,
    queue: OrderedQueue<ImagePipeline.Outcome<Value>>
  ) {
    self.sources = sources
    self.lanes = lanes
    self.capacity = capacity
    self.reduce = reduce
    self.queue = queue
    for _ in 0..<3 * lanes.count { tickets.signal() }
  }

  func run(task lane: Int, worker: Int) {
    while true {
      tickets.wait()
      guard !queue.hasFailed, let (run, images) = claim() else { break }
      let count = queue.put(process(images, lane: lanes[lane]), run: run, first: images.lowerBound)
      for _ in 0..<count { tickets.signal() }
    }
    // Whoever waits finds the same.
    tickets.signal()
  }

  /// The next images that nobody has taken: full batches first, fewer towards the end, so that the lanes finish
  /// together.
  private func claim() -> (run: Int, images: Range<Int>)? {
    next.withLock { next in
      let left = sources.count - next.image
      guard left > 0 else { return nil }
      let count = max(1, min(capacity, left / (2 * lanes.count)))
      defer { next = (next.image + count, next.run + 1) }
      return (next.run, next.image..<next.image + count)
    }
  }

  private func process(_ images: Range<Int>, lane: Lane) -> [ImagePipeline.Outcome<Value>] {
    var decoded: [(image: Int, result: Result<ImageInfo, ImageError>)] = []
    var count = 0
    for image in images {
      do throws(ImageError) {
        decoded.append((image, .success(try lane.prepare(sources[image], as: count))))
        count += 1
      } catch {
        decoded.append((image, .failure(error)))
      }
    }
    if count > 0 { lane.session.run(count: count) }
    var slot = 0
    return decoded.map { image, result in
      switch result {
      case .failure(let error):
        return ImagePipeline.Outcome(value: .failure(error), image: nil)
      case .success(let info):
        defer { slot += 1 }
        return ImagePipeline.Outcome(
          value: .success(reduce(image, lane.session, slot)), image: info)
      }
    }
  }
}

/// Puts results that come from several threads into order.
private final class OrderedQueue<Element: Sendable> {
  private struct State {
    var waiting: [Int: (first: Int, elements: [Element])] = [:]
    var next = 0
    var error: (any Error)?
  }

  private let emit: (Int, Element) throws -> Void
  private let state = Mutex(State())

  init(emit: @escaping (Int, Element) throws -> Void) {
    self.emit = emit
  }

  var hasFailed: Bool {
    state.withLock { $0.error != nil }
  }

  /// Emits the elements of the run when all runs before it are out.
  ///
  /// - Returns: how many runs came out; 1 after an error, since nothing waits for its turn any more.
  func put(_ elements: [Element], run: Int, first: Int) -> Int {
    state.withLock { state in
      state.waiting[run] = (first, elements)
      let start = state.next
      while state.error == nil, let ready = state.waiting.removeValue(forKey: state.next) {
        state.next += 1
        do {
          for (offset, element) in ready.elements.enumerated() { try emit(ready.first + offset, element) }
        } catch {
          state.error = error
        }
      }
      return state.error == nil ? state.next - start : 1
    }
  }

  func rethrow() throws {
    if let error = state.withLock({ $0.error }) { throw error }
  }
}
