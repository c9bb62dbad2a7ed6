import ArgumentParser
import ResZoo

/// The options of the studies that train networks by one recipe.
struct TrainingStudyArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Images to train on, of each class the same number, and at most as many to test with (default: all).",
      valueName: "n"))
  var pictures: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seeds to train each network with: 0, 1, …; several make bands.", valueName: "n"))
  var seeds = 1

  @Option(parsing: .unconditional, help: ArgumentHelp("Passes over the images to train on.", valueName: "n"))
  var epochs = 20

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images in each step (default: 128; at most all).", valueName: "n"))
  var batch: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Learning rate.", valueName: "x"))
  var lr = 0.1

  @Option(parsing: .unconditional, help: ArgumentHelp("Momentum.", valueName: "x"))
  var momentum = 0.9

  @Option(parsing: .unconditional, help: ArgumentHelp("Weight decay.", valueName: "x"))
  var weightDecay = 0.0001

  /// The schedules by name.
  enum ScheduleChoice: String, ExpressibleByArgument, CaseIterable {
    case multistep, cosine, constant
  }

  @Option(help: "Learning rate over the training.")
  var schedule = ScheduleChoice.multistep

  @Option(
    help: ArgumentHelp(
      "For multistep: the epochs after which the rate falls to a tenth (default: a half and three quarters of all).",
      valueName: "15,25"))
  var milestones: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Epochs in which the rate grows from a hundredth with every step.", valueName: "x"))
  var warmupEpochs = 0.0

  @Flag(help: "Change no image at random; else images are cropped and mirrored.")
  var noAugment = false

  @Flag(help: "Discard the networks that were trained for this output before.")
  var restart = false

  func validate() throws {
    if let pictures, pictures < 1 {
      throw ValidationError("--pictures is \(pictures); it must be at least 1.")
    }
    guard (1...1000).contains(seeds) else {
      throw ValidationError("--seeds is \(seeds); it must be from 1 to 1000.")
    }
    guard (1...TrainingOptions.epochLimit).contains(epochs) else {
      throw ValidationError("--epochs is \(epochs); it must be from 1 to \(TrainingOptions.epochLimit).")
    }
    guard milestones == nil || schedule == .multistep else {
      throw ValidationError("--milestones is for --schedule multistep.")
    }
  }

  /// The images of the study.
  func data(_ path: String) throws(Failure) -> StudyData {
    try reporting { try StudyData(path: path, limit: pictures) }
  }

  /// The recipe that the options ask for.
  func recipe(
    _ data: StudyData, threads: Int, for networks: [StudyNetwork]
  ) throws(Failure) -> TrainingOptions {
    var options = TrainingStudy.recipe(epochs: epochs, for: networks)
    options.rule = .sgd(momentum: momentum, nesterov: false)
    options.rates = LearningRates(head: lr)
    options.weightDecay = weightDecay
    options.batch = batch ?? max(1, min(options.batch, data.training.count))
    options.warmupEpochs = warmupEpochs
    if noAugment { options.augmentation = .none }
    switch schedule {
    case .constant: options.schedule = .constant
    case .cosine: options.schedule = .cosine
    case .multistep:
      guard let milestones else { break }
      do {
        options.schedule = try Schedule.Kind(.multistep, settings: ["milestones": milestones])
      } catch {
        throw Failure(.usage, "--milestones: \(error)")
      }
    }
    options.threads = threads
    options.workers = threads == 0 ? TrainingOptions().workers : threads
    try reporting { [options] in try options.validate() }
    return options
  }
}
