import CThreads
import Platform

extension WorkerPool {
  /// The number of threads of work that was given none: the environment's `RESZOO_NUM_THREADS`, else its `OMP_NUM_THREADS`, by which
  /// schedulers tell the processes of a machine their shares, else ``processorCount``.
  package static var defaultThreadCount: Int {
    namedCount("RESZOO_NUM_THREADS") ?? namedCount("OMP_NUM_THREADS") ?? processorCount
  }

  /// The number of processors that this process can keep busy: those that the system lets it run on, or fewer where a control
  /// group limits its processor time.
  static var processorCount: Int {
    let allowed = Int(clamping: rz_allowed_processor_count())
    guard let quota = ProcessorQuota.count() else { return allowed }
    return max(1, min(allowed, quota))
  }

  /// Most threads that a variable can ask for, as many as an option can.
  private static let limit = 256

  /// The number that an environment variable holds; nil where it holds none above 0. OpenMP's may be a list, one number for each level
  /// of nesting, of which the first counts.
  private static func namedCount(_ name: String) -> Int? {
    guard let text = unsafe getenv(name).map({ unsafe String(cString: $0) }) else { return nil }
    let first = text.prefix { $0 != "," }.filter { $0 != " " && $0 != "\t" }
    guard let count = Int(first), count > 0 else { return nil }
    return min(count, limit)
  }
}
