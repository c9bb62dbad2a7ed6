/// `torch.optim.SGD` without dampening: stochastic gradient descent; with Nesterov's momentum if asked for (Sutskever et al. 2013).
struct SGD: OptimizerDefinition {
  static let name = OptimizerName.sgd
  static let settings = ["momentum", "nesterov"]
  static let usual = UsualRates(
    scratch: 0.1, finetuning: LearningRates(head: 0.01, backbone: 0.001), finetuningDecay: 1e-4)

  var momentum = 0.9
  var nesterov = false

  init(momentum: Double, nesterov: Bool) {
    self.momentum = momentum
    self.nesterov = nesterov
  }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    momentum = try settings.number("momentum") ?? momentum
    nesterov = try settings.flag("nesterov")
  }

  func validate() throws(TrainingError) {
    try requireMomentum(momentum)
    try require(!nesterov || momentum > 0, "the momentum", momentum, "above 0 for Nesterov's")
  }

  var recipe: [String: String] {
    var recipe = ["momentum": momentum.description]
    recipe["nesterov"] = nesterov ? "yes" : nil
    return recipe
  }

  var memories: [String] { momentum == 0 ? [] : ["velocity"] }

  func step(_ step: UpdateStep) {
    step.run("sgd") { _, slice in
      [Float(slice.rate), Float(momentum), Float(slice.decay), slice.scale, nesterov ? 1 : 0]
    }
  }
}

extension UpdateRule {
  /// Stochastic gradient descent, as `torch.optim.SGD`.
  public static func sgd(momentum: Double, nesterov: Bool = false) -> UpdateRule {
    UpdateRule(SGD(momentum: momentum, nesterov: nesterov))
  }
}
