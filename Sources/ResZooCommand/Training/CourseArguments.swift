import ArgumentParser
import ResZoo

/// The options of a whole training: how long, how it is judged, and what is written.
struct CourseArguments: ParsableArguments {
  @Option(help: ArgumentHelp("Where the trained checkpoint goes.", valueName: "file"))
  var output: String

  @Option(parsing: .unconditional, help: ArgumentHelp("Times that the set is gone through.", valueName: "n"))
  var epochs: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Most steps.", valueName: "n"))
  var maxSteps: Int?

  @Option(help: "The course of the learning rate.")
  var schedule: ScheduleName?

  @Option(help: ArgumentHelp("Epochs after which multistep lowers the rate.", valueName: "15,25"))
  var milestones: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Epochs after which step lowers the rate, again and again.", valueName: "n"))
  var stepEpochs: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What step and multistep multiply the rate with; 0.1 by default. With --mode exp_range, what cyclical multiplies the height of its cycles with in each step; 1 by default.",
      valueName: "x"))
  var gamma: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The rate of the head at which each cycle of cyclical begins; a quarter of --lr by default.",
      valueName: "x"))
  var baseLr: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps from the lowest to the highest rate of cyclical; those of two epochs by default.", valueName: "n"
    ))
  var stepSizeUp: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Steps from the highest rate back; as many as up by default.", valueName: "n"))
  var stepSizeDown: Int?

  @Option(
    help: ArgumentHelp(
      "The heights of cyclical's cycles: all alike (the default), each half of the one before, or shrinking with every step.",
      valueName: "triangular|triangular2|exp_range"))
  var mode: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What plateau multiplies the rate with; 0.1 by default.", valueName: "x"))
  var factor: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Epochs in a row that may be no better before plateau lowers the rate; 10 by default.", valueName: "n"))
  var plateauPatience: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How much better an epoch must be to count for plateau; 0.0001 by default.", valueName: "x"))
  var threshold: Double?

  @Option(
    help: ArgumentHelp(
      "Whether --threshold is a share of the best figure (the default) or a difference.",
      valueName: "rel|abs"))
  var thresholdMode: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Epochs after a lowering that do not count for plateau; 0 by default.", valueName: "n"))
  var cooldown: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The rate under which plateau does not go; 0 by default.", valueName: "x"))
  var minLr: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Epochs in which the rate grows, with every step, from a hundredth.", valueName: "x"))
  var warmupEpochs: Double?

  @Option(help: ArgumentHelp("Images to validate with after each epoch.", valueName: "dataset"))
  var validation: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The share of each class that is kept back to validate with; 0 for none.", valueName: "0.2"))
  var validationSplit: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("End after so many epochs that were not better; 0 for never.", valueName: "n"))
  var patience: Int?

  @Option(help: "What makes an epoch the best one.")
  var bestBy = JudgeName.accuracy

  @Flag(help: "Go on with an interrupted training: the same command with --resume.")
  var resume = false

  @Flag(help: "Give up the state of an interrupted training and begin anew.")
  var restart = false

  @Flag(help: "Keep FILE.training, which has the last epoch's weights, when all is done.")
  var keepState = false

  @OptionGroup var records: RecordArguments

  /// The figures by name.
  enum JudgeName: String, ExpressibleByArgument, CaseIterable {
    case accuracy, loss
  }

  func validate() throws {
    guard !(resume && restart) else {
      throw ValidationError("--resume and --restart exclude each other.")
    }
    guard validation == nil || validationSplit == nil else {
      throw ValidationError("--validation and --validation-split exclude each other.")
    }
    if let validationSplit, !(0..<1).contains(validationSplit) {
      throw ValidationError("--validation-split is \(validationSplit); it must be at least 0 and below 1.")
    }
  }

  /// Checks that what judges epochs has a set to judge them on.
  ///
  /// - Parameter share: of each class, kept back when nothing is said.
  func requireValidation(usualShare share: Double) throws {
    let isThere = validation != nil || (validationSplit ?? share) > 0
    guard isThere || (patience ?? 0) == 0, isThere || bestBy == .accuracy else {
      throw ValidationError(
        "\(bestBy == .accuracy ? "--patience" : "--best-by") needs --validation or --validation-split.")
    }
  }

  /// Writes what was given over a command's defaults.
  func apply(to options: inout TrainingOptions) throws(Failure) {
    if let maxSteps {
      options.maxSteps = maxSteps
      // As many epochs as the steps take, unless there is a limit of both.
      if epochs == nil { options.epochs = TrainingOptions.epochLimit }
    }
    if let epochs { options.epochs = epochs }
    if schedule != nil || !scheduleSettings.isEmpty {
      do {
        options.schedule = try Schedule.Kind(schedule ?? options.schedule.name, settings: scheduleSettings)
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
    options.figure = bestBy == .loss ? .loss : .accuracy
  }

  /// The settings of the schedule that were given.
  private var scheduleSettings: [String: String] {
    [
      "milestones": milestones, "step-epochs": stepEpochs?.description, "gamma": gamma?.description,
      "base-lr": baseLr?.description, "step-size-up": stepSizeUp?.description,
      "step-size-down": stepSizeDown?.description, "mode": mode, "factor": factor?.description,
      "plateau-patience": plateauPatience?.description, "threshold": threshold?.description,
      "threshold-mode": thresholdMode, "cooldown": cooldown?.description, "min-lr": minLr?.description,
    ].compactMapValues(\.self)
  }

  var resumption: TrainingJob.Resumption { resume ? .resume : restart ? .restart : .begin }
}
