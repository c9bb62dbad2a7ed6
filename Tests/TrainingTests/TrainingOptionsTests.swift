import Testing
import Training

struct TrainingOptionsTests {
  @Test func theDefaultsAreSound() throws {
    try TrainingOptions().validate()
  }

  /// What no training can be, each with a word of the message.
  @Test(
    arguments: [
      ("learning rate is 0", { (options: inout TrainingOptions) in options.rates = LearningRates(head: 0) }),
      ("learning rate is inf", { options in options.rates = LearningRates(head: .infinity) }),
      ("backbone", { options in options.rates = LearningRates(head: 0.1, backbone: -1) }),
      ("weight decay", { options in options.weightDecay = .nan }),
      ("momentum", { options in options.rule = .sgd(momentum: 1, nesterov: false) }),
      ("Nesterov", { options in options.rule = .sgd(momentum: 0, nesterov: true) }),
      ("clip", { options in options.clipping = -1 }),
      ("average", { options in options.averaging = 1 }),
      ("batch", { options in options.batch = 0 }),
      ("epochs", { options in options.epochs = 0 }),
      ("steps", { options in options.maxSteps = 0 }),
      ("patience", { options in options.patience = 0 }),
      ("warm-up", { options in options.warmupEpochs = 30 }),
      ("label smoothing", { options in options.loss.labelSmoothing = 1 }),
      ("milestone", { options in options.schedule = .multistep(milestones: [0], gamma: 0.1) }),
      ("gamma", { options in options.schedule = .step(epochs: 1, gamma: 0) }),
      (
        "layer3",
        { options in options.unfreezings = [.init(selection: try LayerSelection("layer3"), epoch: 1)] }
      ),
    ] as [(String, @Sendable (inout TrainingOptions) throws -> Void)])
  func whatCannotBeIsNamed(word: String, change: @Sendable (inout TrainingOptions) throws -> Void) throws {
    var options = TrainingOptions()
    try change(&options)
    let error = #expect(throws: TrainingError.self) { try options.validate() }
    #expect(error?.code == .options)
    #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
  }

  @Test func theRecipeHoldsWhatWasAskedFor() {
    var options = TrainingOptions()
    options.schedule = .multistep(milestones: [15, 25], gamma: 0.1)
    options.averaging = 0.99
    #expect(options.recipe["milestones"] == "15,25")
    #expect(options.recipe["ema"] == "0.99")
    #expect(options.recipe["clip"] == nil)
    var other = options
    other.threads = 7
    #expect(other.recipe == options.recipe, "threads change nothing")
  }
}
