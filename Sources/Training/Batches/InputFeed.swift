import ImageInput
import ModelDescriptor

/// Opens the inputs of one epoch after another: the images of a set, as the part of the network that trains takes them.
final class InputFeed {
  private let set: ImageSet
  private let preprocessing: Preprocessing
  private let augmentation: Augmentation
  private let options: TrainingOptions
  private(set) var frozen: FrozenPart?
  /// The features that are kept, and what computes them.
  private(set) var kept: (features: CachedFeatures, source: ImageFeatures)?
  private lazy var digests = ImageDigest.digests(of: set.sources, threads: options.threads)

  /// - Parameter augmentation: none for validation.
  init(
    _ set: ImageSet, preprocessing: Preprocessing, augmentation: Augmentation, options: TrainingOptions
  ) {
    self.set = set
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.options = options
  }

  /// From now on gives the features behind a part of the network, computed anew in each epoch; images where it is nil.
  func put(behind frozen: FrozenPart?) {
    self.frozen = frozen
    kept = nil
  }

  /// From now on gives the features behind a part of the network, and keeps them unless images are augmented anew in each
  /// epoch.
  ///
  /// - Parameters:
  ///   - key: of features without augmentation.
  ///   - cache: how they are kept.
  func put(
    behind frozen: FrozenPart, key: FeatureKey, cache: FeatureCacheOptions
  ) throws(TrainingError) {
    put(behind: frozen)
    guard let views = augmentation == .none ? 1 : options.views else { return }
    var key = key
    if augmentation != .none { key.augmentation = augmentation.description }
    key.seed = options.seed
    let opened = try FeatureCache(
      key: key, shape: frozen.featureShape, images: digests, views: min(views, options.epochs),
      batch: options.batch, options: cache)
    let source = ImageFeatures(frozen) {
      [set, preprocessing, augmentation, options] order, epoch throws(TrainingError) in
      try BatchLoader(
        set: set, order: order, preprocessing: preprocessing, augmentation: augmentation,
        capacity: options.batch, epoch: epoch, seed: options.seed, workers: options.workers,
        unreadableLimit: order.count)
    }
    kept = (CachedFeatures(cache: opened, source: source, labels: set.labelOfSource), source)
  }

  /// Bytes that the cache may still take.
  var reservedByteCount: Int { kept?.features.cache.reservedByteCount ?? 0 }

  /// What the cache did not keep since the last call, and why.
  func takeNotices() -> [String] { kept?.features.cache.takeNotices() ?? [] }

  /// Begins an epoch.
  ///
  /// - Parameters:
  ///   - order: positions in the set.
  ///   - epoch: from 1; decides, with the seed, what augmentation does.
  func open(order: [Int], epoch: Int) throws(TrainingError) -> any InputSource {
    if let kept {
      return CachedInputs(
        kept.features, computedBy: kept.source, set: set, order: order, epoch: epoch,
        unreadableLimit: options.unreadableLimit)
    }
    let images = ImageInputs(
      try BatchLoader(
        set: set, order: order, preprocessing: preprocessing, augmentation: augmentation,
        capacity: options.batch, epoch: epoch, seed: options.seed, workers: options.workers,
        unreadableLimit: options.unreadableLimit))
    guard let frozen = try frozen?.prepared() else { return images }
    return FrozenInputs(images, backbone: frozen.backbone, staging: frozen.staging)
  }

  /// Begins an epoch in the order of the set.
  func openSorted() throws(TrainingError) -> any InputSource {
    try open(order: Array(0..<set.count), epoch: 1)
  }
}
