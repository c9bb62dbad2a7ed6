import ImageInput
import Synchronization
import Threads

/// Finds pairs of images of which one is the other, compressed again, scaled, or cropped by up to about an eighth.
///
/// Pairs whose perceptual hashes are near are compared coarsely, then finely (``CropComparison``). Images without contrast are compared with
/// none: all of them look alike.
struct NearDuplicateSearch {
  /// Two images that are copies.
  struct Pair: Hashable, Sendable {
    var first: Int
    var second: Int
    /// 1 for the same pixels.
    var similarity: Double
    /// True if one is the mirror image of the other.
    var isMirrored: Bool
  }

  /// The most bits of 64 in which hashes of copies differ.
  private static let bits = (frequencies: 20, differences: 16)
  /// The most images that an image is compared with coarsely, and finely, and the most copies of it after which no more are looked for, those
  /// with the nearest hashes first: of a set of nearly equal images not all with all.
  private static let limits = Limits(candidates: 512, comparisons: 96, copies: 32)

  fileprivate struct Limits {
    let candidates: Int
    let comparisons: Int
    let copies: Int
  }
  /// The least deviation of luminance of an image that is compared.
  static let leastDeviation = 4.0

  private let images: [ImageMeasures?]
  private let findsMirrored: Bool
  private let threads: Int

  /// - Parameters:
  ///   - images: the measures of the images; nil for those that cannot be read.
  ///   - findsMirrored: true to compare with mirror images too.
  ///   - threads: 0 for all processors.
  init(_ images: [ImageMeasures?], findsMirrored: Bool, threads: Int) {
    self.images = images
    self.findsMirrored = findsMirrored
    self.threads = threads
  }

  /// The pairs, in ascending order.
  ///
  /// - Parameter progress: gets the number of images done, on any thread.
  /// - Complexity: O(images²) comparisons of hashes; about 1 % of the pairs are compared further.
  func pairs(progress: @escaping @Sendable (_ done: Int) -> Void) -> [Pair] {
    let job = SearchJob(
      images, bits: Self.bits, limits: Self.limits, findsMirrored: findsMirrored, progress: progress)
    WorkerPool(threads: threads).run(job, tasks: job.taskCount)
    return job.pairs.withLock { pairs in
      var best: [[Int]: Pair] = [:]
      for pair in pairs {
        let key = [pair.first, pair.second]
        if let other = best[key], other.similarity >= pair.similarity { continue }
        best[key] = pair
      }
      return best.values.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
    }
  }
}

/// Compares images with all others, some images in each task.
private final class SearchJob: ParallelJob {
  let pairs = Locked<[NearDuplicateSearch.Pair]>([])
  let taskCount: Int
  private let images: [ImageMeasures?]
  /// The places of the images that are compared, and their hashes.
  private let places: [Int]
  private let frequencies: [UInt64]
  private let differences: [UInt64]
  private let coarse: [CoarseImage]
  private let bits: (frequencies: Int, differences: Int)
  private let limits: NearDuplicateSearch.Limits
  private let findsMirrored: Bool
  private let progress: @Sendable (Int) -> Void
  private let done = Atomic<Int>(0)

  private static let imagesInTask = 32

  init(
    _ images: [ImageMeasures?], bits: (frequencies: Int, differences: Int),
    limits: NearDuplicateSearch.Limits, findsMirrored: Bool,
    progress: @escaping @Sendable (Int) -> Void
  ) {
    self.images = images
    self.bits = bits
    self.limits = limits
    self.findsMirrored = findsMirrored
    self.progress = progress
    places = images.indices.filter { (images[$0]?.deviation ?? 0) >= NearDuplicateSearch.leastDeviation }
    let measured = places.compactMap { images[$0] }
    frequencies = measured.map(\.hash.frequencies)
    differences = measured.map(\.hash.differences)
    coarse = measured.map { CoarseImage($0.miniature) }
    taskCount = (places.count + Self.imagesInTask - 1) / Self.imagesInTask
  }

  func run(task: Int, worker: Int) {
    let start = task * Self.imagesInTask
    for index in start..<min(start + Self.imagesInTask, places.count) {
      guard let image = images[places[index]] else { continue }
      compare(index, image.hash, image.miniature, isMirrored: false)
      if findsMirrored {
        compare(index, image.mirroredHash, Self.mirrored(image.miniature), isMirrored: true)
      }
      progress(done.add(1, ordering: .relaxed).newValue)
    }
  }

  private func compare(_ index: Int, _ hash: PerceptualHash, _ miniature: [UInt8], isMirrored: Bool) {
    let near = candidates(of: index, hash)
    guard !near.isEmpty else { return }
    let whole = CoarseImage(miniature)
    var windows: [CoarseImage]?
    var (comparisons, copies) = (0, 0)
    for other in near where comparisons < limits.comparisons && copies < limits.copies {
      guard whole.correlation(with: coarse[other]) >= CoarseImage.leastWhole else { continue }
      let own = windows ?? CoarseImage.windows(of: miniature)
      windows = own
      guard own.contains(where: { $0.correlation(with: coarse[other]) >= CoarseImage.leastAligned }),
        let measures = images[places[other]]
      else { continue }
      comparisons += 1
      let comparison = CropComparison(miniature, measures.miniature)
      guard comparison.areCopies else { continue }
      let pair = NearDuplicateSearch.Pair(
        first: places[min(index, other)], second: places[max(index, other)],
        similarity: comparison.similarity, isMirrored: isMirrored)
      pairs.withLock { $0.append(pair) }
      copies += 1
    }
  }

  /// The images with near hashes, the nearest first.
  private func candidates(of index: Int, _ hash: PerceptualHash) -> [Int] {
    var near: [(bits: Int, other: Int)] = []
    for other in frequencies.indices
    where (frequencies[other] ^ hash.frequencies).nonzeroBitCount <= bits.frequencies
      || (differences[other] ^ hash.differences).nonzeroBitCount <= bits.differences
    {
      guard other != index else { continue }
      let bits =
        (frequencies[other] ^ hash.frequencies).nonzeroBitCount
        + (differences[other] ^ hash.differences).nonzeroBitCount
      near.append((bits, other))
    }
    return near.sorted { $0 < $1 }.prefix(limits.candidates).map(\.other)
  }

  private static func mirrored(_ miniature: [UInt8]) -> [UInt8] {
    let side = ImageMeasures.miniatureSide
    return stride(from: 0, to: miniature.count, by: side).flatMap {
      miniature[$0..<$0 + side].reversed()
    }
  }
}

/// An image, or a window of one, in 16 by 16 pixels less their mean and at a length of 1.
private struct CoarseImage {
  private var rows: [SIMD16<Float>]

  private static let side = 16

  /// The least correlation of copies that are not aligned.
  static let leastWhole: Float = 0.3
  /// The least correlation of copies with the best of a few windows.
  static let leastAligned: Float = 0.85

  private static let places = CropComparison.Window.all(sides: [0.95, 0.9], places: [0, 0.5, 1])

  init(_ miniature: [UInt8]) {
    self.init(miniature, .whole)
  }

  private init(_ miniature: [UInt8], _ window: CropComparison.Window) {
    let values = CropComparison.normalized(CropComparison.sample(miniature, window, side: Self.side))
    rows = (0..<Self.side).map { row in
      SIMD16(values[row * Self.side..<(row + 1) * Self.side])
    }
  }

  /// The whole image, and windows of it.
  static func windows(of miniature: [UInt8]) -> [CoarseImage] {
    places.map { CoarseImage(miniature, $0) }
  }

  func correlation(with other: CoarseImage) -> Float {
    var sums = SIMD16<Float>.zero
    for row in 0..<Self.side { sums += rows[row] * other.rows[row] }
    return sums.sum()
  }
}
