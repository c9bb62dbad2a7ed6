import ArgumentParser
import ResZoo

/// What is recorded of a training, and where.
struct RecordArguments: ParsableArguments {
  @Option(help: ArgumentHelp("A line of JSON for each step and each epoch.", valueName: "file.jsonl"))
  var log: String?

  @Option(help: ArgumentHelp("A folder for TensorBoard's event files.", valueName: "folder"))
  var tensorboard: String?

  @Option(
    help: ArgumentHelp(
      "A folder for a report at the end: curves, confusion, figures of the classes, mistakes.",
      valueName: "folder"))
  var report: String?

  /// The options and what they name.
  var paths: [(option: String, path: String?)] {
    [("--log", log), ("--tensorboard", tensorboard), ("--report", report)]
  }

  /// Those who are told of the training.
  func observers() throws(TrainingError) -> [any TrainingObserver] {
    var observers: [any TrainingObserver] = [CourseLine()]
    if let log { observers.append(try StepLog(path: log)) }
    if let tensorboard { observers.append(try TensorBoardLog(folder: tensorboard)) }
    if let report { observers.append(try TrainingReport(folder: report)) }
    return observers
  }
}
