import TensorCore
import Threads

/// Encodes tensors chunk by chunk, some chunks at a time in parallel, and writes them in order (FORMAT §5, §6).
struct BlobEncoder {
  let tensors: [Tensor]
  let directory: TensorDirectory
  let codec: Codec
  let threads: Int

  /// Chunks that each thread encodes between two rounds of writing.
  private static let chunksPerThread = 12

  private struct Job {
    var tensor: Int
    var range: Range<Int>
  }

  /// Writes all blobs.
  ///
  /// - Returns: the records of the chunk table.
  func write(to file: CheckpointOutput, blobOffset: UInt64) throws(CheckpointError) -> [ChunkRecord] {
    let jobs = makeJobs()
    let threadCount = Parallel.threadCount(threads, jobs: jobs.count)
    let slotCount = min(jobs.count, threadCount * Self.chunksPerThread)
    let (tensors, codec, chunkByteCount) = (tensors, codec, directory.chunkByteCount)
    let largest = jobs.map(\.range.count).max() ?? 0
    let outputs = (0..<slotCount).map { _ in ScratchBuffer(byteCount: codec == .none ? 0 : largest) }
    var records: [ChunkRecord] = []
    records.reserveCapacity(jobs.count)
    for start in stride(from: 0, to: jobs.count, by: max(slotCount, 1)) {
      let round = jobs[start..<min(start + slotCount, jobs.count)]
      let results = ResultSlots<ChunkRecord>(count: round.count)
      try Parallel.run(
        jobs: round.count, threads: threadCount, worker: { ChunkEncoder(chunkByteCount: chunkByteCount) }
      ) { (encoder: ChunkEncoder, slot) throws(CheckpointError) in
        let job = round[start + slot]
        let tensor = tensors[job.tensor]
        results.set(
          slot,
          encoder.encode(
            tensor.bytes.extracting(job.range), type: tensor.elementType, codec: codec, output: outputs[slot])
        )
      }
      for (slot, record) in results.all().enumerated() {
        let job = round[start + slot]
        if record.codecID == ChunkCodec.raw.rawValue {
          if job.range.lowerBound == 0 {
            try file.pad(to: blobOffset + Format.align64(file.byteCount - blobOffset))
          }
          let tensor = tensors[job.tensor]
          try file.append(tensor.bytes.extracting(job.range))
        } else {
          let output = outputs[slot]
          try file.append(output.bytes(in: 0..<record.storedByteCount))
        }
        records.append(record)
      }
    }
    return records
  }

  private func makeJobs() -> [Job] {
    var jobs: [Job] = []
    for (number, tensor) in tensors.enumerated() {
      for start in stride(from: 0, to: tensor.byteCount, by: directory.chunkByteCount) {
        let end = min(start + directory.chunkByteCount, tensor.byteCount)
        jobs.append(Job(tensor: number, range: start..<end))
      }
    }
    return jobs
  }
}

/// The results of parallel jobs, by the job's number.
final class ResultSlots<Value: Sendable>: Sendable {
  private let values: Locked<[Value?]>

  init(count: Int) {
    values = Locked(Array(repeating: nil, count: count))
  }

  func set(_ job: Int, _ value: Value) {
    values.withLock { $0[job] = value }
  }

  /// All results.
  ///
  /// - Precondition: every job has set its own.
  func all() -> [Value] {
    values.withLock { values in
      values.map { value in
        guard let value else { preconditionFailure("a job without a result") }
        return value
      }
    }
  }
}
