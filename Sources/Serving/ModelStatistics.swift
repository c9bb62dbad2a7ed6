import Platform
import Threads

/// Figures of a model's work since it was loaded.
public final class ModelStatistics: Sendable {
  /// A number of events, and the time that they took together.
  public struct Total: Hashable, Sendable {
    /// The number of events.
    public var count = 0
    /// Their time.
    public var time = Duration.zero

    /// Nothing yet.
    public init(count: Int = 0, time: Duration = .zero) {
      self.count = count
      self.time = time
    }

    mutating func add(_ duration: Duration) {
      count += 1
      time += duration
    }

    /// Both together.
    package static func + (left: Total, right: Total) -> Total {
      Total(count: left.count + right.count, time: left.time + right.time)
    }
  }

  /// Batches of one size.
  public struct Batches: Hashable, Sendable {
    /// The time to decode and preprocess.
    public var input = Total()
    /// The network's runs.
    public var run = Total()
    /// The time to read the scores.
    public var output = Total()
  }

  /// The figures at one moment.
  public struct Snapshot: Hashable, Sendable {
    /// Requests that were answered, from their arrival to the answer.
    public var success = Total()
    /// Requests that ended with an error, by its kind.
    public var failures: [ServingError.Code: Total] = [:]
    /// The stages of the requests that were answered.
    public var queue = Total()
    /// Decoding and preprocessing.
    public var input = Total()
    /// The network's runs.
    public var run = Total()
    /// Reading the scores.
    public var output = Total()
    /// Rows that were answered.
    public var rowCount = 0
    /// Rows that could not be read.
    public var unreadableCount = 0
    /// Batches by their number of rows.
    public var batches: [Int: Batches] = [:]
    /// Milliseconds from 1970 to the last answer; 0 before the first one.
    public var lastAnswer = 0
    /// Times in the queue.
    public var queueTimes = Histogram.times
    /// Times of the network's runs.
    public var runTimes = Histogram.times
    /// Times from arrival to answer.
    public var wholeTimes = Histogram.times
    /// Rows of batches.
    public var batchSizes = Histogram.sizes
  }

  private let figures = Locked(Snapshot())

  /// The figures now.
  public var snapshot: Snapshot { figures.withLock { $0 } }

  /// Counts an answer.
  func add(_ times: RequestTimes) {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    let now = time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    figures.withLock { figures in
      figures.success.add(times.whole)
      figures.queue.add(times.queue)
      figures.input.add(times.input)
      figures.run.add(times.run)
      figures.output.add(times.output)
      figures.lastAnswer = now
      figures.queueTimes.add(times.queue.seconds)
      figures.runTimes.add(times.run.seconds)
      figures.wholeTimes.add(times.whole.seconds)
    }
  }

  /// Counts a request without an answer.
  func add(_ error: ServingError.Code, after time: Duration) {
    figures.withLock { $0.failures[error, default: Total()].add(time) }
  }

  /// Counts a batch.
  ///
  /// - Parameters:
  ///   - rows: the rows that ran.
  ///   - unreadable: the rows that could not be read.
  func addBatch(rows: Int, unreadable: Int, _ times: RequestTimes) {
    figures.withLock { figures in
      figures.rowCount += rows
      figures.unreadableCount += unreadable
      guard rows > 0 else { return }
      figures.batches[rows, default: Batches()].input.add(times.input)
      figures.batches[rows, default: Batches()].run.add(times.run)
      figures.batches[rows, default: Batches()].output.add(times.output)
      figures.batchSizes.add(Double(rows))
    }
  }
}

/// Numbers counted by their size, as Prometheus has them.
public struct Histogram: Hashable, Sendable {
  /// The upper ends of all buckets but the last, which has none.
  public let bounds: [Double]
  /// Numbers in each bucket.
  public private(set) var counts: [Int]
  /// The sum of all numbers.
  public private(set) var sum = 0.0

  /// An empty histogram.
  init(bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  /// For times in seconds, from half a millisecond to ten seconds.
  static let times = Histogram(
    bounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])

  /// For numbers of rows.
  static let sizes = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128])

  mutating func add(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }
}

extension Duration {
  /// The same as a number of seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
