import Messages
package import TensorCore

extension WidenedTensors {
  /// The content root of the tensors as a file stores them (FORMAT §7), in hexadecimal: of what is in memory, whatever a header says.
  ///
  /// - Parameter threads: how many threads hash; 0 means one for each core.
  /// - Complexity: O(bytes of the tensors).
  package func contentRoot(threads: Int = 0) -> String {
    let names = floats.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let tensors = self
    let parts = ResultSlots<(DirectoryTensor, [UInt8])>(count: names.count)
    do {
      try Parallel.run(jobs: names.count, threads: threads, worker: {}) { _, job in
        guard let tensor = tensors.stored(names[job]) else { return }
        let entry = DirectoryTensor(
          name: names[job], elementType: tensor.elementType, shape: tensor.shape)
        parts.set(job, (entry, ContentRoot.digest(of: tensor.bytes)))
      }
    } catch {
      preconditionFailure("bytes in memory could not be hashed: \(error)")
    }
    let all = parts.all()
    return hexadecimal(ContentRoot.root(all.map(\.0), digests: all.map(\.1)))
  }
}
