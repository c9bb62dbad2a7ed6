import Datasets
import Messages
import ModelDescriptor
import ResNetModel
import TestSupport
import Testing

@testable import Training

/// Networks that do not answer by one class of many are given a head that does.
@Suite struct NewHeadTests {
  private static func model(_ change: (inout Architecture) -> Void) throws -> Model {
    var net = try TrainerFixture().model.descriptor.architecture
    change(&net)
    return try Model(untrained: net, seed: 1)
  }

  static let others: [(name: String, change: @Sendable (inout Architecture) -> Void)] = [
    (
      "no head",
      {
        $0.head = .none; $0.classes = 8
      }
    ), ("several", { $0.answer = .several }),
    (
      "binary",
      {
        $0.answer = .binary; $0.classes = 1
      }
    ),
  ]

  @Test(arguments: others.map(\.name))
  func fineTuningReplacesTheHead(name: String) throws {
    let fixture = try TrainerFixture()
    let model = try Self.model(#require(Self.others.first { $0.name == name }).change)
    let adapted = try AdaptedModel(model, training: fixture.set, validation: nil, seed: 1)
    let net = adapted.model.descriptor.architecture
    #expect(adapted.isHeadNew)
    #expect(net.head == .linear)
    #expect(net.answer == .one)
    #expect(net.classes == 2)
    #expect(adapted.model.values("conv1.weight") == model.values("conv1.weight"))
  }

  @Test(arguments: [("no head", TrainingError.Code.network), ("several", .data)])
  func trainingOnWithoutAnotherHeadIsRefused(name: String, code: TrainingError.Code) throws {
    let fixture = try TrainerFixture()
    let model = try Self.model(#require(Self.others.first { $0.name == name }).change)
    var options = TrainingOptions()
    options.batch = 2
    let job = TrainingJob(
      model, training: fixture.set, validation: nil, options: options, output: fixture.folder.file("x.rzoo"))
    #expect(throws: TrainingError(code, "")) { try job.validate() }
  }
}
