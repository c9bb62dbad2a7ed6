import ArgumentParser
import ResZoo

/// The options that `train`, `finetune` and `lr-find` have in common. Those that are not given get each command's own defaults.
struct TrainingArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What trains: all, or stages, blocks and layers with commas between them.", valueName: "all|layer4,fc"))
  var train: String?

  @Option(
    help: ArgumentHelp(
      "Parts that begin to train in an epoch of their own, such as layer3@5; may be repeated.",
      valueName: "layers@epoch"))
  var unfreeze: [String] = []

  @Option(help: "How gradients change weights.")
  var optimizer: OptimizerName?

  @Option(parsing: .unconditional, help: ArgumentHelp("The learning rate.", valueName: "x"))
  var lr: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The learning rate of everything but the head.", valueName: "x"))
  var backboneLr: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The momentum of sgd, 0.9 by default, and of rmsprop, 0 by default.", valueName: "x"))
  var momentum: Double?

  @Flag(help: "Nesterov's momentum for sgd.")
  var nesterov = false

  @Option(
    help: ArgumentHelp(
      "What the running means of adam, adamw and lamb keep of themselves in each step.",
      valueName: "0.9,0.999"))
  var betas: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What is added to the divisor; 1e-8 by default, 1e-6 for lamb. Not for sgd.", valueName: "x"))
  var eps: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What rmsprop's mean of the squares keeps of itself in each step; 0.99 by default.", valueName: "x"))
  var alpha: Double?

  @Flag(help: "Let rmsprop divide by the deviation of the gradients, not by their size.")
  var centered = false

  @Flag(help: "Let lamb adapt the rates of tensors without weight decay too.")
  var alwaysAdapt = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Weight decay.", valueName: "x"))
  var weightDecay: Double?

  @Flag(inversion: .prefixedNo, help: "Leave norms and biases out of weight decay.")
  var exemptNorms: Bool?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Images of a step.", valueName: "n"))
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The most that the norm of all gradients may be; 0 for any.", valueName: "x"))
  var clip: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Average the weights over the steps, and keep this share of the average in each; 0 for no average.",
      valueName: "0.999"))
  var ema: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The share of the target that goes to all classes evenly.", valueName: "x"))
  var labelSmoothing: Double?

  @Flag(help: "Let each class count alike in the loss, however many images it has.")
  var balanceLoss = false

  @Flag(help: "Let each class come equally often in an epoch.")
  var balanceClasses = false

  @Flag(help: "Take the images in the order of their paths.")
  var noShuffle = false

  @Flag(help: "Change no image by chance.")
  var noAugment = false

  @Option(
    help: ArgumentHelp(
      "How images are changed by chance: \(Augmentation.grammar).", valueName: "imagenet,trivial"))
  var augment: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Blend inputs of a step with each other, in proportions from the beta distribution of this parameter; 0.2 is usual.",
      valueName: "a"))
  var mixup: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Put parts of images into each other, in proportions from the beta distribution of this parameter; 1 is usual. Only where the first layer trains.",
      valueName: "a"))
  var cutmix: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Most images that may be unreadable and are left out; a tenth by default, but at least 10.",
      valueName: "n"))
  var unreadableLimit: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("What the random numbers start from.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(parsing: .unconditional, help: ArgumentHelp("Processors to use; 0 for all.", valueName: "n"))
  var threads = 0

  @OptionGroup var exif: ExifOptions

  func validate() throws {
    guard (0...256).contains(threads) else {
      throw ValidationError("--threads is \(threads); it must be from 0 to 256.")
    }
    guard !(noAugment && augment != nil) else {
      throw ValidationError("--no-augment and --augment exclude each other.")
    }
    guard !(noShuffle && balanceClasses) else {
      throw ValidationError("--no-shuffle and --balance-classes exclude each other.")
    }
  }

  /// Writes what was given over a command's defaults.
  ///
  /// - Parameters:
  ///   - count: images to train on, beyond which no default batch goes.
  func apply(to options: inout TrainingOptions, count: Int) throws(Failure) {
    do throws(TrainingError) {
      if let train { options.selection = try LayerSelection(train) }
      options.mixing = try BatchMixing(mixup: mixup ?? 0, cutmix: cutmix ?? 0)
      for text in unfreeze { options.unfreezings.append(try Self.unfreezing(text)) }
    } catch {
      throw Failure(error)
    }
    try applyRule(to: &options)
    if let backboneLr { options.rates.backbone = backboneLr }
    if let weightDecay { options.weightDecay = weightDecay }
    if let exemptNorms { options.exemptsNormsAndBiases = exemptNorms }
    options.batch = batch ?? max(1, min(options.batch, count))
    if let clip { options.clipping = clip == 0 ? nil : clip }
    if let ema { options.averaging = ema == 0 ? nil : ema }
    if let labelSmoothing { options.loss.labelSmoothing = labelSmoothing }
    options.balancesLoss = balanceLoss
    if noShuffle { options.order = .sorted }
    if balanceClasses { options.order = .balanced }
    if noAugment { options.augmentation = .none }
    if let augment {
      do { options.augmentation = try Augmentation(augment) } catch {
        throw Failure(.usage, "--augment: \(error)")
      }
    }
    if options.augmentation == .none { options.views = nil }
    options.unreadableLimit = unreadableLimit
    options.seed = seed
    options.threads = threads
    options.workers = threads == 0 ? TrainingOptions().workers : threads
  }

  /// The rule and its rates. A rate that was given moves the backbone's along.
  private func applyRule(to options: inout TrainingOptions) throws(Failure) {
    var settings = [
      "momentum": momentum?.description, "nesterov": nesterov ? "yes" : nil, "betas": betas,
      "eps": eps?.description, "alpha": alpha?.description, "centered": centered ? "yes" : nil,
      "always-adapt": alwaysAdapt ? "yes" : nil,
    ].compactMapValues(\.self)
    let name = options.rule.name
    // Scripts that compare optimizers give --momentum to all of them.
    if !name.settings.contains("momentum") { settings["momentum"] = nil }
    do {
      options.rule = try UpdateRule(name, settings: settings)
    } catch {
      throw Failure(.usage, "--optimizer: \(error)")
    }
    if let lr {
      let ratio = options.rates.backbone / options.rates.head
      options.rates = LearningRates(head: lr, backbone: ratio == 1 ? lr : lr * ratio)
    }
  }

  /// Says which of the given options change nothing beside the others.
  ///
  /// - Parameter options: what all of them came to.
  func tellOfIdleOptions(_ options: TrainingOptions) {
    if momentum != nil, !options.rule.name.settings.contains("momentum") {
      Terminal.error("reszoo: --momentum: changes nothing, as \(options.rule.name.rawValue) has none")
    }
    if options.rule.name == .lamb, !alwaysAdapt, options.weightDecay == 0 {
      Terminal.error(
        "reszoo: --optimizer lamb: is adam here, as it adapts the rates of tensors with weight decay; give --weight-decay, or "
          + "--always-adapt")
    }
    if exemptNorms != nil, options.weightDecay == 0 {
      Terminal.error("reszoo: --exempt-norms: changes nothing without --weight-decay")
    }
    let parts = (options.selection.paths ?? [""]) + options.unfreezings.flatMap { $0.selection.paths ?? [""] }
    if backboneLr != nil, parts.allSatisfy({ $0 == "fc" || $0.hasPrefix("fc.") }) {
      Terminal.error("reszoo: --backbone-lr: changes nothing, as only the head trains")
    }
  }

  private static func unfreezing(_ text: String) throws(TrainingError) -> TrainingOptions.Unfreezing {
    guard let sign = text.lastIndex(of: "@"), let epoch = Int(text[text.index(after: sign)...]) else {
      throw TrainingError(.options, "--unfreeze \(text): give parts and an epoch, such as layer3@5")
    }
    return TrainingOptions.Unfreezing(selection: try LayerSelection(String(text[..<sign])), epoch: epoch)
  }
}
