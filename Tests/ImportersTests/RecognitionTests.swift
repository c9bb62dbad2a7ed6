import Messages
import ModelDescriptor
import PublishedModels
import TestSupport
import Testing
import WeightFiles

@testable import Importers

/// Published files under other names.
@Suite struct RecognitionTests {
  private let digest = String(repeating: "0123456789abcdef", count: 4)

  private func entry(_ digits: Int, mebibytes: Double? = nil) throws -> PublishedWeights {
    var entry = try #require(ModelIndex.own.entry(named: "resnet50"))
    entry.architecture = "test_resnet"
    entry.labels = .names(["one", "two", "three"])
    entry.sha256Prefix = String(digest.prefix(digits))
    entry.mebibytes = mebibytes
    return entry
  }

  private func source(_ weights: BareWeights) throws -> ImportSource {
    try ImportSource(try openWeights(weights.path))
  }

  @Test func onlyFilesOfItsSizeAndItsTensorsAreCandidates() throws {
    let weights = try BareWeights(try BareWeights.testNet())
    let source = try source(weights)
    let plan = try source.plan(options: ImportOptions())
    let size = Double(source.weights.byteCount) / 0x1p20
    var otherNet = try entry(8)
    otherNet.architecture = "resnet18"
    var otherClasses = try entry(8)
    otherClasses.labels = .imageNet
    let all = [
      try entry(8), try entry(8, mebibytes: size), otherNet, otherClasses, try entry(8, mebibytes: size + 1),
    ]
    #expect(source.publishedCandidates(for: plan, among: all) == Array(all.prefix(2)))
  }

  @Test(arguments: [
    (8, "as its tensors and the first 8 digits of its SHA-256 say"), (64, "by its SHA-256"),
  ])
  func theDigestTellsAndTheMessageSaysHowMuchOfIt(digits: Int, words: String) throws {
    var source = try source(try BareWeights(try BareWeights.testNet()))
    let entry = try entry(digits)
    let isKnown = source.recognise(digest: digest, among: [entry])
    #expect(isKnown)
    #expect(source.notes.contains("recognised: the file is \(entry.file), \(words)"), "\(source.notes)")
    let plan = try source.plan(options: ImportOptions())
    #expect(plan.descriptor.labels == ["one", "two", "three"])
    #expect(plan.descriptor.preprocessing == entry.preprocessing)
  }

  @Test func anotherDigestIsNoMatch() throws {
    var source = try source(try BareWeights(try BareWeights.testNet()))
    let before = source.notes
    let other = String(digest.reversed())
    let entry = try entry(8)
    let isKnown = source.recognise(digest: other, among: [entry])
    #expect(!isKnown)
    #expect(source.notes == before)
  }
}
