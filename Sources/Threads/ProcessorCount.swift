import CThreads

extension WorkerPool {
  /// The number of processors that this process can keep busy: those that the system lets it run on, or fewer where a control
  /// group limits its processor time. Everything that works on all processors counts them by this.
  package static var processorCount: Int {
    let allowed = Int(clamping: rz_allowed_processor_count())
    guard let quota = ProcessorQuota.count() else { return allowed }
    return max(1, min(allowed, quota))
  }
}
