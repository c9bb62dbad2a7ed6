import Foundation
import Messages
import ModelDescriptor
import TensorCore
import TestSupport
import Testing

@testable import Importers

/// `Fixtures/explanations.json` holds the messages of `InducedErrors.swift`. Run with `RESZOO_REWRITE_FIXTURES=1` to write
/// it anew, and read what changed.
@Suite struct MismatchTests {
  struct Explanation: Codable, Equatable {
    var label: String
    var code: String
    var message: [String]
  }

  private static let fixture =
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/explanations.json").path()

  /// What each induced error says, line by line.
  private func explanations() throws -> [Explanation] {
    try InducedErrors.all.map { induced in
      let error = try #require(
        throws: ImportError.self, "\(induced.label)",
        performing: { try induced.source.plan(options: induced.options) })
      return Explanation(
        label: induced.label, code: error.code.description,
        message: error.message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }
  }

  @Test func everyInducedErrorIsExplainedAsExpected() throws {
    let found = try explanations()
    if ProcessInfo.processInfo.environment["RESZOO_REWRITE_FIXTURES"] != nil {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try (encoder.encode(found) + Data([0x0A])).write(to: URL(filePath: Self.fixture))
    }
    let expected = try JSONDecoder().decode(
      [Explanation].self, from: Data(readFile(Self.fixture)))
    #expect(found.count >= 35)
    #expect(Set(found.map(\.label)).count == found.count)
    #expect(found.map(\.label) == expected.map(\.label))
    for (found, expected) in zip(found, expected) { #expect(found == expected) }
  }

  /// The last weight of a network without a head is a vector.
  @Test func aMatrixBesideANetworkWithoutAHeadIsNoHead() throws {
    var net = try Architecture.preset(named: "small_resnet18")
    net.head = .none
    net.classes = net.featureCount
    let draft = try StateDictDraft(net)
    let last = try #require(draft.tensors.last { $0.name.hasSuffix(".weight") && $0.shape.rank == 1 })
    let other = draft.without { $0 == last.name } + StateDictDraft([("extra.weight", [10, 64])])
    let error = #expect(throws: ImportError.self) {
      try other.source().plan(options: ImportOptions(architecture: net))
    }
    #expect(error?.message.contains(last.name) == true)
  }

  @Test func everyMessageSaysWhatToDoAndIsBounded() throws {
    for explanation in try explanations() {
      let text = explanation.message.joined(separator: "\n")
      #expect(explanation.message.count <= 50, "\(explanation.label)")
      #expect(text.utf8.count <= 6000, "\(explanation.label)")
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 }, "\(explanation.label)")
      let advice = ["\n  to do:", "Use ", "hoose ", "save only one"]
      if explanation.code == "tensors" { #expect(advice.contains { text.contains($0) }, "\(text)") }
    }
  }

  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("conv1", "conv1", 0), ("conv1", "conv2", 1), ("kitten", "sitting", 3),
    ("running_var", "running_mean", 3),
  ])
  func theDistanceOfNamesCountsEdits(a: String, b: String, distance: Int) {
    #expect(editDistance(Array(a.utf8), Array(b.utf8)) == distance)
    #expect(editDistance(Array(b.utf8), Array(a.utf8)) == distance)
  }

  @Test func theNearestNameHasTheSameWordOrNearlyTheSameName() {
    let candidates: [(name: String, shape: Shape)] = [
      ("head.bias", [10]), ("head.weight", [10, 64]), ("bn9.weight", [64]), ("cls.weight", [64, 10]),
    ]
    func nearest(_ name: String, _ shape: Shape) -> String? {
      NameSimilarity.nearest(to: name, shape, among: candidates).map { candidates[$0].name }
    }
    #expect(nearest("fc.weight", [10, 64]) == "cls.weight")
    #expect(nearest("fcx.bias", [10]) == "head.bias")
    #expect(nearest("bn1.weight", [64]) == "bn9.weight")
    #expect(nearest("bn1.running_mean", [64]) == nil)
    #expect(nearest("layer3.1.bn2.weight", [7]) == nil)
  }

  @Test func manyStrangeTensorsAreExplainedQuickly() throws {
    let strangers = StateDictDraft((0..<20_000).map { ("a\($0).weight", [1]) })
    let start = ContinuousClock.now
    let error = #expect(throws: ImportError.self) {
      try strangers.source().plan(
        options: ImportOptions(architecture: try .preset(named: "small_resnet18")))
    }
    #expect(error?.message.contains("… and 19992 more") == true)
    #expect(ContinuousClock.now - start < .seconds(60))
  }
}
