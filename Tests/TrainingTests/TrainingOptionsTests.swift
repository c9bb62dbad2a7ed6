import Testing
import Training

struct TrainingOptionsTests {
  @Test func theDefaultsAreSound() throws {
    try TrainingOptions().validate()
  }

  @Test func whatCannotBeIsNamed() throws {
    let layer3 = try LayerSelection("layer3")
    let faults: [(word: String, change: (inout TrainingOptions) -> Void)] = [
      ("learning rate is 0", { $0.rates = LearningRates(head: 0) }),
      ("learning rate is inf", { $0.rates = LearningRates(head: .infinity) }),
      ("backbone", { $0.rates = LearningRates(head: 0.1, backbone: -1) }),
      ("weight decay", { $0.weightDecay = .nan }),
      ("momentum", { $0.rule = .sgd(momentum: 1, nesterov: false) }),
      ("beta", { $0.rule = .adam(beta2: 1) }),
      ("epsilon", { $0.rule = .adamw(epsilon: 0) }),
      ("weight of a class", { $0.loss.classWeights = [1, -1] }),
      ("threads", { $0.threads = 1_000_000 }),
      ("workers", { $0.workers = -1 }),
      ("Nesterov", { $0.rule = .sgd(momentum: 0, nesterov: true) }),
      ("clip", { $0.clipping = -1 }),
      ("average", { $0.averaging = 1 }),
      ("batch", { $0.batch = 0 }),
      ("epochs", { $0.epochs = 0 }),
      ("steps", { $0.maxSteps = 0 }),
      ("patience", { $0.patience = 0 }),
      ("warm-up", { $0.warmupEpochs = 30 }),
      ("label smoothing", { $0.loss.labelSmoothing = 1 }),
      ("milestone", { $0.schedule = .multistep(milestones: [0], gamma: 0.1) }),
      ("gamma", { $0.schedule = .step(epochs: 1, gamma: 0) }),
      ("layer3", { $0.unfreezings = [.init(selection: layer3, epoch: 1)] }),
    ]
    for (word, change) in faults {
      var options = TrainingOptions()
      change(&options)
      let changed = options
      let error = #expect(throws: TrainingError.self) { try changed.validate() }
      #expect(error?.code == .options)
      #expect(error?.message.contains(word) == true, "\(word): \(error?.message ?? "")")
    }
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
