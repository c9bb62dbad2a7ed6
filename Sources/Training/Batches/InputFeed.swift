import Datasets
import ImageInput
import ModelDescriptor

/// Opens the inputs of one epoch after another: the images of a set, or their features after the frozen part of the network.
final class InputFeed {
  private let set: ImageSet
  private let preprocessing: Preprocessing
  private let augmentation: Augmentation
  private let options: TrainingOptions
  private(set) var backbone: DeferredBackbone?
  /// The loader of features that are kept; nil where none are.
  private(set) var cached: FeatureLoader?
  private lazy var digests = ImageDigest.digests(of: set.sources, threads: options.threads)

  /// - Parameter augmentation: the changes of the images; none for validation.
  init(
    _ set: ImageSet, preprocessing: Preprocessing, augmentation: Augmentation, options: TrainingOptions
  ) {
    self.set = set
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.options = options
  }

  /// Sets the frozen part of the network whose features are the inputs from now on, computed in each epoch; nil for images as
  /// inputs.
  func setBackbone(_ backbone: DeferredBackbone?) {
    self.backbone = backbone
    cached = nil
  }

  /// Sets the frozen part of the network whose features are the inputs from now on. Features are kept unless the images are
  /// augmented in another way in each epoch.
  ///
  /// - Parameters:
  ///   - key: the key of the features without augmentation.
  ///   - cache: the options of the cache.
  func setBackbone(
    _ backbone: DeferredBackbone, key: FeatureKey, cache: FeatureCacheOptions
  ) throws(TrainingError) {
    setBackbone(backbone)
    guard let views = augmentation == .none ? 1 : options.views else { return }
    var key = key
    if augmentation != .none { key.augmentation = augmentation.description }
    key.seed = options.seed
    let opened = try FeatureCache(
      key: key, shape: backbone.featureShape, images: digests, views: min(views, options.epochs),
      batch: options.batch, options: cache)
    let computer = FeatureComputer(backbone) {
      [set, preprocessing, augmentation, options] order, epoch throws(TrainingError) in
      try BatchLoader(
        set: set, order: order, preprocessing: preprocessing, augmentation: augmentation,
        capacity: options.batch, epoch: epoch, seed: options.seed, workers: options.workers,
        unreadableLimit: order.count)
    }
    cached = FeatureLoader(
      cache: opened, computer: computer, targets: set.sources.indices.map(set.target))
  }

  /// The bytes that the cache may still take.
  var reservedByteCount: Int { cached?.cache.reservedByteCount ?? 0 }

  /// Returns the notices of the cache since the last call, and forgets them.
  func drainNotices() -> [String] { cached?.cache.drainNotices() ?? [] }

  /// Begins an epoch.
  ///
  /// - Parameters:
  ///   - order: positions in the set.
  ///   - epoch: the number of the epoch, from 1, which decides on augmentation together with the seed.
  func open(order: [Int], epoch: Int) throws(TrainingError) -> any InputSource {
    if let cached {
      return CachedFeatureInputs(
        cached, set: set, order: order, epoch: epoch,
        unreadableLimit: options.unreadableLimit)
    }
    let images = ImageInputs(
      try BatchLoader(
        set: set, order: order, preprocessing: preprocessing, augmentation: augmentation,
        capacity: options.batch, epoch: epoch, seed: options.seed, workers: options.workers,
        unreadableLimit: options.unreadableLimit))
    guard let prepared = try backbone?.prepared() else { return images }
    return ComputedFeatureInputs(images, backbone: prepared.backbone, staging: prepared.staging)
  }

  /// Begins an epoch in the order of the set.
  func openSorted() throws(TrainingError) -> any InputSource {
    try open(order: Array(0..<set.count), epoch: 1)
  }
}
