import ArgumentParser
import ResZoo

/// The options for the images to validate with.
struct ValidationArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Images to validate with after each epoch (default: the data set's own val or test; else none, finetune: a fifth).",
      valueName: "dataset"), completion: .file())
  var validation: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Share of each class that is held out for validation; 0 for none (default: 0; finetune: 0.2).",
      valueName: "0.2"))
  var validationSplit: Double?

  func validate() throws {
    guard validation == nil || validationSplit == nil else {
      throw ValidationError("--validation and --validation-split exclude each other.")
    }
    if let validationSplit, !(0..<1).contains(validationSplit) {
      throw ValidationError("--validation-split is \(validationSplit); it must be at least 0 and below 1.")
    }
  }

  /// Checks that options which need validation have it.
  func require(for schedule: ScheduleArguments, _ data: TrainingData) throws(Failure) {
    guard data.validation == nil else { return }
    for (option, needsIt) in [
      ("--best-by", schedule.bestBy != .accuracy), ("--patience", (schedule.patience ?? 0) > 0),
    ] where needsIt {
      throw Failure(.usage, "\(option) needs --validation or --validation-split")
    }
  }
}
