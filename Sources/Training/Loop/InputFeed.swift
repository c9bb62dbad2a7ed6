import ImageInput
import ModelDescriptor

/// Opens the inputs of one epoch after another: the pictures of a set, as the part of the network that trains takes them.
final class InputFeed {
  private let set: PictureSet
  private let preprocessing: Preprocessing
  private let augmentation: Augmentation
  private let options: TrainingOptions
  private let pixels: PixelCache
  /// What lies before the part that trains; nil when everything trains.
  var frozen: FrozenPart?

  /// The part of a network that does not train, and room for the pictures that go in.
  struct FrozenPart {
    var backbone: FrozenBackbone
    var staging: TrainingBatch
  }

  /// - Parameter augmentation: none for validation.
  init(
    _ set: PictureSet, preprocessing: Preprocessing, augmentation: Augmentation, options: TrainingOptions
  ) {
    self.set = set
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.options = options
    pixels = PixelCache(count: set.count)
  }

  /// Begins an epoch.
  ///
  /// - Parameters:
  ///   - order: positions in the set.
  ///   - epoch: from 1; decides, with the seed, what augmentation does.
  func open(order: [Int], epoch: Int) throws(TrainingError) -> any InputSource {
    let loader = try BatchLoader(
      set: set, order: order, preprocessing: preprocessing, augmentation: augmentation,
      capacity: options.batch, epoch: epoch, seed: options.seed, workers: options.workers, cache: pixels)
    let pictures = PictureInputs(loader)
    guard let frozen else { return pictures }
    return FrozenInputs(pictures, backbone: frozen.backbone, staging: frozen.staging)
  }

  /// Begins an epoch in the order of the set.
  func openSorted() throws(TrainingError) -> any InputSource {
    try open(order: Array(0..<set.count), epoch: 1)
  }
}
