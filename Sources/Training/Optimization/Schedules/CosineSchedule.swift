import Platform

/// PyTorch's `CosineAnnealingLR` (Loshchilov and Hutter 2016): down on half a cosine.
struct CosineSchedule: ScheduleDefinition {
  static let name = ScheduleName.cosine
  static let settings = ["eta-min"]

  var minimalRate = 0.0

  init(minimalRate: Double) {
    self.minimalRate = minimalRate
  }

  init(_ settings: inout RuleSettings) throws(TrainingError) {
    minimalRate = try settings.number("eta-min") ?? minimalRate
  }

  func validate(_ rates: LearningRates) throws(TrainingError) {
    try requireLowestRate(minimalRate, of: rates)
  }

  var recipe: [String: String] { minimalRate > 0 ? ["eta-min": minimalRate.description] : [:] }

  func rates(_ rates: LearningRates, at position: SchedulePosition) -> LearningRates {
    let (done, all) = (Double(position.step), Double(position.steps))
    return rates.annealed(to: minimalRate, share: done >= all ? 1 : done / all)
  }
}

/// PyTorch's `OneCycleLR` without the cycle of momenta (Smith and Topin 2017): from a 25th up in 30 % of the steps, then down to a
/// 250,000th, each on half a cosine.
struct OneCycleSchedule: ScheduleDefinition {
  static let name = ScheduleName.onecycle
  static let settings: [String] = []

  init() {}
  init(_ settings: inout RuleSettings) {}

  func validate(_ rates: LearningRates) {}
  var recipe: [String: String] { [:] }

  func rates(_ rates: LearningRates, at position: SchedulePosition) -> LearningRates {
    rates.scaled(by: Self.factor(Double(position.step), of: Double(position.steps)))
  }

  private static func factor(_ done: Double, of all: Double) -> Double {
    let (first, last) = (1.0 / 25, 1.0 / 250_000)
    func half(from start: Double, to end: Double, _ share: Double) -> Double {
      end + (start - end) / 2 * (1 + cos(.pi * min(max(share, 0), 1)))
    }
    let peak = 0.3 * all - 1
    guard done > peak else { return half(from: first, to: 1, peak > 0 ? done / peak : 1) }
    let rest = all - 1 - peak
    return half(from: 1, to: last, rest > 0 ? (done - peak) / rest : 1)
  }
}

extension Schedule.Kind {
  /// Down to 0 on half a cosine, as `CosineAnnealingLR`.
  public static let cosine = Self(CosineSchedule(minimalRate: 0))

  /// Down to a lowest rate on half a cosine, as `CosineAnnealingLR`.
  public static func cosine(minimalRate: Double) -> Self { Self(CosineSchedule(minimalRate: minimalRate)) }

  /// Up and down once, as `OneCycleLR`.
  public static let onecycle = Self(OneCycleSchedule())
}
