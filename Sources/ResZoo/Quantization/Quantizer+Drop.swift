public import Datasets
public import ResNetModel

extension Quantizer {
  /// A quantized network with what it costs.
  public struct Outcome: Sendable {
    /// The quantized network.
    public let model: Model
    /// The answers of both networks to a data set.
    public let effect: QuantizationEffect
    /// The layers by what their rounding costs, the largest first; empty where no layer had to be kept.
    public let effects: [LayerEffect]
  }

  /// The quantized network that loses at most some points of accuracy on a data set: as few layers as that takes compute in floats,
  /// those first whose rounding costs most.
  ///
  /// - Parameters:
  ///   - drop: points of accuracy, from 0 to 100.
  ///   - set: the images with their classes.
  ///   - kept: layers that are to compute in floats in any case.
  ///   - options: how both networks answer.
  ///   - progress: gets a word on each network that is tried: the number of its layers in floats, and the points that it loses.
  /// - Returns: nil where the accuracy cannot be kept so.
  /// - Throws: as ``Classifier/evaluate(_:threshold:progress:_:)``, or ``QuantizationError``.
  /// - Complexity: one evaluation for each network that is tried, O(log n) of them for n layers.
  public func quantized(
    within drop: Double, on set: ImageSet, keeping kept: [String: String] = [:],
    classifier options: Classifier.Options, progress: (_ kept: Int, _ drop: Double) -> Void = { _, _ in }
  ) throws -> Outcome? {
    let answers = try QuantizationEffect.Answers(of: Classifier(model, options: options), on: set)
    var effects: [LayerEffect] = []
    func attempt(_ count: Int) throws -> Outcome {
      var all = kept
      for effect in effects.prefix(count) { all[effect.layer] = "accuracy" }
      let model = try quantized(keeping: all)
      let effect = try QuantizationEffect(
        answers, of: QuantizationEffect.Answers(of: Classifier(model, options: options), on: set))
      progress(all.count, effect.drop)
      return Outcome(model: model, effect: effect, effects: effects)
    }
    var best = try attempt(0)
    guard best.effect.outcome.images > 0 else { throw QuantizationError.noAnswers }
    guard best.effect.drop > drop else { return best }
    effects = try self.effects(keeping: kept)
    // One layer at least goes on with integers.
    let most = effects.count - 1
    var (tooFew, enough) = (0, 1)
    while true {
      guard tooFew < most else { return nil }
      enough = min(enough, most)
      best = try attempt(enough)
      if best.effect.drop <= drop { break }
      (tooFew, enough) = (enough, 2 * enough)
    }
    while enough - tooFew > 1 {
      let middle = (tooFew + enough) / 2
      let tried = try attempt(middle)
      if tried.effect.drop <= drop { (best, enough) = (tried, middle) } else { tooFew = middle }
    }
    return best
  }
}
