import Testing

@testable import Training

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
      ("alpha", { $0.rule = .rmsprop(alpha: 1) }),
      ("momentum", { $0.rule = .rmsprop(momentum: -1) }),
      ("beta", { $0.rule = .lamb(beta1: 2) }),
      ("lowest rate", { $0.schedule = .cyclical(baseRate: 0.1) }),
      ("half a cycle", { $0.schedule = .cyclical(stepsDown: 0) }),
      ("must be from 1 to", { $0.schedule = .cyclical(stepsUp: .max) }),
      ("above 0 and finite", { $0.rule = .rmsprop(epsilon: .infinity) }),
      ("gamma", { $0.schedule = .cyclical(gamma: 0.9) }),
      ("factor", { $0.schedule = .plateau(factor: 1) }),
      ("plateau's patience", { $0.schedule = .plateau(patience: -1) }),
      ("threshold", { $0.schedule = .plateau(threshold: .infinity) }),
      ("cooldown", { $0.schedule = .plateau(cooldown: -1) }),
      ("least rate", { $0.schedule = .plateau(minimalRate: .nan) }),
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

  @Test(arguments: [
    (OptimizerName.adam, ["nesterov": "yes"], "it belongs to sgd"),
    (.sgd, ["mass": "1"], "mass is not a setting of sgd"),
    (.rmsprop, ["alpha": "x"], "alpha is 'x'; it must be a number"),
    (.rmsprop, ["centered": "1"], "must be yes or no"),
    (.lamb, ["betas": "0.9"], "must be numbers such as 0.9,0.999"),
  ])
  func aSettingThatAnOptimizerCannotHaveIsNamed(
    name: OptimizerName, settings: [String: String], words: String
  ) {
    let error = #expect(throws: TrainingError.self) { try UpdateRule(name, settings: settings) }
    #expect(error?.code == .options && error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    (ScheduleName.cosine, ["gamma": "1"], "it belongs to step, multistep, cyclical"),
    (.multistep, [:], "multistep needs milestones, such as 15,25"), (.step, [:], "needs step-epochs"),
    (.multistep, ["milestones": "1,x"], "must be whole numbers such as 15,25"),
    (.cyclical, ["mode": "square"], "must be one of triangular, triangular2, exp_range"),
    (.plateau, ["cooldown": "0.5"], "must be a whole number"),
    (.warmRestarts, [:], "warm-restarts needs t-0, such as 10"),
    (.warmRestarts, ["t-0": "1", "t-mult": "1.5"], "must be a whole number"),
  ])
  func aSettingThatAScheduleCannotHaveIsNamed(
    name: ScheduleName, settings: [String: String], words: String
  ) {
    let error = #expect(throws: TrainingError.self) { try Schedule.Kind(name, settings: settings) }
    #expect(error?.code == .options && error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: OptimizerName.allCases) func aRecipeMakesItsOptimizerAgain(name: OptimizerName) throws {
    let texts = [
      "momentum": "0.5", "nesterov": "yes", "betas": "0.8,0.9", "eps": "0.001", "alpha": "0.8",
      "centered": "yes", "always-adapt": "yes",
    ]
    for settings in [[:], texts.filter { name.settings.contains($0.key) }] {
      let rule = try UpdateRule(name, settings: settings)
      let again = try UpdateRule(name, settings: rule.recipe.filter { $0.key != "optimizer" })
      #expect(again == rule)
      #expect(rule.recipe["optimizer"] == name.rawValue)
    }
  }

  @Test(arguments: ScheduleName.allCases) func aRecipeMakesItsScheduleAgain(name: ScheduleName) throws {
    let texts = [
      "milestones": "3,7", "step-epochs": "4", "gamma": "0.5", "base-lr": "0.01", "step-size-up": "5",
      "step-size-down": "6", "mode": "exp_range", "factor": "0.3", "plateau-patience": "2",
      "threshold": "0.01", "threshold-mode": "abs", "cooldown": "3", "min-lr": "0.001", "t-0": "3",
      "t-mult": "2", "eta-min": "0.0001",
    ]
    let kind = try Schedule.Kind(name, settings: texts.filter { name.settings.contains($0.key) })
    let again = try Schedule.Kind(name, settings: kind.recipe.filter { $0.key != "schedule" })
    #expect(again == kind)
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
