import Platform

/// PyTorch's `StepLR`: the rate is multiplied by gamma after every so many epochs.
struct StepSchedule: ScheduleDefinition {
  static let name = ScheduleName.step
  static let settings = ["step-epochs", "gamma"]

  var epochs: Int
  var gamma = 0.1

  init(epochs: Int, gamma: Double) {
    self.epochs = epochs
    self.gamma = gamma
  }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    guard let epochs = try settings.whole("step-epochs") else {
      throw settings.missing("step-epochs", such: "10")
    }
    self.epochs = epochs
    gamma = try settings.number("gamma") ?? gamma
  }

  func validate(_ rates: LearningRates) throws(TrainingError) {
    try require(epochs > 0, "the epochs between steps", epochs, "at least 1")
    try requireGamma(gamma)
  }

  var recipe: [String: String] { ["step-epochs": epochs.description, "gamma": gamma.description] }

  func rates(_ rates: LearningRates, at position: SchedulePosition) -> LearningRates {
    rates.scaled(by: pow(gamma, Double(position.epoch / max(epochs, 1))))
  }
}

/// PyTorch's `MultiStepLR`: the rate is multiplied by gamma when so many epochs of the run are done.
struct MultistepSchedule: ScheduleDefinition {
  static let name = ScheduleName.multistep
  static let settings = ["milestones", "gamma"]

  var milestones: [Int]
  var gamma = 0.1

  init(milestones: [Int], gamma: Double) {
    self.milestones = milestones
    self.gamma = gamma
  }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    milestones = try settings.wholes("milestones", such: "15,25")
    gamma = try settings.number("gamma") ?? gamma
  }

  func validate(_ rates: LearningRates) throws(TrainingError) {
    try require(!milestones.isEmpty, "the number of milestones", 0, "at least 1")
    for milestone in milestones { try require(milestone > 0, "a milestone", milestone, "at least 1") }
    try requireGamma(gamma)
  }

  var recipe: [String: String] {
    ["milestones": milestones.map(String.init).joined(separator: ","), "gamma": gamma.description]
  }

  func rates(_ rates: LearningRates, at position: SchedulePosition) -> LearningRates {
    rates.scaled(by: pow(gamma, Double(milestones.count { $0 <= position.epoch })))
  }
}

/// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for a factor that is none.
func requireGamma(_ gamma: Double) throws(TrainingError) {
  try require(gamma > 0 && gamma.isFinite, "gamma", gamma, "above 0")
}

extension Schedule.Kind {
  /// The rate times `gamma` after every so many epochs, as `StepLR`.
  public static func step(epochs: Int, gamma: Double = 0.1) -> Self {
    Self(StepSchedule(epochs: epochs, gamma: gamma))
  }

  /// The rate times `gamma` at each of some epochs, as `MultiStepLR`.
  public static func multistep(milestones: [Int], gamma: Double = 0.1) -> Self {
    Self(MultistepSchedule(milestones: milestones, gamma: gamma))
  }
}
