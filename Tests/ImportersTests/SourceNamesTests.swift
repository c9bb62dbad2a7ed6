import ModelDescriptor
import ResNetModel
import TensorCore
import TestSupport
import Testing
import WeightTestSupport

@testable import Importers

@Suite struct SourceNamesTests {
  static let ours = [
    "conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer1.0.downsample.0.weight",
    "layer1.0.downsample.1.weight", "fc.weight", "fc.bias",
  ]

  @Test(arguments: [
    (ours, SourceNames()),
    (ours.map { "module." + $0 }, SourceNames(prefix: "module.")),
    (
      ours.map { $0.replacing("fc.", with: "linear.") }, SourceNames(renamed: ["fc": "linear"])
    ),
    (
      ours.map { "net." + $0.replacing("downsample", with: "shortcut") },
      SourceNames(prefix: "net.", renamed: ["layer1.0.downsample": "layer1.0.shortcut"])
    ),
    (
      ours.map { $0.replacing("conv1.weight", with: "conv1.kernel") },
      SourceNames(renamed: ["conv1.weight": "conv1.kernel", "layer1.0.conv1.weight": "layer1.0.conv1.kernel"])
    ),
  ])
  func differencesAreFew(theirs: [String], names: SourceNames) {
    #expect(SourceNames(deriving: Array(zip(Self.ours, theirs)).map { (ours: $0.0, theirs: $0.1) }) == names)
  }

  @Test func everyNameComesBackWhateverItIs() {
    var random = SplitMix64(seed: 1)
    let words = ["a", "b", "fc", "weight", "bias", "conv1", "", "module"]
    for _ in 0..<2000 {
      let theirs = Self.ours.map { name in
        switch random.next() % 4 {
        case 0: name
        case 1: "module." + name
        default: (0...random.next() % 3).map { _ in words[Int(random.next() % 8)] }.joined(separator: ".")
        }
      }
      let names = SourceNames(deriving: zip(Self.ours, theirs).map { (ours: $0.0, theirs: $0.1) })
      #expect(Self.ours.map(names.foreignName) == theirs)
    }
  }

  @Test func countsBeyondTheListAreZero() {
    #expect(SourceNames(batchesTracked: [5]).batchesTracked(at: 9) == 5)
    #expect(SourceNames(batchesTracked: [5, 6]).batchesTracked(at: 1) == 6)
    #expect(SourceNames(batchesTracked: [5, 6]).batchesTracked(at: 2) == 0)
    #expect(SourceNames(batchesTracked: []).batchesTracked(at: 0) == 0)
    #expect(SourceNames().batchesTracked(at: 0) == 0)
  }

  @Test func theMetadataHoldsThemAndNeedNot() throws {
    var descriptor = try Specimen.model().descriptor
    let architecture = try descriptor.architectureJSON()
    let without = try descriptor.metadataJSON()
    #expect(!String(decoding: without, as: UTF8.self).contains("source_names"))
    #expect(try ModelDescriptor(architectureJSON: architecture, metadataJSON: without) == descriptor)
    descriptor.sourceNames = SourceNames(
      prefix: "module.", renamed: ["fc": "linear"], batchesTracked: [-1, .max])
    let with = try descriptor.metadataJSON()
    #expect(try ModelDescriptor(architectureJSON: architecture, metadataJSON: with) == descriptor)
  }
}
