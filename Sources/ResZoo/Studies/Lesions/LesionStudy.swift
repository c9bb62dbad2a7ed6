public import Datasets
import Files

/// Measures what becomes of networks when blocks are left out: each one in turn, then random sets of more and more blocks.
///
/// A residual network of n blocks is a sum over 2ⁿ paths, of which leaving out a block closes half: if they work like an ensemble, it hurts
/// little (Veit, Wilber and Belongie 2016). A plain network has one path.
public struct LesionStudy: Sendable {
  /// Settings of a study.
  public struct Options: Hashable, Sendable {
    /// The random sets of each size from 2 on.
    public var draws: Int
    /// The most blocks that are left out together.
    public var largest: Int
    /// The seed of the random sets.
    public var seed: UInt64
    /// The most images, taken evenly from the classes; nil for all.
    public var images: Int?
    /// The number of processors to use; 0 for all.
    public var threads: Int
    /// True if EXIF orientation is ignored, whatever the preprocessing of the model.
    public var ignoresExif: Bool
    /// The most bytes of decoded images that are kept in memory; where there are more, they are decoded for each lesion.
    public var inputLimit: Int

    /// Settings; all images on all processors by default.
    public init(
      draws: Int = 3, largest: Int = 20, seed: UInt64 = 0, images: Int? = nil, threads: Int = 0,
      ignoresExif: Bool = false, inputLimit: Int = 1 << 30
    ) {
      self.draws = draws
      self.largest = largest
      self.seed = seed
      self.images = images
      self.threads = threads
      self.ignoresExif = ignoresExif
      self.inputLimit = inputLimit
    }
  }

  /// The answers of a network with some of its blocks left out.
  public struct Lesion: Hashable, Sendable {
    /// The paths of the blocks that are left out; none for the whole network.
    public let without: [String]
    /// The images whose answer is their own class.
    public let correct: Int
    /// The answer to each image, as a position among the network's classes; of yes or no, 1 or 0. Nil where there is none.
    public let answers: [Int?]
  }

  /// A network and its lesions.
  public struct Network: Hashable, Sendable {
    /// The name of the network.
    public let name: String
    /// True for a network without shortcuts.
    public let isPlain: Bool
    /// True if the weights are random.
    public let isUntrained: Bool
    /// All blocks, and whether they can be left out.
    public let blocks: [RemovableBlocks.Block]
    /// The images that count: those to which the whole network has an answer.
    public let images: Int
    /// The class of each image, as a position among the network's classes.
    public let truths: [Int]
    /// The names of the network's classes.
    public let labels: [String]
    /// The whole network.
    public let whole: Lesion
    /// The lesions: of each block that can be left out, then of random sets.
    public let lesions: [Lesion]

    /// The share of the images that a lesion leaves right.
    public func accuracy(_ lesion: Lesion) -> Double { Double(lesion.correct) / Double(max(1, images)) }
    /// The share of the images that a lesion makes wrong, less those that it makes right.
    public func drop(_ lesion: Lesion) -> Double { accuracy(whole) - accuracy(lesion) }
    /// The lesions of so many blocks.
    public func lesions(of size: Int) -> [Lesion] { lesions.filter { $0.without.count == size } }
  }

  /// How far a study is.
  public struct Progress: Hashable, Sendable {
    /// The lesion at work, from 1 on; whole networks count too.
    public var lesion: Int
    /// All of them.
    public var lesions: Int
    /// The images that ran, for all lesions so far.
    public var images: Int
    /// The images that will have run.
    public var total: Int
    /// The lesions whose answers an earlier run left.
    public var kept: Int
  }

  /// The networks, in the order in which they were given.
  public internal(set) var networks: [Network] = []
  /// The images, in the order of the answers.
  public let images: [ImageSource]
  /// The images without an answer of some whole network, and the reasons; for that network they count nowhere.
  public internal(set) var errors: [(input: String, error: String)] = []
  /// The settings.
  public let options: Options
  /// The lesions whose answers an earlier run left.
  public internal(set) var kept = 0
  /// The time of earlier runs whose answers were used, in seconds.
  public internal(set) var earlierSeconds = 0.0
  /// The file with the answers; nil where none were kept.
  private let keptPath: String?

  /// Does a study.
  ///
  /// - Parameters:
  ///   - subjects: the networks.
  ///   - set: images with one class each, opened for ``ImageSet/Purpose/evaluation``.
  ///   - options: the sets of blocks, the images and the threads.
  ///   - path: a file where answers are kept while the work goes on: after an interruption the same study goes on behind them. It takes
  ///     networks that were opened from checkpoints, or are untrained. ``removeKept()`` removes it. Nil for none.
  ///   - progress: is called from time to time. An error that it throws ends the work.
  /// - Throws: ``LesionError``; ``DatasetError`` when the classes do not match; ``InferenceError``, ``ClassificationError``, ``ModelError``,
  ///   `FileError`, or the error of `progress`.
  public init(
    of subjects: [StudySubject], on set: ImageSet, options: Options = Options(), keeping path: String? = nil,
    progress: (Progress) throws -> Void = { _ in }
  ) throws {
    try Self.check(options)
    guard set.labelSets == nil else {
      throw LesionError(
        .network, set.path, "its images have several classes; a study of lesions takes images of one")
    }
    let set = options.images.map { set.sample(of: $0, seed: 0) } ?? set
    let works = try subjects.map { try LesionWork($0, set, options) }
    images = set.sources
    self.options = options
    keptPath = path
    let store = try path.map(LesionStore.init)
    let dataset = LesionWork.fingerprint(of: set, options)
    var place = Progress(
      lesion: 0, lesions: works.reduce(0) { $0 + $1.sets.count }, images: 0, total: 0, kept: 0)
    place.total = place.lesions * set.count
    var failed: [Int: String] = [:]
    for work in works {
      let outcome = try work.run(on: set, dataset, store: store, &place, progress)
      networks.append(outcome.network)
      earlierSeconds += outcome.earlierSeconds
      failed.merge(outcome.errors) { first, _ in first }
    }
    kept = place.kept
    errors = failed.sorted { $0.key < $1.key }.map { (set.sources[$0.key].description, $0.value) }
    guard networks.contains(where: { $0.images > 0 }) else {
      removeKept()
      let first = errors.first.map { ": \($0.input): \($0.error)" } ?? ""
      throw LesionError(
        .images, set.path, "none of its \(set.count) images has an answer of the whole network\(first)")
    }
  }

  /// Removes the file with the answers that were kept.
  public func removeKept() { if let keptPath { removeFile(keptPath) } }

  private static func check(_ options: Options) throws(LesionError) {
    guard options.draws > 0 else {
      throw LesionError(.options, nil, "\(options.draws) random sets of each size; there must be 1 or more")
    }
    guard options.largest > 0 else {
      throw LesionError(.options, nil, "up to \(options.largest) blocks left out; it must be 1 or more")
    }
    if let images = options.images, images < 1 {
      throw LesionError(.options, nil, "\(images) images; there must be 1 or more")
    }
  }
}
