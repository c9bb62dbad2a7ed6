import Datasets
import ImageInput
import Kernels
import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import Threads

/// Fills batches with the images of one epoch; threads of its own decode and change them ahead of time.
///
/// The batches depend on the arguments alone, not on the number of threads. Use a loader from one thread.
@safe final class BatchLoader {
  /// The images that were put into a batch.
  struct Loaded: Hashable, Sendable {
    /// For each input of the batch, the position of its image in the set.
    var indices: [Int]
  }

  /// An image that could not be read and was left out.
  struct Unreadable: Hashable, Sendable {
    /// The position in the set.
    var index: Int
    /// The place of the image.
    var source: ImageSource
    /// The fault of the image.
    var reason: String
  }

  /// The most images in ``unreadable``.
  static let unreadableListLimit = 100

  /// The number of images that could not be read so far.
  private(set) var unreadableCount = 0
  /// The first images that could not be read.
  private(set) var unreadable: [Unreadable] = []
  /// The most images that may be unreadable.
  let unreadableLimit: Int

  private let task: LoaderTask
  private let queue: LoaderQueue
  private let normalization: Normalization
  private let capacity: Int
  /// The lane of the calling thread; nil when there are others.
  private let ownLane: LoaderLane?
  private var nextPlace = 0

  /// Starts to load.
  ///
  /// - Parameters:
  ///   - order: positions in the set, as ``EpochOrder`` gives them.
  ///   - preprocessing: the preprocessing of images, which gives the size of the inputs.
  ///   - augmentation: random changes; the random numbers of an image depend on the seed, the epoch and its position in the set, and
  ///     on the number of times that it came before in this epoch.
  ///   - capacity: the most images of a batch; up to twice as many are prepared ahead.
  ///   - workers: the number of threads; 0 for none, so that ``next(into:)`` does the work.
  ///   - unreadableLimit: the most images that may be unreadable; nil for a tenth of the order, but at least 10.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/data`` when the preprocessing is not for images, and with
  ///   ``TrainingError/Code/file`` when a file of records cannot be opened.
  /// - Precondition: the order's elements are positions in the set.
  init(
    set: ImageSet, order: [Int], preprocessing: Preprocessing, augmentation: Augmentation, capacity: Int,
    epoch: Int, seed: UInt64, workers: Int, unreadableLimit: Int? = nil
  ) throws(TrainingError) {
    precondition(capacity > 0, "batches of \(capacity) images")
    let files: RecordFiles
    do {
      files = try RecordFiles(of: set.sources)
    } catch {
      throw TrainingError(error)
    }
    task = LoaderTask(
      set: set, order: order, repeats: LoaderTask.repeats(in: order, count: set.count),
      preprocessing: preprocessing, augmentation: augmentation, epoch: epoch, seed: seed,
      files: files)
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
      throw TrainingError(.data, "\(error)")
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
  func next(into batch: TrainingBatch) throws(TrainingError) -> Loaded? {
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
          batch.targets.append(task.set.target(of: index))
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

  /// The most images of an epoch that may be unreadable: a tenth, but at least 10.
  static func usualUnreadableLimit(count: Int) -> Int { max(10, count / 10) }

  /// - Parameters:
  ///   - place: the number of images that were tried.
  ///   - all: the number of images of the epoch.
  static func tooManyUnreadable(
    _ count: Int, of place: Int, all: Int, limit: Int, examples: [String]
  ) -> TrainingError {
    let isNothingLeft = count == all
    let fault =
      isNothingLeft
      ? "none of the \(all) images could be read"
      : "\(count) of the first \(place) images could not be read (the limit is \(limit))"
    let list = examples.prefix(3).joined(separator: "; ") + (count > 3 ? "; …" : "")
    let advice: Remark =
      isNothingLeft ? "Repair or remove them" : "Repair or remove them, or raise \(Remedy.unreadableLimit)"
    return TrainingError(.data, "\(fault): \(list). \(advice)")
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
