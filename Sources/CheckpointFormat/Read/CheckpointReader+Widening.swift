public import TensorCore

extension CheckpointReader {
  /// Loads tensors as ``loadTensors(threads:names:)`` does, and widens those that are not float32.
  ///
  /// - Throws: as ``loadTensors(threads:names:)``.
  /// - Complexity: linear in the size of the tensors. Memory is that of the float32 elements, of float64 and int8 tensors as they
  ///   are stored, and for float16 and bfloat16 ones of the largest tensor or 8 MiB, whichever is more.
  public func loadWidened(
    threads: Int = 0, names: Set<String>? = nil
  ) throws(CheckpointError) -> WidenedTensors {
    try loadWidened(threads: threads, names: names, digests: nil)
  }

  /// Loads and widens tensors.
  ///
  /// - Parameter digests: gets each tensor before it is widened.
  func loadWidened(
    threads: Int, names: Set<String>?, digests: LoadedDigests?
  ) throws(CheckpointError) -> WidenedTensors {
    let entries = try entryNumbers(names).map { index.entries[$0] }
    let wide = entries.filter { $0.elementType != .float32 && $0.elementType != .int64 }
    let other = Set(entries.map(\.name)).subtracting(wide.map(\.name))
    // At most 8 · 2^40 bytes and some for each tensor, FORMAT §4.
    try Self.requireMemory(entries.reduce(0) { $0 + max(4 * $1.shape.elementCount, $1.decodedByteCount) })
    let loaded = try loadTensors(threads: threads, names: other)
    try digests?.add(loaded)
    var tensors = WidenedTensors(loaded)
    guard !wide.isEmpty else { return tensors }
    let builders = TensorBuilder.builders(of: wide.map { ($0.shape, .float32) })
    for range in Self.groups(wide.map(\.decodedByteCount)) {
      let stored = try loadTensors(threads: threads, names: Set(wide[range].map(\.name)))
      try digests?.add(stored)
      try Parallel.run(jobs: range.count, threads: threads, worker: {}) { _, job throws(CheckpointError) in
        let number = range.lowerBound + job
        guard let tensor = stored[wide[number].name] else { return }
        let builder = builders[number]
        var target = builder.mutableBytes(in: 0..<4 * tensor.shape.elementCount)
        tensor.widen(into: &target)
      }
      for number in range {
        guard let tensor = stored[wide[number].name] else { continue }
        tensors.add(wide[number].name, stored: tensor, floats: builders[number].tensor())
      }
    }
    return tensors
  }

  /// Bytes of stored elements that are widened together.
  private static let groupByteCount = 8 << 20

  /// Adjacent sizes that together do not exceed a group's, unless one alone does.
  private static func groups(_ sizes: [Int]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var sum = 0
    for (index, size) in sizes.enumerated() {
      if let last = groups.last, sum + size <= groupByteCount {
        groups[groups.count - 1] = last.lowerBound..<index + 1
        sum += size
      } else {
        groups.append(index..<index + 1)
        sum = size
      }
    }
    return groups
  }
}
