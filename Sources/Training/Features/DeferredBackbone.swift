import ResNetGraph

/// The frozen part of a network, which is prepared when it is first used: where all features are kept already, it never is.
final class DeferredBackbone {
  /// The part that computes features, and a batch for its images.
  struct Prepared {
    var backbone: FrozenBackbone
    var staging: TrainingBatch
  }

  /// The shape of the features.
  let featureShape: FeatureShape
  private let prepare: () throws(TrainingError) -> Prepared
  private var result: Prepared?

  init(featureShape: FeatureShape, prepare: @escaping () throws(TrainingError) -> Prepared) {
    self.featureShape = featureShape
    self.prepare = prepare
  }

  /// True if any features had to be computed.
  var isPrepared: Bool { result != nil }

  /// Returns the prepared part.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/network`` when it does not fit the machine's memory.
  func prepared() throws(TrainingError) -> Prepared {
    if let result { return result }
    let made = try prepare()
    result = made
    return made
  }
}
