import ModelDescriptor
import ResNetGraph
import TensorCore
import Testing

@testable import Importers
@testable import WeightFiles

/// The calls of a TorchScript program, in the order in which it makes them, are those of the network.
@Suite struct ProgramWayTests {
  /// A network of one block, as `torch.jit.trace` writes its program.
  private static func program(
    block: String = """
        _0 = (bn1).forward((conv1).forward(x, ), )
        _1 = (bn2).forward((conv2).forward((relu).forward(_0, ), ), )
        return (relu).forward1(torch.add_(_1, x), )
    """,
    root: String = """
        _0 = (relu).forward((bn1).forward((conv1).forward(x, ), ), )
        _1 = (layer1).forward(_0, )
        _2 = torch.adaptive_avg_pool2d(_1, [1, 1])
        return (fc).forward(torch.flatten(_2, 1), )
    """
  ) throws -> ImportPlan {
    func method(_ names: [String], _ body: String) -> String {
      "  def forward(self: __torch__.nets.Net,\n    x: Tensor) -> Tensor:\n"
        + names.map { "    \($0) = self.\($0)\n" }.joined() + body
    }
    var program = ScriptProgram()
    program.add(
      "class Net(Module):\n" + method(["conv1", "bn1", "relu", "layer1", "fc"], root)
        + "\nclass Stage(Module):\n"
        + "  def forward(self, x: Tensor) -> Tensor:\n    _0 = getattr(self, \"0\")\n    return (_0).forward(x, )"
        + "\nclass Block(Module):\n" + method(["conv1", "bn1", "relu", "conv2", "bn2"], block),
      module: "__torch__.nets")
    var architecture = try Architecture.preset(named: "small_resnet18", classes: 3)
    architecture.stages = [Architecture.Stage(blocks: 1, width: 16, stride: 1)]
    architecture.name = nil
    let graph = try Graph(architecture)
    func layer(
      _ path: String, _ kind: String, _ settings: [String: ModuleRecord.Setting] = [:]
    ) -> ModuleRecord {
      var record = ModuleRecord(path: path, className: "torch.nn.modules.\(kind)", settings: settings)
      record.isProgram = true
      return record
    }
    let convolution: [String: ModuleRecord.Setting] = [
      "stride": .int(1), "padding": .int(1), "dilation": .int(1), "groups": .int(1),
    ]
    func own(_ path: String, _ name: String) -> ModuleRecord {
      program.described(ModuleRecord(path: path, className: "__torch__.nets.\(name)"))
    }
    let modules = [
      own("", "Net"), layer("conv1", "conv.Conv2d", convolution), layer("bn1", "batchnorm.BatchNorm2d"),
      layer("relu", "activation.ReLU"), own("layer1", "Stage"), own("layer1.0", "Block"),
      layer("layer1.0.conv1", "conv.Conv2d", convolution), layer("layer1.0.bn1", "batchnorm.BatchNorm2d"),
      layer("layer1.0.relu", "activation.ReLU"), layer("layer1.0.conv2", "conv.Conv2d", convolution),
      layer("layer1.0.bn2", "batchnorm.BatchNorm2d"), layer("fc", "linear.Linear"),
    ]
    let tensors = graph.parameters.map {
      SourceTensor(name: $0.name, shape: $0.shape, type: "float32", byteCount: 4 * $0.shape.elementCount)
    }
    let weights = UnreadableWeights(path: "net.pt", tensors: tensors, stateDict: nil, modules: modules)
    let claims = SourceClaims(file: "net.pt", origin: Origin(kind: .imported, source: "net.pt"))
    return try ImportSource(weights, claims: claims).plan(options: ImportOptions())
  }

  @Test func aProgramOfTheNetworkIsRead() throws {
    let plan = try Self.program()
    #expect(plan.descriptor.architecture.stages.count == 1)
  }

  @Test(arguments: [
    (
      "    _1 = (bn2).forward((conv2).forward((relu).forward((bn1).forward((conv1).forward(x, ), ), ), ), )\n    return torch.add_(_1, x)",
      "'fc' where the network has a ReLU"
    ),
    (
      "    _1 = (bn2).forward((conv2).forward((bn1).forward((relu).forward((conv1).forward(x, ), ), ), ), )\n    return (relu).forward1(torch.add_(_1, x), )",
      "a ReLU where the network has 'layer1.0.bn1' after 'layer1.0.conv1'"
    ),
    (
      "    _1 = (bn2).forward((conv2).forward((relu).forward((bn1).forward((conv1).forward(x, ), ), ), ), )\n    return (relu).forward1(_1, )",
      "a ReLU where the network has a sum"
    ),
  ])
  func aBlockThatComputesOtherwiseIsRefused(block: String, what: String) throws {
    let error = #expect(throws: ImportError.self) { try Self.program(block: block) }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    (
      "    _1 = (layer1).forward((bn1).forward((conv1).forward(x, ), ), )\n    return (fc).forward(torch.flatten(_1, 1), )",
      "where the network has a ReLU after 'bn1'"
    ),
    (
      "    _1 = (layer1).forward((relu).forward((bn1).forward((conv1).forward(x, ), ), ), )\n    return torch.relu((fc).forward(torch.flatten(_1, 1), ))",
      "a ReLU where the network has its end after 'fc'"
    ),
    (
      "    _1 = (layer1).forward((layer1).forward((relu).forward((bn1).forward((conv1).forward(x, ), ), ), ), )\n    return (fc).forward(torch.flatten(_1, 1), )",
      "'layer1.0.conv1' where the network has 'fc'"
    ),
  ])
  func aNetworkThatComputesOtherwiseIsRefused(root: String, what: String) throws {
    let error = #expect(throws: ImportError.self) { try Self.program(root: root) }
    #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
  }

  @Test func aProgramThatBranchesIsAnAssumption() throws {
    let plan = try Self.program(
      root:
        "    if True:\n      _0 = x\n    _1 = (layer1).forward((relu).forward((bn1).forward((conv1).forward(x, ), ), ), )\n    return (fc).forward(_1, )"
    )
    #expect(plan.assumptions.contains { $0.assumption.what.hasPrefix("the program of '' branches") })
  }
}
