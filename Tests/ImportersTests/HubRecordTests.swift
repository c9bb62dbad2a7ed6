import Exporters
import Messages
import ModelDescriptor
import ResNetModel
import TestSupport
import Testing

@testable import Importers

/// The records of model hubs beside weights.
@Suite struct HubRecordTests {
  private static let timm = """
    {"architecture": "test_resnet", "num_classes": 3, "num_features": 96, "label_names": ["ant", "bee", "cat"],
     "pretrained_cfg": {"tag": "r160_in1k", "mean": [0.5, 0.4, 0.3], "std": [0.25, 0.25, 0.25], "crop_pct": 0.95,
      "interpolation": "bicubic", "input_size": [3, 160, 160], "license": "apache-2.0", "first_conv": "conv1.0"}}
    """
  private static let preprocessing = Preprocessing(
    inputSize: [3, 160, 160], resize: 168, crop: 160, interpolation: .bicubic, mean: [0.5, 0.4, 0.3],
    std: [0.25, 0.25, 0.25])

  @Test(arguments: ["", "/model.safetensors"])
  func timmsRecordGivesNetworkLabelsAndPreprocessing(inner: String) throws {
    let weights = try BareWeights(try BareWeights.testNet(), config: Self.timm)
    let report = try importWeights(weights.path + inner)
    let descriptor = report.model.descriptor
    #expect(descriptor.architecture == (try BareWeights.testNet()))
    #expect(descriptor.labels == ["ant", "bee", "cat"])
    #expect(descriptor.preprocessing == Self.preprocessing)
    #expect(descriptor.origin.license == "apache-2.0")
    #expect(descriptor.assumptions == [])
    for note in [
      "architecture: test_resnet, as config.json beside the weights says",
      "labels: 3, as config.json beside the weights says",
    ] as [Remark] {
      #expect(report.notes.contains(note), "\(report.notes)")
    }
    let inspection = try inspectWeights(weights.path + inner)
    #expect(inspection.descriptor?.preprocessing == Self.preprocessing)
  }

  @Test(arguments: [
    ("legacy_seresnet50", Architecture.BottleneckStride.conv1), ("legacy_seresnext50_32x4d", .conv2),
  ])
  func timmsLegacyNamesAreNetworksPortedFromCaffe(
    _ name: String, _ stride: Architecture.BottleneckStride
  ) throws {
    let net = try #require(Architecture.timmPreset(named: name))
    #expect(net.name == nil)
    #expect(net.stem.poolKind == .maxPartial)
    #expect(net.bottleneckStride == stride)
    #expect(Architecture.timmPreset(named: "legacy_seresnet18") == nil)
  }

  @Test func theOlderFlatFormIsReadToo() throws {
    let weights = try BareWeights(
      try BareWeights.testNet(),
      config: """
        {"architecture": "test_resnet", "num_classes": 3, "num_features": 96, "labels": ["ant", "bee", "cat"],
         "mean": [0.5, 0.4, 0.3], "std": [0.25, 0.25, 0.25], "crop_pct": 0.95, "input_size": [3, 160, 160]}
        """)
    let descriptor = try importWeights(weights.path).model.descriptor
    #expect(descriptor.labels == ["ant", "bee", "cat"])
    #expect(descriptor.preprocessing == Self.preprocessing)
  }

  @Test func transformersRecordSaysWhatNoShapeTells() throws {
    let weights = try BareWeights(
      BareWeights.early, config: BareWeights.earlyConfig,
      preprocessor: """
        {"crop_pct": 0.875, "image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4], "resample": 3,
         "size": {"shortest_edge": 224}}
        """)
    let descriptor = try importWeights(weights.path).model.descriptor
    #expect(descriptor.architecture == BareWeights.early)
    #expect(descriptor.labels == ["ant", "bee", "cat"])
    #expect(
      descriptor.preprocessing
        == Preprocessing(interpolation: .bicubic, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4]))
    // Without the record, the usual place of the stride is taken.
    let alone = try BareWeights(BareWeights.early)
    #expect(try importWeights(alone.path).model.descriptor.architecture.bottleneckStride == .conv2)
  }

  @Test func optionsGoBeforeTheRecord() throws {
    let weights = try BareWeights(
      try BareWeights.testNet(), config: Self.timm.replacing("test_resnet", with: "efficientnet_b0"))
    let options = ImportOptions(
      architecture: try BareWeights.testNet(), labels: ["x", "y", "z"], preprocessing: .imageNet)
    let descriptor = try importWeights(weights.path, options: options).model.descriptor
    #expect(descriptor.labels == ["x", "y", "z"])
    #expect(descriptor.preprocessing == .imageNet)
  }

  @Test(arguments: [
    ("test_resnet", "efficientnet_b0", "no architecture named 'efficientnet_b0'"),
    ("test_resnet", "resnest50d", "attend over splits"),
    ("test_resnet", "resnet18", "do not fit resnet18 (as config.json"),
    (#""num_classes": 3"#, #""num_classes": 5"#, "5 classes, as config.json"),
    (#""num_classes": 3"#, #""num_classes": "three""#, "num_classes: must be a number"),
    (#""num_features": 96"#, #""model_args": {"act_layer": "silu"}"#, "model_args.act_layer"),
    (#"["ant", "bee", "cat"]"#, #"["ant", "bee"]"#, "2 labels for 3 classes, as config.json"),
    (#"["ant", "bee", "cat"]"#, #"{"0": "ant", "2": "cat"}"#, "label_names: has 2 members"),
    ("[0.5, 0.4, 0.3]", "[0.5, 0.4]", "pretrained_cfg.mean: 2 values"),
    ("[0.5, 0.4, 0.3]", #"[0.5, "x", 0.3]"#, "pretrained_cfg.mean[1]: must be a number"),
    ("0.95", "0", "pretrained_cfg.crop_pct"), ("0.95", "1e-300", "crop_pct"),
    ("0.95", "1e999", "config.json"),
    ("bicubic", "random", "pretrained_cfg.interpolation: 'random'"),
    ("[3, 160, 160]", "[3, 160, 192]", "cut out of a larger image"), ("[3, 160, 160]", "[3]", "input_size"),
    ("[3, 160, 160]", "[3, -1, -1]", "input_size[1]"), ("}}", "}", "not the JSON"),
    (#""num_classes": 3"#, #""num_classes": 3, "num_classes": 3"#, "twice"),
  ])
  func aRecordThatIsWrongIsRefusedByName(truth: String, falsehood: String, words: String) throws {
    let weights = try BareWeights(
      try BareWeights.testNet(), config: Self.timm.replacing(truth, with: falsehood))
    let error = #expect(throws: ImportError.self) { try importWeights(weights.path) }
    #expect(error?.explanation.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(try inspectWeights(weights.path).refusal == error, "an inspection announces it")
  }

  @Test(arguments: [
    (#""hidden_sizes": [16, 32]"#, #""hidden_sizes": [16, 30]"#, "hidden_sizes"),
    (#""hidden_sizes": [16, 32]"#, #""hidden_sizes": [16]"#, "depths"),
    (#""model_type": "resnet""#, #""model_type": "vit""#, "model_type"),
    (#""embedding_size": 8"#, #""embedding_size": 8, "hidden_act": "gelu""#, "hidden_act"),
    (#""embedding_size": 8"#, #""embedding_size": 8, "layer_type": "x""#, "layer_type"),
    (#""depths": [1, 2]"#, #""depths": [1, 2000000000]"#, "stages[1].blocks"),
  ])
  func aRecordOfTransformersThatIsWrongIsRefusedByName(
    truth: String, falsehood: String, words: String
  ) throws {
    let weights = try BareWeights(
      BareWeights.early, config: BareWeights.earlyConfig.replacing(truth, with: falsehood))
    let error = #expect(throws: ImportError.self) { try importWeights(weights.path) }
    #expect(error?.file.hasSuffix("config.json") == true)
    #expect(error?.explanation.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: ["not JSON at all", "{bad", ""])
  func aRecordThatCannotBeReadIsSaid(config: String) throws {
    let weights = try BareWeights(try BareWeights.testNet(), config: config)
    let notes = try importWeights(weights.path).notes.map(\.description)
    #expect(notes.contains { $0.hasPrefix("config.json beside the weights was not heard: ") }, "\(notes)")
  }

  @Test(arguments: [
    (#"{"lr": 0.1, "epochs": 90}"#, false), (#"[1, 2]"#, false), ("not JSON at all", false),
    (#"{"architecture": {"type": "ResNet"}}"#, true), (#"{"architecture": "my-net"}"#, true),
    (#"{"model_type": "resnet", "depth": 18}"#, true),
  ])
  func recordsOfOtherProgramsAreNotHeard(config: String, isSaid: Bool) throws {
    let weights = try BareWeights(try BareWeights.testNet(), config: config)
    let report = try importWeights(weights.path)
    #expect(
      report.notes.contains("config.json beside the weights is of no known form, and was not heard") == isSaid
    )
  }

  @Test func aRecordWithoutClassesIsOfANetworkWithoutAHead() throws {
    var net = try BareWeights.testNet()
    net.head = .none
    net.classes = net.featureCount
    let config =
      #"{"architecture": "test_resnet", "num_classes": 0, "num_features": 96, "pretrained_cfg": {}}"#
    let weights = try BareWeights(net, config: config)
    let report = try importWeights(weights.path)
    #expect(report.model.descriptor.architecture.head == .none)
    #expect(report.model.descriptor.architecture.classes == 96)
    let note: Remark =
      "head: there is none, as config.json beside the weights says; the network puts out its 96 pooled features"
    #expect(report.notes.contains(note), "\(report.notes)")
    let wanted = try importWeights(weights.path, options: ImportOptions(classes: 4)).model.descriptor
    #expect(wanted.architecture.classes == 4)
    #expect(wanted.untrained == ["fc"])
  }

  @Test(arguments: [
    ("multi_label_classification", Architecture.Answer.several), ("single_label_classification", .one),
    ("regression", nil),
  ])
  func transformersRecordSaysWhatTheLogitsAnswer(problem: String, answer: Architecture.Answer?) throws {
    let weights = try BareWeights(
      BareWeights.early,
      config: BareWeights.earlyConfig.replacing(
        "{\"model", with: "{\"problem_type\": \"\(problem)\", \"model"))
    if let answer {
      #expect(try importWeights(weights.path).model.descriptor.architecture.answer == answer)
    } else {
      let error = #expect(throws: ImportError.self) { try importWeights(weights.path) }
      #expect(error?.message.contains("problem_type") == true)
    }
  }

  @Test func labelsThatOnlyCountAreNone() throws {
    let weights = try BareWeights(
      BareWeights.early,
      config: BareWeights.earlyConfig
        .replacing("\"ant\"", with: "\"LABEL_0\"").replacing("\"bee\"", with: "\"LABEL_1\"")
        .replacing("\"cat\"", with: "\"LABEL_2\"")
    )
    #expect(try importWeights(weights.path).model.descriptor.labels == nil)
  }

  @Test func aFileOfOursMustNotContradictTheRecord() throws {
    let weights = try BareWeights(try BareWeights.testNet(), config: BareWeights.earlyConfig)
    try Model(untrained: try BareWeights.testNet(), seed: 1)
      .exportSafetensors(to: weights.folder.file("model.safetensors"))
    let error = #expect(throws: ImportError.self) { try importWeights(weights.path) }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains("itself says that the network is test_resnet") == true)
  }

  @Test(arguments: [
    ("resnet50", "resnet50"), ("resnet50.a1_in1k", "resnet50"), ("gluon_resnet50_v1d", "resnet50d"),
    ("gluon_resnet18_v1b", "resnet18"), ("gluon_seresnext50_32x4d", "seresnext50_32x4d"),
    ("tv_resnet34", "resnet34"), ("swsl_resnext101_32x16d", "resnext101_32x16d"),
    ("ig_resnext101_32x8d", "resnext101_32x8d"), ("resnetv2_50x1_bitm_in21k", "resnetv2_50x1_bit"),
    ("resnetv2_152x2_bit_teacher_384", "resnetv2_152x2_bit"), ("seresnext26tn_32x4d", "seresnext26t_32x4d"),
    ("vgg16", nil), ("gluon_xception65", nil),
  ])
  func timmsNamesAndItsFormerOnesAreKnown(name: String, preset: String?) {
    #expect(Architecture.timmPreset(named: name)?.name == preset)
  }

  @Test(arguments: [
    (#""layers": [1, 2, 3, 4], "channels": [8, 16, 32, 64], "avg_down": true"#, "layers"),
    (#""in_chans": 1"#, "channels"), (#""global_pool": "max""#, "pool"),
    (#""output_stride": 16"#, "dilation"),
  ])
  func timmsArgumentsChangeTheNetwork(argument: String, part: String) throws {
    let record = TimmRecord(
      RecordValue(
        value: try JSON.decode(
          JSONValue.self, from: Array(#"{"architecture": "resnet18", "model_args": {\#(argument)}}"#.utf8)),
        path: ""))
    let net = try #require(try record?.architecture())
    #expect(net.name == nil)
    switch part {
    case "channels": #expect(net.input.channels == 1)
    case "layers":
      #expect(net.stages.map(\.blocks) == [1, 2, 3, 4])
      #expect(net.stages.map(\.width) == [8, 16, 32, 64])
      #expect(net.shortcut == .averagePoolProjection)
    case "pool": #expect(net.globalPool == .max)
    default:
      #expect(net.stages.map(\.stride) == [1, 2, 2, 1])
      #expect(net.stages.map(\.dilation) == [1, 1, 1, 2])
    }
  }
}
