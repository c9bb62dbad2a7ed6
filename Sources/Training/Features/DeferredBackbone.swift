import ResNetGraph

/// The part of a network that does not train. It is prepared when it is first used: where all features are kept already, it
/// never is.
final class FrozenPart {
  /// What computes features, and room for the images that go in.
  struct Prepared {
    var backbone: FrozenBackbone
    var staging: TrainingBatch
  }

  /// Of what it puts out.
  let featureShape: FeatureShape
  private let prepare: () throws(TrainingError) -> Prepared
  private var result: Prepared?

  init(featureShape: FeatureShape, prepare: @escaping () throws(TrainingError) -> Prepared) {
    self.featureShape = featureShape
    self.prepare = prepare
  }

  /// Whether anything had to be computed.
  var isPrepared: Bool { result != nil }

  /// The part at work.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/network`` when it does not fit the machine's memory.
  func prepared() throws(TrainingError) -> Prepared {
    if let result { return result }
    let made = try prepare()
    result = made
    return made
  }
}
