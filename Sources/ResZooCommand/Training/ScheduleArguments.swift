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
    help: ArgumentHelp("For step and multistep: the factor of the rate (default: 0.1).", valueName: "x"))
  var gamma: Double?

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

  @Option(help: "The validation metric that tells which epoch is the best.")
  var bestBy = EarlyStopping.Figure.accuracy

  /// The schedules by name.
  enum ScheduleName: String, ExpressibleByArgument, CaseIterable {
    case constant, step, multistep, cosine, onecycle
  }

  func validate() throws {
    guard milestones == nil || schedule == .multistep else {
      throw ValidationError("--milestones is for --schedule multistep.")
    }
    guard stepEpochs == nil || schedule == .step else {
      throw ValidationError("--step-epochs is for --schedule step.")
    }
    guard gamma == nil || schedule == .multistep || schedule == .step else {
      throw ValidationError("--gamma is for --schedule step and multistep.")
    }
    if schedule == .multistep, milestones == nil {
      throw ValidationError("--schedule multistep needs --milestones, such as 15,25.")
    }
    if schedule == .step, stepEpochs == nil {
      throw ValidationError("--schedule step needs --step-epochs, such as 10.")
    }
  }

  /// Writes the given options over a command's defaults.
  func apply(to options: inout TrainingOptions) throws(Failure) {
    if let maxSteps {
      options.maxSteps = maxSteps
      // As many epochs as the steps take, unless there is a limit of both.
      if epochs == nil { options.epochs = TrainingOptions.epochLimit }
    }
    if let epochs { options.epochs = epochs }
    if let schedule { options.schedule = try kind(schedule) }
    if let warmupEpochs {
      options.warmupEpochs = warmupEpochs
    } else if options.warmupEpochs >= Double(options.epochs) {
      options.warmupEpochs = 0
    }
    if let patience { options.patience = patience == 0 ? nil : patience }
    options.figure = bestBy
  }

  private func kind(_ name: ScheduleName) throws(Failure) -> Schedule.Kind {
    let gamma = gamma ?? 0.1
    switch name {
    case .constant: return .constant
    case .cosine: return .cosine
    case .onecycle: return .onecycle
    case .step: return .step(epochs: stepEpochs ?? 0, gamma: gamma)
    case .multistep:
      let parts = (milestones ?? "").split(separator: ",", omittingEmptySubsequences: false)
      let numbers = parts.compactMap { Int($0) }
      guard numbers.count == parts.count else {
        throw Failure(.usage, "--milestones is '\(milestones ?? "")'; give epochs such as 15,25")
      }
      return .multistep(milestones: numbers, gamma: gamma)
    }
  }
}
