import Datasets
import Files
import ImageInput
import Kernels
import ModelDescriptor
import ResNetModel
import TensorCore
import Threads

/// Trains a network, epoch after epoch: validates it, keeps the best weights, informs observers, and saves a state from which an
/// interrupted training is resumed with the same result.
///
/// The same job gives the same file on the same machine, whatever the number of threads and of interruptions.
public final class Trainer {
  let job: TrainingJob
  let observers: [any TrainingObserver]
  let pool: WorkerPool
  private let lock: FileLock
  /// True if an earlier process left the state.
  let isResumed: Bool
  var state: TrainingState
  var engine: TrainingEngine
  let feed: InputFeed
  let validationFeed: InputFeed?
  private var batch: TrainingBatch
  private var best: ValidationResult?
  /// The notices of the caches that were told.
  private var told: Set<String> = []

  /// Prepares a training, and proves that its output can be written. As long as the trainer lives, no other trainer can write the
  /// same output.
  ///
  /// - Throws: ``TrainingError`` for options, data, or a state that do not fit, with ``TrainingError/Code/busy`` when the output is
  ///   another training's.
  public init(_ job: TrainingJob, observers: [any TrainingObserver] = []) throws(TrainingError) {
    var job = job
    try job.settlePrecision()
    try job.validate()
    self.job = job
    self.observers = observers
    pool = WorkerPool(threads: job.options.threads)
    let preprocessing = job.model.descriptor.preprocessing
    feed = InputFeed(
      job.training, preprocessing: preprocessing, augmentation: job.options.augmentation,
      options: job.options)
    validationFeed = job.validation.map {
      InputFeed($0, preprocessing: preprocessing, augmentation: .none, options: job.options)
    }
    try job.requireWritableOutput()
    lock = try job.lock()
    let (state, isResumed, notice) = try job.initialState()
    self.state = state
    self.isResumed = isResumed
    engine = try job.engine(epoch: max(state.progress.epochs, 1), pool: pool)
    batch = TrainingBatch(capacity: job.options.batch, shape: engine.network.inputShape)
    if state.progress.epochs > 0 { try engine.restore(state) }
    try openFeeds()
    let notices = [notice].compactMap(\.self) + (state.progress.epochs == 0 ? job.noticesOfData() : [])
    for text in notices { observers.forEach { $0.didNotice(text) } }
  }

  /// The records of the epochs so far, those of earlier processes among them.
  package var records: [EpochRecord] { state.progress.records }

  /// The images whose features after the frozen layers are kept, as far as there is room.
  package enum KeptFeatures: Hashable, Sendable {
    /// The images to train on and to validate with.
    case all
    /// The images to validate with: the others are augmented in each epoch, or are not to be kept.
    case validation
    /// No images.
    case none
  }

  /// The images whose features are kept in the next epoch.
  package var keptFeatures: KeptFeatures {
    guard engine.network.boundary > 0, job.options.cache != nil else { return .none }
    return feed.cached == nil ? .validation : .all
  }

  /// The folder of the kept features, and the bytes that they take when all have been computed; nil where none are kept.
  package var featureSpace: (folder: String, byteCount: Int)? {
    let caches = [feed, validationFeed].compactMap { $0?.cached?.cache }
    guard let folder = job.options.cache?.folderPath, !caches.isEmpty else { return nil }
    return (folder, caches.reduce(0) { $0 + $1.fullByteCount })
  }

  /// Trains until all epochs are done, none becomes better any more, or the caller stops it.
  ///
  /// - Parameter shouldStop: asked after each step.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/diverged`` when numbers are no longer finite: the output then has
  ///   the weights of the best epoch before, if there was one; with ``TrainingError/Code/file`` when a file cannot be written:
  ///   the state then is that of the last epoch that was saved.
  public func run(shouldStop: () -> Bool = { false }) throws(TrainingError) -> TrainingOutcome {
    let outline = try self.outline()
    for observer in observers { try observer.didStart(outline) }
    if state.progress.epochs == 0 { try save() }
    while !state.progress.isDone {
      let epoch = state.progress.epochs + 1
      if epoch > 1, job.unfreezes(at: epoch) { try rebuild(epoch: epoch) }
      do {
        guard try run(epoch: epoch, shouldStop: shouldStop) else {
          return .interrupted(epochs: state.progress.epochs)
        }
      } catch {
        // Nothing was done that could be resumed.
        if state.progress.epochs == 0 { job.removeState() }
        throw error.code == .diverged ? try keepingBest(error) : error
      }
      try save()
    }
    let summary = try writeOutput()
    let best = try bestResult()
    for observer in observers { try observer.didEnd(state.progress.records, best: best) }
    if !job.keepsState { job.removeState() }
    return .finished(summary)
  }

  /// Makes the network that trains in an epoch from the weights of the state.
  private func rebuild(epoch: Int) throws(TrainingError) {
    engine = try job.engine(epoch: epoch, pool: pool)
    try engine.restore(state)
    batch = TrainingBatch(capacity: job.options.batch, shape: engine.network.inputShape)
    try openFeeds()
  }

  private func openFeeds() throws(TrainingError) {
    let backbone = try job.backbone(of: engine.network, pool: pool)
    guard let backbone, var cache = job.options.cache else {
      feed.setBackbone(backbone)
      validationFeed?.setBackbone(backbone)
      return
    }
    let key = job.featureKey(boundary: engine.network.boundary)
    // The validation images have room first, as they are read in every epoch.
    if let validationFeed {
      try validationFeed.setBackbone(backbone, key: key, cache: cache)
      if cache.limit > 0 { cache.limit = max(1, cache.limit - validationFeed.reservedByteCount) }
    }
    try feed.setBackbone(backbone, key: key, cache: cache)
    forwardNotices()
  }

  private func forwardNotices() {
    // Both may have met the same fault.
    for text in [feed, validationFeed].compactMap(\.self).flatMap({ $0.drainNotices() })
    where told.insert(text).inserted {
      observers.forEach { $0.didNotice(text) }
    }
  }

  private func save() throws(TrainingError) {
    engine.save(to: &state)
    try state.write(to: job.statePath, describedBy: job.model.descriptor)
  }

  /// - Returns: false when it was stopped.
  private func run(epoch: Int, shouldStop: () -> Bool) throws(TrainingError) -> Bool {
    var recorder = EpochRecorder(epoch: epoch)
    let order = job.options.order.indices(of: job.training, seed: job.options.seed, epoch: epoch)
    let inputs = try feed.open(order: order, epoch: epoch)
    var steps = state.progress.steps
    // Images that cannot be read make an epoch shorter; the schedule's next one begins where it was planned.
    let skipped = (epoch - 1) * job.stepsPerEpoch - steps
    let progress = ScheduleProgress(state.progress.records, judgedBy: job.options.metric)
    var rates = job.options.rates
    while steps < job.steps, try inputs.next(into: batch) != nil {
      job.options.mixing.apply(to: batch, seed: job.options.seed, step: steps)
      rates = job.schedule.rates(
        job.options.rates, step: min(steps + skipped, job.steps - 1), after: progress)
      let outcome = engine.step(batch, rates: rates, randomness: job.randomness(step: steps))
      steps += 1
      guard outcome.isFinite else { throw divergence(outcome, step: steps, epoch: epoch, rates: rates) }
      let record = recorder.record(outcome, step: steps, rates: rates, images: batch.count)
      for observer in observers { try observer.didFinish(step: record) }
      if shouldStop() { return false }
    }
    guard engine.isFinite else { throw divergence(nil, step: steps, epoch: epoch, rates: rates) }
    recorder.unreadable = inputs.unreadableCount
    if epoch == 1 { notice(inputs) }
    engine.exchangeAverages()
    defer { engine.exchangeAverages() }
    let result = try validate(isFirst: epoch == 1, shouldStop: shouldStop)
    if job.validation != nil {
      guard let result else { return false }
      guard result.metrics.loss.isFinite else {
        throw divergence(nil, step: steps, epoch: epoch, rates: rates)
      }
    }
    try finish(recorder, steps: steps, result: result)
    return true
  }

  /// - Returns: nil when it was stopped, or there is nothing to validate with.
  private func validate(
    isFirst: Bool, shouldStop: () -> Bool
  ) throws(TrainingError) -> ValidationResult? {
    guard let validation = job.validation, let validationFeed else { return nil }
    let inputs = try validationFeed.openSorted()
    let result = try Validation.run(
      engine.network, on: validation, answer: job.answer, inputs: inputs, batch: batch,
      shouldStop: shouldStop)
    if isFirst { notice(inputs) }
    return result
  }

  /// Records an epoch in the state, and informs observers.
  private func finish(
    _ recorder: EpochRecorder, steps: Int, result: ValidationResult?
  ) throws(TrainingError) {
    var progress = state.progress
    var isBest = true
    if let result { isBest = progress.stopping.judge(result.metrics, epoch: recorder.epoch) }
    let record = recorder.record(steps: steps, validation: result?.metrics, isBest: isBest)
    progress.epochs = recorder.epoch
    progress.steps = steps
    progress.records.append(record)
    progress.isDone = recorder.epoch >= job.epochs || steps >= job.steps || progress.stopping.isOver
    if isBest {
      best = result
      if result != nil { state.best = engine.tensors }
    }
    for observer in observers { try observer.didFinish(epoch: record, validation: result) }
    if let text = noticeOfAbsurdLoss(record, before: state.progress.records) {
      observers.forEach { $0.didNotice(text) }
    }
    forwardNotices()
    state.progress = progress
  }

  private func notice(_ inputs: any InputSource) {
    guard inputs.unreadableCount > 0 else { return }
    for text in inputs.unreadable { observers.forEach { $0.didNotice(text) } }
    let more = inputs.unreadableCount - inputs.unreadable.count
    if more > 0 { observers.forEach { $0.didNotice("\(more) more images could not be read") } }
  }

  /// The validation of the kept weights, repeated if an earlier process trained them.
  private func bestResult() throws(TrainingError) -> ValidationResult? {
    guard best == nil, job.validation != nil else { return best }
    var kept = state
    kept.weights = state.best
    kept.averages = [:]
    kept.progress.averagedSteps = 0
    // Layers that were still frozen in the best epoch have the weights that they began with.
    engine = try job.engine(epoch: max(state.progress.epochs, 1), pool: pool)
    try engine.restore(kept)
    return try validate(isFirst: false) { false }
  }
}
