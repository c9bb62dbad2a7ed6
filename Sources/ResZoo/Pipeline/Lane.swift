import Datasets
import ImageInput
import Inference
import ModelDescriptor
import Threads

/// The session, preprocessor and files of one lane.
final class Lane {
  let session: InferenceSession
  /// Nil if all inputs are tensors.
  private let preprocessor: Preprocessor?
  private let files: RecordFiles

  init(
    session: InferenceSession, preprocessing: Preprocessing?, files: RecordFiles
  ) throws(ClassificationError) {
    self.session = session
    self.files = files
    do {
      preprocessor = try preprocessing.map { record throws(ImageError) in try Preprocessor(record) }
    } catch {
      throw .image(error)
    }
  }

  /// Makes the views of an image inputs of the session, from `slot` on.
  ///
  /// - Returns: the facts about the image; nil for a tensor, which has one view alone.
  func prepare(_ image: PipelineImage, as slot: Int, views: [ImageView]) throws(ImageError) -> ImageInfo? {
    if case .tensor(let tensor) = unsafe image {
      let plan = session.plan
      session.withInput(slot) { span in
        unsafe tensor.write(into: &span, channels: plan.channels, height: plan.height, width: plan.width)
      }
      try requireRoundable(slot)
      return nil
    }
    guard let preprocessor else { preconditionFailure("an image in a lane for tensors") }
    defer { preprocessor.trim() }
    let loaded = try unsafe load(image, preprocessor)
    for (offset, view) in views.enumerated() {
      do throws(ImageError) {
        try session.withInput(slot + offset) { (span) throws(ImageError) in
          try unsafe preprocessor.write(view, of: loaded, into: &span)
        }
      } catch {
        guard case .source(.file(let path)) = unsafe image else { throw error }
        throw ImageError(error.code, path: path, error.message)
      }
    }
    return unsafe loaded.info
  }

  /// Refuses an input that a quantized network would round to another one.
  func requireRoundable(_ slot: Int) throws(ImageError) {
    guard session.canRun(slot) else {
      throw ImageError(
        .notFinite,
        "has a number that is not finite, which this quantized network would round to one that is")
    }
  }

  /// An image as the network sees it, before normalisation.
  func pixels(of source: ImageSource) throws(ImageError) -> PreparedImage {
    guard let preprocessor else { preconditionFailure("an image in a lane for tensors") }
    defer { preprocessor.trim() }
    return try source.prepared(by: preprocessor)
  }

  private func load(
    _ image: PipelineImage, _ preprocessor: Preprocessor
  ) throws(ImageError) -> Preprocessor.LoadedImage {
    switch unsafe image {
    case .source(let source): return try unsafe load(source, preprocessor)
    case .bytes(let buffer):
      let bytes = unsafe Span<UInt8>(_unsafeBytes: buffer)
      return try unsafe preprocessor.load(bytes)
    case .pixels(let pixels): return try unsafe preprocessor.load(pixels)
    case .tensor: preconditionFailure("a tensor is not decoded")
    case .fault(let error): throw error
    }
  }

  private func load(
    _ source: ImageSource, _ preprocessor: Preprocessor
  ) throws(ImageError) -> Preprocessor.LoadedImage {
    switch source {
    case .file(let path): return try unsafe preprocessor.load(atPath: path)
    case .member(let path, _, let offset, let count):
      let bytes = try ImageSource.bytes(at: offset, count: count, of: path)
      return try unsafe preprocessor.load(bytes.span)
    case .illegible(let name): throw .illegible(name)
    case .data(_, let bytes): return try unsafe preprocessor.load(bytes.span)
    case .record(let path, let index):
      do {
        return try unsafe files.withPlanes(path, index) { planes in
          try unsafe preprocessor.load(planes: planes, side: RecordFiles.side)
        }
      } catch let error as ImageError {
        throw error
      } catch {
        throw ImageError(.unreadable, "\(error)")
      }
    }
  }
}

/// The lanes at work: task n is lane n, and each goes on until there are no images left.
final class LaneJob<Value: Sendable>: ParallelJob {
  let queue: OrderedQueue<ImagePipeline.Outcome<Value>>
  private let images: PipelineImages
  private let lanes: [Lane]
  private let capacity: Int
  private let views: [ImageView]
  private let reduce: @Sendable (ImagePipeline.Ran) -> Value
  private let next = Locked<(image: Int, run: Int)>((0, 0))
  /// A ticket for each run that may begin before older runs are out.
  private let tickets = Semaphore(0)

  init(
    images: PipelineImages, lanes: [Lane], capacity: Int, views: [ImageView],
    reduce: @escaping @Sendable (ImagePipeline.Ran) -> Value,
    queue: OrderedQueue<ImagePipeline.Outcome<Value>>
  ) {
    self.images = images
    self.lanes = lanes
    self.capacity = capacity
    self.views = views
    self.reduce = reduce
    self.queue = queue
    for _ in 0..<3 * lanes.count { tickets.signal() }
  }

  func run(task lane: Int, worker: Int) {
    while true {
      tickets.wait()
      guard !queue.hasFailed, let (run, images) = claim() else { break }
      let count = queue.put(process(images, lane: lanes[lane]), run: run, first: images.lowerBound)
      for _ in 0..<count { tickets.signal() }
    }
    // The next waiting lane finds no more images either.
    tickets.signal()
  }

  /// Claims the next images: full batches first, fewer towards the end, so that the lanes finish
  /// together.
  private func claim() -> (run: Int, images: Range<Int>)? {
    next.withLock { next in
      let left = images.count - next.image
      guard left > 0 else { return nil }
      let count = max(1, min(capacity, left / (2 * lanes.count)))
      defer { next = (next.image + count, next.run + 1) }
      return (next.run, next.image..<next.image + count)
    }
  }

  private func process(_ range: Range<Int>, lane: Lane) -> [ImagePipeline.Outcome<Value>] {
    var decoded: [(image: Int, result: Result<ImageInfo?, ImageError>)] = []
    var count = 0
    for image in range {
      do throws(ImageError) {
        decoded.append((image, .success(try unsafe lane.prepare(images[image], as: count, views: views))))
        count += views.count
      } catch {
        decoded.append((image, .failure(error)))
      }
    }
    if count > 0 { lane.session.run(count: count) }
    var slot = 0
    return decoded.map { image, result in
      switch result {
      case .failure(let error):
        return ImagePipeline.Outcome(value: .failure(error), image: nil)
      case .success(let info):
        defer { slot += views.count }
        let ran = ImagePipeline.Ran(image: image, session: lane.session, slot: slot, views: views.count)
        return ImagePipeline.Outcome(value: .success(reduce(ran)), image: info)
      }
    }
  }
}
