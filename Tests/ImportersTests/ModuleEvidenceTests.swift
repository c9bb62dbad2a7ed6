import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import Testing
import WeightFiles

@testable import Importers

/// Whole modules whose layers say what tensors do not show.
@Suite struct ModuleEvidenceTests {
  /// The modules of a network, in the order of its nodes, as PyTorch describes them.
  private static func modules(of architecture: Architecture) throws -> [ModuleRecord] {
    let pooled = architecture.stem.pool
    return try Graph(architecture).nodes.compactMap { node -> ModuleRecord? in
      switch node.operation {
      case .convolution(let layer):
        ModuleRecord(
          path: node.name, className: "torch.nn.modules.conv.Conv2d",
          settings: [
            "stride": .ints([layer.stride, layer.stride]), "padding": .ints([layer.padding, layer.padding]),
            "dilation": .ints([layer.dilation, layer.dilation]), "groups": .int(layer.groups),
          ])
      case .batchNormalization(let layer):
        ModuleRecord(
          path: node.name, className: "torch.nn.modules.batchnorm.BatchNorm2d",
          settings: ["eps": .float(layer.epsilon), "track_running_stats": .bool(true)])
      case .maxPool where pooled:
        ModuleRecord(
          path: node.name, className: "torch.nn.modules.pooling.MaxPool2d",
          settings: ["kernel_size": .int(3), "stride": .int(2), "padding": .int(1), "dilation": .int(1)])
      case .relu: ModuleRecord(path: node.name, className: "torch.nn.modules.activation.ReLU")
      default: nil
      }
    }
  }

  /// The plan for the tensors of one network with the modules of another one, after a change.
  private static func plan(
    _ preset: String, changing change: (inout Architecture) -> Void = { _ in },
    modules edit: (inout [ModuleRecord]) -> Void = { _ in }
  ) throws -> ImportPlan {
    var architecture = try Architecture.preset(named: preset, classes: 10)
    change(&architecture)
    var modules =
      try [ModuleRecord(path: "", className: "torchvision.models.resnet.ResNet")] + modules(of: architecture)
    edit(&modules)
    let tensors = try Graph(architecture).parameters.map {
      SourceTensor(name: $0.name, shape: $0.shape, type: "float32", byteCount: 4 * $0.shape.elementCount)
    }
    let weights = UnreadableWeights(path: "net.pth", tensors: tensors, stateDict: nil, modules: modules)
    let claims = SourceClaims(file: "net.pth", origin: Origin(kind: .imported, source: "net.pth"))
    return try ImportSource(weights, claims: claims).plan(options: ImportOptions())
  }

  @Test func layersThatSayTheUsualLeaveNothingToAssume() throws {
    let plan = try Self.plan("resnet50")
    #expect(plan.descriptor.architecture.name == "resnet50")
    #expect(!plan.notes.contains { $0.description.hasPrefix("assumed: bottlenecks") })
  }

  @Test func layersDecideWhatTensorsDoNotShow() throws {
    let changes: [(inout Architecture) -> Void] = [
      { $0.bottleneckStride = .conv1 }, { $0.stem.pool = false }, { $0.normalization.epsilon = 0.01 },
      { $0.stages[3].stride = 1 },
      {
        $0.stages[3].stride = 1; $0.stages[3].dilation = 2
      },
      { $0.stridePosition = .last },
    ]
    for change in changes {
      var expected = try Architecture.preset(named: "resnet50", classes: 10)
      change(&expected)
      expected.name = nil
      #expect(try Self.plan("resnet50", changing: change).descriptor.architecture == expected)
    }
  }

  static let contradictions:
    [(path: String, className: String, settings: [String: ModuleRecord.Setting], what: String)] = [
      (
        "layer1.0.relu1", "torch.nn.modules.activation.LeakyReLU", [:],
        "'layer1.0.relu1' is a LeakyReLU, not a ReLU"
      ),
      ("bn1", "torch.nn.modules.instancenorm.InstanceNorm2d", [:], "'bn1' is a InstanceNorm2d"),
      (
        "bn1", "torch.nn.modules.batchnorm.BatchNorm2d", ["track_running_stats": .bool(false)],
        "'bn1' keeps no running statistics"
      ),
      (
        "conv1", "torch.nn.modules.conv.Conv2d", ["stride": .ints([1, 1])],
        "'conv1' has the stride 1×1, not 2"
      ),
      (
        "conv1", "torch.nn.modules.conv.Conv2d", ["padding_mode": .text("reflect")],
        "'conv1' pads with 'reflect'"
      ),
      (
        "bn1", "torch.nn.modules.batchnorm.BatchNorm2d", ["eps": .unknown],
        "'bn1' has the epsilon a value of an unknown form"
      ),
      (
        "bn1", "torch.nn.modules.batchnorm.BatchNorm2d", ["track_running_stats": .unknown],
        "'bn1' keeps no running statistics"
      ),
      (
        "conv1", "torch.nn.modules.conv.Conv2d", ["padding_mode": .unknown],
        "'conv1' pads with a value of an unknown form"
      ),
      (
        "layer1.0.conv1", "torch.nn.modules.conv.Conv2d", ["stride": .unknown],
        "'layer1.0.conv1' has the stride a value of an unknown form, not 1"
      ),
      ("conv1", "net.OddConv2d", [:], "'conv1' is a OddConv2d, which is not known"),
      (
        "maxpool", "torch.nn.modules.pooling.MaxPool2d", ["kernel_size": .int(2)],
        "'maxpool' has the kernel_size 2, not 3"
      ),
    ]

  @Test(arguments: contradictions)
  func whatTheNetworkCannotSayIsRefusedByItsPath(
    path: String, className: String, settings: [String: ModuleRecord.Setting], what: String
  ) throws {
    let error = #expect(throws: ImportError.self) {
      try Self.plan(
        "resnet18",
        modules: { modules in
          guard let place = modules.firstIndex(where: { $0.path == path }) else { return }
          modules[place].className = className
          modules[place].settings.merge(settings) { _, new in new }
        })
    }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
  }

  // MARK: Programs of TorchScript

  private static func edited(
    _ edit: @escaping (inout ModuleRecord) -> Void
  ) -> (inout [ModuleRecord]) -> Void {
    { modules in
      for place in modules.indices {
        modules[place].isProgram = true
        edit(&modules[place])
      }
    }
  }

  @Test func aProgramWithoutArgumentsIsAskedAbout() throws {
    let error = #expect(throws: ImportError.self) {
      try Self.plan(
        "resnet18",
        modules: Self.edited { module in
          if module.path == "layer3.0.conv1" { module.settings["dilation"] = nil }
        })
    }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains("does not say how 'layer3.0.conv1' strides and is dilated") == true)
  }

  @Test func aProgramThatIsMissingIsRefused() throws {
    let error = #expect(throws: ImportError.self) {
      try Self.plan("resnet18", modules: Self.edited { _ in })
    }
    #expect(
      error?.message.contains("the program has no method 'forward' that can be read") == true,
      "\(error?.message ?? "")")
  }

  @Test func aProgramThatWasTracedInTrainingIsRefused() throws {
    let error = #expect(throws: ImportError.self) {
      try Self.plan(
        "resnet18",
        modules: Self.edited { module in
          if module.path == "bn1" { module.settings["training"] = .bool(true) }
        })
    }
    #expect(error?.message.contains("'bn1' takes the statistics of each batch") == true)
  }
}
