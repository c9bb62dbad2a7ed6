import Files
import Messages
import ModelDescriptor
import PublishedModels
import ResNetModel
import TestSupport
import Testing
import WeightFiles
import WeightTestSupport

@testable import Importers

/// What is published about a file goes into the descriptor. The fixtures are by `tools/fixtures/make_safetensors_fixtures.py` and
/// `tools/fixtures/make_pytorch_fixtures.py`.
@Suite struct PublishedFileTests {
  /// An entry for the small network of the fixtures.
  private func entry() throws -> PublishedWeights {
    var entry = try #require(ModelIndex.own.entry(named: "resnet50"))
    entry.sha256Prefix = try Fingerprint(InputFile(path: Specimen.path("plain.safetensors"))).finish()
    entry.labels = .names(["one", "two", "three"])
    entry.preprocessing = Preprocessing(inputSize: [3, 8, 8], resize: 10, crop: 8, interpolation: .bicubic)
    return entry
  }

  @Test func gapsAreFilledFromTheIndex() throws {
    var options = try Specimen.options()
    let entry = try entry()
    options.published = entry
    let report = try importWeights(Specimen.path("plain.safetensors"), options: options)
    let descriptor = report.model.descriptor
    #expect(descriptor.preprocessing == entry.preprocessing)
    #expect(descriptor.metrics == ["acc@1": 80.858, "acc@5": 95.434])
    #expect(descriptor.labels == ["one", "two", "three"])
    #expect(descriptor.origin.license == "BSD-3-Clause")
    #expect(descriptor.origin.source == "https://download.pytorch.org/models/resnet50-11ad3fa6.pth")
    #expect(descriptor.origin.sha256?.count == 64)
    for note in [
      "published: torchvision:resnet50.IMAGENET1K_V2, under the licence BSD-3-Clause",
      "preprocessing: as published with torchvision:resnet50.IMAGENET1K_V2",
      "labels: 3, as published with torchvision:resnet50.IMAGENET1K_V2",
    ] as [Remark] {
      #expect(report.notes.contains(note), "\(report.notes)")
    }
  }

  @Test func anotherFileThanTheEntrysIsRefused() throws {
    var options = try Specimen.options()
    for digits in [8, 64] {
      var entry = try entry()
      entry.sha256Prefix = String(entry.sha256Prefix.reversed().prefix(digits))
      options.published = entry
      let error = #expect(throws: ImportError.self) {
        try importWeights(Specimen.path("plain.safetensors"), options: options)
      }
      #expect(error?.code == .file(.digestMismatch), "\(error?.description ?? "")")
    }
  }

  @Test func aPartOfTheDigestIsSaidToBeOne() throws {
    var options = try Specimen.options()
    var entry = try entry()
    entry.sha256Prefix = String(entry.sha256Prefix.prefix(8))
    options.published = entry
    let notes = try importWeights(Specimen.path("plain.safetensors"), options: options).notes
    #expect(notes.contains { $0.description.hasPrefix("checked: only 32 bits of its SHA-256") }, "\(notes)")
  }

  @Test func optionsComeBeforeTheIndex() throws {
    var options = try Specimen.options()
    options.published = try entry()
    options.labels = ["a", "b", "c"]
    options.preprocessing = Preprocessing(inputSize: [3, 8, 8], resize: nil, crop: nil)
    let descriptor = try importWeights(Specimen.path("plain.safetensors"), options: options).model.descriptor
    #expect(descriptor.labels == ["a", "b", "c"])
    #expect(descriptor.preprocessing == options.preprocessing)
  }

  @Test func namesOfPublishedFilesAreKnown() {
    for (path, name) in [
      ("/tmp/resnet50-11ad3fa6.pth", "resnet50-v2"), ("resnet50-0676ba61.pth", "resnet50-v1"),
      ("rw_resnet50-86acaeed.pth", "resnet50.bt_in1k"), ("resnet50-12345678.pth", nil), ("resnet50.pth", nil),
    ] as [(String, String?)] {
      #expect(FileName(path).published?.name == name, "\(path)")
    }
  }

  @Test func aPublishedNameOnOtherBytesIsAnError() throws {
    let folder = TemporaryFolder()
    let path = folder.write(
      readFile(WeightFixtures.path("pytorch/parameters.pth")), to: "resnet50-11ad3fa6.pth")
    let error = #expect(throws: ImportError.self) { try importWeights(path) }
    #expect(error?.code == .file(.digestMismatch), "\(error?.description ?? "")")
  }
}
