import Datasets
import ImageInput
import Inference
import Metrics
import ModelDescriptor
import ResNetModel
import Threads

/// The images of a study, decoded once for all networks that are made from one by lesions, where they fit in memory.
final class LesionInputs {
  /// The answer to an image that could not be read.
  static let unread = -2
  /// The answer to an image of which not all logits are finite.
  static let unclear = -1

  /// The images that could not be read, and the reasons.
  private(set) var errors: [Int: String] = [:]
  private let images: [ImageSource]
  private let options: Classifier.Options
  private let pool: WorkerPool
  /// The input of each image, [height][width][channels]; nil where it could not be read. Empty if they do not fit.
  private var inputs: [[Float]?] = []

  /// Images between two reports of progress, for each worker.
  private static let slice = 64

  /// Decodes the images as the model's preprocessing says.
  ///
  /// - Parameter limit: the most bytes of inputs that are kept in memory.
  /// - Throws: ``InferenceError``, ``ClassificationError``, or ``DatasetError`` when a file of records cannot be opened.
  init(_ model: Model, images: [ImageSource], options: Classifier.Options, limit: Int) throws {
    self.images = images
    self.options = options
    pool = WorkerPool(threads: options.threads)
    let pipeline = try ImagePipeline(model, outputs: [0], options: options)
    let bytes = pipeline.plan.shape(of: 0).elementCount * MemoryLayout<Float>.stride
    guard images.count <= limit / max(1, bytes) else { return }
    inputs.reserveCapacity(images.count)
    try pipeline.run(images) { ran in
      ran.session.withOutput(0, of: ran.slot) { span in span.indices.map { span[$0] } }
    } emit: { image, outcome in
      switch outcome.value {
      case .success(let input): inputs.append(input)
      case .failure(let error):
        inputs.append(nil)
        errors[image] = error.message
      }
    }
  }

  /// The answer of a network to each image: the position of the likeliest class, the first of several; of yes or no, 1 or 0.
  ///
  /// - Parameters:
  ///   - model: a network that takes the same inputs as the first one.
  ///   - progress: gets the number of images done. An error that it throws ends the work.
  /// - Throws: the error of `progress`; ``InferenceError``, ``ClassificationError``, ``DatasetError``.
  func answers(of model: Model, progress: (_ done: Int) throws -> Void) throws -> [Int] {
    if inputs.isEmpty { return try decodedAnswers(of: model, progress: progress) }
    let plan = try InferencePlan(
      model, height: model.descriptor.preprocessing.inputSize[1],
      width: model.descriptor.preprocessing.inputSize[2], precision: options.precision, goal: options.goal,
      threads: options.threads)
    let sessions = try (0..<pool.threadCount).map { _ in
      try InferenceSession(plan: plan, capacity: options.batch, threads: 1)
    }
    let readable = inputs.indices.filter { inputs[$0] != nil }
    let job = LesionJob(
      inputs: inputs, order: readable, sessions: sessions, capacity: options.batch,
      isBinary: model.descriptor.architecture.answer == .binary)
    let count = pool.threadCount * max(Self.slice, options.batch)
    for first in stride(from: 0, to: readable.count, by: count) {
      job.start = first
      job.end = min(first + count, readable.count)
      pool.run(job, tasks: (job.end - first + options.batch - 1) / options.batch)
      try progress(job.end)
    }
    return job.answers.withLock { $0 }
  }

  /// The answers where images are decoded each time.
  private func decodedAnswers(of model: Model, progress: (_ done: Int) throws -> Void) throws -> [Int] {
    let pipeline = try ImagePipeline(model, options: options)
    let isBinary = model.descriptor.architecture.answer == .binary
    var answers: [Int] = []
    try pipeline.run(images) { ran in
      ran.withLogits { Self.answer($0, isBinary: isBinary) }
    } emit: { image, outcome in
      switch outcome.value {
      case .success(let answer): answers.append(answer)
      case .failure(let error):
        answers.append(Self.unread)
        errors[image] = error.message
      }
      try progress(image + 1)
    }
    return answers
  }

  fileprivate static func answer(_ logits: Span<Float>, isBinary: Bool) -> Int {
    var best = 0
    for index in logits.indices {
      guard logits[index].isFinite else { return unclear }
      if logits[index] > logits[best] { best = index }
    }
    return isBinary ? (logits[0] >= 0 ? 1 : 0) : best
  }
}

/// Runs inputs that are in memory through the sessions of the workers.
private final class LesionJob: ParallelJob {
  /// The positions in the order that are run next.
  var start = 0
  var end = 0
  let answers: Locked<[Int]>
  private let inputs: [[Float]?]
  private let order: [Int]
  private let sessions: [InferenceSession]
  private let capacity: Int
  private let isBinary: Bool

  init(
    inputs: [[Float]?], order: [Int], sessions: [InferenceSession], capacity: Int, isBinary: Bool
  ) {
    self.inputs = inputs
    self.order = order
    self.sessions = sessions
    self.capacity = capacity
    self.isBinary = isBinary
    answers = Locked(Array(repeating: LesionInputs.unread, count: inputs.count))
  }

  func run(task: Int, worker: Int) {
    let session = sessions[worker]
    let first = start + task * capacity
    let images = order[first..<min(first + capacity, end)]
    for (slot, image) in images.enumerated() {
      guard let input = inputs[image] else { continue }
      session.withInput(slot) { span in
        for index in span.indices { span[index] = input[index] }
      }
    }
    session.run(count: images.count)
    let found = images.indices.map { position in
      session.withLogits(of: position - images.startIndex) {
        LesionInputs.answer($0, isBinary: isBinary)
      }
    }
    answers.withLock { answers in
      for (image, answer) in zip(images, found) { answers[image] = answer }
    }
  }
}
