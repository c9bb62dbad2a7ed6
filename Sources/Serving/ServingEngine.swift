import ImageInput
import Metrics
import Platform
import ResZoo
import Threads

/// Answers requests for several networks on all processors: what arrives together runs together, and what arrives alone runs at once.
///
/// Each processor has a worker. A worker that has nothing to do takes rows of the model that has had the least processor time. When there
/// are as many rows as free processors it takes its share of them, up to a batch, and runs them on its own processor, as no
/// two processors then wait for each other; a row alone gets all processors that are free. Decoding is part of the work, so it keeps as many processors busy as the
/// networks leave. A row's answer is the same bits in all cases.
public final class ServingEngine: Sendable {
  /// The processors and limits.
  public let options: EngineOptions
  private let monitor = Monitor()
  private let shared: Shared
  private let budget: ByteBudget

  /// What the workers share; within ``monitor`` alone.
  private final class Shared: @unchecked Sendable {
    var queues: [ObjectIdentifier: ModelQueue] = [:]
    var freeProcessors: Int
    var isStopping = false

    init(processors: Int) { freeProcessors = processors }

    /// Takes requests of a model out of its queue.
    func remove(_ key: ObjectIdentifier, where isStale: (PendingRequest) -> Bool) -> [PendingRequest] {
      let removed = queues[key]?.requests.remove(where: isStale) ?? []
      if queues[key]?.requests.isEmpty == true { queues[key] = nil }
      return removed
    }
  }

  /// A model's requests that wait. One without requests is not kept, as it holds the network.
  private struct ModelQueue {
    let model: ServedModel
    var requests = RequestQueue()
  }

  /// Rows that a worker has taken.
  private struct Work {
    var model: ServedModel
    var parts: [RequestQueue.Part]
    var threads: Int
  }

  /// Starts the workers.
  ///
  /// - Precondition: the limits are positive.
  public init(_ options: EngineOptions = EngineOptions()) {
    precondition(
      options.maxBatch > 0 && options.queueLimit > 0 && options.byteLimit > 0 && options.threads >= 0)
    self.options = options
    shared = Shared(processors: options.processorCount)
    budget = ByteBudget(limit: options.byteLimit)
    for _ in 0..<options.processorCount {
      let started = DetachedThread.start { [monitor, shared, options] in
        while let work = Self.next(monitor, shared, options) { Self.perform(work, monitor, shared, options) }
      }
      if !started { break }
    }
  }

  deinit {
    stop()
  }

  /// Takes a request.
  ///
  /// - Parameters:
  ///   - model: the network; it need not have been used here before.
  ///   - completion: gets the answer or an error, once, on any thread. It must return soon.
  /// - Returns: a handle that cancels the request.
  @discardableResult
  public func submit(
    _ request: InferenceRequest, to model: ServedModel,
    _ completion: @escaping @Sendable (Result<InferenceAnswer, ServingError>) -> Void
  ) -> Submission {
    if let error = obstacle(request, model) { return refuse(error, model, completion) }
    guard budget.take(request.byteCount) else {
      return refuse(
        ServingError(.full, "requests of \(options.byteLimit >> 20) MiB wait already; try again later"),
        model,
        completion)
    }
    let pending = PendingRequest(request, budget, model.statistics, completion)
    let refusal: ServingError? = monitor.locked {
      guard !shared.isStopping else {
        return ServingError(.stopping, "the server is stopping and takes no more requests")
      }
      let key = ObjectIdentifier(model)
      var queue = shared.queues[key] ?? ModelQueue(model: model)
      guard queue.requests.count < options.queueLimit else {
        return ServingError(
          .full, "\(options.queueLimit) requests for '\(model.name)' wait already; try again later")
      }
      // A model that was idle has no claim to the time that it did not use.
      if queue.requests.isEmpty {
        let least = shared.queues.values.map(\.model.usedTime).min()
        model.raiseUsedTime(to: least ?? 0)
      }
      queue.requests.add(pending)
      shared.queues[key] = queue
      monitor.wakeAll()
      return nil
    }
    if let refusal { pending.fail(refusal) }
    // The handle must not keep the request's bytes when it has its answer.
    return Submission { [monitor, shared, weak pending] in
      guard let pending, pending.fail(ServingError(.cancelled, "the request was cancelled")) else { return }
      monitor.locked {
        _ = shared.remove(ObjectIdentifier(model)) { $0 === pending }
      }
    }
  }

  /// Takes a request and waits for its answer. Cancelling the task cancels the request.
  ///
  /// - Throws: ``ServingError``.
  public func answer(_ request: InferenceRequest, of model: ServedModel) async throws -> InferenceAnswer {
    let submission = Locked<Submission?>(nil)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let made = submit(request, to: model) { continuation.resume(with: $0) }
        submission.withLock { $0 = made }
        if Task.isCancelled { made.cancel() }
      }
    } onCancel: {
      submission.withLock { $0 }?.cancel()
    }
  }

  /// Requests that wait, of all models.
  public var waitingCount: Int {
    monitor.locked { shared.queues.values.reduce(0) { $0 + $1.requests.count } }
  }

  /// The requests for a model that wait.
  public func waitingCount(of model: ServedModel) -> Int {
    monitor.locked { shared.queues[ObjectIdentifier(model)]?.requests.count ?? 0 }
  }

  /// Bytes of feature maps that a model can come to need here: each processor has a batch of its own, and one image runs on several.
  public func laneByteCount(of model: ServedModel) -> Int {
    let processors = options.processorCount
    let batches = model.classifier.laneByteCount(capacity: options.maxBatch, threads: 1) ?? 0
    let wide = processors > 1 ? model.classifier.laneByteCount(capacity: 1, threads: processors) ?? 0 : 0
    // Of widths that are powers of two and below all processors, so many run at a time that they are about as many processors.
    return batches * processors + wide * (processors > 2 ? 3 : 1)
  }

  /// Takes no more requests; those that were taken are still answered.
  public func stop() {
    monitor.locked {
      shared.isStopping = true
      monitor.wakeAll()
    }
  }

  // MARK: Taking requests

  private func obstacle(_ request: InferenceRequest, _ model: ServedModel) -> ServingError? {
    guard request.rowCount > 0 else { return ServingError(.invalid, "the request has no rows") }
    guard request.rowCount <= InferenceRequest.rowLimit else {
      return ServingError(
        .tooLarge, "the request has \(request.rowCount) rows; at most \(InferenceRequest.rowLimit) are taken")
    }
    guard request.byteCount <= options.byteLimit else {
      return ServingError(
        .tooLarge,
        "the request has \(request.byteCount >> 20) MiB; at most \(options.byteLimit >> 20) MiB are taken")
    }
    if request.explained != nil {
      if let obstacle = model.classifier.explanationObstacle {
        return ServingError(.invalid, "\(obstacle)")
      }
      guard case .images = request.input else {
        return ServingError(.invalid, "answers to tensors are not explained; send images")
      }
    }
    if case .tensors(let values, let rows) = request.input {
      let extents = model.inputExtents
      let (needed, overflow) = extents.reduce(1, *).multipliedReportingOverflow(by: rows)
      guard !overflow, values.count == needed else {
        return ServingError(
          .invalid,
          "the tensor has \(values.count) numbers; \(rows) rows of \(extents.map(\.description).joined(separator: "×")) are needed"
        )
      }
    }
    return nil
  }

  private func refuse(
    _ error: ServingError, _ model: ServedModel,
    _ completion: (Result<InferenceAnswer, ServingError>) -> Void
  ) -> Submission {
    model.statistics.add(error.code, after: .zero)
    completion(.failure(error))
    return Submission {}
  }

  // MARK: Workers

  /// Waits for rows and takes them; nil when the engine has stopped and nothing is left.
  private static func next(_ monitor: Monitor, _ shared: Shared, _ options: EngineOptions) -> Work? {
    while true {
      var late: [PendingRequest] = []
      var isOver = false
      let work: Work? = monitor.locked {
        while true {
          let now = ContinuousClock.now
          late = Self.removeLate(shared, now)
          if !late.isEmpty { return nil }
          if let work = take(shared, options, now) { return work }
          if shared.isStopping, shared.queues.isEmpty {
            isOver = true
            return nil
          }
          monitor.wait(until: wakeTime(shared, options))
        }
      }
      // Outside the lock: an answer may lead to the next request.
      for request in late { request.fail(Self.expiry) }
      if work != nil || isOver { return work }
    }
  }

  private static let expiry = ServingError(.expired, "the request was not begun before its time was over")

  private static func removeLate(
    _ shared: Shared, _ now: ContinuousClock.Instant
  ) -> [PendingRequest] {
    var late: [PendingRequest] = []
    for (key, queue) in shared.queues {
      guard let deadline = queue.requests.earliestDeadline, deadline <= now else { continue }
      late += shared.remove(key) { $0.request.deadline.map { $0 <= now } ?? false }
    }
    return late
  }

  /// Takes the next rows, if there are any that need not wait, and a processor is free.
  private static func take(
    _ shared: Shared, _ options: EngineOptions, _ now: ContinuousClock.Instant
  ) -> Work? {
    guard shared.freeProcessors > 0 else { return nil }
    let ready = shared.queues.filter { isReady($0.value, shared, options, now) }
    guard let key = ready.min(by: { $0.value.model.usedTime < $1.value.model.usedTime })?.key,
      var queue = shared.queues[key]
    else {
      return nil
    }
    let waiting = ready.values.reduce(0) { $0 + $1.requests.rowCount }
    let free = shared.freeProcessors
    let threads = waiting >= free ? 1 : width(free / waiting, of: options.processorCount)
    let share = threads > 1 ? 1 : (queue.requests.rowCount + free - 1) / free
    let parts = queue.requests.take(min(options.maxBatch, max(1, share)))
    shared.queues[key] = queue.requests.isEmpty ? nil : queue
    shared.freeProcessors -= threads
    for part in parts where part.isFirst { part.request.begin(at: now) }
    return Work(model: queue.model, parts: parts, threads: threads)
  }

  /// True if rows of a queue need not wait for others.
  private static func isReady(
    _ queue: ModelQueue, _ shared: Shared, _ options: EngineOptions, _ now: ContinuousClock.Instant
  ) -> Bool {
    guard let oldest = queue.requests.oldestArrival else { return false }
    return shared.isStopping || queue.requests.rowCount >= options.maxBatch
      || now - oldest >= options.maxDelay
  }

  /// The moment at which a worker has to look again, though nothing was added; nil for never.
  private static func wakeTime(_ shared: Shared, _ options: EngineOptions) -> ContinuousClock.Instant? {
    guard shared.freeProcessors > 0 else { return nil }
    return shared.queues.values.flatMap { queue in
      [queue.requests.oldestArrival.map { $0 + options.maxDelay }, queue.requests.earliestDeadline]
        .compactMap(\.self)
    }.min()
  }

  /// The processors for one row where `free` are there: all of them, or a power of two, so that few sizes of lanes are kept.
  private static func width(_ free: Int, of all: Int) -> Int {
    if free >= all { return all }
    var width = 1
    while width * 2 <= free { width *= 2 }
    return width
  }

  /// Runs rows and answers the requests that are complete.
  private static func perform(
    _ work: Work, _ monitor: Monitor, _ shared: Shared, _ options: EngineOptions
  ) {
    let start = ContinuousClock.now
    let kind = ServedModel.LaneKind(
      threads: work.threads, capacity: work.threads > 1 ? 1 : options.maxBatch)
    do throws(ClassificationError) {
      try work.model.withLane(kind) { lane in run(work, on: lane) }
    } catch {
      let error = ServingError(.failed, "the server has no memory for the network's feature maps")
      for part in work.parts { part.request.fail(error) }
    }
    work.model.addUsedTime((ContinuousClock.now - start).seconds * Double(work.threads))
    monitor.locked {
      shared.freeProcessors += work.threads
      monitor.wakeAll()
    }
  }

  private static func run(_ work: Work, on lane: ClassifierLane) {
    var times = RequestTimes()
    let start = ContinuousClock.now
    var outcomes: [[(row: Int, outcome: Result<InferenceAnswer.Row, ImageError>)]] = []
    var slots: [(part: Int, row: Int, image: ImageInfo?, pixels: PreparedImage?)] = []
    for (index, part) in work.parts.enumerated() {
      outcomes.append([])
      if part.request.isAnswered { continue }
      for row in part.rows {
        do throws(ImageError) {
          let request = part.request.request
          let image = try prepare(request.input, row, lane, slots.count, work.model)
          let pixels = request.explained == nil ? nil : try pixels(request.input, row, lane)
          slots.append((index, row, image, pixels))
        } catch {
          outcomes[index].append((row, .failure(error)))
        }
      }
    }
    let prepared = ContinuousClock.now
    if !slots.isEmpty { lane.run(count: slots.count) }
    let ran = ContinuousClock.now
    for (slot, place) in slots.enumerated() {
      let outcome = lane.scores(of: slot).map { scores in
        var row = InferenceAnswer.Row(scores: scores, image: place.image)
        if let pixels = place.pixels, let explained = work.parts[place.part].request.request.explained {
          let answer: ExplainedAnswer? = if case .answer(let answer) = explained { answer } else { nil }
          row.explained = (pixels, lane.explanation(of: slot, answer: answer))
        }
        return row
      }
      outcomes[place.part].append((place.row, outcome))
    }
    let read = ContinuousClock.now
    (times.input, times.run, times.output) = (prepared - start, ran - prepared, read - ran)
    let unreadable = outcomes.reduce(0) { $0 + $1.count } - slots.count
    work.model.statistics.addBatch(rows: slots.count, unreadable: unreadable, times)
    for (part, rows) in zip(work.parts, outcomes) {
      part.request.add(rows, times)
    }
  }

  /// The pixels of an image, beside what the network gets; nil for a tensor.
  private static func pixels(
    _ input: InferenceRequest.Input, _ row: Int, _ lane: ClassifierLane
  ) throws(ImageError) -> PreparedImage? {
    guard case .images(let images) = input else { return nil }
    return try lane.pixels(of: .data(name: "", bytes: images[row]))
  }

  private static func prepare(
    _ input: InferenceRequest.Input, _ row: Int, _ lane: ClassifierLane, _ slot: Int, _ model: ServedModel
  ) throws(ImageError) -> ImageInfo? {
    switch input {
    case .images(let images):
      return try unsafe lane.prepare(.source(.data(name: "", bytes: images[row])), as: slot)
    case .tensors(let values, _):
      try lane.fill(slot, with: values.span, row: row)
      return nil
    }
  }
}

/// A request that was given to a ``ServingEngine``.
public struct Submission: Sendable {
  private let cancellation: @Sendable () -> Void

  init(_ cancellation: @escaping @Sendable () -> Void) {
    self.cancellation = cancellation
  }

  /// Gives the request up, if it has no answer yet: it gets the error ``ServingError/Code/cancelled``, and what was not begun is not run.
  public func cancel() {
    cancellation()
  }
}
