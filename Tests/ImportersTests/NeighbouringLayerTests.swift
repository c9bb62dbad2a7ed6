import Messages
import ModelDescriptor
import TensorCore
import Testing

@testable import Importers

/// Tensors beside a network that may compute something of its answer are asked about, and things of training are not.
@Suite struct NeighbouringLayerTests {
  private func plan(
    _ beside: [(String, Shape)], classes: Int = 3, edit: (String) -> String = { "net." + $0 }
  ) throws
    -> ImportPlan
  {
    let net = try StateDictDraft(try Architecture.preset(named: "resnet18", classes: classes))
    return try (net.renaming(edit) + StateDictDraft(beside)).source().plan(options: ImportOptions())
  }

  @Test(arguments: [
    ("bn0.running_mean", Shape([3]), 10), ("temperature", Shape([1]), 3), ("logit_scale", Shape([]), 3),
    ("calibration.temperature", Shape([3]), 3), ("margin.weight", Shape([3, 128]), 128),
    ("head.weight", Shape([3, 128]), 128), ("classifier.weight", Shape([5, 3]), 3),
    ("second.weight", Shape([4, 1000]), 1000),
  ])
  func aLayerBehindOrBeforeTheNetworkIsAskedAbout(name: String, shape: Shape, classes: Int) throws {
    let error = #expect(throws: ImportError.self) { try plan([(name, shape)], classes: classes) }
    #expect(error?.code == .tensors)
    #expect(error?.message.contains("may be part of what it computes") == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(name) == true)
  }

  @Test(arguments: [
    ("criterion.centers", Shape([3, 512])), ("prototypes.weight", Shape([30, 512])),
    ("memory_bank", Shape([100, 512])), ("loss.scale", Shape([1])), ("amp_scaler", Shape([1])),
    ("meta.weight", Shape([8, 4])), ("train_acc.correct", Shape([1])),
  ])
  func thingsOfTrainingAreLeftOut(name: String, shape: Shape) throws {
    let plan = try plan([(name, shape)])
    #expect(plan.descriptor.architecture.head == .linear)
    #expect(plan.descriptor.architecture.classes == 3)
    #expect(plan.notes.contains { $0.description.hasPrefix("left out, beside the network") })
  }

  @Test func aClassifierWithoutABiasBesideFeaturesIsAskedAbout() throws {
    let draft =
      try StateDictDraft(try Architecture.preset(named: "resnet18", classes: 3))
      .renaming { $0 == "fc.weight" ? "arc.weight" : "net." + $0 }
    let tensors = draft.tensors.filter { $0.name != "net.fc.bias" }
    let error = #expect(throws: ImportError.self) {
      try StateDictDraft(tensors.map { ($0.name, $0.shape) }).source().plan(options: ImportOptions())
    }
    #expect(error?.message.contains("arc.weight") == true)
  }

  @Test func whatIsToBeLeftOutLeavesTheNetworksOwnTensors() throws {
    let error = #expect(throws: ImportError.self) {
      try plan([("fc.SCB", Shape([3])), ("scale.t", Shape([1]))], edit: { $0 })
    }
    #expect(
      error?.message.contains("ImportOptions.renamings from 'fc.SCB' to ''") == true,
      "\(error?.message ?? "")")
    #expect(error?.message.contains("and ImportOptions.renamings from 'scale' to ''") == true)
  }

  @Test func aHeadWithoutABiasGetsZeros() throws {
    let draft = try StateDictDraft(try Architecture.preset(named: "resnet18", classes: 3))
    let tensors = draft.tensors.filter { $0.name != "fc.bias" }
    let plan = try StateDictDraft(tensors.map { ($0.name, $0.shape) }).source().plan(options: ImportOptions())
    #expect(plan.zeros == ["fc.bias": Shape([3])])
    #expect(plan.descriptor.untrained.isEmpty)
    #expect(
      plan.assumptions.contains {
        $0.assumption.what.hasPrefix("the head multiplies the features by its matrix")
      })
  }
}
