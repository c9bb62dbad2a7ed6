import Foundation
import ImageInput
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import Training

/// Trainings of a tiny network on the pictures that `tools/make_image_fixtures.py` drew.
struct TrainerTests {
  private let folder = TemporaryFolder()
  private let model: Model
  private let set: PictureSet

  init() throws {
    let architecture = Architecture(
      input: Architecture.Input(height: 8, width: 8), stem: .conv3x3(width: 4),
      stages: [
        Architecture.Stage(blocks: 1, width: 4, stride: 1),
        Architecture.Stage(blocks: 1, width: 8, stride: 2),
      ], block: .basic, classes: 2)
    var preprocessing = Preprocessing.usual(for: architecture).record
    preprocessing.inputSize = [3, 8, 8]
    model = try Model(untrained: architecture, preprocessing: preprocessing, labels: ["a", "b"], seed: 3)
    let pictures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ImageInputTests/Fixtures")
    let names = ["rgb-8.png", "photo.jpg", "gray.jpg", "palette-8.png"]
    set = PictureSet(
      sources: names.map { .file(path: pictures.appending(path: $0).path) }, labels: ["a", "b"],
      labelOfSource: [0, 0, 1, 1])
  }

  private func job(_ output: String, change: (inout TrainingOptions) throws -> Void) rethrows -> TrainingJob {
    var options = TrainingOptions()
    options.batch = 2
    options.epochs = 4
    options.rates = LearningRates(head: 0.01)
    options.workers = 0
    options.threads = 1
    try change(&options)
    return TrainingJob(
      model, start: "untrained", training: set, validation: set, options: options,
      output: folder.file(output))
  }

  private func everything(_ options: inout TrainingOptions) throws {
    options.rule = .adamw()
    options.averaging = 0.9
    options.clipping = 1
    options.augmentation = .cifar
    options.schedule = .cosine
    options.selection = try LayerSelection("layer2,fc")
    options.unfreezings = [.init(selection: .all, epoch: 3)]
  }

  @Test(arguments: [1, 3, 4, 5, 7]) func aTrainingThatIsStoppedAndGoesOnEndsAlike(steps: Int) throws {
    let whole = try job("whole", change: everything)
    _ = try Trainer(whole).run()
    var cut = try job("cut", change: everything)
    var done = 0
    let outcome = try Trainer(cut).run {
      done += 1
      // Validation asks too.
      return done > steps
    }
    guard case .interrupted = outcome else {
      Issue.record("it ended")
      return
    }
    #expect(FileManager.default.fileExists(atPath: cut.statePath))
    cut.resumption = .resume
    _ = try Trainer(cut).run()
    #expect(readFile(cut.output) == readFile(whole.output))
    #expect(!FileManager.default.fileExists(atPath: cut.statePath))
  }

  @Test func frozenTensorsStayAsTheyWere() throws {
    let job = try job("frozen") { $0.selection = try LayerSelection("layer2,fc") }
    _ = try Trainer(job).run()
    let result = try Model(contentsOf: job.output)
    var changed = 0
    for parameter in model.graph.parameters {
      let isEqual =
        Array(copying: model.parameter(parameter.name).bytes)
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
    let job = job("early") {
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
    let job = job("diverging") {
      $0.schedule = .multistep(milestones: [2], gamma: 1e30)
    }
    let error = #expect(throws: TrainingError.self) { try Trainer(job).run() }
    #expect(error?.code == .diverged)
    #expect(error?.message.contains("has the weights of epoch") == true, "\(error?.message ?? "")")
    _ = try Model(contentsOf: job.output)
    #expect(!FileManager.default.fileExists(atPath: job.statePath))
  }

  @Test func aStateOfSomethingElseIsRefused() throws {
    var job = job("state") { _ in }
    folder.write(Array("no checkpoint".utf8), to: "state.training")
    job.resumption = .resume
    #expect(throws: TrainingError(.state, "")) { try Trainer(job) }
    try model.write(to: job.statePath)
    #expect(throws: TrainingError(.state, "")) { try Trainer(job) }
  }
}
