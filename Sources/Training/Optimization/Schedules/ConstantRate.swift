/// The same rate all the time.
struct ConstantRate: ScheduleDefinition {
  static let name = ScheduleName.constant
  static let settings: [String] = []

  init() {}
  init(_ settings: inout RuleSettings) {}

  func validate(_ rates: LearningRates) {}
  var recipe: [String: String] { [:] }
  func rates(_ rates: LearningRates, at position: SchedulePosition) -> LearningRates { rates }
}

extension Schedule.Kind {
  /// The same rate all the time.
  public static let constant = Self(ConstantRate())
}
