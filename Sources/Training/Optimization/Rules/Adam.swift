/// `torch.optim.Adam` (Kingma and Ba 2014): weight decay is added to the gradients.
struct Adam: OptimizerDefinition {
  static let name = OptimizerName.adam
  static let settings = Moments.settings
  static let usual = UsualRates(
    scratch: 1e-3, finetuning: LearningRates(head: 1e-3, backbone: 1e-4), finetuningDecay: 0)
  static let epsilon = 1e-8

  var moments: Moments

  init(_ moments: Moments) { self.moments = moments }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    moments = try Moments(&settings, epsilon: Self.epsilon)
  }

  func validate() throws(TrainingError) { try moments.validate() }
  var recipe: [String: String] { moments.recipe(usualEpsilon: Self.epsilon) }
  var memories: [String] { Moments.memories }

  func step(_ step: UpdateStep) { moments.adapt(step, isDecoupled: false) }
}

/// `torch.optim.AdamW` (Loshchilov and Hutter 2017): Adam with decoupled weight decay, by which weights shrink by rate · decay in
/// each step.
struct AdamW: OptimizerDefinition {
  static let name = OptimizerName.adamw
  static let settings = Moments.settings
  static let usual = UsualRates(
    scratch: 1e-3, finetuning: LearningRates(head: 1e-3, backbone: 1e-4), finetuningDecay: 0.01)

  var moments: Moments

  init(_ moments: Moments) { self.moments = moments }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    moments = try Moments(&settings, epsilon: Adam.epsilon)
  }

  func validate() throws(TrainingError) { try moments.validate() }
  var recipe: [String: String] { moments.recipe(usualEpsilon: Adam.epsilon) }
  var memories: [String] { Moments.memories }

  func step(_ step: UpdateStep) { moments.adapt(step, isDecoupled: true) }
}

extension Moments {
  fileprivate func adapt(_ step: UpdateStep, isDecoupled: Bool) {
    step.run("adam") { _, slice in
      [
        Float(slice.rate / (1 - power(beta1, slice.steps))), Float(1 - beta1), Float(1 - beta2), Float(beta2),
        Float((1 - power(beta2, slice.steps)).squareRoot()), Float(epsilon),
        Float(isDecoupled ? 0 : slice.decay), Float(isDecoupled ? 1 - slice.rate * slice.decay : 1),
        slice.scale,
      ]
    }
  }
}

extension UpdateRule {
  /// Adam, as `torch.optim.Adam`.
  public static func adam(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> UpdateRule {
    UpdateRule(Adam(Moments(beta1: beta1, beta2: beta2, epsilon: epsilon)))
  }

  /// Adam with decoupled weight decay, as `torch.optim.AdamW`.
  public static func adamw(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> UpdateRule {
    UpdateRule(AdamW(Moments(beta1: beta1, beta2: beta2, epsilon: epsilon)))
  }
}
