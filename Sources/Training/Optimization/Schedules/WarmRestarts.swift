import Platform

/// PyTorch's `CosineAnnealingWarmRestarts` (Loshchilov and Hutter 2016), stepped with every batch: down on half a cosine, then up again at
/// once, each time over as many epochs as before or over a multiple of them.
struct WarmRestarts: ScheduleDefinition {
  static let name = ScheduleName.warmRestarts
  static let settings = ["t-0", "t-mult", "eta-min"]

  var epochs: Int
  var growth = 1
  var minimalRate = 0.0

  /// The largest factor of a cycle's length.
  private static let growthLimit = 1000

  init(epochs: Int, growth: Int, minimalRate: Double) {
    self.epochs = epochs
    self.growth = growth
    self.minimalRate = minimalRate
  }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    guard let epochs = try settings.whole("t-0") else { throw settings.missing("t-0", such: "10") }
    self.epochs = epochs
    growth = try settings.whole("t-mult") ?? growth
    minimalRate = try settings.number("eta-min") ?? minimalRate
  }

  func validate(_ rates: LearningRates) throws(TrainingError) {
    let most = TrainingOptions.epochLimit
    try require(
      (1...most).contains(epochs), "the epochs before the first restart", epochs, "from 1 to \(most)")
    try require(
      (1...Self.growthLimit).contains(growth), "the factor of the epochs between restarts", growth,
      "from 1 to \(Self.growthLimit)")
    try requireLowestRate(minimalRate, of: rates)
  }

  var recipe: [String: String] {
    var recipe = ["t-0": epochs.description]
    recipe["t-mult"] = growth > 1 ? growth.description : nil
    recipe["eta-min"] = minimalRate > 0 ? minimalRate.description : nil
    return recipe
  }

  func rates(_ rates: LearningRates, at position: SchedulePosition) -> LearningRates {
    // Steps are whole numbers, so that a restart comes at its step whatever the number of steps of an epoch.
    var step = Double(position.step)
    var length = Double(epochs) * Double(position.stepsPerEpoch)
    if growth == 1 {
      step.formTruncatingRemainder(dividingBy: length)
    } else {
      while step >= length { (step, length) = (step - length, length * Double(growth)) }
    }
    return rates.annealed(to: minimalRate, share: step / length)
  }
}

extension LearningRates {
  /// The rates at a share of the way down to the lowest rate on half a cosine, as PyTorch's schedules compute them.
  func annealed(to lowest: Double, share: Double) -> LearningRates {
    let height = share >= 1 ? 0 : (1 + cos(.pi * share)) / 2
    return map { lowest + ($0 - lowest) * height }
  }
}

/// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for a lowest rate that is above one of the rates.
func requireLowestRate(_ lowest: Double, of rates: LearningRates) throws(TrainingError) {
  let least = min(rates.head, rates.backbone)
  try require(
    lowest >= 0 && lowest < least, "the lowest rate", lowest,
    "at least 0 and below the learning rate, \(least)")
}

extension Schedule.Kind {
  /// Down on half a cosine and up again over and over, as `CosineAnnealingWarmRestarts`.
  ///
  /// - Parameters:
  ///   - epochs: epochs before the first restart.
  ///   - growth: the factor by which the epochs grow with each restart.
  ///   - minimalRate: the rate at the end of each cycle.
  public static func warmRestarts(epochs: Int, growth: Int = 1, minimalRate: Double = 0) -> Self {
    Self(WarmRestarts(epochs: epochs, growth: growth, minimalRate: minimalRate))
  }
}
