import ModelDescriptor
import Testing

@testable import PublishedModels

/// The index is made by `tools/generate/make_model_index.py`.
@Suite struct ModelIndexTests {
  @Test func everyFileOfTorchvisionIsThere() throws {
    let entries = ModelIndex.own.entries.filter { $0.framework == "torchvision" }
    #expect(entries.count == 17)
    #expect(Set(entries.map(\.architecture)).count == 10)
    for entry in entries {
      #expect(entry.license == "BSD-3-Clause")
      #expect(
        entry.mebibytes != nil && entry.metrics["acc@1"] != nil && entry.metrics["acc@5"] != nil,
        "\(entry.name)")
      let preset: Preprocessing =
        entry.name.hasSuffix("-v2") || entry.name == "resnext101_64x4d-v1" ? .imageNetV2 : .imageNet
      #expect(entry.preprocessing == preset, "\(entry.name)")
    }
  }

  @Test func everyEntryIsSound() throws {
    for entry in ModelIndex.own.entries {
      #expect(entry.file.hasSuffix("-\(entry.sha256Prefix.prefix(8)).pth"), "\(entry.file)")
      #expect(entry.address.hasSuffix("/" + entry.file))
      #expect(entry.labels.all.count == 1000)
      #expect(ModelIndex.own.entry(file: entry.file) == entry, "two of one file name")
    }
  }

  @Test func digestsAreWholeOrOfAFilesName() throws {
    let digits = ModelIndex.own.entries.map(\.sha256Prefix.utf8.count)
    #expect(Set(digits) == [8, 64])
    let usual = try #require(ModelIndex.own.entry(named: "resnet50"))
    #expect(usual.hasWholeDigest && usual.digestText == "all 64 digits of its SHA-256")
    var weak = usual
    weak.sha256Prefix = "11ad3fa6"
    #expect(!weak.hasWholeDigest && weak.digestText == "32 bits of its SHA-256")
    #expect(weak.matches(digest: usual.sha256Prefix))
    #expect(!usual.matches(digest: "11ad3fa6" + String(repeating: "0", count: 56)))
  }

  @Test(arguments: [
    ("https://user:secret@host/a@b", "https://host/a@b"), ("https://host/a@b", "https://host/a@b"),
    ("http://user:se/cret@host/a", "http://host/a"), ("user:secret@host/a", "host/a"),
    ("http://a@b:secret@host:80/", "http://host:80/"), ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
    ("http://host:80/a@b", "http://host:80/a@b"), ("secret@", ""),
    ("http:///user:secret@host/a", "http://host/a"), ("", ""), ("http://", "http://"),
  ]) func credentialsAreLeftOutOfAddresses(address: String, shown: String) {
    #expect(address.withoutCredentials == shown)
  }

  @Test func namesAndAliasesLeadToOneFile() throws {
    let usual = try #require(ModelIndex.own.entry(named: "resnet50"))
    #expect(usual.name == "resnet50-v2")
    #expect(usual.source == "torchvision:resnet50.IMAGENET1K_V2")
    #expect(usual.address == "https://download.pytorch.org/models/resnet50-11ad3fa6.pth")
    #expect(usual.metrics == ["acc@1": 80.858, "acc@5": 95.434])
    #expect(usual.byteCounts?.contains(102_540_417) == true)
    #expect(ModelIndex.own.entry(named: "resnet50-v1")?.file == "resnet50-0676ba61.pth")
    #expect(ModelIndex.own.entry(named: "resnet50.a1_in1k")?.framework == "timm")
    #expect(ModelIndex.own.entry(named: "resnet51") == nil)
  }

  @Test func misspeltNamesHaveSuggestions() {
    let index = ModelIndex.own
    #expect(index.names(closeTo: "resnet51").contains("resnet50"))
    #expect(index.names(closeTo: "ResNet50").first == "resnet50")
    #expect(index.names(closeTo: "resnext50").contains("resnext50_32x4d"))
    #expect(index.names(closeTo: "vgg16").isEmpty)
    #expect(index.names(closeTo: String(repeating: "x", count: 100_000)).isEmpty)
  }

  static let one = """
    {"name": "a", "aliases": ["b"], "framework": "f", "source": "f:a", "architecture": "resnet18",
    "address": "https://h/a-00000000.pth", "file": "a-00000000.pth", "sha256_prefix": "00000000", "license": "MIT",
    "labels": ["x", "y"], "preprocessing": {"input_size": [3, 32, 32], "mean": [0, 0, 0], "std": [1, 1, 1]}}
    """

  private func read(_ models: String, version: Int = 1) throws(DescriptorError) -> ModelIndex {
    let text = #"{"format": "reszoo-model-index", "version": \#(version), "models": [\#(models)]}"#
    return try ModelIndex(json: Array(text.utf8))
  }

  @Test func aListOfOnesOwnIsRead() throws {
    let index = try read(Self.one)
    #expect(index.entry(named: "b")?.labels.all == ["x", "y"])
    #expect(index.entry(named: "b")?.byteCounts == nil)
  }

  static let faults: [(from: String, to: String, field: String)] = [
    (#""name": "a""#, #""name": "../a""#, "models[0].name"),
    (#""name": "a""#, #""name": """#, "models[0].name"),
    (#""name": "a""#, #""name": "b""#, "models[0].name"), (#""b""#, #"".b""#, "models[0].aliases"),
    (#""file": "a-"#, #""file": "x/a-"#, "models[0].file"), ("https://h", "ftp://h", "models[0].address"),
    ("https://h", "https://h h", "models[0].address"),
    (#""00000000""#, #""0000""#, "models[0].sha256_prefix"),
    (#""00000000""#, #""0000000G""#, "models[0].sha256_prefix"),
    (#""license": "MIT""#, #""license": 3"#, "models[0].license"),
    (#""license": "MIT""#, #""license": "MIT", "size": 3"#, "models[0].size"),
    (#""license": "MIT""#, #""license": "MIT", "mebibytes": -1"#, "models[0].mebibytes"),
    (#""license": "MIT""#, #""license": "MIT", "mebibytes": 1e300"#, "models[0].mebibytes"),
    (#"["x", "y"]"#, #""cifar""#, "models[0].labels"), (#""source": "f:a","#, "", "models[0].source"),
    (#""architecture": "resnet18""#, #""architecture": "resnet19""#, "models[0].architecture"),
    ("[1, 1, 1]", "[0, 1, 1]", "models[0].preprocessing.std[0]"),
  ]

  @Test(arguments: faults.indices) func faultsNameTheirField(_ index: Int) {
    let (from, to, field) = Self.faults[index]
    #expect(Self.one.contains(from))
    let error = #expect(throws: DescriptorError.self) {
      try read(Self.one.replacing(from, with: to, maxReplacements: 1))
    }
    #expect(error?.field == field, "\(error?.description ?? "")")
  }

  @Test func otherArchitecturesAndVersionsAreRefused() {
    #expect(throws: DescriptorError.self) { try read(Self.one.replacing("resnet18", with: "vgg")) }
    #expect(throws: DescriptorError.self) { try read(Self.one, version: 2) }
    #expect(throws: DescriptorError.self) { try read(Self.one + "," + Self.one) }
    #expect(throws: DescriptorError.self) { try ModelIndex(json: []) }
  }
}
