/// The settings of the running means that Adam and its relatives keep.
struct Moments: Hashable, Sendable {
  /// The share that the mean of the gradients keeps of itself in a step.
  var beta1 = 0.9
  /// The share that the mean of their squares keeps of itself.
  var beta2 = 0.999
  /// The number that keeps the divisor from being 0.
  var epsilon: Double

  static let settings = ["betas", "eps"]
  static let memories = ["first_moment", "second_moment"]

  init(beta1: Double, beta2: Double, epsilon: Double) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  init(_ settings: inout RuleSettings, epsilon: Double) throws(TrainingError) {
    if let betas = try settings.numbers("betas", such: "0.9,0.999") { (beta1, beta2) = (betas[0], betas[1]) }
    self.epsilon = try settings.number("eps") ?? epsilon
  }

  func validate() throws(TrainingError) {
    for beta in [beta1, beta2] {
      try require((0..<1).contains(beta), "beta", beta, "at least 0 and below 1")
    }
    try require(epsilon > 0 && epsilon.isFinite, "epsilon", epsilon, "above 0 and finite")
  }

  /// The settings that are not the usual ones.
  func recipe(usualEpsilon: Double) -> [String: String] {
    var recipe: [String: String] = [:]
    recipe["betas"] = beta1 == 0.9 && beta2 == 0.999 ? nil : "\(beta1),\(beta2)"
    recipe["eps"] = epsilon == usualEpsilon ? nil : epsilon.description
    return recipe
  }
}

/// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for a momentum with which the velocity would grow for ever.
func requireMomentum(_ momentum: Double) throws(TrainingError) {
  try require((0..<1).contains(momentum), "the momentum", momentum, "at least 0 and below 1")
}
