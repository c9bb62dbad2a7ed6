import Datasets
import Foundation
import ImageInput
import ModelDescriptor
import ResNetModel
import TestSupport
import Testing

@testable import Training

/// Trainings of a tiny network on images that `tools/fixtures/make_image_fixtures.py` drew.
struct TrainerFixture {
  let folder = TemporaryFolder()
  let model: Model
  var set: ImageSet

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
    let images = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ImageInputTests/Fixtures")
    let names = ["rgb-8.png", "photo.jpg", "gray.jpg", "palette-8.png"]
    set = ImageSet(
      sources: names.map { .file(path: images.appending(path: $0).path) }, labels: ["a", "b"],
      labelOfSource: [0, 0, 1, 1])
  }

  /// Four epochs of two steps.
  func job(_ output: String, change: (inout TrainingOptions) throws -> Void) rethrows -> TrainingJob {
    var options = TrainingOptions()
    options.batch = 2
    options.epochs = 4
    options.rates = LearningRates(head: 0.01)
    options.workers = 0
    options.threads = 1
    try change(&options)
    return TrainingJob(
      model, training: set, validation: set, options: options, output: folder.file(output))
  }

  /// All that a state must remember.
  func everything(_ options: inout TrainingOptions) throws {
    options.rule = .adamw()
    options.averaging = 0.9
    options.clipping = 1
    options.augmentation = .cifar
    options.schedule = .cosine
    options.selection = try LayerSelection("layer2,fc")
    options.unfreezings = [.init(selection: .all, epoch: 3)]
  }

  /// Runs a job that is stopped when a step behind the given number has been asked about; validation asks too.
  func interrupt(_ job: TrainingJob, after steps: Int) throws {
    var done = 0
    let outcome = try Trainer(job).run {
      done += 1
      return done > steps
    }
    guard case .interrupted = outcome else {
      Issue.record("it ended")
      return
    }
  }
}
