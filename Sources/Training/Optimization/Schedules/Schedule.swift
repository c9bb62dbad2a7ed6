/// The learning rate over a training: a warm-up, and then the curve of a schedule.
public struct Schedule: Hashable, Sendable {
  /// The curve of the rate after the warm-up: one of the schedules with its settings. Each is defined as PyTorch's, in a file of its
  /// own that also makes values of it (``cosine``, ``step(epochs:gamma:)``, …).
  public struct Kind: Hashable, Sendable {
    let definition: any ScheduleDefinition

    init(_ definition: any ScheduleDefinition) { self.definition = definition }

    /// A schedule with some of its settings, which are named as in ``ScheduleName/settings``; the others have their usual values.
    ///
    /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for a setting that is missing, cannot be read, or is none of
    ///   this schedule.
    public init(_ name: ScheduleName, settings: [String: String] = [:]) throws(TrainingError) {
      var settings = RuleSettings(settings, of: name)
      definition = try name.definition.init(&settings)
      try settings.requireNoOthers()
    }

    /// The schedule's name.
    public var name: ScheduleName { type(of: definition).name }

    /// The name and the settings as a recipe has them.
    var recipe: [String: String] {
      definition.recipe.merging(["schedule": name.rawValue]) { own, _ in own }
    }

    public static func == (a: Self, b: Self) -> Bool {
      AnyHashable(a.definition) == AnyHashable(b.definition)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(definition)) }
  }

  /// The curve of the rate after the warm-up.
  package var kind: Kind
  /// Steps of the whole run, the warm-up's among them.
  package var steps: Int
  /// Steps of an epoch.
  package var stepsPerEpoch: Int
  /// Steps in which the rate grows linearly, from a hundredth (PyTorch's `LinearLR` with torchvision's factor).
  package var warmupSteps: Int

  /// A schedule from its fields.
  ///
  /// - Precondition: there is at least one step in an epoch.
  package init(kind: Kind, steps: Int, stepsPerEpoch: Int, warmupSteps: Int = 0) {
    precondition(stepsPerEpoch > 0, "epochs of \(stepsPerEpoch) steps")
    self.kind = kind
    self.steps = steps
    self.stepsPerEpoch = stepsPerEpoch
    self.warmupSteps = warmupSteps
  }

  /// The rates of a step.
  ///
  /// - Parameters:
  ///   - rates: the rates that were asked for.
  ///   - step: counted from 0 over the run.
  ///   - progress: the metrics of the epochs before.
  package func rates(
    _ rates: LearningRates, step: Int, after progress: ScheduleProgress = ScheduleProgress()
  ) -> LearningRates {
    guard step >= warmupSteps else {
      return rates.scaled(by: 0.01 + 0.99 * Double(step) / Double(warmupSteps))
    }
    return kind.definition.rates(
      rates,
      at: SchedulePosition(
        step: step - warmupSteps, steps: steps - warmupSteps, epoch: step / stepsPerEpoch,
        stepsPerEpoch: stepsPerEpoch, progress: progress))
  }
}

/// The definition of a schedule: all that the checks, the recipe and the steps of a training need to know of it. A new one is a type
/// in this folder and an entry in ``ScheduleName``.
protocol ScheduleDefinition: Hashable, Sendable {
  static var name: ScheduleName { get }
  /// The names of its settings: PyTorch's, with hyphens.
  static var settings: [String] { get }

  /// Takes the settings that are given, and the usual values for the others.
  init(_ settings: inout RuleSettings) throws(TrainingError)

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` that names the first setting out of its range.
  func validate(_ rates: LearningRates) throws(TrainingError)

  /// The settings as a recipe has them.
  var recipe: [String: String] { get }

  /// The rates of a step, given those that were asked for.
  func rates(_ rates: LearningRates, at position: SchedulePosition) -> LearningRates
}

/// A step of a training, as the definition of a schedule sees it.
struct SchedulePosition {
  /// Steps after the warm-up before this one.
  var step: Int
  /// Steps after the warm-up.
  var steps: Int
  /// Epochs before this one, the warm-up's among them.
  var epoch: Int
  /// Steps of an epoch.
  var stepsPerEpoch: Int
  /// The metrics of the epochs before.
  var progress: ScheduleProgress
}

/// The metric of each epoch of a training, by which a schedule may judge it.
package struct ScheduleProgress: Hashable, Sendable {
  /// One value for each epoch.
  package var values: [Double]
  /// True where a higher value is a better one.
  package var isHigherBetter: Bool

  /// The values of the epochs so far.
  package init(values: [Double] = [], isHigherBetter: Bool = false) {
    self.values = values
    self.isHigherBetter = isHigherBetter
  }

  /// The values of the validation, or the losses of training where nothing is validated.
  init(_ records: [EpochRecord], judgedBy metric: EarlyStopping.Metric) {
    let validations = records.compactMap(\.validation)
    guard validations.count == records.count else {
      self.init(values: records.map(\.loss))
      return
    }
    self.init(
      values: validations.map { metric == .loss ? $0.loss : $0.score },
      isHigherBetter: metric != .loss)
  }
}
