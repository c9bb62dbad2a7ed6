import ArgumentParser
import ResZoo

/// The options for the trainable layers and for the steps of the optimizer.
struct OptimizationArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Trainable layers: all, or stages, blocks and layers separated by commas (default: all; finetune: last stage and head).",
      valueName: "all|layer4,fc"))
  var train: String?

  @Option(
    help: ArgumentHelp(
      "Layers to make trainable from an epoch on, such as layer3@5; may be repeated (default: none).",
      valueName: "layers@epoch"))
  var unfreeze: [String] = []

  @Option(help: "The rule that changes weights (default: sgd; finetune: adamw).")
  var optimizer: OptimizerName?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Learning rate (default: 0.1 for sgd, 0.001 for adam and adamw; finetune with sgd: 0.01).",
      valueName: "x"))
  var lr: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Learning rate of everything but the head (default: that of the head; finetune: a tenth of it).",
      valueName: "x"))
  var backboneLr: Double?

  @Option(parsing: .unconditional, help: ArgumentHelp("Momentum of sgd (default: 0.9).", valueName: "x"))
  var momentum: Double?

  @Flag(help: "Use Nesterov momentum, for sgd.")
  var nesterov = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Weight decay (default: 0; finetune: 0.01 for adamw, 0.0001 for sgd).", valueName: "x"))
  var weightDecay: Double?

  @Flag(
    inversion: .prefixedNo,
    help: "Leave norms and biases out of weight decay (default: no; finetune: yes).")
  var exemptNorms: Bool?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images in each step (default: 128; finetune: 32; at most all).", valueName: "n"))
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Largest norm of all gradients together; 0 for no limit (default: 0).", valueName: "x")
  )
  var clip: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Average the weights over the steps, keeping this share of the average in each; 0 for no average (default: 0).",
      valueName: "0.999"))
  var ema: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Share of the target that is spread evenly over all classes (default: 0).", valueName: "x"))
  var labelSmoothing: Double?

  @Flag(help: "Weigh classes so that each counts alike in the loss, however many images it has.")
  var balanceLoss = false

  /// The rules by name.
  enum OptimizerName: String, ExpressibleByArgument, CaseIterable {
    case sgd, adam, adamw
  }

  func apply(to options: inout TrainingOptions, count: Int) throws(Failure) {
    if let train { options.selection = try reporting { try LayerSelection(train) } }
    options.unfreezings = try unfreeze.map(Self.unfreezing)
    try applyRule(to: &options)
    if let backboneLr { options.rates.backbone = backboneLr }
    if let weightDecay { options.weightDecay = weightDecay }
    if let exemptNorms { options.exemptsNormsAndBiases = exemptNorms }
    options.batch = batch ?? max(1, min(options.batch, count))
    if let clip { options.clipping = clip == 0 ? nil : clip }
    if let ema { options.averaging = ema == 0 ? nil : ema }
    if let labelSmoothing { options.loss.labelSmoothing = labelSmoothing }
    options.balancesLoss = balanceLoss
  }

  /// The rule and its rates. A rate that was given moves the backbone's along.
  private func applyRule(to options: inout TrainingOptions) throws(Failure) {
    switch options.rule {
    case .sgd(let usual, _):
      options.rule = .sgd(momentum: momentum ?? usual, nesterov: nesterov)
    case .adam, .adamw:
      // Scripts that compare optimizers give --momentum to all of them.
      if nesterov { throw Failure(.usage, "--nesterov is for --optimizer sgd only") }
    }
    if let lr {
      let ratio = options.rates.backbone / options.rates.head
      options.rates = LearningRates(head: lr, backbone: ratio == 1 ? lr : lr * ratio)
    }
  }

  /// Warns about given options that have no effect beside the others.
  ///
  /// - Parameter options: the result of all options.
  func warnAboutUnusedOptions(_ options: TrainingOptions) {
    if momentum != nil, options.rule.name != "sgd" {
      Terminal.note("--momentum has no effect: it is for --optimizer sgd, and this is \(options.rule.name)")
    }
    if exemptNorms != nil, options.weightDecay == 0 {
      Terminal.note("--exempt-norms has no effect without --weight-decay")
    }
    let parts = (options.selection.paths ?? [""]) + options.unfreezings.flatMap { $0.selection.paths ?? [""] }
    if backboneLr != nil, parts.allSatisfy({ $0 == "fc" || $0.hasPrefix("fc.") }) {
      Terminal.note("--backbone-lr has no effect: only the head is trainable")
    }
  }

  private static func unfreezing(_ text: String) throws(Failure) -> TrainingOptions.Unfreezing {
    guard let sign = text.lastIndex(of: "@"), let epoch = Int(text[text.index(after: sign)...]) else {
      throw Failure(.usage, "--unfreeze \(text): give layers and an epoch, such as layer3@5")
    }
    return try reporting {
      TrainingOptions.Unfreezing(selection: try LayerSelection(String(text[..<sign])), epoch: epoch)
    }
  }
}
