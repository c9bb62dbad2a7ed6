import ArgumentParser
import ResZoo

/// The options for the files that a training writes, and for the state of an interrupted one.
struct OutputArguments: ParsableArguments {
  @Option(
    name: .customLong("output"), help: ArgumentHelp("File for the trained checkpoint.", valueName: "file"),
    completion: .file())
  var path: String

  @Option(
    help: ArgumentHelp(
      "File for a line of JSON for each step and epoch (default: none).", valueName: "file.jsonl"),
    completion: .file())
  var log: String?

  @Option(
    help: ArgumentHelp("Folder for TensorBoard's event files (default: none).", valueName: "folder"),
    completion: .directory)
  var tensorboard: String?

  @Option(
    help: ArgumentHelp(
      "Folder for a report at the end: curves, confusion matrix, metrics of each class, mistakes (default: none).",
      valueName: "folder"), completion: .directory)
  var report: String?

  @Flag(help: "Continue an interrupted training; all other options must be as they were.")
  var resume = false

  @Flag(help: "Give up the state of an interrupted training and start again.")
  var restart = false

  @Flag(help: "Keep FILE.training, which has the last epoch's weights, at the end.")
  var keepState = false

  func validate() throws {
    guard !(resume && restart) else {
      throw ValidationError("--resume and --restart exclude each other.")
    }
  }

  /// The options for records, with the paths that they were given.
  var recordPaths: [(option: String, path: String?)] {
    [("--log", log), ("--tensorboard", tensorboard), ("--report", report)]
  }

  /// The progress on standard error and the records that were asked for.
  func observers() throws(TrainingError) -> [any TrainingObserver] {
    var observers: [any TrainingObserver] = [TrainingProgressLine()]
    if let log { observers.append(try StepLog(path: log)) }
    if let tensorboard { observers.append(try TensorBoardLog(folder: tensorboard)) }
    if let report { observers.append(try TrainingReport(folder: report)) }
    return observers
  }

  var resumption: TrainingJob.Resumption { resume ? .resume : restart ? .restart : .begin }
}
