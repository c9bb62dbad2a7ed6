import TensorCore

/// The SHA-256 of tensors as they were loaded: of what will be used, whatever a file holds by now.
final class LoadedDigests {
  private let threads: Int
  /// The digests by the tensors' names.
  private(set) var all: [String: [UInt8]] = [:]

  /// - Parameter threads: how many threads hash; 0 means one for each core.
  init(threads: Int) { self.threads = threads }

  /// Hashes tensors in the types that they are stored in.
  func add(_ tensors: [String: Tensor]) throws(CheckpointError) {
    let loaded = Array(tensors)
    let digests = ResultSlots<[UInt8]>(count: loaded.count)
    try Parallel.run(jobs: loaded.count, threads: threads, worker: {}) { _, job throws(CheckpointError) in
      let tensor = loaded[job].value
      digests.set(job, ContentRoot.digest(of: tensor.bytes))
    }
    for (tensor, digest) in zip(loaded, digests.all()) { all[tensor.key] = digest }
  }
}
