import Platform

/// PyTorch's `CyclicLR` without the cycle of momenta (Smith 2015): from a lower rate up to the one that was asked for and down again,
/// linearly, over and over.
struct CyclicalSchedule: ScheduleDefinition {
  static let name = ScheduleName.cyclical
  static let settings = ["base-lr", "step-size-up", "step-size-down", "mode", "gamma"]

  var baseRate: Double?
  var stepsUp: Int?
  var stepsDown: Int?
  var mode = CycleMode.triangular
  var gamma = 1.0

  /// The share of the rate that each cycle begins with where no lower rate is given, as the paper advises.
  private static let usualShare = 0.25
  /// Epochs that the way up takes where no steps are given; the paper advises 2 to 10.
  private static let usualEpochsUp = 2

  init(baseRate: Double?, stepsUp: Int?, stepsDown: Int?, mode: CycleMode, gamma: Double) {
    self.baseRate = baseRate
    self.stepsUp = stepsUp
    self.stepsDown = stepsDown
    self.mode = mode
    self.gamma = gamma
  }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    baseRate = try settings.number("base-lr")
    stepsUp = try settings.whole("step-size-up")
    stepsDown = try settings.whole("step-size-down")
    mode = try settings.choice("mode", CycleMode.self) ?? mode
    gamma = try settings.number("gamma") ?? gamma
  }

  func validate(_ rates: LearningRates) throws(TrainingError) {
    if let baseRate {
      try require(
        baseRate > 0 && baseRate < rates.head, "the lowest rate of a cycle", baseRate,
        "above 0 and below the learning rate, \(rates.head)")
    }
    for steps in [stepsUp, stepsDown].compactMap(\.self) {
      let most = 1 << 48
      try require((1...most).contains(steps), "the length of half a cycle", steps, "from 1 to \(most) steps")
    }
    try require(gamma > 0 && gamma <= 1, "gamma", gamma, "above 0 and at most 1")
    try require(gamma == 1 || mode == .expRange, "gamma", gamma, "1 in every mode but exp_range")
  }

  var recipe: [String: String] {
    var recipe = ["mode": mode.rawValue]
    recipe["base-lr"] = baseRate?.description
    recipe["step-size-up"] = stepsUp?.description
    recipe["step-size-down"] = stepsDown?.description
    recipe["gamma"] = mode == .expRange ? gamma.description : nil
    return recipe
  }

  func rates(_ rates: LearningRates, at position: SchedulePosition) -> LearningRates {
    let up = Double(stepsUp ?? Self.usualEpochsUp * position.stepsPerEpoch)
    let all = up + (stepsDown.map(Double.init) ?? up)
    let step = Double(position.step)
    let cycle = floor(1 + step / all)
    let (place, peak) = (1 + step / all - cycle, up / all)
    let height = place <= peak ? place / peak : (place - 1) / (peak - 1)
    let amplitude =
      switch mode {
      case .triangular: 1.0
      case .triangular2: 1 / exp2(cycle - 1)
      case .expRange: pow(gamma, step)
      }
    let lowest = baseRate.map { $0 / rates.head } ?? Self.usualShare
    return rates.scaled(by: lowest + (1 - lowest) * height * amplitude)
  }
}

/// The heights of the cycles of ``Schedule/Kind/cyclical(baseRate:stepsUp:stepsDown:mode:gamma:)``, by PyTorch's names.
public enum CycleMode: String, CaseIterable, Hashable, Sendable {
  /// All are alike.
  case triangular
  /// Each is half of the one before.
  case triangular2
  /// Each step has gamma times the height of the one before.
  case expRange = "exp_range"
}

extension Schedule.Kind {
  /// Up and down over and over, as `CyclicLR`.
  ///
  /// - Parameters:
  ///   - baseRate: the head's lowest rate, of which the backbone's has the same ratio as otherwise; nil for a quarter.
  ///   - stepsUp: steps from the lowest to the highest rate; nil for two epochs.
  ///   - stepsDown: steps back; nil for as many.
  ///   - gamma: the factor of the height in each step, for ``CycleMode/expRange``.
  public static func cyclical(
    baseRate: Double? = nil, stepsUp: Int? = nil, stepsDown: Int? = nil, mode: CycleMode = .triangular,
    gamma: Double = 1
  ) -> Self {
    Self(
      CyclicalSchedule(
        baseRate: baseRate, stepsUp: stepsUp, stepsDown: stepsDown, mode: mode, gamma: gamma))
  }
}
