import Datasets
import Files
import ImageInput
import Inference
import Metrics
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
  private let views: [ImageView]

  /// Prepares a model for images of the size that its preprocessing gives.
  ///
  /// - Parameters:
  ///   - outputs: the nodes whose outputs are wanted; the logits alone by default.
  ///   - size: height and width of tensors that are preprocessed already; nil for what preprocessing gives.
  /// - Throws: ``InferenceError`` when the network takes no such images, or they have not the views that are asked for.
  init(
    _ model: Model, outputs: [Int]? = nil, size: (height: Int, width: Int)? = nil, options: Classifier.Options
  ) throws(InferenceError) {
    precondition(
      options.threads >= 0 && options.batch > 0, "a batch of \(options.batch) on \(options.threads) threads")
    var preprocessing = model.descriptor.preprocessing
    if options.ignoresExif { preprocessing.exif = .ignore }
    if let obstacle = options.augmentation?.obstacle(in: preprocessing) {
      throw InferenceError(.size, obstacle)
    }
    self.preprocessing = preprocessing
    self.options = options
    views = options.augmentation?.views ?? [.center]
    plan = try InferencePlan(
      model, height: size?.height ?? preprocessing.inputSize[1],
      width: size?.width ?? preprocessing.inputSize[2], exact: options.exact,
      precision: options.precision, goal: options.goal,
      outputs: outputs, pool: WorkerPool(threads: options.threads),
      sharing: options.sharesWeights
        ? CacheFolder.path.map { SharedBytesFolder(path: CacheFolder.sharedWeights(in: $0)) } : nil)
  }

  /// An image whose views have run, and the session that has their outputs.
  struct Ran {
    /// The position of the image among all.
    let image: Int
    let session: InferenceSession
    /// The position of the first view of the image in the batch of the session.
    let slot: Int
    /// The number of its views.
    let views: Int

    /// Lends the logits of the first view.
    func withLogits<Value>(_ body: (Span<Float>) -> Value) -> Value {
      session.withLogits(of: slot, body)
    }

    /// The probabilities of the classes, as the mean over the views; an error where a logit is infinite or not a number.
    func scores(_ answer: AnswerForm) -> Result<Scores, ImageError> {
      var scores: [Scores] = []
      for view in 0..<views {
        let one = session.withLogits(of: slot + view) { logits -> Result<Scores, ImageError> in
          for index in logits.indices where !logits[index].isFinite {
            return .failure(
              ImageError(
                .notFinite,
                "the network's answer is \(logits[index].isNaN ? "not a number" : "infinite") for class \(index); check its weights"
              ))
          }
          return .success(Scores(logits, form: answer.scoreForm(views: views)))
        }
        switch one {
        case .success(let one): scores.append(one)
        case .failure(let error): return .failure(error)
        }
      }
      return .success(
        scores.count == 1 ? scores[0] : Scores(averaging: scores, temperature: answer.temperature))
    }
  }

  /// The result for one image.
  struct Outcome<Value: Sendable>: Sendable {
    var value: Result<Value, ImageError>
    /// The properties of the image; nil when it could not be read, and for a tensor.
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
    try run(PipelineImages(sources), of: RecordFiles(of: sources), reduce: reduce, emit: emit)
  }

  /// Runs images that are anywhere; else as ``run(_:reduce:emit:)``.
  ///
  /// - Parameter files: the open files of records among them.
  func run<Value: Sendable>(
    _ images: PipelineImages, of files: RecordFiles = RecordFiles(),
    reduce: @escaping @Sendable (Ran) -> Value,
    emit: (_ image: Int, _ outcome: Outcome<Value>) throws -> Void
  ) throws {
    guard images.count > 0 else { return }
    let threads = options.threads > 0 ? options.threads : WorkerPool.defaultThreadCount
    let count = min(threads, images.count, laneLimit)
    let capacity = max(1, min(options.batch / views.count, images.count / count))
    let lanes = try (0..<count).map { _ in
      try Lane(
        session: session(capacity: capacity * views.count, threads: threads / count),
        preprocessing: images.areTensors ? nil : preprocessing,
        files: files)
    }
    try withoutActuallyEscaping(emit) { emit in
      let job = LaneJob(
        images: images, lanes: lanes, capacity: capacity, views: views, reduce: reduce,
        queue: OrderedQueue(emit: emit))
      WorkerPool(threads: count).run(job, tasks: count)
      try job.queue.rethrow()
    }
  }

  /// Runs one image that is no record of CIFAR's files, with all threads.
  func run(_ source: ImageSource) throws(ClassificationError) -> Ran {
    let lane = try Lane(
      session: session(capacity: views.count, threads: options.threads), preprocessing: preprocessing,
      files: RecordFiles())
    do throws(ImageError) {
      _ = try unsafe lane.prepare(.source(source), as: 0, views: views)
    } catch {
      throw .image(error)
    }
    lane.session.run(count: views.count)
    return Ran(image: 0, session: lane.session, slot: 0, views: views.count)
  }

  private func session(capacity: Int, threads: Int) throws(ClassificationError) -> InferenceSession {
    do {
      return try InferenceSession(plan: plan, capacity: capacity, threads: threads)
    } catch {
      throw .inference(error)
    }
  }
}
