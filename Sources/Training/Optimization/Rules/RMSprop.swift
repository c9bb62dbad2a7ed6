/// `torch.optim.RMSprop` (Tieleman and Hinton 2012; the centered form is Graves 2013): gradients are divided by the root of the
/// running mean of their squares, plus epsilon; weight decay is added to the gradients.
struct RMSprop: OptimizerDefinition {
  static let name = OptimizerName.rmsprop
  static let settings = ["alpha", "eps", "momentum", "centered"]
  static let usual = UsualRates(
    scratch: 0.01, finetuning: LearningRates(head: 1e-3, backbone: 1e-4), finetuningDecay: 0)

  var alpha = 0.99
  var epsilon = 1e-8
  var momentum = 0.0
  var centered = false

  init(alpha: Double, epsilon: Double, momentum: Double, centered: Bool) {
    self.alpha = alpha
    self.epsilon = epsilon
    self.momentum = momentum
    self.centered = centered
  }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    alpha = try settings.number("alpha") ?? alpha
    epsilon = try settings.number("eps") ?? epsilon
    momentum = try settings.number("momentum") ?? momentum
    centered = try settings.flag("centered")
  }

  func validate() throws(TrainingError) {
    try require((0..<1).contains(alpha), "alpha", alpha, "at least 0 and below 1")
    try require(epsilon > 0 && epsilon.isFinite, "epsilon", epsilon, "above 0 and finite")
    try requireMomentum(momentum)
  }

  var recipe: [String: String] {
    var recipe = ["alpha": alpha.description, "eps": epsilon.description]
    recipe["momentum"] = momentum > 0 ? momentum.description : nil
    recipe["centered"] = centered ? "yes" : nil
    return recipe
  }

  var memories: [String] {
    ["square_average"] + (centered ? ["gradient_average"] : []) + (momentum > 0 ? ["velocity"] : [])
  }

  func step(_ step: UpdateStep) {
    step.run("rmsprop") { _, slice in
      [
        Float(slice.rate), Float(alpha), Float(1 - alpha), Float(epsilon), Float(momentum),
        Float(slice.decay),
        slice.scale, centered ? 1 : 0,
      ]
    }
  }
}

extension UpdateRule {
  /// RMSprop, as `torch.optim.RMSprop`.
  public static func rmsprop(
    alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0, centered: Bool = false
  ) -> UpdateRule {
    UpdateRule(RMSprop(alpha: alpha, epsilon: epsilon, momentum: momentum, centered: centered))
  }
}
