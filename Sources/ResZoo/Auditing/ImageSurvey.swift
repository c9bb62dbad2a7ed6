import Datasets
import Files
import ImageInput
import Messages
import Threads
import Training

/// The measures of all images, read from a cache where it has them.
struct ImageSurvey {
  /// For each image, its measures; nil for one that cannot be read.
  private(set) var images: [MeasuredImage?]
  /// For each image, the digest of its file; nil for one that cannot be read.
  let digests: [ImageDigest?]
  /// The images that cannot be read, in their order, and why.
  private(set) var unreadable: [(image: Int, reason: String)] = []
  /// Remarks on what could not be kept.
  private(set) var notices: [Remark] = []
  /// The state of each image's file before its digest was made; nil for one that is not there, or in memory.
  let stamps: [FileStamp?]

  /// The images that are measured before what was found is kept, and told.
  private static let chunk = 4 * VectorCache.batchSize

  /// Measures images.
  ///
  /// - Throws: ``DatasetError`` when a file of records cannot be opened, ``TrainingError`` when the given folder of the cache cannot be used.
  /// - Complexity: O(bytes of the files) to find what is kept, O(pixels) for what is not.
  init(of sources: [ImageSource], options: DatasetAudit.Options, progress: DatasetAudit.Progress) throws {
    let files = try RecordFiles(of: sources)
    stamps = sources.map { FileStamp(path: $0.path) }
    digests = ImageDigest.digests(of: sources, threads: options.threads)
    images = Array(repeating: nil, count: sources.count)
    let cache = try options.cache.map { kept in
      var kept = kept
      kept.storage = .float32
      return try VectorCache(
        key: MeasuredImage.cacheKey, count: MeasuredImage.numberCount, images: digests, options: kept)
    }
    let pool = WorkerPool(threads: options.threads)
    let meters = (0..<pool.threadCount).map { _ in SourceMeter(files: files) }
    for start in stride(from: 0, to: sources.count, by: Self.chunk) {
      let range = start..<min(start + Self.chunk, sources.count)
      let missing = range.filter { image in
        images[image] = cache?.read(image).flatMap { MeasuredImage(numbers: $0) }
        return images[image] == nil
      }
      let job = MeasuringJob(missing.map { sources[$0] }, meters: meters)
      pool.run(job, tasks: missing.count)
      var kept: [(image: Int, values: [Float])] = []
      for (image, outcome) in zip(missing, job.outcomes.withLock({ $0 })) {
        switch outcome {
        case .success where FileStamp(path: sources[image].path) != stamps[image]:
          unreadable.append((image, "it changed while the audit ran"))
        case .success(let measured)?:
          images[image] = measured.rounded
          if let numbers = measured.numbers { kept.append((image, numbers)) }
        case .failure(let error)?: unreadable.append((image, error.message))
        case nil: break
        }
      }
      while !kept.isEmpty {
        try cache?.store(Array(kept.prefix(VectorCache.batchSize)))
        kept.removeFirst(min(kept.count, VectorCache.batchSize))
      }
      progress(.measuring, range.upperBound, sources.count)
    }
    notices = (cache?.drainNotices() ?? []).map { "\($0)" }
  }
}

/// Measures images, one in each task.
private final class MeasuringJob: ParallelJob {
  let outcomes: Locked<[Result<MeasuredImage, ImageError>?]>
  private let sources: [ImageSource]
  private let meters: [SourceMeter]

  init(_ sources: [ImageSource], meters: [SourceMeter]) {
    self.sources = sources
    self.meters = meters
    outcomes = Locked(Array(repeating: nil, count: sources.count))
  }

  func run(task: Int, worker: Int) {
    let outcome: Result<MeasuredImage, ImageError>
    do throws(ImageError) {
      outcome = .success(try meters[worker].measure(sources[task]))
    } catch {
      outcome = .failure(error)
    }
    outcomes.withLock { $0[task] = outcome }
  }
}
