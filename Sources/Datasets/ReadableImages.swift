import Threads

extension ImageSet {
  /// The classes with images of which none can be read, in their order, and why the first one of each cannot.
  ///
  /// - Complexity: images of a class are decoded until one can be read.
  package func labelsWithoutReadableImage(threads: Int) -> [(label: Int, reason: String)] {
    let job = ReadingJob(sources: sources, members: membersOfLabel)
    WorkerPool(threads: threads).run(job, tasks: labels.count)
    return job.reasons.withLock { $0 }.sorted { $0.key < $1.key }.map { (label: $0.key, reason: $0.value) }
  }
}

/// Looks for a readable image, one class in each task.
private final class ReadingJob: ParallelJob {
  private let sources: [ImageSource]
  private let members: [[Int]]
  let reasons = Locked<[Int: String]>([:])

  init(sources: [ImageSource], members: [[Int]]) {
    self.sources = sources
    self.members = members
  }

  func run(task label: Int, worker: Int) {
    var reason: String?
    for index in members[label] {
      do {
        _ = try sources[index].thumbnail(side: 1)
        return
      } catch {
        reason = reason ?? "\(error)"
      }
    }
    if let reason { reasons.withLock { $0[label] = reason } }
  }
}
