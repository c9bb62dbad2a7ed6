import ArgumentParser
import ResZoo

/// The options for the length of a training, the learning rate over it, and the choice of the best epoch.
struct ScheduleArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Passes over the data set (default: 30; finetune: 20; with --max-steps, as many as it takes).",
      valueName: "n"))
  var epochs: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Most steps (default: no limit).", valueName: "n"))
  var maxSteps: Int?

  @Option(help: "Learning rate over the training (default: constant; finetune: cosine).")
  var schedule: ScheduleName?

  @Option(
    help: ArgumentHelp(
      "For multistep: the epochs after which it lowers the rate (default: none, must be given).",
      valueName: "15,25"))
  var milestones: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For step: the number of epochs after each of which it lowers the rate (default: none, must be given).",
      valueName: "n"))
  var stepEpochs: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      For step and multistep: the factor of the rate (default: 0.1). For cyclical with --mode exp_range: the factor of the \
      cycles' height in each step (default: 1).
      """, valueName: "x"))
  var gamma: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For cyclical: the head's rate at the start of each cycle (default: a quarter of --lr).", valueName: "x"
    ))
  var baseLr: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For cyclical: the steps from the lowest to the highest rate (default: those of two epochs).",
      valueName: "n"))
  var stepSizeUp: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For cyclical: the steps from the highest rate back (default: as many as up).", valueName: "n"))
  var stepSizeDown: Int?

  @Option(
    help: ArgumentHelp(
      """
      For cyclical: the cycles' heights: all alike, each half of the one before, or shrinking with every step (default: \
      triangular).
      """, valueName: "triangular|triangular2|exp_range"))
  var mode: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("For plateau: the factor of the rate (default: 0.1).", valueName: "x"))
  var factor: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For plateau: the epochs in a row without improvement before it lowers the rate (default: 10).",
      valueName: "n"))
  var plateauPatience: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For plateau: the least improvement that counts (default: 0.0001).", valueName: "x"))
  var threshold: Double?

  @Option(
    help: ArgumentHelp(
      "For plateau: the meaning of --threshold, a share of the best value or a difference (default: rel).",
      valueName: "rel|abs"))
  var thresholdMode: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For plateau: the epochs after a lowering that do not count (default: 0).", valueName: "n"))
  var cooldown: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("For plateau: the lowest rate (default: 0).", valueName: "x"))
  var minLr: Double?

  @Option(
    name: .customLong("t-0"), parsing: .unconditional,
    help: ArgumentHelp(
      "For warm-restarts: the epochs before the first restart (default: none, must be given).", valueName: "n"
    ))
  var firstCycle: Int?

  @Option(
    name: .customLong("t-mult"), parsing: .unconditional,
    help: ArgumentHelp(
      "For warm-restarts: the factor of the epochs between restarts after each one (default: 1).",
      valueName: "n"))
  var cycleGrowth: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("For cosine and warm-restarts: the lowest rate (default: 0).", valueName: "x"))
  var etaMin: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Epochs in which the rate grows from a hundredth with every step (default: 0; finetune: 1).",
      valueName: "x"))
  var warmupEpochs: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "End after this many epochs without improvement; 0 for never (default: 0; finetune with validation: 8).",
      valueName: "n"))
  var patience: Int?

  @Option(
    help:
      "The validation metric that tells which epoch is kept as the best; last: none, the last epoch is kept.")
  var bestBy = EarlyStopping.Metric.accuracy

  /// Writes the given options over a command's defaults.
  func apply(to options: inout TrainingOptions) throws(Failure) {
    if let maxSteps {
      options.maxSteps = maxSteps
      // As many epochs as the steps take, unless there is a limit of both.
      if epochs == nil { options.epochs = TrainingOptions.epochLimit }
    }
    if let epochs { options.epochs = epochs }
    if schedule != nil || !settings.isEmpty {
      do {
        options.schedule = try Schedule.Kind(schedule ?? options.schedule.name, settings: settings)
      } catch {
        throw Failure(.usage, "--schedule: \(error)")
      }
    }
    if let warmupEpochs {
      options.warmupEpochs = warmupEpochs
    } else if options.warmupEpochs >= Double(options.epochs) {
      options.warmupEpochs = 0
    }
    if let patience { options.patience = patience == 0 ? nil : patience }
    options.metric = bestBy
  }

  /// The given settings of the schedule.
  private var settings: [String: String] {
    [
      "milestones": milestones, "step-epochs": stepEpochs?.description, "gamma": gamma?.description,
      "base-lr": baseLr?.description, "step-size-up": stepSizeUp?.description,
      "step-size-down": stepSizeDown?.description, "mode": mode, "factor": factor?.description,
      "plateau-patience": plateauPatience?.description, "threshold": threshold?.description,
      "threshold-mode": thresholdMode, "cooldown": cooldown?.description, "min-lr": minLr?.description,
      "t-0": firstCycle?.description, "t-mult": cycleGrowth?.description, "eta-min": etaMin?.description,
    ].compactMapValues(\.self)
  }
}
