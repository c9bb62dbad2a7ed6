import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import Testing
import WeightFiles

@testable import Importers

/// Whole networks with a layer that was replaced, added or put before them.
@Suite struct ModuleWayTests {
  private static let containers: [(path: String, className: String)] =
    [("", "torchvision.models.resnet.ResNet"), ("layer1", sequence), ("layer2", sequence)]
    + [("layer3", sequence), ("layer4", sequence)]
    + (1...4).flatMap { stage in
      (0...1).map { ("layer\(stage).\($0)", "torchvision.models.resnet.BasicBlock") }
    } + (2...4).map { ("layer\($0).0.downsample", sequence) }
  private static let sequence = "torch.nn.modules.container.Sequential"

  /// torchvision's resnet18 as its modules are registered, with three classes.
  private static func resnet18() throws -> [ModuleRecord] {
    let graph = try Graph(try Architecture.preset(named: "resnet18", classes: 3))
    var records: [String: ModuleRecord] = [:]
    var order: [String] = []
    func add(_ path: String, _ className: String, _ settings: [String: ModuleRecord.Setting] = [:]) {
      guard records[path] == nil else { return }
      records[path] = ModuleRecord(path: path, className: className, settings: settings)
      order.append(path)
    }
    add("", containers[0].className)
    for node in graph.nodes {
      var outer = ""
      for part in node.name.split(separator: ".").dropLast() {
        outer += (outer.isEmpty ? "" : ".") + part
        if let container = containers.first(where: { $0.path == outer }) { add(outer, container.className) }
      }
      switch node.operation {
      case .convolution(let layer):
        add(
          node.name, "torch.nn.modules.conv.Conv2d",
          [
            "stride": .ints([layer.stride, layer.stride]), "padding": .ints([layer.padding, layer.padding]),
            "dilation": .ints([1, 1]), "groups": .int(1),
          ])
      case .batchNormalization:
        add(node.name, "torch.nn.modules.batchnorm.BatchNorm2d", ["eps": .float(1e-5)])
      case .maxPool:
        add(
          node.name, "torch.nn.modules.pooling.MaxPool2d",
          ["kernel_size": .int(3), "stride": .int(2), "padding": .int(1)])
      case .relu:
        add(
          node.name.hasSuffix(".relu1") ? String(node.name.dropLast()) : node.name,
          "torch.nn.modules.activation.ReLU")
      case .globalAveragePool:
        add("avgpool", "torch.nn.modules.pooling.AdaptiveAvgPool2d", ["output_size": .ints([1, 1])])
      case .linear: add("fc", "torch.nn.modules.linear.Linear")
      default: break
      }
    }
    return order.compactMap { records[$0] }
  }

  private static func plan(
    prefix: String = "", head: String = "fc", _ edit: (inout [ModuleRecord]) -> Void = { _ in }
  ) throws -> ImportPlan {
    var modules = try resnet18()
    for place in modules.indices where !prefix.isEmpty {
      modules[place].path = modules[place].path.isEmpty ? prefix : "\(prefix).\(modules[place].path)"
    }
    edit(&modules)
    let graph = try Graph(try Architecture.preset(named: "resnet18", classes: 3))
    let start = prefix.isEmpty ? "" : prefix + "."
    let tensors = graph.parameters.map { parameter in
      let own = parameter.name.hasPrefix("fc.") ? head + parameter.name.dropFirst(2) : parameter.name
      return SourceTensor(
        name: start + own, shape: parameter.shape, type: "float32",
        byteCount: 4 * parameter.shape.elementCount)
    }
    let weights = UnreadableWeights(path: "net.pth", tensors: tensors, stateDict: nil, modules: modules)
    let claims = SourceClaims(file: "net.pth", origin: Origin(kind: .imported, source: "net.pth"))
    return try ImportSource(weights, claims: claims).plan(options: ImportOptions())
  }

  private static func layer(
    _ path: String, _ kind: String, _ settings: [String: ModuleRecord.Setting] = [:]
  )
    -> ModuleRecord
  { ModuleRecord(path: path, className: "torch.nn.modules.\(kind)", settings: settings) }

  private static func replace(
    _ path: String, by kind: String, _ settings: [String: ModuleRecord.Setting] = [:]
  )
    -> (inout [ModuleRecord]) -> Void
  {
    { modules in
      guard let place = modules.firstIndex(where: { $0.path == path }) else { return }
      modules[place] = layer(path, kind, settings)
    }
  }

  private static func insert(_ record: ModuleRecord, after path: String) -> (inout [ModuleRecord]) -> Void {
    { modules in
      guard let place = modules.firstIndex(where: { $0.path == path }) else { return }
      modules.insert(record, at: place + 1)
    }
  }

  @Test func aLibrarysOwnNetworkLeavesNothingToAssume() throws {
    let plan = try Self.plan()
    #expect(plan.descriptor.architecture.name == "resnet18")
    #expect(plan.assumptions.allSatisfy { $0.remedy == .preprocessing })
  }

  static let replaced:
    [(path: String, kind: String, settings: [String: ModuleRecord.Setting], what: String)] = [
      (
        "maxpool", "pooling.AvgPool2d", ["kernel_size": .int(3), "stride": .int(2), "padding": .int(1)],
        "'maxpool' is an AvgPool2d"
      ),
      ("relu", "linear.Identity", [:], "'relu' is an Identity, not a ReLU"),
      ("layer4.1.relu", "linear.Identity", [:], "'layer4.1.relu' is an Identity, not a ReLU"),
      (
        "avgpool", "pooling.MaxPool2d", ["kernel_size": .int(7)], "'avgpool' is a MaxPool2d behind the blocks"
      ),
      (
        "avgpool", "pooling.AdaptiveAvgPool2d", ["output_size": .int(2)],
        "'avgpool' puts out 2×2 means of each channel, not one"
      ),
      (
        "avgpool", "normalization.LocalResponseNorm", [:],
        "'avgpool' is a LocalResponseNorm, which the network does"
      ),
    ]

  @Test(arguments: replaced)
  func aLayerInThePlaceOfAnotherIsRefused(
    path: String, kind: String, settings: [String: ModuleRecord.Setting], what: String
  ) throws {
    let error = #expect(throws: ImportError.self) { try Self.plan(Self.replace(path, by: kind, settings)) }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
  }

  static let added: [(record: ModuleRecord, after: String, what: String)] = [
    (
      layer("layer2.0.downsample.2", "activation.ReLU"), "layer2.0.downsample.1",
      "'layer2.0.downsample.2' is a ReLU that the network does not have"
    ),
    (
      layer("layer1.2", "upsampling.Upsample"), "layer1.1.bn2",
      "'layer1.2' is an Upsample, which the network does not have"
    ),
    (
      ModuleRecord(
        path: "layer2.0.aa", className: "timm.layers.blur_pool.BlurPool2d", settings: ["stride": .int(2)]),
      "layer2.0.bn1", "'layer2.0.conv1' has the stride 2×2, not 1"
    ),
  ]

  @Test(arguments: added)
  func aLayerMoreIsRefused(record: ModuleRecord, after: String, what: String) throws {
    let error = #expect(throws: ImportError.self) { try Self.plan(Self.insert(record, after: after)) }
    #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
  }

  @Test func anActivationBehindTheHeadIsRefused() throws {
    let error = #expect(throws: ImportError.self) {
      try Self.plan(head: "fc.0") { modules in
        modules.removeLast()
        modules += [
          Self.layer("fc", "container.Sequential"), Self.layer("fc.0", "linear.Linear"),
          Self.layer("fc.1", "activation.ReLU"),
        ]
      }
    }
    #expect(error?.message.contains("'fc.1' is a ReLU that the network does not have") == true)
  }

  @Test(arguments: [
    ("fc.1", "activation.Sigmoid", "ImportOptions.settings", true),
    ("fc.1", "activation.Hardtanh", "No descriptor expresses that", true),
    ("avgpool", "pooling.AdaptiveMaxPool2d", "global_pool=max", false),
  ])
  func theWayOutIsOneThatHelps(path: String, kind: String, remedy: String, isAdded: Bool) throws {
    let error = #expect(throws: ImportError.self) {
      try Self.plan(head: isAdded ? "fc.0" : "fc") { modules in
        guard isAdded else { return Self.replace(path, by: kind)(&modules) }
        modules.removeLast()
        modules += [
          Self.layer("fc", "container.Sequential"), Self.layer("fc.0", "linear.Linear"),
          Self.layer(path, kind),
        ]
      }
    }
    #expect(error?.message.contains(remedy) == true, "\(error?.message ?? "")")
  }

  // MARK: Classes of the same names

  static let lookalikes: [(path: String, className: String, what: String)] = [
    ("layer1.0", "torchvision.models.video.resnet.BasicBlock", "only has the name of a class that is known"),
    ("layer1.0", "timm.models.byobnet.BasicBlock", "only has the name of a class that is known"),
    ("layer1.0.conv1", "torch.ao.nn.qat.modules.conv.Conv2d", "is a torch.ao.nn.qat.modules.conv.Conv2d"),
    ("fc", "torch.ao.nn.qat.modules.linear.Linear", "is a torch.ao.nn.qat.modules.linear.Linear"),
    ("bn1", "torch.ao.nn.intrinsic.BatchNorm2d", "is a torch.ao.nn.intrinsic.BatchNorm2d"),
    ("relu", "torch.ao.nn.intrinsic.ReLU", "is a torch.ao.nn.intrinsic.ReLU"),
    ("avgpool", "torch.other.AdaptiveAvgPool2d", "is a torch.other.AdaptiveAvgPool2d"),
  ]

  @Test(arguments: lookalikes)
  func aClassThatOnlyHasTheNameOfAnotherIsRefused(path: String, className: String, what: String) throws {
    let error = #expect(throws: ImportError.self) {
      try Self.plan { modules in
        for place in modules.indices where modules[place].path == path {
          modules[place].className = className
        }
      }
    }
    #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
  }

  @Test func aClassUnderTheShorterNameThatItsLibraryShowsIsKnown() throws {
    let plan = try Self.plan { modules in
      for place in modules.indices where modules[place].kind == "Conv2d" {
        modules[place].className = "torch.nn.Conv2d"
      }
    }
    #expect(plan.assumptions.allSatisfy { $0.remedy == .preprocessing })
  }

  @Test func aLayerWithAnotherWithinIsRefused() throws {
    let error = #expect(throws: ImportError.self) {
      try Self.plan(Self.insert(Self.layer("layer1.0.conv1.x", "activation.ReLU"), after: "layer1.0.conv1"))
    }
    #expect(error?.message.contains("is a Conv2d with a ReLU within") == true, "\(error?.message ?? "")")
  }

  /// torchvision's network for quantisation, whose sums are modules.
  private static func quantizable(_ inner: ModuleRecord) throws -> ImportPlan {
    try plan { modules in
      let package = "torchvision.models.quantization.resnet.Quantizable"
      for place in modules.indices.reversed() {
        switch modules[place].kind {
        case "ResNet": modules[place].className = package + "ResNet"
        case "BasicBlock":
          modules[place].className = package + "BasicBlock"
          let path = modules[place].path + ".add_relu"
          let sum = "torch.ao.nn.quantized.modules.functional_modules.FloatFunctional"
          var child = inner
          child.path = path + ".activation_post_process"
          modules.insert(contentsOf: [ModuleRecord(path: path, className: sum), child], at: place + 1)
        default: break
        }
      }
    }
  }

  @Test func sumsThatAreModulesAreReadIfNothingFollowsThem() throws {
    for name in ["torch.nn.modules.linear.Identity", "torch.ao.quantization.observer.MinMaxObserver"] {
      let plan = try Self.quantizable(ModuleRecord(path: "", className: name))
      #expect(plan.descriptor.architecture.name == "resnet18")
    }
    for kind in ["pooling.AdaptiveAvgPool2d", "pooling.MaxPool2d", "activation.Softmax", "activation.ReLU"] {
      let error = #expect(throws: ImportError.self) { try Self.quantizable(Self.layer("", kind)) }
      #expect(error?.message.contains("activation_post_process' is a") == true, "\(error?.message ?? "")")
    }
  }

  // MARK: Before the network

  private static func behind(_ records: [ModuleRecord]) throws -> ImportPlan {
    try plan(prefix: "1") { modules in
      modules.insert(contentsOf: [layer("", "container.Sequential")] + records, at: 0)
    }
  }

  @Test(arguments: [
    "upsampling.Upsample", "instancenorm.InstanceNorm2d", "batchnorm.BatchNorm2d", "activation.ReLU",
  ])
  func aLayerBeforeTheNetworkIsRefused(kind: String) throws {
    let error = #expect(throws: ImportError.self) { try Self.behind([Self.layer("0", kind)]) }
    let name = kind.split(separator: ".")[1]
    #expect(
      error?.message.contains("\(name) before the network's first layer") == true, "\(error?.message ?? "")")
  }

  @Test func whatChangesNothingMayStandBeforeTheNetwork() throws {
    let plan = try Self.behind([Self.layer("0", "linear.Identity")])
    #expect(plan.descriptor.architecture.name == "resnet18")
  }

  @Test func aNormalizationBeforeTheNetworkBecomesThePreprocessing() throws {
    let module = ModuleRecord(
      path: "0", className: "torchvision.transforms.transforms.Normalize",
      settings: ["mean": .floats([0.5, 0.25, 0.5]), "std": .floats([0.25, 0.5, 0.25])])
    let record = try Self.behind([module]).descriptor.preprocessing
    #expect(record.mean == [0.5, 0.25, 0.5])
    #expect(record.std == [0.25, 0.5, 0.25])
  }

  @Test func oneNumberNormalizesAllChannels() throws {
    let module = ModuleRecord(
      path: "0", className: "torchvision.transforms.transforms.Normalize",
      settings: ["mean": .floats([0.5]), "std": .floats([0.25])])
    let record = try Self.behind([module]).descriptor.preprocessing
    #expect(record.mean == [0.5, 0.5, 0.5])
    #expect(record.std == [0.25, 0.25, 0.25])
  }

  @Test func aNormalizationWithoutPlainNumbersIsAskedAbout() throws {
    let module = ModuleRecord(path: "0", className: "torchvision.transforms.transforms.Normalize")
    let error = #expect(throws: ImportError.self) { try Self.behind([module]) }
    #expect(error?.code == .preprocessing)
  }

  // MARK: Code that is not read

  @Test func codeOfItsOwnIsAnAssumptionAndLeavesOpenWhatFunctionsMayDo() throws {
    let plan = try Self.plan(prefix: "net") { modules in
      modules.insert(ModuleRecord(path: "", className: "nets.Wrapper"), at: 0)
    }
    let said = plan.assumptions.map(\.assumption.what)
    #expect(said.contains("'nets.Wrapper' has code of its own, which is not read: it computes as resnet18"))
    #expect(said.contains("a 3×3 max-pool of stride 2 follows the stem"))
    #expect(said.contains("the last map is pooled to the mean of each channel"))
    #expect(!said.contains("no dilation"))
  }

  @Test func hooksAreAnAssumption() throws {
    let plan = try Self.plan { modules in modules[3].isChanged = true }
    #expect(
      plan.assumptions.contains {
        $0.assumption.what.hasPrefix("hooks or methods of its own change the module")
      })
  }

  @Test func quantisedLayersAreRefused() throws {
    let error = #expect(throws: ImportError.self) {
      try Self.plan { modules in
        modules.append(
          ModuleRecord(path: "head", className: "torch.ao.nn.quantized.dynamic.modules.linear.Linear"))
      }
    }
    #expect(error?.message.contains("'head' is a quantised Linear") == true)
  }
}
