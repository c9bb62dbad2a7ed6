/// `timm.optim.Lamb` (You et al. 2019) with averaged gradients, bias correction, and without a norm of its own to clip at: Adam's
/// change plus decay · weight, times the trust ratio ‖weights‖ / ‖change‖ of the tensor. Tensors that weight decay leaves alone have
/// a ratio of 1 unless `alwaysAdapts`, as those whose weights or change are 0.
struct LAMB: OptimizerDefinition {
  static let name = OptimizerName.lamb
  static let settings = Moments.settings + ["always-adapt"]
  static let usual = UsualRates(
    scratch: 1e-3, finetuning: LearningRates(head: 0.01, backbone: 0.001), finetuningDecay: 0.01)
  static let epsilon = 1e-6

  var moments: Moments
  var alwaysAdapts: Bool

  init(_ moments: Moments, alwaysAdapts: Bool) {
    self.moments = moments
    self.alwaysAdapts = alwaysAdapts
  }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    moments = try Moments(&settings, epsilon: Self.epsilon)
    alwaysAdapts = try settings.flag("always-adapt")
  }

  func validate() throws(TrainingError) { try moments.validate() }

  var recipe: [String: String] {
    var recipe = moments.recipe(usualEpsilon: Self.epsilon)
    recipe["always-adapt"] = alwaysAdapts ? "yes" : nil
    return recipe
  }

  var memories: [String] { Moments.memories }

  func step(_ step: UpdateStep) {
    let squares = step.run("lamb_moments") { _, slice in constants(slice, trust: 1) }
    step.run("lamb") { index, slice in
      let adapts = slice.decay != 0 || alwaysAdapts
      let (weights, change) = (squares[index][0], squares[index][1])
      let ratio = adapts && weights > 0 && change > 0 ? (weights / change).squareRoot() : 1
      return constants(slice, trust: ratio)
    }
  }

  private func constants(_ slice: UpdateStep.Numbers, trust: Double) -> [Float] {
    [
      Float(slice.rate * trust), Float(1 - moments.beta1), Float(1 - moments.beta2), Float(moments.beta2),
      Float(1 / (1 - power(moments.beta1, slice.steps))),
      Float((1 - power(moments.beta2, slice.steps)).squareRoot()), Float(moments.epsilon), Float(slice.decay),
      slice.scale,
    ]
  }
}

extension UpdateRule {
  /// LAMB, as `timm.optim.Lamb` with `max_grad_norm=None`; the trust ratio applies where weight decay does, or everywhere.
  public static func lamb(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-6, alwaysAdapts: Bool = false
  ) -> UpdateRule {
    UpdateRule(
      LAMB(Moments(beta1: beta1, beta2: beta2, epsilon: epsilon), alwaysAdapts: alwaysAdapts))
  }
}
