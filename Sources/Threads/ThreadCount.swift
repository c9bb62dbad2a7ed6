import CThreads
import Platform

extension WorkerPool {
  /// The number of threads of work that was given none: the environment's `RESZOO_NUM_THREADS`, else its `OMP_NUM_THREADS`, by which
  /// schedulers tell the processes of a machine their shares, else ``processorCount``.
  package static var defaultThreadCount: Int {
    count(in: "RESZOO_NUM_THREADS") ?? count(in: "OMP_NUM_THREADS") ?? processorCount
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

  private static func count(in variable: String) -> Int? {
    unsafe getenv(variable).flatMap { count(named: unsafe String(cString: $0)) }
  }

  /// The number that a variable's text says; nil for none above 0. OpenMP's may be a list, one number for each level of nesting, of which
  /// the first counts.
  static func count(named text: String) -> Int? {
    let first = text.prefix { $0 != "," }.filter { $0 != " " && $0 != "\t" }
    guard let count = Int(first), count > 0 else { return nil }
    return min(count, limit)
  }
}
