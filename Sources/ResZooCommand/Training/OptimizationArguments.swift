import ArgumentParser
import ResZoo

/// The options for the trainable layers and for the steps of the optimizer.
struct OptimizationArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Trainable layers: all, or stages, blocks and layers separated by commas (default: all; finetune: last stage and head).",
      valueName: "all|layer4,fc"), completion: .layers)
  var train: String?

  @Option(
    help: ArgumentHelp(
      "Layers to make trainable from an epoch on, such as layer3@5; may be repeated (default: none).",
      valueName: "layers@epoch"), completion: .layers)
  var unfreeze: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Numbers that are multiplied: single precision, bfloat16 (less exact, faster with AVX512_BF16), the latter where the \
      processor has instructions for it, or, in frozen layers, the integers of a quantized network, which the result keeps. Weights \
      and sums have single precision (default: f32).
      """, valueName: "f32|bf16|auto|int8"))
  var precision: TrainingPrecision?

  @Option(help: "The rule that changes weights (default: sgd; finetune: adamw).")
  var optimizer: OptimizerName?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Learning rate (default: \(OptimizerName.usual(\.scratch)); finetune: \(OptimizerName.usual(\.finetuning.head))).
      """, valueName: "x"))
  var lr: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Learning rate of everything but the head (default: that of the head; finetune: a tenth of it).",
      valueName: "x"))
  var backboneLr: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("For sgd and rmsprop: the momentum (default: 0.9; rmsprop: 0).", valueName: "x"))
  var momentum: Double?

  @Flag(help: "For sgd: use Nesterov momentum.")
  var nesterov = false

  @Option(
    help: ArgumentHelp(
      "For adam, adamw and lamb: the share that their running means keep in each step (default: 0.9,0.999).",
      valueName: "b1,b2"))
  var betas: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For all but sgd: the number added to the divisor (default: 1e-8; lamb: 1e-6).", valueName: "x"))
  var eps: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For rmsprop: the share that the mean of the squares keeps in each step (default: 0.99).",
      valueName: "x"))
  var alpha: Double?

  @Flag(help: "For rmsprop: divide by the deviation of the gradients instead of their size.")
  var centered = false

  @Flag(help: "For lamb: also adapt the rates of tensors without weight decay.")
  var alwaysAdapt = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Weight decay (default: 0; finetune: \(OptimizerName.usual(\.finetuningDecay))).", valueName: "x"))
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
    help: ArgumentHelp(
      "The loss; bce is the binary cross-entropy of each class for itself (default: cross-entropy; for --answer several and binary bce).",
      valueName: "cross-entropy|bce"))
  var loss: LossName?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For bce: the weight of images that have a class; balanced: those without it divided by those with it (default: 1).",
      valueName: "x|balanced"))
  var posWeight: PositiveWeight?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Share of the target that is spread evenly over all classes (default: 0).", valueName: "x"))
  var labelSmoothing: Double?

  @Flag(help: "Weigh classes so that each counts alike in the loss, however many images it has.")
  var balanceLoss = false

  func apply(to options: inout TrainingOptions, count: Int) throws(Failure) {
    if let train { options.selection = try reporting { try LayerSelection(train) } }
    options.unfreezings = try unfreeze.map(Self.unfreezing)
    if let precision { options.precision = precision }
    try applyRule(to: &options)
    if let backboneLr { options.rates.backbone = backboneLr }
    if let weightDecay { options.weightDecay = weightDecay }
    if let exemptNorms { options.exemptsNormsAndBiases = exemptNorms }
    options.batch = batch ?? max(1, min(options.batch, count))
    if let clip { options.clipping = clip == 0 ? nil : clip }
    if let ema { options.averaging = ema == 0 ? nil : ema }
    if let labelSmoothing { options.loss.labelSmoothing = labelSmoothing }
    options.balancesLoss = balanceLoss
    options.lossName = loss
    options.positiveWeight = posWeight
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

  /// Warns about given options that have no effect beside the others.
  ///
  /// - Parameter options: the result of all options.
  func warnAboutUnusedOptions(_ options: TrainingOptions) {
    if momentum != nil, !options.rule.name.settings.contains("momentum") {
      Terminal.warn("--momentum has no effect: \(options.rule.name.rawValue) has none")
    }
    if options.rule.name == .lamb, !alwaysAdapt, options.weightDecay == 0 {
      Terminal.note(
        """
        --optimizer lamb works like adam here: it adapts the rates of tensors with weight decay only. Give --weight-decay or \
        --always-adapt
        """)
    }
    if exemptNorms != nil, options.weightDecay == 0 {
      Terminal.warn("--exempt-norms has no effect without --weight-decay")
    }
    let parts = (options.selection.paths ?? [""]) + options.unfreezings.flatMap { $0.selection.paths ?? [""] }
    if backboneLr != nil, parts.allSatisfy({ Graph.isHead(path: $0) }) {
      Terminal.warn("--backbone-lr has no effect: only the head is trainable")
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
