public import TensorCore

extension CheckpointReader {
  /// Loads tensors into memory, decoding in parallel, and verifies the checksum of every chunk before it is decoded and
  /// the padding after every blob that is read. Tensors that are loaded together share one allocation, which lasts as
  /// long as any of them.
  ///
  /// - Parameters:
  ///   - threads: how many threads decode; 0 means one for each core.
  ///   - names: the tensors to load; nil means all.
  /// - Throws: `chunkChecksum`, `badChunkContent`, `paddingNotZero`, `unknownTensor`, `truncated`, `readFailed`,
  ///   `decodedSizeRefused` for tensors that the machine has no memory for. The error is that of the first fault in the
  ///   file, whatever the number of threads.
  /// - Complexity: linear in the stored bytes of the tensors; memory is their decoded size and at most 16 MiB
  ///   beyond the index: of large chunks, fewer are decoded at a time.
  public func loadTensors(
    threads: Int = 0, names: Set<String>? = nil
  ) throws(CheckpointError) -> [String: Tensor] {
    try loadTensors(threads: threads, names: names, verifying: true)
  }

  /// Loads tensors, with or without the chunks' checksums: only to measure what these cost.
  package func loadTensors(
    threads: Int, names: Set<String>? = nil, verifying: Bool
  ) throws(CheckpointError) -> [String: Tensor] {
    let numbers = try entryNumbers(names)
    // At most 8 · 2^40 bytes and some, FORMAT §4.
    try Self.requireMemory(numbers.reduce(0) { $0 + index.entries[$1].decodedByteCount })
    let plan = LoadPlan(reader: self, entries: numbers)
    let builders = TensorBuilder.builders(
      of: numbers.map { (index.entries[$0].shape, index.entries[$0].elementType) })
    try Parallel.run(
      jobs: plan.runs.count, threads: threads, workerByteCount: plan.largestRun + plan.largestChunk / 2,
      worker: { LoadWorker(plan, verifying: verifying) }
    ) {
      (worker: LoadWorker, job) throws(CheckpointError) in
      try worker.load(plan.runs[job], of: plan, from: self, into: builders)
    }
    var tensors: [String: Tensor] = [:]
    tensors.reserveCapacity(numbers.count)
    for (number, builder) in zip(numbers, builders) {
      tensors[index.entries[number].name] = builder.tensor()
    }
    return tensors
  }
}

extension CheckpointReader {
  /// Refuses tensors that cannot be held, before any memory is taken: a file with holes may be far larger than the disk.
  static func requireMemory(_ needed: Int) throws(CheckpointError) {
    guard needed < Machine.memoryByteCount else {
      throw CheckpointError(
        .decodedSizeRefused,
        "the tensors take \(needed >> 20) MiB, and this machine has \(Machine.memoryByteCount >> 20) MiB")
    }
  }
}

/// The parts of the file that are read by one job each.
struct LoadPlan: Sendable {
  /// A chunk, and the number of its tensor among those to load.
  struct Item: Sendable {
    var place: ChunkPlace
    var builder: Int
    /// Where the chunk and the padding behind it end in the file.
    var end: UInt64
  }

  private(set) var items: [Item] = []
  /// Adjacent items that are read at once.
  private(set) var runs: [Range<Int>] = []

  /// The size of the largest of them in the file.
  private(set) var largestRun = 0
  /// The most that a chunk decodes to.
  private(set) var largestChunk = 0

  /// The most that is read at once, unless a single chunk is larger.
  private static let runLimit: UInt64 = 1 << 18

  init(reader: CheckpointReader, entries: [Int]) {
    for (builder, number) in entries.enumerated() {
      let places = reader.places(ofEntry: number)
      for (index, place) in places.enumerated() {
        let end =
          index + 1 < places.count ? places[index + 1].position : reader.paddingEnd(ofEntry: number)
        append(Item(place: place, builder: builder, end: end))
      }
    }
  }

  private mutating func append(_ item: Item) {
    if let run = runs.last, items[run.upperBound - 1].end == item.place.position,
      item.end - items[run.lowerBound].place.position <= Self.runLimit
    {
      runs[runs.count - 1] = run.lowerBound..<run.upperBound + 1
    } else {
      runs.append(items.count..<items.count + 1)
    }
    items.append(item)
    let runStart = items[runs[runs.count - 1].lowerBound].place.position
    largestRun = max(largestRun, Int(item.end - runStart))
    largestChunk = max(largestChunk, item.place.decoded.count)
  }
}

/// The memory that one thread needs to load chunks.
private final class LoadWorker {
  private let decoder: ChunkDecoder
  private let buffer: ScratchBuffer

  init(_ plan: LoadPlan, verifying: Bool) {
    decoder = ChunkDecoder(chunkByteCount: plan.largestChunk, verifying: verifying)
    buffer = ScratchBuffer(byteCount: plan.largestRun)
  }

  func load(
    _ run: Range<Int>, of plan: LoadPlan, from reader: CheckpointReader, into builders: [TensorBuilder]
  ) throws(CheckpointError) {
    let first = plan.items[run.lowerBound]
    let start = first.place.position
    let byteCount = Int(plan.items[run.upperBound - 1].end - start)
    if run.count == 1, first.place.record.codecID == ChunkCodec.raw.rawValue,
      byteCount == first.place.decoded.count
    {
      try loadInPlace(first, from: reader, into: builders[first.builder])
      return
    }
    let buffer = self.buffer
    var input = buffer.mutableBytes(in: 0..<byteCount)
    try reader.file.fill(&input, from: start)
    let bytes = buffer.bytes(in: 0..<byteCount)
    for item in plan.items[run] {
      let offset = Int(item.place.position - start)
      let storedEnd = offset + item.place.record.storedByteCount
      let builder = builders[item.builder]
      var target = builder.mutableBytes(in: item.place.decoded)
      try decoder.decode(
        bytes.extracting(offset..<storedEnd), item.place, reader.index.entries[item.place.entry],
        into: &target)
      try CheckpointReader.checkPadding(
        bytes.extracting(storedEnd..<Int(item.end - start)), at: start + UInt64(storedEnd))
    }
  }

  /// A raw chunk without padding: read to where it belongs, checked there.
  private func loadInPlace(
    _ item: LoadPlan.Item, from reader: CheckpointReader, into builder: TensorBuilder
  ) throws(CheckpointError) {
    var target = builder.mutableBytes(in: item.place.decoded)
    try reader.file.fill(&target, from: item.place.position)
    try ChunkDecoder.checkInPlace(
      target.bytes, item.place, reader.index.entries[item.place.entry], verifying: decoder.isVerifying)
  }
}
