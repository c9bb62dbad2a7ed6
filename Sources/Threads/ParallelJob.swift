/// Work that falls into tasks which may run at once.
package protocol ParallelJob: AnyObject {
  /// Does one task.
  ///
  /// - Parameters:
  ///   - task: 0 ..< the number of tasks.
  ///   - worker: 0 ..< ``WorkerPool/threadCount``; no two tasks have the same worker at the same time.
  func run(task: Int, worker: Int)
}
