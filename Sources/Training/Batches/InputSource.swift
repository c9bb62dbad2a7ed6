/// The inputs of a training network in one epoch.
protocol InputSource: AnyObject {
  /// Fills a batch with the next inputs and their targets.
  ///
  /// - Returns: the positions of their images in the set; nil at the end of the epoch.
  func next(into batch: TrainingBatch) throws(TrainingError) -> [Int]?

  /// The number of images that could not be read so far.
  var unreadableCount: Int { get }
  /// A sentence for each of the first images that could not be read.
  var unreadable: [String] { get }
}

/// Images from a loader.
final class ImageInputs: InputSource {
  private let loader: BatchLoader

  init(_ loader: BatchLoader) { self.loader = loader }

  func next(into batch: TrainingBatch) throws(TrainingError) -> [Int]? {
    try loader.next(into: batch)?.indices
  }

  var unreadableCount: Int { loader.unreadableCount }
  var unreadable: [String] { loader.unreadable.map { "\($0.source): \($0.reason)" } }
}

/// Features of images, computed by the frozen part of the network in each epoch.
final class ComputedFeatureInputs: InputSource {
  private let images: any InputSource
  private let backbone: FrozenBackbone
  private let staging: TrainingBatch

  /// - Parameter staging: a batch for as many images as the backbone takes at once.
  init(_ images: any InputSource, backbone: FrozenBackbone, staging: TrainingBatch) {
    self.images = images
    self.backbone = backbone
    self.staging = staging
  }

  func next(into batch: TrainingBatch) throws(TrainingError) -> [Int]? {
    guard let indices = try images.next(into: staging) else { return nil }
    backbone.run(staging, into: batch)
    return indices
  }

  var unreadableCount: Int { images.unreadableCount }
  var unreadable: [String] { images.unreadable }
}
