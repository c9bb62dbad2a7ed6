public import ImageInput
import Kernels
public import ModelDescriptor
import ResNetGraph
import TensorCore
import Threads

/// Fills batches with the images of one epoch; threads of its own decode and change them ahead of time.
///
/// What comes out depends on the arguments alone, not on the number of threads. Use a loader from one thread.
@safe public final class BatchLoader {
  /// What was put into a batch.
  public struct Loaded: Hashable, Sendable {
    /// For each input of the batch, the image's position in the set.
    public var indices: [Int]
  }

  /// An image that could not be read and was left out.
  public struct Unreadable: Hashable, Sendable {
    /// Position in the set.
    public var index: Int
    /// Where it is.
    public var source: ImageSource
    /// What is wrong with it.
    public var reason: String
  }

  /// Most images in ``unreadable``.
  public static let unreadableListLimit = 100

  /// Images that could not be read so far.
  public private(set) var unreadableCount = 0
  /// The first of them.
  public private(set) var unreadable: [Unreadable] = []
  /// Most images that may be unreadable.
  public let unreadableLimit: Int

  private let task: LoaderTask
  private let queue: LoaderQueue
  private let normalization: Normalization
  private let capacity: Int
  /// Works when there is no thread to do so.
  private let ownLane: LoaderLane?
  private var nextPlace = 0

  /// Starts to load.
  ///
  /// - Parameters:
  ///   - order: positions in the set, as ``EpochOrder`` gives them.
  ///   - preprocessing: gives the size of the inputs and how images come to it.
  ///   - augmentation: what happens to them by chance; the random numbers of an image depend on the seed, the epoch and its
  ///     position in the set, and on how often it came before in this epoch.
  ///   - capacity: most images of a batch; up to twice as many are prepared ahead.
  ///   - workers: threads; 0 for none, so that ``next(into:)`` does the work.
  ///   - unreadableLimit: most images that may be unreadable; nil for a tenth of the order, but at least 10.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/data`` when the preprocessing is none for images, and with
  ///   ``TrainingError/Code/file`` when a file of records cannot be opened.
  /// - Precondition: the order's elements are positions in the set.
  public init(
    set: ImageSet, order: [Int], preprocessing: Preprocessing, augmentation: Augmentation, capacity: Int,
    epoch: Int, seed: UInt64, workers: Int, unreadableLimit: Int? = nil
  ) throws(TrainingError) {
    precondition(capacity > 0, "batches of \(capacity) images")
    task = LoaderTask(
      set: set, order: order, repeats: LoaderTask.repeats(in: order, count: set.count),
      preprocessing: preprocessing, augmentation: augmentation, epoch: epoch, seed: seed,
      files: try RecordFiles(of: set.sources))
    self.capacity = capacity
    self.unreadableLimit = unreadableLimit ?? Self.usualUnreadableLimit(count: order.count)
    normalization = Normalization(preprocessing)
    queue = LoaderQueue(
      count: order.count, slotCount: max(1, min(2 * capacity, order.count)),
      slotBytes: preprocessing.inputSize.reduce(1, *))
    do {
      var started = 0
      for _ in 0..<min(workers, order.count) {
        let lane = try LoaderLane(task)
        let limit = max(1, min(8, capacity / (2 * workers)))
        guard DetachedThread.start({ [queue] in lane.work(for: queue, limit: limit) }) else { break }
        started += 1
      }
      ownLane = started == 0 ? try LoaderLane(task) : nil
    } catch {
      queue.stop()
      throw TrainingError(.data, error.description)
    }
  }

  deinit {
    queue.stop()
  }

  /// Fills a batch with the next images, as many as go in unless the epoch ends; unreadable ones are left out.
  ///
  /// - Parameter batch: of the network's input shape; its targets are replaced too.
  /// - Returns: nil at the end of the epoch.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/data`` when more images than ``unreadableLimit`` cannot be read, or
  ///   none can.
  public func next(into batch: TrainingBatch) throws(TrainingError) -> Loaded? {
    batch.targets.removeAll(keepingCapacity: true)
    let wanted = min(batch.capacity, capacity)
    var indices: [Int] = []
    indices.reserveCapacity(wanted)
    while indices.count < wanted, nextPlace < task.order.count {
      ownLane?.workOnce(for: queue, limit: wanted - indices.count)
      let outcomes = queue.waitForNext(limit: wanted - indices.count)
      for outcome in outcomes {
        let index = task.order[nextPlace]
        switch outcome {
        case .pending: preconditionFailure("an image that nobody has finished")
        case .ready(let erasure):
          batch.targets.append(TrainingBatch.Target(label: task.set.labelOfSource[index]))
          normalize(nextPlace, erasure: erasure, into: batch, at: indices.count)
          indices.append(index)
        case .unreadable(let reason): note(index, reason)
        }
        nextPlace += 1
      }
      queue.release(outcomes.count)
      try checkUnreadable()
    }
    return indices.isEmpty ? nil : Loaded(indices: indices)
  }

  private func note(_ index: Int, _ reason: String) {
    unreadableCount += 1
    guard unreadable.count < Self.unreadableListLimit else { return }
    unreadable.append(Unreadable(index: index, source: task.set.sources[index], reason: reason))
  }

  private func checkUnreadable() throws(TrainingError) {
    let isNothingLeft = unreadableCount == task.order.count && unreadableCount > 0
    guard unreadableCount > unreadableLimit || isNothingLeft else { return }
    throw Self.tooManyUnreadable(
      unreadableCount, of: nextPlace, all: task.order.count, limit: unreadableLimit,
      examples: unreadable.map { "\($0.source): \($0.reason)" })
  }

  /// Most images of an epoch that may be unreadable: a tenth, but at least 10.
  static func usualUnreadableLimit(count: Int) -> Int { max(10, count / 10) }

  /// - Parameters:
  ///   - place: how many images were tried.
  ///   - all: how many there are.
  static func tooManyUnreadable(
    _ count: Int, of place: Int, all: Int, limit: Int, examples: [String]
  ) -> TrainingError {
    let isNothingLeft = count == all
    let what =
      isNothingLeft
      ? "none of the \(all) images could be read"
      : "\(count) of the first \(place) images could not be read, and up to \(limit) may be so"
    return TrainingError(
      .data,
      "\(what): " + examples.prefix(3).joined(separator: "; ") + (count > 3 ? "; …" : "")
        + ". Replace or remove them" + (isNothingLeft ? "" : ", or let more be left out: --unreadable-limit"))
  }

  private func normalize(_ place: Int, erasure: PixelRegion?, into batch: TrainingBatch, at slot: Int) {
    let size = task.preprocessing.inputSize
    let (channels, height, width) = (size[0], size[1], size[2])
    precondition(
      batch.shape.elementCount == channels * height * width,
      "a batch of \(batch.shape) for images of \(channels)×\(height)×\(width)")
    batch.withInput(slot) { span in
      unsafe span.withUnsafeMutableBufferPointer { target in
        unsafe normalization.apply(queue.pixels(of: place), pixels: height * width, to: target.baseAddress)
        guard let erasure else { return }
        for row in erasure.rows {
          let start = (row * width + erasure.columns.lowerBound) * channels
          for index in start..<start + erasure.columns.count * channels { unsafe target[index] = 0 }
        }
      }
    }
  }
}

extension LoaderLane {
  /// Prepares images until there are none left, a few at a time.
  func work(for queue: LoaderQueue, limit: Int) {
    var outcomes: [LoadOutcome] = []
    while let places = queue.claim(limit: limit) {
      outcomes.removeAll(keepingCapacity: true)
      for place in places { outcomes.append(unsafe load(place: place, into: queue.pixels(of: place))) }
      queue.publish(places, outcomes)
    }
  }

  /// Prepares as many images as there is room for, at most `limit`.
  func workOnce(for queue: LoaderQueue, limit: Int) {
    guard let places = queue.claim(limit: limit, waits: false) else { return }
    queue.publish(places, places.map { unsafe load(place: $0, into: queue.pixels(of: $0)) })
  }
}
