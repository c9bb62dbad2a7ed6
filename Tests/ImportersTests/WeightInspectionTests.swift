import Messages
import ModelDescriptor
import TensorCore
import TestSupport
import Testing
import WeightFiles

@testable import Importers

@Suite struct WeightInspectionTests {
  @Test(arguments: [
    ("plain.safetensors", 32, "F32"), ("f16.safetensors", 32, "F16"),
    ("sharded/model.safetensors.index.json", 32, "F32"), ("tiny", 27, "float32"),
  ])
  func otherFormsAreListedToo(name: String, count: Int, type: String) throws {
    #expect(holdsWeights(WeightFixtures.path(name)))
    let inspection = try inspectWeights(WeightFixtures.path(name))
    #expect(inspection.tensors.count == count)
    #expect(inspection.tensors.count { $0.type == type } == 27)
    #expect(inspection.tensors.count { $0.name == nil } == count - 27)
    #expect(inspection.pickles == nil)
    #expect(inspection.descriptor?.architecture.stages.count == 2)
    #expect(inspection.refusal == nil)
  }

  @Test func tablesOfACheckpointAreNamed() throws {
    let inspection = try inspectWeights(WeightFixtures.path("pytorch/nested.pth"))
    #expect(inspection.stateDict == "model.state_dict")
    #expect(inspection.otherStateDicts == ["model_ema"])
    let other = try inspectWeights(
      WeightFixtures.path("pytorch/nested.pth"), options: ImportOptions(stateDictKey: "model_ema"))
    #expect(other.stateDict == "model_ema")
    #expect(other.tensors.allSatisfy { $0.type == "float16" || $0.type == "int64" })
  }

  @Test func whatAnImportWouldRefuseIsSaid() throws {
    let inspection = try inspectWeights(WeightFixtures.path("pytorch/types.pth"))
    #expect(inspection.refusal?.code == .architecture)
    #expect(!inspection.tensors.isEmpty)
  }

  @Test(arguments: ["zip.pth", "stream.pth", "tar.pth", "deflated.pth", "nested.pth"])
  func picklesOfAPyTorchFileAreSurveyed(name: String) throws {
    let inspection = try inspectWeights(WeightFixtures.path("pytorch/" + name))
    #expect(inspection.problem == nil)
    #expect(!inspection.tensors.isEmpty)
    let survey = try #require(inspection.pickles)
    #expect(!survey.globals.isEmpty && survey.findings.isEmpty && survey.gaps.isEmpty)
  }

  @Test(arguments: [
    ("lent.pth", WeightFileError.Code.forbiddenGlobal), ("quantised.pth", .unsupportedTensor),
    ("list.pth", .noStateDict), ("script.pt", .scripted),
  ])
  func aFileWhoseTensorsCannotBeListedIsSurveyedAllTheSame(name: String, code: WeightFileError.Code) throws {
    let inspection = try inspectWeights(WeightFixtures.path("pytorch/refused/" + name))
    #expect(inspection.problem?.code == .file(code))
    #expect(inspection.tensors.isEmpty)
    #expect(inspection.pickles?.globals.isEmpty == false)
  }
}
