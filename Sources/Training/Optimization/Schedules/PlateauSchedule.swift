/// PyTorch's `ReduceLROnPlateau`: the rate is multiplied by a factor when more than so many epochs in a row were not better than the
/// best one.
///
/// Nothing is remembered but the metrics of the epochs, which a training's state has anyway: the rate follows from them alone.
struct PlateauSchedule: ScheduleDefinition {
  static let name = ScheduleName.plateau
  static let settings = ["factor", "plateau-patience", "threshold", "threshold-mode", "cooldown", "min-lr"]

  var factor = 0.1
  var patience = 10
  var threshold = 1e-4
  var thresholdMode = ThresholdMode.rel
  var cooldown = 0
  var minimalRate = 0.0

  /// A smaller change of the rate is not made.
  private static let leastChange = 1e-8

  init(
    factor: Double, patience: Int, threshold: Double, thresholdMode: ThresholdMode, cooldown: Int,
    minimalRate: Double
  ) {
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.thresholdMode = thresholdMode
    self.cooldown = cooldown
    self.minimalRate = minimalRate
  }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    factor = try settings.number("factor") ?? factor
    patience = try settings.whole("plateau-patience") ?? patience
    threshold = try settings.number("threshold") ?? threshold
    thresholdMode = try settings.choice("threshold-mode", ThresholdMode.self) ?? thresholdMode
    cooldown = try settings.whole("cooldown") ?? cooldown
    minimalRate = try settings.number("min-lr") ?? minimalRate
  }

  func validate(_ rates: LearningRates) throws(TrainingError) {
    try require(factor > 0 && factor < 1, "the plateau's factor", factor, "above 0 and below 1")
    try require(patience >= 0, "the plateau's patience", patience, "at least 0 epochs")
    try require(
      threshold >= 0 && threshold.isFinite, "the plateau's threshold", threshold, "at least 0")
    try require(cooldown >= 0, "the plateau's cooldown", cooldown, "at least 0 epochs")
    try require(
      minimalRate >= 0 && minimalRate.isFinite, "the least rate", minimalRate, "at least 0")
  }

  var recipe: [String: String] {
    var recipe = [
      "factor": factor.description, "plateau-patience": patience.description,
      "threshold": threshold.description,
    ]
    recipe["threshold-mode"] = thresholdMode == .rel ? nil : thresholdMode.rawValue
    recipe["cooldown"] = cooldown > 0 ? cooldown.description : nil
    recipe["min-lr"] = minimalRate > 0 ? minimalRate.description : nil
    return recipe
  }

  func rates(_ rates: LearningRates, at position: SchedulePosition) -> LearningRates {
    let count = reductions(position.progress)
    return rates.map { asked in
      var rate = asked
      for _ in 0..<count {
        let lower = max(rate * factor, minimalRate)
        guard rate - lower > Self.leastChange else { break }
        rate = lower
      }
      return rate
    }
  }

  /// How often the rate was lowered in the epochs before.
  private func reductions(_ progress: ScheduleProgress) -> Int {
    var best: Double?
    var (bad, cooling, count) = (0, 0, 0)
    for value in progress.values {
      if best.map({ isBetter(value, than: $0, progress.isHigherBetter) }) ?? true {
        best = value
        bad = 0
      } else {
        bad += 1
      }
      if cooling > 0 {
        cooling -= 1
        bad = 0
      }
      if bad > patience {
        count += 1
        cooling = cooldown
        bad = 0
      }
    }
    return count
  }

  private func isBetter(_ value: Double, than best: Double, _ isHigherBetter: Bool) -> Bool {
    switch (isHigherBetter, thresholdMode) {
    case (true, .rel): value > best * (threshold + 1)
    case (true, .abs): value > best + threshold
    case (false, .rel): value < best * (1 - threshold)
    case (false, .abs): value < best - threshold
    }
  }
}

/// How much better an epoch must be to count as better, by PyTorch's names.
public enum ThresholdMode: String, CaseIterable, Hashable, Sendable {
  /// By a share of the best value.
  case rel
  /// By a difference.
  case abs
}

extension Schedule.Kind {
  /// Lower when nothing becomes better, as `ReduceLROnPlateau`, judged by a metric of the validation, or by the loss of training where
  /// nothing is validated.
  ///
  /// - Parameters:
  ///   - factor: what lowers the rate.
  ///   - patience: epochs in a row that may be no better.
  ///   - threshold: how much better an epoch must be.
  ///   - cooldown: epochs after each lowering that do not count.
  ///   - minimalRate: the rate under which it does not go.
  public static func plateau(
    factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, thresholdMode: ThresholdMode = .rel,
    cooldown: Int = 0, minimalRate: Double = 0
  ) -> Self {
    Self(
      PlateauSchedule(
        factor: factor, patience: patience, threshold: threshold, thresholdMode: thresholdMode,
        cooldown: cooldown, minimalRate: minimalRate))
  }
}
