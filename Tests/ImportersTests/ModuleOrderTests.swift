import Messages
import ModelDescriptor
import Testing
import WeightFiles

@testable import Importers

/// Whole networks whose modules are of the usual names, and run in another order or by another class.
@Suite struct ModuleOrderTests {
  /// A change of torchvision's resnet18 that its names and shapes do not show.
  struct Change: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// A part of the message.
    var what: String
    var change: @Sendable (inout SavedNetwork) -> Void

    init(_ label: String, _ what: String, _ change: @escaping @Sendable (inout SavedNetwork) -> Void) {
      (testDescription, self.what, self.change) = (label, what, change)
    }
  }

  private static let normalize = "torchvision.transforms.transforms.Normalize"

  static let changes: [Change] = [
    Change("a stage that runs its second block first", "'layer1.1.conv1' takes the output of 'maxpool'") {
      $0.moveBack("layer1.0")
    },
    Change("a shortcut that runs its norm first", "'layer2.0.downsample.1' takes the output of") {
      $0.moveBack("layer2.0.downsample.0")
    },
    Change("a block without a shortcut", "takes the output of 'layer1.0.bn2'") {
      $0.recast("layer1.0", SavedNetwork.sequence)
    },
    Change("a block of torchvision's sequence", "takes the output of 'layer1.0.bn2'") {
      $0.recast("layer1.0", "torchvision.ops.misc.Conv2dNormActivation")
    },
    Change("a block that is a dictionary", "'layer1.0' is a ModuleDict, which cannot be run") {
      $0.recast("layer1.0", "torch.nn.modules.container.ModuleDict")
    },
    Change("a stage that is a list", "'layer1' is a ModuleList, which cannot be run") {
      $0.recast("layer1", "torch.nn.modules.container.ModuleList")
    },
    Change("a block of another class's layers", "'layer1.0' is a Bottleneck without 'conv3'") {
      $0.recast("layer1.0", "torchvision.models.resnet.Bottleneck")
    },
    Change(
      "a sequence without the stem's activation", "'maxpool' computes a MaxPool2d of the output of 'bn1'"
    ) {
      $0.recast("", SavedNetwork.sequence)
      $0.modules.removeAll { $0.path == "relu" }
    },
    Change("a softmax before the head", "'fc.0' is a Softmax before the network's last layer") {
      $0.makeHead([("activation.Softmax", false), ("linear.Linear", true)])
    },
    Change(
      "a normalization in the place of the stem's pool",
      "'maxpool' is a Normalize behind the network's first layer"
    ) {
      $0.recast("maxpool", normalize, ["mean": .floats([0.5]), "std": .floats([0.2])])
    },
    Change(
      "a normalization behind the last pool", "'avgpool.1' is a Normalize behind the network's first layer"
    ) { network in
      network.recast("avgpool", SavedNetwork.sequence)
      guard let place = network.modules.firstIndex(where: { $0.path == "avgpool" }) else { return }
      network.modules.insert(
        contentsOf: [
          ModuleRecord(
            path: "avgpool.0", className: "torch.nn.modules.pooling.AdaptiveAvgPool2d",
            settings: ["output_size": .ints([1, 1])]),
          ModuleRecord(
            path: "avgpool.1", className: normalize,
            settings: ["mean": .floats([0.5]), "std": .floats([0.2])]),
        ], at: place + 1)
    },
    Change("a list that counts backwards", "'layer1' has '1' before '0'") {
      $0.recast("", "nets.Net")
      $0.recast("layer1", "torch.nn.modules.container.ModuleList")
      $0.moveBack("layer1.0")
    },
  ]

  @Test(arguments: changes)
  func anOtherOrderIsRefused(change: Change) throws {
    var network = try SavedNetwork()
    change.change(&network)
    let error = #expect(throws: ImportError.self) { try network.plan() }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains(change.what) == true, "\(error?.message ?? "")")
  }

  @Test func aSequenceOfAllIsRead() throws {
    var network = try SavedNetwork()
    network.recast("", SavedNetwork.sequence)
    #expect(try network.plan().descriptor.architecture.name == "resnet18")
  }

  @Test func theOrderWithinABlockOfALibraryDecidesNothing() throws {
    var network = try SavedNetwork()
    for name in ["conv1", "bn1", "relu"] { network.moveBack("layer1.0.\(name)") }
    #expect(try network.plan().descriptor.architecture.name == "resnet18")
  }

  @Test func blocksOfOtherCodeAreInTheirOrder() throws {
    var network = try SavedNetwork("resnet18", block: "nets.Block")
    let said = try network.plan().assumptions.map(\.assumption.what)
    #expect(said.contains { $0.hasPrefix("'nets.Block' has code of its own, which is not read") })
    network.moveBack("layer1.0")
    let error = #expect(throws: ImportError.self) { try network.plan() }
    #expect(
      error?.message.contains("'layer1.1' takes the output of 'maxpool'") == true, "\(error?.message ?? "")")
  }

  @Test func aLibrarysClassWhoseCodeIsNotKnownIsAnAssumption() throws {
    let network = try SavedNetwork("resnet18", block: "timm.models.dla.DlaBasic")
    let said = try network.plan().assumptions.map(\.assumption.what)
    #expect(said.contains("'timm.models.dla.DlaBasic' has code that is not known: it computes as resnet18"))
  }

  // MARK: Settings of layers

  static let settings: [Change] = [
    Change("a pool that divides by another number", "'avgpool' has the divisor_override 7") {
      $0.recast(
        "avgpool", "torch.nn.modules.pooling.AvgPool2d",
        ["kernel_size": .int(7), "divisor_override": .int(7)])
    },
    Change("a window smaller than the map", "has 7×7: it is the whole map for images of 128×128. Use") {
      $0.recast("avgpool", "torch.nn.modules.pooling.AvgPool2d", ["kernel_size": .int(4), "stride": .int(4)])
    },
    Change("a window that fits once", "'avgpool' averages 6×6 pixels, and the last map") {
      $0.recast("avgpool", "torch.nn.modules.pooling.AvgPool2d", ["kernel_size": .int(6), "stride": .int(7)])
    },
    Change("a window with zeros around it", "'avgpool' has the padding 1, not 0") {
      $0.recast(
        "avgpool", "torch.nn.modules.pooling.AvgPool2d", ["kernel_size": .int(7), "padding": .int(1)])
    },
    Change("a pool that puts out places", "'maxpool' has the return_indices true") {
      $0.set("return_indices", of: "maxpool", to: .bool(true))
    },
    Change("a convolution with more at its end", "'conv1' has the output_padding 1×1") {
      $0.set("output_padding", of: "conv1", to: .ints([1, 1]))
    },
    Change("a softmax over the images", "'fc.1' has the dim 0") {
      $0.makeHead([("linear.Linear", true), ("activation.Softmax", false)])
      $0.set("dim", of: "fc.1", to: .int(0))
    },
    Change("a flattening of all images", "'fc.0' has the start_dim 0") {
      $0.makeHead([("flatten.Flatten", false), ("linear.Linear", true)])
      $0.set("start_dim", of: "fc.0", to: .int(0))
    },
  ]

  @Test(arguments: settings)
  func aSettingThatTheNetworkDoesNotExpressIsRefused(change: Change) throws {
    var network = try SavedNetwork()
    change.change(&network)
    let error = #expect(throws: ImportError.self) { try network.plan() }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains(change.what) == true, "\(error?.message ?? "")")
  }

  /// Attention is known by its own class, whatever holds it.
  @Test(arguments: [
    ("seresnet50", "layer2.1.se", "timm.layers.squeeze_excite.SEModule", "add_maxpool", "add_maxpool true"),
    (
      "ecaresnet50d", "layer2.1.se.conv", "torch.nn.modules.conv.Conv1d", "padding_mode",
      "pads with 'circular'"
    ),
  ])
  func attentionOfAnotherKindIsRefused(
    preset: String, path: String, className: String, setting: String, what: String
  ) throws {
    var network = try SavedNetwork(preset, block: "nets.Block")
    network.recast("", "nets.Net")
    network.recast(path, className)
    network.set(setting, of: path, to: setting == "add_maxpool" ? .bool(true) : .text("circular"))
    let error = #expect(throws: ImportError.self) { try network.plan() }
    #expect(error?.message.contains("'\(path)'") == true)
    #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
  }

  @Test func aWindowOfTheWholeMapIsItsMean() throws {
    var network = try SavedNetwork()
    network.recast(
      "avgpool", "torch.nn.modules.pooling.AvgPool2d",
      ["kernel_size": .int(7), "stride": .int(1), "padding": .int(0), "divisor_override": .none])
    #expect(try network.plan().descriptor.architecture.name == "resnet18")
  }

  @Test func anAttributeOfAnotherNameIsNoted() throws {
    var network = try SavedNetwork()
    network.set("place", of: "conv1", to: .int(3))
    let plan = try network.plan()
    #expect(
      plan.notes.contains {
        $0.description.contains("the attribute 'place' of 'conv1' is none that its class is known to have")
      })
  }

  @Test func frozenNormsComputeAsTheOthers() throws {
    var network = try SavedNetwork()
    for module in network.modules where module.kind == "BatchNorm2d" {
      network.recast(module.path, "torchvision.ops.misc.FrozenBatchNorm2d")
    }
    #expect(try network.plan().descriptor.architecture.name == "resnet18")
  }
}
