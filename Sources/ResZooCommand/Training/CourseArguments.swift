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
    help: ArgumentHelp("What step and multistep multiply the rate with; 0.1 by default.", valueName: "x"))
  var gamma: Double?

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

  /// The schedules by name.
  enum ScheduleName: String, ExpressibleByArgument, CaseIterable {
    case constant, step, multistep, cosine, onecycle
  }

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
    guard milestones == nil || schedule == .multistep else {
      throw ValidationError("--milestones are of --schedule multistep.")
    }
    guard stepEpochs == nil || schedule == .step else {
      throw ValidationError("--step-epochs is of --schedule step.")
    }
    guard gamma == nil || schedule == .multistep || schedule == .step else {
      throw ValidationError("--gamma is of --schedule step and multistep.")
    }
    if schedule == .multistep, milestones == nil {
      throw ValidationError("--schedule multistep needs --milestones, such as 15,25.")
    }
    if schedule == .step, stepEpochs == nil {
      throw ValidationError("--schedule step needs --step-epochs, such as 10.")
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
    if let schedule { options.schedule = try kind(schedule) }
    if let warmupEpochs {
      options.warmupEpochs = warmupEpochs
    } else if options.warmupEpochs >= Double(options.epochs) {
      options.warmupEpochs = 0
    }
    if let patience { options.patience = patience == 0 ? nil : patience }
    options.figure = bestBy == .loss ? .loss : .accuracy
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

  var resumption: TrainingJob.Resumption { resume ? .resume : restart ? .restart : .begin }
}
