/// The schedules by the names that a command line and a recipe give them.
public enum ScheduleName: String, RuleName {
  case constant, step, multistep, cosine, onecycle, cyclical, plateau
  case warmRestarts = "warm-restarts"

  var definition: any ScheduleDefinition.Type {
    switch self {
    case .constant: ConstantRate.self
    case .step: StepSchedule.self
    case .multistep: MultistepSchedule.self
    case .cosine: CosineSchedule.self
    case .onecycle: OneCycleSchedule.self
    case .cyclical: CyclicalSchedule.self
    case .plateau: PlateauSchedule.self
    case .warmRestarts: WarmRestarts.self
    }
  }

  /// The names of its settings.
  public var settings: [String] { definition.settings }
}
