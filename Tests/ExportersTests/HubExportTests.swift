import Files
import Foundation
import Importers
import Messages
import ModelDescriptor
import ResNetModel
import TestSupport
import Testing
import WeightTestSupport

@testable import Exporters

/// Folders for model hubs. `tools/compare/compare_hub.py` holds them against timm and transformers.
@Suite struct HubExportTests {
  private static let preparation = Preprocessing(
    inputSize: [3, 160, 160], resize: 177, crop: 160, interpolation: .bicubic, mean: [0.5, 0.4, 0.3],
    std: [0.25, 0.25, 0.25], exif: .ignore)

  private func model(_ architecture: Architecture) throws -> Model {
    var net = architecture
    net.classes = 3
    let model = try Model(
      untrained: net, preprocessing: Self.preparation, labels: ["ant", "crane, bird", "a|`b`\n"], seed: 5)
    var descriptor = model.descriptor
    descriptor.origin = Origin(
      kind: .trained, source: "net", sha256: String(repeating: "0", count: 64), license: "Apache-2.0")
    descriptor.metrics = ["acc@1": 71.5]
    descriptor.recipe = ["optimizer": "sgd"]
    return try Model(descriptor: descriptor, parameters: model.parameters)
  }

  private func testNet() throws -> Model { try model(try Architecture.preset(named: "test_resnet")) }

  private func json(_ path: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(readFile(path))) as? [String: Any])
  }

  @Test(arguments: HubForm.allCases)
  func aFolderComesBackWithAllThatItSays(form: HubForm) throws {
    let folder = TemporaryFolder()
    var net = Architecture(
      stem: .init(kind: .conv7x7, widths: [8], pool: true),
      stages: [.init(blocks: 1, width: 4, stride: 1), .init(blocks: 2, width: 8, stride: 2)],
      block: .bottleneck, bottleneckStride: .conv1)
    if form == .timm { net = try Architecture.preset(named: "test_resnet") }
    let source = try model(net)
    try source.exportHub(folder: folder.file("hub"), form: form)
    let report = try importWeights(folder.file("hub"))
    #expect(report.model.hasSameWeights(as: source))
    let (back, before) = (report.model.descriptor, source.descriptor)
    #expect(back.architecture == before.architecture)
    #expect(back.preprocessing == before.preprocessing)
    #expect(back.labels == before.labels)
    #expect(back.origin == before.origin)
    #expect(back.metrics == before.metrics)
    #expect(back.assumptions == [])
    try report.model.exportHub(folder: folder.file("again"), form: form)
    for name in TemporaryFolder.names(in: folder.file("hub")) where name != "README.md" {
      #expect(readFile(folder.file("hub/" + name)) == readFile(folder.file("again/" + name)), "\(name)")
    }
  }

  @Test func timmsRecordSaysWhatTimmReads() throws {
    let folder = TemporaryFolder()
    let report = try testNet().exportHub(folder: folder.file("hub"))
    #expect(
      TemporaryFolder.names(in: folder.file("hub")) == ["README.md", "config.json", "model.safetensors"])
    #expect(report.notes == [])
    let config = try json(folder.file("hub/config.json"))
    #expect(config["architecture"] as? String == "test_resnet")
    #expect(config["num_classes"] as? Int == 3)
    #expect(config["num_features"] as? Int == 96)
    #expect(config["label_names"] as? [String] == ["ant", "crane, bird", "a|`b`\n"])
    #expect(config["model_args"] == nil)
    let record = try #require(config["pretrained_cfg"] as? [String: Any])
    #expect(record["input_size"] as? [Int] == [3, 160, 160])
    #expect(record["crop_pct"] as? Double == 0.9)
    #expect(record["interpolation"] as? String == "bicubic")
    #expect(record["first_conv"] as? String == "conv1.0")
    #expect(record["license"] as? String == "apache-2.0")
  }

  @Test func theFractionLeadsBackToEverySize() {
    for crop in [32, 160, 224, 288] {
      for resize in crop...2 * crop {
        let fraction = Preprocessing.fraction(of: crop, in: resize)
        #expect(Int((Double(crop) / fraction).rounded(.down)) == resize, "\(crop) of \(resize)")
      }
    }
    #expect(Preprocessing.fraction(of: 224, in: 256) == 0.875)
    #expect(Preprocessing.fraction(of: 288, in: 303) == 0.95)
  }

  @Test func variantsOfTimmsNetworksHaveTheirArguments() throws {
    for (change, argument, value) in [
      ({ $0.input.channels = 1 }, "in_chans", .count(1)),
      ({ $0.globalPool = .max }, "global_pool", .string("max")),
      ({ for index in 0...3 { $0.stages[index].blocks = index + 1 } }, "layers", .counts([1, 2, 3, 4])),
      ({ for index in 0...3 { $0.stages[index].width = 16 } }, "channels", .counts([16, 16, 16, 16])),
      (
        {
          for index in 2...3 { $0.stages[index].stride = 1 }
          $0.stages[2].dilation = 2
          $0.stages[3].dilation = 4
        }, "output_stride", .count(8)
      ),
    ] as [((inout Architecture) -> Void, String, JSONValue)] {
      var net = try Architecture.preset(named: "resnet50d")
      change(&net)
      net.name = nil
      let (name, arguments) = try TimmNetwork.named(net)
      // With numbers of blocks of its own it is as near to another network of this family.
      let names = argument == "layers" ? ["resnet50d", "resnet26d"] : ["resnet50d"]
      #expect(names.contains(name), "\(name) \(arguments)")
      #expect(arguments == [argument: value])
    }
  }

  @Test func everyPresetOfTimmHasItsName() throws {
    for preset in Architecture.timmPresets {
      let (name, arguments) = try TimmNetwork.named(preset)
      #expect(arguments.isEmpty)
      #expect(name == preset.name)
    }
  }

  @Test(arguments: [
    ("small_resnet18", "3 stages, not 4, a 3×3 stem, a stem without a pool"),
    ("cifar_resnet20", "no projections in shortcuts"), ("resnet18_cifar", "a 3×3 stem"),
  ])
  func networksThatTimmDoesNotHaveAreRefusedWithTheReason(name: String, words: String) throws {
    let folder = TemporaryFolder()
    let model = try Model(untrained: try Architecture.preset(named: name), seed: 1)
    for form in HubForm.allCases {
      let error = #expect(throws: ExportError.self) {
        try model.exportHub(folder: folder.file("hub"), form: form)
      }
      guard case .unsupported(let remark) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(remark.description.contains(form == .timm ? words : "plain ResNets alone"), "\(remark)")
    }
    #expect(folder.names == [])
  }

  @Test func coloursInReverseAreRefused() throws {
    let folder = TemporaryFolder()
    let model = try testNet()
    var descriptor = model.descriptor
    descriptor.preprocessing.channelOrder = .bgr
    let reversed = try Model(descriptor: descriptor, parameters: model.parameters)
    for form in HubForm.allCases {
      #expect(throws: ExportError.self) { try reversed.exportHub(folder: folder.file("hub"), form: form) }
    }
    #expect(folder.names == [])
  }

  @Test func aNetworkWithoutAHeadHasNoClassesAndComesBack() throws {
    let folder = TemporaryFolder()
    var net = try Architecture.preset(named: "test_resnet")
    net.head = .none
    net.classes = net.featureCount
    let source = try Model(untrained: net, seed: 1)
    try source.exportHub(folder: folder.file("hub"))
    #expect(try json(folder.file("hub/config.json"))["num_classes"] as? Int == 0)
    let back = try importWeights(folder.file("hub")).model
    #expect(back.descriptor.architecture == net)
    #expect(back.hasSameWeights(as: source))
  }

  @Test func anAnswerOfSigmoidsIsSaid() throws {
    let folder = TemporaryFolder()
    let model = try testNet()
    var descriptor = model.descriptor
    descriptor.architecture.answer = .several
    let report = try Model(descriptor: descriptor, parameters: model.parameters)
      .exportHub(folder: folder.file("hub"))
    #expect(report.notes == ["answer: timm does not say that each logit is for a sigmoid"])
    #expect(try importWeights(folder.file("hub")).model.descriptor.architecture.answer == .several)
  }

  @Test func onlyAnEarlierExportIsReplaced() throws {
    let folder = TemporaryFolder()
    let model = try testNet()
    try model.exportHub(folder: folder.file("hub"))
    try model.exportHub(folder: folder.file("hub"))
    let other = folder.makeFolder("other")
    writeFile(Array("{}".utf8), to: other + "/config.json")
    #expect(throws: ExportError.self) { try model.exportHub(folder: other) }
    #expect(TemporaryFolder.names(in: other) == ["config.json"])
  }

  @Test func theCardHasTheMetadataAndNothingThatBreaksIt() throws {
    let text = ModelCard(try testNet(), form: .timm).text
    for line in [
      #"license: "apache-2.0""#, "library_name: timm", "| acc@1 | 71.5 |", "| optimizer | sgd |",
      "| licence | Apache-2.0 |", #"ant, crane, bird, a\|\`b\`\\u\{a\}"#,
    ] {
      #expect(text.split(separator: "\n").contains(Substring(line)), "\(line) in \(text)")
    }
  }

  @Test func aRecordThatWasEditedGoesBeforeTheFile() throws {
    let folder = TemporaryFolder()
    try testNet().exportHub(folder: folder.file("hub"))
    let path = folder.file("hub/config.json")
    let text = String(decoding: readFile(path), as: UTF8.self)
      .replacing("\"ant\"", with: "\"wasp\"").replacing("bicubic", with: "bilinear")
    writeFile(Array(text.utf8), to: path)
    let report = try importWeights(folder.file("hub"))
    #expect(report.model.descriptor.labels?.first == "wasp")
    #expect(report.model.descriptor.preprocessing.interpolation == .bilinear)
    for note in [
      "labels: config.json beside the weights goes before the file itself, which names others",
      "preprocessing: config.json beside the weights goes before the file itself, which says otherwise",
    ] as [Remark] {
      #expect(report.notes.contains(note), "\(report.notes)")
    }
  }
}
