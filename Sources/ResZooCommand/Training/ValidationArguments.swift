import ArgumentParser
import ResZoo

/// The options for the images to validate with.
struct ValidationArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Images to validate with after each epoch (default: none; finetune: a fifth of the data set).",
      valueName: "dataset"))
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

  /// The share of each class to hold out.
  ///
  /// - Parameter usual: the share where nothing is given.
  func share(usual: Double) -> Double { validation == nil ? validationSplit ?? usual : 0 }

  /// Checks that options which need validation have it.
  ///
  /// - Parameter usualShare: the share of each class that is held out where nothing is given.
  func require(for schedule: ScheduleArguments, usualShare: Double) throws {
    guard validation == nil, share(usual: usualShare) == 0 else { return }
    for (option, needsIt) in [
      ("--best-by", schedule.bestBy != .accuracy), ("--patience", (schedule.patience ?? 0) > 0),
    ] where needsIt {
      throw ValidationError("\(option) needs --validation or --validation-split.")
    }
  }
}
