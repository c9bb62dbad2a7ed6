import Files
public import TensorCore

extension CheckpointReader {
  /// Tensors whose elements stay in the file, mapped into memory, where they are stored raw (codec `none`); the others are
  /// loaded as by ``loadTensors(threads:names:)``.
  ///
  /// The mapping lives as long as any of its tensors. The file must not be changed in place meanwhile: a file that is
  /// shortened ends the process. Replacing it by renaming, as ``CheckpointWriter`` does, is safe.
  ///
  /// - Parameters:
  ///   - names: the tensors; nil means all.
  ///   - threads: how many threads verify and decode; 0 means one for each core.
  ///   - verifyingChecksums: whether to check the mapped chunks and the padding behind them, which pages all of them
  ///     in. Tensors that have to be decoded are always checked.
  /// - Throws: as ``loadTensors(threads:names:)``.
  public func mapTensors(
    names: Set<String>? = nil, threads: Int = 0, verifyingChecksums: Bool = true
  ) throws(CheckpointError) -> [String: Tensor] {
    let numbers = try entryNumbers(names)
    let mapped = numbers.filter { index.entries[$0].chunkCount > 0 && !index.entries[$0].isCompressed }
    let others = Set(numbers).subtracting(mapped).map { index.entries[$0].name }
    var tensors = try loadTensors(threads: threads, names: Set(others))
    guard !mapped.isEmpty else { return tensors }
    let file = try self.file.mapped()
    if verifyingChecksums {
      try Parallel.run(jobs: mapped.count, threads: threads, worker: {}) {
        [self] _, job throws(CheckpointError) in
        try verifyMapped(entry: mapped[job], in: file)
      }
    }
    for number in mapped {
      let entry = index.entries[number]
      let start = Int(index.indexByteCount + entry.blobOffset)
      let storage = unsafe TensorStorage(
        bytes: file.unsafeBytes(in: start..<start + entry.decodedByteCount), owner: file)
      tensors[entry.name] = Tensor(shape: entry.shape, elementType: entry.elementType, storage: storage)
    }
    return tensors
  }

  private func verifyMapped(entry number: Int, in file: MappedFile) throws(CheckpointError) {
    let entry = index.entries[number]
    var end = 0
    for place in places(ofEntry: number) {
      let start = Int(place.position)
      end = start + place.record.storedByteCount
      try ChunkDecoder.checkInPlace(file.bytes(in: start..<end), place, entry)
    }
    try Self.checkPadding(file.bytes(in: end..<Int(paddingEnd(ofEntry: number))), at: UInt64(end))
  }
}
