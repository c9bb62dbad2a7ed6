import ArgumentParser
import ResZoo

/// The options that `train`, `finetune` and `lr-find` have in common. An option that is not given leaves the command's own default.
struct TrainingArguments: ParsableArguments {
  @OptionGroup(title: "Data") var data: DataArguments
  @OptionGroup(title: "Network") var answer: AnswerArguments
  @OptionGroup(title: "Optimizer") var optimization: OptimizationArguments
  @OptionGroup(title: "Augmentation") var augmentation: AugmentationArguments

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the random numbers.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Processors to use; 0 for all, or as many as RESZOO_NUM_THREADS or OMP_NUM_THREADS says.",
      valueName: "n"))
  var threads = 0

  func validate() throws {
    guard (0...256).contains(threads) else {
      throw ValidationError("--threads is \(threads); it must be from 0 to 256.")
    }
  }

  /// Writes the given options over a command's defaults.
  ///
  /// - Parameter count: images to train on; no default batch is larger.
  func apply(to options: inout TrainingOptions, count: Int) throws(Failure) {
    try optimization.apply(to: &options, count: count)
    try augmentation.apply(to: &options)
    data.apply(to: &options)
    options.seed = seed
    options.threads = threads
    options.workers = threads == 0 ? TrainingOptions().workers : threads
  }
}

/// The options for the order of the images, and for those that cannot be read.
struct DataArguments: ParsableArguments {
  @Flag(help: "Take the images in the order of their paths.")
  var noShuffle = false

  @Flag(help: "Show images of each class equally often in an epoch.")
  var balanceClasses = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Most unreadable images to leave out (default: a tenth of all, but at least 10).", valueName: "n"))
  var unreadableLimit: Int?

  @OptionGroup(title: "Data") var exif: ExifOptions

  func validate() throws {
    guard !(noShuffle && balanceClasses) else {
      throw ValidationError("--no-shuffle and --balance-classes exclude each other.")
    }
  }

  func apply(to options: inout TrainingOptions) {
    if noShuffle { options.order = .sorted }
    if balanceClasses { options.order = .balanced }
    options.unreadableLimit = unreadableLimit
  }
}
