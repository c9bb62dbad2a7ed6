import Threads

/// The processors and the limits of a ``ServingEngine``.
public struct EngineOptions: Hashable, Sendable {
  /// The number of processors to use; 0 for all.
  public var threads: Int
  /// The most rows that go through the network together on each processor.
  public var maxBatch: Int
  /// How long a row may wait for others to fill a batch; zero for not at all.
  public var maxDelay: Duration
  /// The most requests of each model that wait.
  public var queueLimit: Int
  /// The most bytes of all requests that wait or run.
  public var byteLimit: Int

  /// Options; all processors, batches of at most 8 that nothing waits for, at most 1,000 requests a model and 256 MiB in all.
  public init(
    threads: Int = 0, maxBatch: Int = 8, maxDelay: Duration = .zero, queueLimit: Int = 1000,
    byteLimit: Int = 256 << 20
  ) {
    self.threads = threads
    self.maxBatch = maxBatch
    self.maxDelay = maxDelay
    self.queueLimit = queueLimit
    self.byteLimit = byteLimit
  }

  /// The number of processors in use.
  var processorCount: Int { threads > 0 ? threads : WorkerPool.defaultThreadCount }
}
