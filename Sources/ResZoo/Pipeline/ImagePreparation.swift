package import ImageInput
package import ModelDescriptor
import Synchronization
import Threads

/// Makes a network's inputs of many images, as many at once as there are processors.
package struct ImagePreparation: Sendable {
  private let preprocessing: Preprocessing
  private let threads: Int

  /// - Parameter threads: 0 for the default number.
  package init(_ preprocessing: Preprocessing, threads: Int) {
    self.preprocessing = preprocessing
    self.threads = threads > 0 ? threads : WorkerPool.defaultThreadCount
  }

  /// Prepares all images.
  ///
  /// - Parameters:
  ///   - images: none of them tensors or sources.
  ///   - rows: get [channels, height, width] of each image that can be read.
  ///   - emit: gets an outcome for each image, in order, one at a time, on any thread, when its row is complete. An error that it
  ///     throws ends the run.
  /// - Throws: the error of `emit`; ``ImageError`` when the preprocessing is for no image.
  package func run(
    _ images: PipelineImages, into rows: FloatRows,
    emit: (_ image: Int, _ outcome: Result<ImageInfo, ImageError>) throws -> Void
  ) throws {
    guard images.count > 0 else { return }
    let count = min(threads, images.count)
    let preprocessors = try (0..<count).map { _ in try Preprocessor(preprocessing) }
    try withoutActuallyEscaping(emit) { emit in
      let job = unsafe PreparationJob(
        images: images, preprocessors: preprocessors, rows: rows, queue: OrderedQueue(emit: emit))
      WorkerPool(threads: count).run(job, tasks: count)
      try job.queue.rethrow()
    }
  }
}

/// The preprocessors at work: each goes on until there are no images left.
@safe private final class PreparationJob: ParallelJob {
  let queue: OrderedQueue<Result<ImageInfo, ImageError>>
  private let images: PipelineImages
  private let preprocessors: [Preprocessor]
  private let rows: FloatRows
  private let next = Atomic<Int>(0)

  init(
    images: PipelineImages, preprocessors: [Preprocessor], rows: FloatRows,
    queue: OrderedQueue<Result<ImageInfo, ImageError>>
  ) {
    self.images = images
    self.preprocessors = preprocessors
    unsafe self.rows = unsafe rows
    self.queue = queue
  }

  func run(task: Int, worker: Int) {
    let preprocessor = preprocessors[task]
    var pixels = [Float](repeating: 0, count: preprocessor.elementCount)
    while !queue.hasFailed {
      let image = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard image < images.count else { return }
      let outcome: Result<ImageInfo, ImageError>
      do throws(ImageError) {
        outcome = .success(try prepare(image, preprocessor, &pixels))
      } catch {
        outcome = .failure(error)
      }
      _ = queue.put([outcome], run: image, first: image)
    }
  }

  private func prepare(
    _ image: Int, _ preprocessor: Preprocessor, _ pixels: inout [Float]
  ) throws(ImageError) -> ImageInfo {
    defer { preprocessor.trim() }
    let loaded: Preprocessor.LoadedImage
    switch unsafe images[image] {
    case .source(.file(let path)): unsafe loaded = try preprocessor.load(atPath: path)
    case .bytes(let buffer):
      let bytes = unsafe Span<UInt8>(_unsafeBytes: buffer)
      unsafe loaded = try preprocessor.load(bytes)
    case .pixels(let samples): unsafe loaded = try preprocessor.load(samples)
    case .fault(let error): throw error
    case .source, .tensor: preconditionFailure("a source or a tensor is not prepared here")
    }
    var span = pixels.mutableSpan
    try unsafe preprocessor.write(.center, of: loaded, into: &span)
    let (channels, count) = (preprocessor.channels, preprocessor.height * preprocessor.width)
    unsafe rows.withRow(image) { row in
      for channel in 0..<channels {
        for pixel in 0..<count { row[channel * count + pixel] = pixels[pixel * channels + channel] }
      }
    }
    return unsafe loaded.info
  }
}
