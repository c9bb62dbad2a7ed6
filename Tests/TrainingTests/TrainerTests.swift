import Datasets
import Foundation
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import Training

struct TrainerTests {
  private let fixture: TrainerFixture

  init() throws { fixture = try TrainerFixture() }

  @Test(arguments: [1, 3, 4, 5, 7]) func aTrainingThatIsStoppedAndGoesOnEndsAlike(steps: Int) throws {
    let whole = try fixture.job("whole", change: fixture.everything)
    _ = try Trainer(whole).run()
    var cut = try fixture.job("cut", change: fixture.everything)
    try fixture.interrupt(cut, after: steps)
    #expect(FileManager.default.fileExists(atPath: cut.statePath))
    cut.resumption = .resume
    _ = try Trainer(cut).run()
    #expect(readFile(cut.output) == readFile(whole.output))
    #expect(!FileManager.default.fileExists(atPath: cut.statePath))
  }

  /// The rate falls after each epoch that is not far better; what it falls by is in the state.
  @Test(arguments: [(1, true), (3, true), (5, false), (7, false)])
  func aPlateauIsFoundAgainAfterAnInterruption(steps: Int, isValidated: Bool) throws {
    func job(_ output: String) throws -> TrainingJob {
      var job = fixture.job(output) {
        $0.rule = .rmsprop(momentum: 0.5, centered: true)
        $0.schedule = .plateau(factor: 0.5, patience: 0, threshold: 0.5, thresholdMode: .abs)
      }
      if !isValidated { job.validation = nil }
      return job
    }
    let whole = try job("whole")
    guard case .finished(let summary) = try Trainer(whole).run() else {
      Issue.record("it was stopped")
      return
    }
    #expect(summary.records.map(\.learningRate) == [0.01, 0.01, 0.005, 0.0025])
    var cut = try job("cut")
    try fixture.interrupt(cut, after: steps)
    cut.resumption = .resume
    _ = try Trainer(cut).run()
    #expect(readFile(cut.output) == readFile(whole.output))
  }

  @Test func frozenTensorsStayAsTheyWere() throws {
    let job = try fixture.job("frozen") { $0.selection = try LayerSelection("layer2,fc") }
    _ = try Trainer(job).run()
    let result = try Model(contentsOf: job.output)
    var changed = 0
    for parameter in fixture.model.graph.parameters {
      let isEqual =
        Array(copying: fixture.model.parameter(parameter.name).bytes)
        == Array(copying: result.parameter(parameter.name).bytes)
      let trains = parameter.name.hasPrefix("layer2.") || parameter.name.hasPrefix("fc.")
      if !trains { #expect(isEqual, "\(parameter.name)") }
      if trains, !isEqual { changed += 1 }
    }
    #expect(changed > 4)
    #expect(result.descriptor.origin.kind == .trained)
    #expect(result.descriptor.metrics["acc@1"] != nil)
  }

  @Test func trainingEndsWhenNothingBecomesBetter() throws {
    let job = fixture.job("early") {
      $0.epochs = 50
      $0.patience = 2
      // Too little to change an answer.
      $0.rates = LearningRates(head: 1e-12)
      $0.rule = .sgd(momentum: 0, nesterov: false)
      $0.selection = .all
    }
    guard case .finished(let summary) = try Trainer(job).run() else {
      Issue.record("it was stopped")
      return
    }
    #expect(summary.records.count < 50)
    #expect(summary.endedEarly)
  }

  @Test func whatDivergesKeepsTheBestEpoch() throws {
    let job = fixture.job("diverging") {
      $0.schedule = .multistep(milestones: [2], gamma: 1e30)
    }
    let error = #expect(throws: TrainingError.self) { try Trainer(job).run() }
    #expect(error?.code == .diverged)
    #expect(error?.message.contains("has the weights of epoch") == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("such as 0.001") == true, "\(error?.message ?? "")")
    _ = try Model(contentsOf: job.output)
    #expect(!FileManager.default.fileExists(atPath: job.statePath))
  }

  @Test(arguments: [
    (2048, UpdateRule.sgd(momentum: 0), Optional("")), (800, .adamw(), ".training"),
    (600, .sgd(momentum: 0.9), nil),
  ]) func aNetworkWithMoreTensorsThanAFileCanHaveIsRefusedAtOnce(
    blocks: Int, rule: UpdateRule, ending: String?
  ) throws {
    let architecture = Architecture(
      input: Architecture.Input(height: 8, width: 8), stem: .conv3x3(width: 1),
      stages: [
        Architecture.Stage(blocks: blocks, width: 1, stride: 1),
        Architecture.Stage(blocks: blocks, width: 1, stride: 1),
      ], block: .basic, classes: 2)
    var job = fixture.job("deep") {
      $0.rule = rule
      $0.averaging = nil
    }
    var preprocessing = Preprocessing.usual(for: architecture).record
    preprocessing.inputSize = [3, 8, 8]
    job.model = try Model(
      untrained: architecture, preprocessing: preprocessing, labels: ["a", "b"], seed: 3)
    guard let ending else { return try job.validate() }
    let parameters = job.model.graph.parameters
    // The state has the weights, the best ones, and two memories of each.
    let count =
      ending.isEmpty ? parameters.count : 2 * parameters.count + 2 * parameters.count { $0.role.isTrainable }
    let error = #expect(throws: TrainingError.self) { try Trainer(job) }
    #expect(error?.code == .file)
    #expect(
      error?.description.contains("deep\(ending): \(count) tensors, where at most 32768 are allowed") == true,
      "\(String(describing: error))")
    #expect(fixture.folder.names.isEmpty)
  }

  @Test func anOutputIsOfOneTrainingAtATime() throws {
    let job = fixture.job("shared") { _ in }
    var first: Trainer? = try Trainer(job)
    #expect(throws: TrainingError(.busy, "")) { try Trainer(job) }
    _ = try Trainer(fixture.job("other") { _ in })
    withExtendedLifetime(first) {}
    first = nil
    _ = try Trainer(job).run()
    #expect(fixture.folder.names == ["shared"])
  }

  @Test func imagesThatAreNoInputAreFoundBeforeAnythingIsDone() throws {
    var architecture = fixture.model.descriptor.architecture
    architecture.input.channels = 4
    var preprocessing = Preprocessing.usual(for: architecture).record
    preprocessing.inputSize = [4, 8, 8]
    preprocessing.mean = [0, 0, 0, 0]
    preprocessing.std = [1, 1, 1, 1]
    let model = try Model(untrained: architecture, preprocessing: preprocessing, labels: ["a", "b"], seed: 1)
    let job = TrainingJob(
      model, training: fixture.set, options: TrainingOptions(), output: fixture.folder.file("x"))
    let error = #expect(throws: TrainingError.self) { try Trainer(job) }
    #expect(error?.code == .network && error?.message.contains("takes 4 channels") == true)
    #expect(fixture.folder.names.isEmpty)
  }

  @Test func aFolderInTheStatesPlaceIsNoState() throws {
    var job = fixture.job("odd") { _ in }
    _ = fixture.folder.makeFolder("odd.training")
    for resumption in [TrainingJob.Resumption.begin, .resume, .restart] {
      job.resumption = resumption
      let error = #expect(throws: TrainingError.self) { try Trainer(job) }
      #expect(error?.code == .state && error?.message.contains("move it away") == true)
    }
  }

  @Test func theReportIsOfTheKeptWeightsAfterAnInterruptionToo() throws {
    // What is opened in the third epoch is spoilt by its rate, so the weights of an epoch before are kept.
    func job(_ output: String) throws -> TrainingJob {
      try fixture.job(output) {
        $0.metric = .loss
        $0.selection = try LayerSelection("fc")
        $0.unfreezings = [.init(selection: try LayerSelection("layer2"), epoch: 3)]
        $0.schedule = .multistep(milestones: [2], gamma: 300)
      }
    }
    let whole = LastResult()
    _ = try Trainer(job("whole"), observers: [whole]).run()
    var cut = try job("cut")
    var steps = 0
    _ = try Trainer(cut).run {
      steps += 1
      // The fourth epoch's first step; validation asks twice in each of the three epochs before.
      return steps > 12
    }
    cut.resumption = .resume
    let resumed = LastResult()
    _ = try Trainer(cut, observers: [resumed]).run()
    let (kept, found) = (try #require(whole.best), try #require(resumed.best))
    #expect(whole.records.firstIndex { $0.validation == kept.metrics } ?? 9 < 2)
    // Once with the frozen layers folded, once as they train.
    #expect(abs(found.metrics.loss - kept.metrics.loss) < 1e-4)
    #expect(found.confusion == kept.confusion)
  }

  @Test func unreadableImagesDoNotDelayTheSchedule() throws {
    var job = fixture.job("short") {
      $0.schedule = .multistep(milestones: [1, 2], gamma: 0.5)
    }
    let broken = (0..<4).map { ImageSource.file(path: fixture.folder.file("missing \($0).png")) }
    job.training = ImageSet(
      sources: fixture.set.sources + broken, labels: fixture.set.labels,
      labelOfSource: fixture.set.labelOfSource + [0, 0, 1, 1])
    guard case .finished(let summary) = try Trainer(job).run() else {
      Issue.record("it was stopped")
      return
    }
    #expect(summary.records.map(\.unreadable) == [4, 4, 4, 4])
    #expect(summary.records.map(\.steps) == [2, 4, 6, 8])
    #expect(summary.records.map(\.learningRate) == [0.01, 0.005, 0.0025, 0.0025])
  }

  @Test(arguments: [1, 3, Int.max]) func stepsEndATraining(most: Int) throws {
    let job = fixture.job("steps") { $0.maxSteps = most }
    guard case .finished(let summary) = try Trainer(job).run() else {
      Issue.record("it was stopped")
      return
    }
    #expect(summary.records.last?.steps == min(most, 8))
  }

  @Test func countsThatNoTrainingHasAreRefused() throws {
    var job = fixture.job("counts") { _ in }
    var done = 0
    _ = try Trainer(job).run {
      done += 1
      return done > 5
    }
    job.resumption = .resume
    let sound = try TrainingState(contentsOf: job.statePath)
    let changes: [(inout TrainingProgress) -> Void] = [
      { $0.epochs = -1 }, { $0.epochs = 1 << 60 }, { $0.steps = -2 }, { $0.steps = 1 << 60 },
      { $0.averagedSteps = -1 }, { $0.stepsOfTensor["fc.weight"] = -1 },
    ]
    for change in changes {
      var state = sound
      change(&state.progress)
      try state.write(to: job.statePath, describedBy: job.model.descriptor)
      #expect(throws: TrainingError(.state, "")) { try Trainer(job) }
    }
    try sound.write(to: job.statePath, describedBy: job.model.descriptor)
    _ = try Trainer(job).run()
  }

  @Test func aStateIsContinuedFromTheWeightsThatItBeganWith() throws {
    let folder = fixture.folder
    let mine = folder.file("mine.rzoo")
    try fixture.model.write(to: mine)
    let stranger = try Model(
      untrained: fixture.model.descriptor.architecture,
      preprocessing: fixture.model.descriptor.preprocessing, labels: ["a", "b"], seed: 9)
    try stranger.write(to: folder.file("other.rzoo"))
    let forged = folder.write(
      claimingRoot(of: readFile(mine), readFile(folder.file("other.rzoo"))), to: "forged.rzoo")
    var job = fixture.job("state") { _ in }
    job.model = try Model(contentsOf: forged)
    try fixture.interrupt(job, after: 5)
    job.resumption = .resume
    job.model = try Model(contentsOf: mine)
    let refusal = #expect(throws: TrainingError(.state, "")) { try Trainer(job) }
    #expect(refusal?.message.contains("other weights") == true)
    job.model = try Model(contentsOf: folder.file("other.rzoo"))
    _ = try Trainer(job)
  }

  @Test func aStateProvesItsBeginningWhereThatIsAsked() throws {
    var job = fixture.job("state") { _ in }
    try fixture.interrupt(job, after: 5)
    job.resumption = .resume
    job.requiresProvedStart = true
    let sound = try TrainingState(contentsOf: job.statePath)
    #expect(sound.progress.isStartProved == true)
    // As a version wrote it that took the word of a header.
    var state = sound
    state.progress.isStartProved = nil
    try state.write(to: job.statePath, describedBy: job.model.descriptor)
    #expect(try TrainingState(contentsOf: job.statePath).progress.isStartProved == nil)
    #expect(throws: TrainingError(.state, "")) { try Trainer(job) }
    job.requiresProvedStart = false
    _ = try Trainer(job)
    job.requiresProvedStart = true
    var descriptor = job.model.descriptor
    descriptor.architecture.normalization.epsilon *= 2
    try sound.write(to: job.statePath, describedBy: descriptor)
    let refusal = #expect(throws: TrainingError(.state, "")) { try Trainer(job) }
    #expect(refusal?.message.contains("another architecture") == true)
    try sound.write(to: job.statePath, describedBy: job.model.descriptor)
    _ = try Trainer(job).run()
  }

  @Test func aStateOfSomethingElseIsRefused() throws {
    var job = fixture.job("state") { _ in }
    fixture.folder.write(Array("no checkpoint".utf8), to: "state.training")
    job.resumption = .resume
    #expect(throws: TrainingError(.state, "")) { try Trainer(job) }
    try fixture.model.write(to: job.statePath)
    #expect(throws: TrainingError(.state, "")) { try Trainer(job) }
  }
}

/// Keeps what a training ended with.
private final class LastResult: TrainingObserver {
  var records: [EpochRecord] = []
  var best: ValidationResult?

  func didEnd(_ records: [EpochRecord], best: ValidationResult?) {
    (self.records, self.best) = (records, best)
  }
}
