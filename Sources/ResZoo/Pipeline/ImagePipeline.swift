import Datasets
import ImageInput
import Inference
import ModelDescriptor
import ResNetModel
import Threads

/// Takes images from files to the outputs of a network with all processors busy: each of several lanes decodes a few images,
/// runs them through a session of its own, and takes the next few. Lanes share nothing but the plan, so none waits for
/// another, and results come out in the order of the images. A lane that is far ahead waits, so that few results are kept.
struct ImagePipeline: Sendable {
  let plan: InferencePlan
  let preprocessing: Preprocessing
  /// The most lanes, each with feature maps of its own.
  var laneLimit = Int.max
  private let options: Classifier.Options

  /// Prepares a model for images of the size that its preprocessing gives.
  ///
  /// - Parameter outputs: the nodes whose outputs are wanted; the logits alone by default.
  /// - Throws: ``InferenceError`` when the network takes no such images.
  init(_ model: Model, outputs: [Int]? = nil, options: Classifier.Options) throws(InferenceError) {
    precondition(
      options.threads >= 0 && options.batch > 0, "a batch of \(options.batch) on \(options.threads) threads")
    var preprocessing = model.descriptor.preprocessing
    if options.ignoresExif { preprocessing.exif = .ignore }
    self.preprocessing = preprocessing
    self.options = options
    plan = try InferencePlan(
      model, height: preprocessing.inputSize[1], width: preprocessing.inputSize[2], exact: options.exact,
      goal: options.goal, threads: options.threads, outputs: outputs)
  }

  /// An image that has run, and the session that has its outputs.
  struct Ran {
    /// The position of the image among the sources.
    let image: Int
    let session: InferenceSession
    /// The position of the image in the batch of the session.
    let slot: Int

    /// Lends the logits of the image.
    func withLogits<Value>(_ body: (Span<Float>) -> Value) -> Value {
      session.withLogits(of: slot, body)
    }

    /// Makes a value of the logits of the image; an error where one of them is infinite or not a number.
    func answer<Value>(_ body: (Span<Float>) -> Value) -> Result<Value, ImageError> {
      withLogits { logits in
        for index in logits.indices where !logits[index].isFinite {
          return .failure(
            ImageError(
              .notFinite,
              "the network's answer is \(logits[index].isNaN ? "not a number" : "infinite") for class \(index); check its weights"
            ))
        }
        return .success(body(logits))
      }
    }
  }

  /// The result for one image.
  struct Outcome<Value: Sendable>: Sendable {
    var value: Result<Value, ImageError>
    /// The properties of the image; nil when it could not be read.
    var image: ImageInfo?
  }

  /// Runs all images to the outputs of the plan.
  ///
  /// - Parameters:
  ///   - reduce: makes the value that is kept of one image; runs on any lane.
  ///   - emit: gets the results, in order and one at a time, on any lane. An error that it throws ends the run.
  /// - Throws: the error of `emit`; ``ClassificationError/inference(_:)`` when the feature maps do not fit in memory;
  ///   ``ClassificationError/image(_:)`` when the preprocessing is not for this network; ``DatasetError`` when a file of
  ///   records cannot be opened.
  func run<Value: Sendable>(
    _ sources: [ImageSource],
    reduce: @escaping @Sendable (Ran) -> Value,
    emit: (_ image: Int, _ outcome: Outcome<Value>) throws -> Void
  ) throws {
    guard !sources.isEmpty else { return }
    let files = try RecordFiles(of: sources)
    let threads = options.threads > 0 ? options.threads : WorkerPool.processorCount
    let count = min(threads, sources.count, laneLimit)
    let capacity = max(1, min(options.batch, sources.count / count))
    let lanes = try (0..<count).map { _ in
      try Lane(
        session: session(capacity: capacity, threads: threads / count), preprocessing: preprocessing,
        files: files)
    }
    try withoutActuallyEscaping(emit) { emit in
      let job = LaneJob(
        sources: sources, lanes: lanes, capacity: capacity, reduce: reduce, queue: OrderedQueue(emit: emit))
      WorkerPool(threads: count).run(job, tasks: count)
      try job.queue.rethrow()
    }
  }

  /// Runs one image, with all threads.
  ///
  /// - Parameter prepare: writes the input of the network.
  func run(
    _ prepare: (Preprocessor, inout MutableSpan<Float>) throws(ImageError) -> ImageInfo
  ) throws(ClassificationError) -> Ran {
    let session = try session(capacity: 1, threads: options.threads)
    do throws(ImageError) {
      let preprocessor = try Preprocessor(preprocessing)
      _ = try session.withInput(0) { (span) throws(ImageError) in try prepare(preprocessor, &span) }
    } catch {
      throw .image(error)
    }
    session.run(count: 1)
    return Ran(image: 0, session: session, slot: 0)
  }

  private func session(capacity: Int, threads: Int) throws(ClassificationError) -> InferenceSession {
    do {
      return try InferenceSession(plan: plan, capacity: capacity, threads: threads)
    } catch {
      throw .inference(error)
    }
  }
}
