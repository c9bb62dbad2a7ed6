import Files
import Messages
import TensorCore
import TestSupport
import Testing

@testable import WeightFiles

@Suite struct PickleSurveyTests {
  private let folder = TemporaryFolder()

  /// The survey of a PyTorch file; nil for other files.
  private func survey(_ path: String) throws(WeightFileError) -> PickleSurvey? {
    let file = try InputFile.open(path)
    guard case .pytorch(let container) = try FileKind(file) else { return nil }
    return PickleSurvey(file, container: container)
  }

  private func survey(_ bytes: [UInt8]) throws -> PickleSurvey {
    try #require(try survey(folder.write(bytes, to: "x.pth")))
  }

  // MARK: Good files

  @Test(arguments: PyTorchFixtures.expected.keys.sorted())
  func tensorsAreListedAsPyTorchLoadsThem(name: String) throws {
    let path = PyTorchFixtures.path(name)
    let tensors = try openWeights(path).tensors
    let expected = try #require(PyTorchFixtures.expected[name])
    #expect(tensors.map(\.name) == expected.map(\.name))
    #expect(tensors.map(\.shape.dimensions) == expected.map(\.shape))
    let survey = try #require(try survey(path))
    #expect(!survey.globals.isEmpty)
    // Classes of somebody's own, and nothing else, are off the list.
    #expect(
      survey.globals.allSatisfy {
        $0.verdict.isAllowed || $0.name.hasPrefix("__main__.") && $0.verdict == .unknown
      },
      "\(survey.globals)")
    #expect(
      survey.findings.allSatisfy {
        $0.reason.contains("__main__.") || $0.reason.contains("not a plain name")
      },
      "\(survey.findings)")
    #expect(survey.gaps.isEmpty, "\(survey.gaps)")
  }

  /// The storages of this file are gone; its pickle is there.
  @Test func elementsAreNotRead() throws {
    var zip = Zip(
      pickle: Pickle.file(Pickle.dict([("w", Pickle.tensor())])), storage: Array(repeating: 7, count: 16))
    zip.entries[2].checksum = 1
    let path = folder.write(zip.bytes, to: "x.pth")
    let source = try openWeights(path)
    #expect(throws: WeightFileError(.checksumMismatch, file: "", "")) {
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

  @Test(.timeLimit(.minutes(10)), arguments: HostilePickles.all + HostileContainers.all)
  func everySpecimenCanBeSurveyed(specimen: HostileFile) {
    let path = folder.write(specimen.bytes, to: "x.pth")
    do throws(WeightFileError) {
      if let survey = try survey(path) {
        #expect(survey.globals.count <= PickleSurvey.listLimit)
        #expect(survey.findings.count <= PickleSurvey.listLimit)
      }
      // A fault of bytes that are not read here is found by reading.
      _ = try openWeights(path)
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

  @Test func attributesAreListedByTheirFullNames() throws {
    let layer = "torch.nn.modules.linear.Linear"
    let attribute = HostilePrograms.attribute("__class__", of: Pickle.global(layer))
    let survey = try survey(Zip(pickle: Pickle.file(beside: attribute)).bytes)
    #expect(survey.globals.last?.name == layer + ".__class__")
    #expect(survey.globals.last?.verdict == .unknown)
    #expect(survey.findings.map(\.reason) == ["asks for '\(layer).__class__', which is not on the list"])
  }

  /// A class of layers within another one is on the list, and what is done with it is not.
  @Test(arguments: [
    ("REDUCE", Pickle.emptyTuple + Pickle.call), ("NEWOBJ", Pickle.emptyTuple + [0x81]),
    ("BUILD", Pickle.dict([]) + Pickle.build),
  ])
  func everyUseOfAnAttributeIsSuspicious(opcode: String, use: [UInt8]) throws {
    let attribute = HostilePrograms.attribute("Inner", of: Pickle.global("torchvision.models.resnet.Outer"))
    let survey = try survey(Zip(pickle: Pickle.file(beside: attribute + use)).bytes)
    #expect(survey.globals.allSatisfy { $0.verdict.isAllowed })
    #expect(survey.findings.map(\.opcode) == [opcode])
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
    (0x50, "PERSID", [], Array("1\n".utf8)), (0x32, "DUP", Pickle.none, []),
    (0x62, "BUILD", Pickle.calling("net.Thing", []) + Pickle.none, []),
    (0x93, "STACK_GLOBAL", Pickle.none + Pickle.none, []), (0x97, "NEXT_BUFFER", [], []),
    (0x52, "REDUCE", Pickle.none + Pickle.emptyTuple, []),
    (0x49, "INT", [], Array("1\n".utf8)), (0x46, "FLOAT", [], Array("1.5\n".utf8)),
    (0x56, "UNICODE", [], Array("os\n".utf8)),
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
    let original = PyTorchFixtures.bytes(name)
    var random = HostileFileTests.SeededGenerator(seed: 2)
    for round in 0..<300 {
      var bytes = original
      if round % 3 == 0 { bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))) }
      for _ in 0..<3 where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
      }
      let path = folder.write(bytes, to: "x.pth")
      _ = try? survey(path)
      _ = try? openWeights(path)
    }
  }

  @Test(arguments: [
    ("torch._utils._rebuild_tensor_v2", PickleSurvey.Verdict.interpreted),
    ("torch.FloatStorage", .interpreted),
    ("torch.float16", .interpreted), ("collections.OrderedDict", .interpreted),
    ("numpy.core.multiarray.scalar", .value), ("argparse.Namespace", .value), ("net.Thing", .unknown),
    ("torch.storage._load_from_bytes", .unknown), ("os.system", .refused), ("builtins.eval", .refused),
    ("torch.hub.load", .refused), ("torch._utils._rebuild_qtensor", .value), ("builtins.getattr", .value),
    ("torch.nn.modules.conv.Conv2d", .value), ("builtins.__import__", .refused),
  ])
  func namesAreJudged(name: String, verdict: PickleSurvey.Verdict) {
    #expect(TorchGlobals.verdict(of: GlobalName(name)) == verdict)
  }
}
