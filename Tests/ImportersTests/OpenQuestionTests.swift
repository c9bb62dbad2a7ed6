import ModelDescriptor
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import Importers

/// Tensors that fit networks which compute differently are asked about, unless something decides.
@Suite struct OpenQuestionTests {
  private func refusal(
    _ draft: StateDictDraft, settings: [Architecture.Setting] = [], path: String = "/x/f.safetensors"
  ) throws -> String? {
    do {
      _ = try draft.source(path: path).plan(options: ImportOptions(settings: settings))
      return nil
    } catch {
      return error.code == .architecture ? error.message : nil
    }
  }

  @Test func normsWithoutStatisticsMayBeOfSeveralKinds() throws {
    let draft = try StateDictDraft("resnet50_gn")
    let words = try #require(try refusal(draft))
    for kind in ["group norms", "instance norms", "batch norms", "named_parameters()", "track_running_stats"]
    {
      #expect(words.contains(kind))
    }
    for (kind, name) in [
      (Architecture.Normalization.Kind.group(groups: 32), "resnet50_gn"), (.instance(affine: true), nil),
      (.group(groups: 16), nil),
    ] {
      let plan = try draft.source().plan(options: ImportOptions(settings: [.normalization(kind)]))
      #expect(plan.descriptor.architecture.normalization.kind == kind)
      #expect(plan.descriptor.architecture.name == name)
    }
  }

  @Test func normsThatWereFoldedAreNamed() throws {
    var net = try Architecture.preset(named: "resnet18")
    net.normalization.kind = .instance(affine: false)
    net.convolutionBias = .all
    #expect(try refusal(try StateDictDraft(net))?.contains("were folded into the convolutions") == true)
  }

  @Test func normsWithoutTensorsHaveAWordOfTheirOwn() throws {
    var net = try Architecture.preset(named: "resnet18")
    net.normalization.kind = .instance(affine: false)
    let draft = try StateDictDraft(net)
    #expect(try refusal(draft)?.contains("instance:plain") == true)
    #expect(try refusal(draft, settings: [.normalization(.instance(affine: false))]) == nil)
  }

  @Test func aHeadLikeAProjectorIsAskedAbout() throws {
    var net = try Architecture.preset(named: "resnet18", classes: 128)
    net.head = .multilayer(widths: [512], dropout: [0, 0])
    let draft = try StateDictDraft(net)
    #expect(try refusal(draft)?.contains("MoCo") == true)
    let plan = try draft.source().plan(options: ImportOptions(classes: 128))
    #expect(plan.descriptor.architecture.classes == 128)
    net.head = .multilayer(widths: [64], dropout: [0, 0])
    #expect(try refusal(StateDictDraft(net)) == nil)
  }

  @Test(arguments: [
    (".conv1.", ".conv1_1x1.conv.", "ByobNet"), (".conv2.", ".convs.0.", "Res2Net"),
    (".conv2.", ".conv2.fc1.", "ResNeSt"),
  ])
  func namesOfAFamilyThatNoDescriptorExpressesAreNotReadByShapes(
    _ own: String, _ foreign: String, _ family: String
  ) throws {
    let draft = try StateDictDraft("resnet50").renaming {
      $0.replacing("layer", with: "stages.").replacing(own, with: foreign)
    }
    #expect(try refusal(draft)?.contains(family) == true)
    let named = ImportOptions(architecture: try .preset(named: "resnet50", classes: 10))
    #expect(try draft.source().plan(options: named).descriptor.architecture.name == "resnet50")
  }

  @Test func aFilesNameThatNamesTheNetworkSettlesItsNorms() throws {
    #expect(try refusal(StateDictDraft("resnet50_gn"), path: "/x/resnet50_gn_a1h.safetensors") == nil)
    #expect(try refusal(StateDictDraft("resnet50_gn"), path: "/x/resnet50.safetensors") != nil)
  }

  @Test func parametersAloneAreNoGroupNorms() throws {
    let named = try StateDictDraft("resnet18").without { $0.contains("running_") }
    #expect(try refusal(named)?.contains("state_dict()") == true)
  }

  @Test(arguments: ["norm.", "bn.", "bn1."])
  func projectionsOfPreactivationBlocksMayReadEither(norm: String) throws {
    let net = try Architecture.preset(named: "cifar_preresnet20")
    let draft = try StateDictDraft(net).renaming { name in
      name.hasPrefix("norm.") ? norm + name.dropFirst(5) : name.replacing("downsample", with: "shortcut")
    }
    let words = try #require(try refusal(draft))
    #expect(words.contains("bearpaw") && words.contains("meliketoy"))
    for input in Architecture.ShortcutInput.allCases {
      let plan = try draft.source().plan(options: ImportOptions(settings: [.shortcutInput(input)]))
      #expect(plan.descriptor.architecture.shortcutInput == input)
      #expect((plan.descriptor.architecture.name == nil) == (input == .raw))
    }
  }

  @Test func namesOfOneProgramSettleItsProjections() throws {
    #expect(try refusal(StateDictDraft("cifar_preresnet20")) == nil)
  }

  @Test func presetsOfWhichNoneIsMuchMoreUsualAreAskedAbout() throws {
    let words = try #require(try refusal(StateDictDraft("resnet50d")))
    for name in ["resnet50d", "resnetaa50d", "resnetblur50d"] { #expect(words.contains(name)) }
    #expect(try refusal(StateDictDraft("resnet50d"), settings: [.antialias(.blur)]) == nil)
    #expect(try refusal(StateDictDraft("resnet50d"), path: "/x/resnetaa50d.safetensors") == nil)
    #expect(try refusal(StateDictDraft("resnet50")) == nil)
  }

  @Test func networksThatNoDescriptorExpressesAreKnownByTheirNames() throws {
    let draft = try StateDictDraft("seresnet18").renaming { name in
      name.hasPrefix("conv1.") || name.hasPrefix("bn1.")
        ? "layer0." + name
        : name.replacing(".se.", with: ".se_module.").replacing("fc.", with: "last_linear.")
    }
    #expect(try refusal(draft)?.contains("ReLU before the attention") == true)
  }

  @Test func aFilesNameCanSayCaffe() throws {
    let path = "/x/resnet50_caffe.safetensors"
    #expect(try refusal(StateDictDraft("resnet50"), path: path)?.contains("bottleneck_stride=conv1") == true)
    #expect(try refusal(StateDictDraft("resnet50"), settings: [.bottleneckStride(.conv1)], path: path) == nil)
    #expect(try refusal(StateDictDraft("resnet18"), path: "/x/resnet18_caffe.safetensors") == nil)
  }

  @Test func givenValuesHoldForANamedArchitecture() throws {
    let options = ImportOptions(
      architecture: try .preset(named: "resnet50"), settings: [.bottleneckStride(.conv1)])
    let net = try StateDictDraft("resnet50").source().plan(options: options).descriptor.architecture
    #expect(net.bottleneckStride == .conv1)
    #expect(net.name == nil)
  }

  @Test func oneLogitAnswersYesOrNo() throws {
    let draft = try StateDictDraft(.preset(named: "resnet18", classes: 1))
    let plan = try draft.source().plan(options: ImportOptions())
    #expect(plan.descriptor.architecture.answer == .binary)
    #expect(plan.descriptor.assumptions.contains { $0.what.contains("yes or no") })
    let told = try draft.source().plan(options: ImportOptions(settings: [.answer(.several)]))
    #expect(told.descriptor.architecture.answer == .several)
    #expect(!told.descriptor.assumptions.contains { $0.what.contains("yes or no") })
  }

  @Test(arguments: [true, false], [true, false])
  func aNetworkIsImportedWithoutAHeadOnDemand(hasHead: Bool, isNamed: Bool) throws {
    let draft = try StateDictDraft("resnet18").without { !hasHead && $0.hasPrefix("fc.") }
    let options = ImportOptions(
      architecture: isNamed ? try .preset(named: "resnet18") : nil, settings: [.noHead])
    let plan = try draft.source().plan(options: options)
    #expect(plan.descriptor.architecture.head == .none)
    #expect(plan.descriptor.architecture.classes == 512)
    #expect(plan.descriptor.labels == nil)
    #expect(plan.names.compactMap(\.self).allSatisfy { !$0.hasPrefix("fc.") })
  }

  @Test func networksOfKerasHaveItsPreparationOfImages() throws {
    for (name, record) in [("Keras' v1", Preprocessing.caffe), ("Keras' v2", .symmetric)] {
      let dialect = try #require(Dialect.all.first { $0.testDescription == name })
      let folder = TemporaryFolder()
      folder.write(Dialect.file(dialect.tensors(try dialect.model())), to: "x.safetensors")
      let model = try importWeights(folder.file("x.safetensors")).model
      #expect(model.descriptor.preprocessing == record)
      #expect(
        model.descriptor.assumptions.contains { $0.what.hasPrefix("images are prepared as for") })
    }
  }

  @Test func detectronsNamesLeaveTheStrideOpen() throws {
    let words = [
      ("layer1.", "res2."), ("layer2.", "res3."), ("layer3.", "res4."), ("layer4.", "res5."),
      ("downsample.0", "shortcut"), ("downsample.1", "shortcut.norm"), (".bn1", ".conv1.norm"),
      (".bn2", ".conv2.norm"), (".bn3", ".conv3.norm"), ("conv1.weight", "stem.conv1.weight"),
      (".stem.conv1", ".conv1"), ("bn1.", "stem.conv1.norm."), ("fc.", "stem.fc."),
    ]
    let draft = try StateDictDraft("resnet50").renaming { name in
      words.reduce(name) { $0.replacing($1.0, with: $1.1) }
    }
    #expect(try refusal(draft)?.contains("MSRA") == true)
    #expect(try refusal(draft, settings: [.bottleneckStride(.conv1)]) == nil)
  }
}
