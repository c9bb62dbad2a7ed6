import Threads

/// The facts on how a study was made, on its page and in its record.
public struct StudyFacts: Hashable, Sendable, Codable {
  /// The words of the command that made it; empty if a program did.
  public var command: [String]
  /// The data set; nil for a study without one.
  public var dataset: String?
  /// The number of images that networks were trained on, or that ran through them; nil for none.
  public var images: Int?
  /// The seeds of all random numbers.
  public var seeds: [UInt64]
  /// The processors that it used.
  public var threads: Int
  /// The wall-clock time of the work, that of earlier runs whose work was used included.
  public var seconds: Double

  /// Facts from their values; 0 threads are those of all processors.
  public init(
    command: [String] = [], dataset: String? = nil, images: Int? = nil, seeds: [UInt64] = [],
    threads: Int = 0,
    seconds: Double = 0
  ) {
    self.command = command
    self.dataset = dataset
    self.images = images
    self.seeds = seeds
    self.threads = threads == 0 ? WorkerPool.defaultThreadCount : threads
    self.seconds = seconds
  }
}
