import Messages
import ModelDescriptor
import TensorCore
import TestSupport
import Testing

@testable import Importers

@Suite struct WeightInspectionTests {
  private let folder = TemporaryFolder()

  private func survey(_ bytes: [UInt8]) throws -> PickleSurvey {
    try #require(try inspectWeights(folder.write(bytes, to: "x.pth")).pickles)
  }

  // MARK: Good files

  @Test(arguments: PyTorchFixtures.expected.keys.sorted())
  func tensorsAreListedAsPyTorchLoadsThem(name: String) throws {
    let inspection = try inspectWeights(PyTorchFixtures.path(name))
    let expected = try #require(PyTorchFixtures.expected[name])
    #expect(inspection.problem == nil)
    #expect(inspection.tensors.map(\.sourceName) == expected.map(\.name))
    #expect(inspection.tensors.map(\.shape.dimensions) == expected.map(\.shape))
    let survey = try #require(inspection.pickles)
    #expect(!survey.globals.isEmpty)
    #expect(survey.globals.allSatisfy { $0.verdict.isAllowed }, "\(survey.globals)")
    #expect(survey.findings.isEmpty && survey.gaps.isEmpty, "\(survey.findings) \(survey.gaps)")
  }

  @Test(arguments: [
    ("plain.safetensors", 32, "F32"), ("f16.safetensors", 32, "F16"),
    ("sharded/model.safetensors.index.json", 32, "F32"), ("tiny", 27, "float32"),
  ])
  func otherFormsAreListedToo(name: String, count: Int, type: String) throws {
    #expect(holdsWeights(RawExportFolder.fixture(name)))
    let inspection = try inspectWeights(RawExportFolder.fixture(name))
    #expect(inspection.tensors.count == count)
    #expect(inspection.tensors.count { $0.type == type } == 27)
    #expect(inspection.tensors.count { $0.name == nil } == count - 27)
    #expect(inspection.pickles == nil)
    #expect(inspection.descriptor?.architecture.stages.count == 2)
    #expect(inspection.refusal == nil)
  }

  @Test func tablesOfACheckpointAreNamed() throws {
    let inspection = try inspectWeights(PyTorchFixtures.path("nested.pth"))
    #expect(inspection.stateDict == "model.state_dict")
    #expect(inspection.otherStateDicts == ["model_ema"])
    let other = try inspectWeights(PyTorchFixtures.path("nested.pth"), stateDictKey: "model_ema")
    #expect(other.stateDict == "model_ema")
    #expect(other.tensors.allSatisfy { $0.type == "float16" || $0.type == "int64" })
  }

  @Test func whatAnImportWouldRefuseIsSaid() throws {
    let inspection = try inspectWeights(PyTorchFixtures.path("types.pth"))
    #expect(inspection.refusal?.code == .architecture)
    #expect(!inspection.tensors.isEmpty)
  }

  /// The storages of this file are gone; its pickle is there.
  @Test func elementsAreNotRead() throws {
    var zip = Zip(
      pickle: Pickle.file(Pickle.dict([("w", Pickle.tensor())])), storage: Array(repeating: 7, count: 16))
    zip.entries[2].checksum = 1
    let path = folder.write(zip.bytes, to: "x.pth")
    #expect(try inspectWeights(path).problem == nil)
    #expect(throws: ImportError(.checksumMismatch, file: "", "")) {
      let source = try openWeights(path, options: ImportOptions())
      try source.readAll()
    }
  }

  @Test func whatHoldsNoWeightsIsNotTakenForThem() {
    let checkpoint: [UInt8] = [0x8D] + Array("RZOO".utf8) + Array(repeating: 0, count: 100)
    #expect(!holdsWeights(folder.write(checkpoint, to: "a.rzoo")))
    #expect(!holdsWeights(folder.write(checkpoint, to: "a.pth")))
    #expect(!holdsWeights(folder.write([], to: "empty.pth")))
    #expect(!holdsWeights(folder.file("none.pth")))
    #expect(!holdsWeights(folder.write(Array("hello".utf8), to: "a.txt")))
    #expect(holdsWeights(folder.write(Array("hello".utf8), to: "a.pth")))
  }

  // MARK: Hostile files

  @Test(.timeLimit(.minutes(1)), arguments: HostilePickles.all + HostileContainers.all)
  func everySpecimenCanBeInspected(specimen: HostileFile) {
    let path = folder.write(specimen.bytes, to: "x.pth")
    do throws(ImportError) {
      let inspection = try inspectWeights(path)
      guard let survey = inspection.pickles else { return }
      #expect(survey.globals.count <= PickleSurvey.listLimit)
      #expect(survey.findings.count <= PickleSurvey.listLimit)
      // What is wrong with bytes that are not read here is found by reading.
      if let problem = inspection.problem { #expect(problem.code == specimen.code, "\(problem)") }
    } catch {
      #expect(error.code == specimen.code, "\(error)")
    }
  }

  @Test(arguments: ["os.system", "subprocess.Popen", "builtins.eval", "net.make"])
  func whatIsCalledIsListedWithItsPlace(name: String) throws {
    let zip = Zip(pickle: Pickle.file(beside: Pickle.calling(name, [Pickle.tensor()]))).bytes
    let survey = try survey(zip)
    let global = try #require(survey.globals.first { $0.name == name })
    #expect(!global.verdict.isAllowed)
    #expect(zip[global.offset] == UInt8(ascii: "c"))
    let finding = try #require(survey.findings.first)
    #expect(survey.findings.count == 1)
    #expect(finding.opcode == "REDUCE")
    #expect(finding.reason.contains("'\(name)'"))
    #expect(finding.pickle == "a/data.pkl")
    #expect(zip[finding.offset] == UInt8(ascii: "R"))
  }

  @Test func everyCallIsListedNotOnlyTheFirst() throws {
    let calls = ["os.system", "posix.popen", "net.Thing"].map { Pickle.calling($0, [Pickle.text("id")]) }
    let survey = try survey(Zip(pickle: Pickle.file(beside: Pickle.list(calls))).bytes)
    #expect(survey.findings.count == 3)
    #expect(
      survey.globals.filter { !$0.verdict.isAllowed }.map(\.verdict) == [.refused, .refused, .unknown])
  }

  /// Instruction, its name, and the bytes before and behind its code.
  static let instructions: [(UInt8, String, [UInt8], [UInt8])] = [
    (0x69, "INST", [0x28], Array("os\nsystem\n".utf8)),
    (0x6F, "OBJ", [0x28] + Pickle.global("os.system"), []),
    (0x81, "NEWOBJ", Pickle.global("os.system") + Pickle.emptyTuple, []),
    (0x92, "NEWOBJ_EX", Pickle.global("os.system") + Pickle.emptyTuple + Pickle.none, []),
    (0x82, "EXT1", [], [1]), (0x83, "EXT2", [], [1, 0]), (0x84, "EXT4", [], [1, 0, 0, 0]),
    (0x50, "PERSID", [], Array("1\n".utf8)), (0x32, "DUP", Pickle.none, []), (0x30, "POP", Pickle.none, []),
    (0x62, "BUILD", Pickle.calling("net.Thing", []) + Pickle.none, []),
    (0x93, "STACK_GLOBAL", Pickle.none + Pickle.none, []), (0x97, "NEXT_BUFFER", [], []),
    (0x52, "REDUCE", Pickle.none + Pickle.emptyTuple, []),
  ]

  @Test(arguments: instructions)
  func unusualInstructionsAreListed(code: UInt8, name: String, before: [UInt8], behind: [UInt8]) throws {
    let bytes = Zip(pickle: Pickle.protocol2 + before + [code] + behind + Pickle.stop).bytes
    let survey = try survey(bytes)
    let finding = try #require(survey.findings.first { $0.opcode == name }, "\(survey.findings)")
    #expect(bytes[finding.offset] == code)
    #expect(survey.gaps.isEmpty, "\(survey.gaps)")
  }

  @Test func namesAreFollowedThroughTheMemo() throws {
    // 'os' and 'system' are remembered, dropped and recalled; the third entry is not where a list would have it.
    let memo: [UInt8] =
      Pickle.text("os") + [0x71, 5] + Pickle.text("system") + [0x94] + [0x30, 0x30] + [
        0x68, 5, 0x68, 1, 0x93,
      ]
    let pickle = Pickle.protocol2 + memo + Pickle.text("id") + [0x85, 0x52] + Pickle.stop
    let survey = try survey(Zip(pickle: pickle).bytes)
    #expect(survey.globals.map(\.name) == ["os.system"])
    #expect(survey.findings.map(\.opcode).contains("REDUCE"))
  }

  @Test func theListsAreBounded() throws {
    let calls = (0..<1000).map { Pickle.calling("net.f\($0)", []) }
    let survey = try survey(Zip(pickle: Pickle.file(beside: Pickle.list(calls))).bytes)
    #expect(survey.globals.count == PickleSurvey.listLimit)
    #expect(survey.globals.count + survey.furtherGlobalCount == 1000 + 3)
    #expect(survey.findings.count + survey.furtherFindingCount == 1000)
  }

  @Test func whereAPickleCannotBeFollowedIsSaid() throws {
    let survey = try survey(
      Zip(pickle: Pickle.protocol2 + Pickle.calling("os.system", [Pickle.text("id")]) + [0xFF]).bytes)
    #expect(survey.findings.map(\.opcode) == ["REDUCE"])
    #expect(survey.gaps.count == 1)
    #expect(survey.gaps.first?.contains("0xFF is no pickle instruction") == true)
  }

  @Test(arguments: ["views-stream.pth", "types.pth", "tar.pth", "views-deflated.pth"])
  func damageNeverCrashes(name: String) throws {
    let original = try PyTorchFixtures.bytes(name)
    var random = HostileFileTests.SeededGenerator(seed: 2)
    for round in 0..<300 {
      var bytes = original
      if round % 3 == 0 { bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))) }
      for _ in 0..<3 where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
      }
      _ = try? inspectWeights(folder.write(bytes, to: "x.pth"))
    }
  }

  @Test(arguments: [
    ("torch._utils._rebuild_tensor_v2", PickleSurvey.Verdict.interpreted),
    ("torch.FloatStorage", .interpreted),
    ("torch.float16", .interpreted), ("collections.OrderedDict", .interpreted),
    ("numpy.core.multiarray.scalar", .value), ("argparse.Namespace", .value), ("net.Thing", .unknown),
    ("torch.storage._load_from_bytes", .unknown), ("os.system", .refused), ("builtins.eval", .refused),
    ("torch.hub.load", .refused), ("torch._utils._rebuild_qtensor", .refused),
  ])
  func namesAreJudged(name: String, verdict: PickleSurvey.Verdict) {
    #expect(TorchGlobals.verdict(of: name) == verdict)
  }
}
