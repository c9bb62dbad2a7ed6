import Messages
import ModelDescriptor
import ResNetGraph
import Testing

@testable import Importers
@testable import WeightFiles

/// The computation of a TorchScript program, followed through all modules and functions with all arguments, is the network's.
@Suite struct ProgramWayTests {
  @Test(arguments: [false, true])
  func aProgramOfTheNetworkIsRead(isTraced: Bool) throws {
    let plan = try ScriptedNetwork(isTraced: isTraced).plan()
    #expect(plan.descriptor.architecture.stages.count == 1)
    #expect(!plan.assumptions.contains { $0.assumption.what.contains("program") })
  }

  @Test(arguments: [false, true])
  func aProgramThatDilatesIsObeyed(isTraced: Bool) throws {
    let plan = try ScriptedNetwork(isTraced: isTraced, blocks: 2, dilation: 2).plan()
    #expect(plan.descriptor.architecture.stages.map(\.dilation) == [2])
  }

  /// What computes the same in other words is read.
  @Test(arguments: [
    ("torch.flatten(x3, 1)", "torch.view(x3, [torch.size(x3, 0), -1])"),
    ("torch.flatten(x3, 1)", "torch.dropout(torch.flatten(x3, 1), 0.5, False)"),
    ("torch.flatten(x3, 1)", "torch.squeeze(torch.squeeze(x3, -1), -1)"),
    ("torch.linear(x, weight, bias)", "torch.addmm(bias, x, torch.t(weight))"),
    ("torch.flatten(x3, 1)", "torch.view(x3, [-1, 16])"),
    ("torch.flatten(x3, 1)", "torch.view(x3, [torch.size(x, 0), torch.size(x2, 1)])"),
    ("    return (fc).forward(x4, )", "    y = (fc).forward(x4, )\n    return (y, torch.sigmoid(y))"),
    ("torch.add_(out3, x)", "torch.add(x, out3, alpha=1)"),
    ("torch.add_(out3, x)", "torch.add(x, out3, alpha=int(1.5))"),
    ("__torch__.torch.nn.functional.adaptive_avg_pool2d(x2, [1, 1])", "torch.mean(x2, [2, 3], True)"),
    ("    return (relu).forward(out4, )", "    y = (relu).forward(out4, )\n    return out4"),
    (
      "    x4 = torch",
      "    if torch.ne(torch.size(x3, 0), 7):\n      pass\n    else:\n      y = 3\n    x4 = torch"
    ),
  ])
  func otherWordsForTheSameAreRead(text: String, other: String) throws {
    _ = try ScriptedNetwork(edits: [(text, other)]).plan()
  }

  @Test func listsThatGrowIntoEachOtherAreRefused() throws {
    let pool = "    x4 = torch"
    let list = "    q = [1]\n    for i in range(60000):\n      q = [q]\n"
    let message = try Self.refusal(ScriptedNetwork(edits: [(pool, list + pool)]))
    #expect(message.contains("puts lists into each other"), "\(message)")
    _ = try ScriptedNetwork(edits: [(pool, "    q = [[1], [2]]\n" + pool)]).plan()
  }

  /// Little text that would take all time or memory.
  static let bombs: [(body: String, what: String)] = [
    (
      (0..<4000).map { "    v\($0) = 1\n" }.joined()
        + Array(
          repeating: "    if torch.gt(torch.size(x, 2), 40):\n      y = 1\n    else:\n      y = 2\n",
          count: 4000
        )
        .joined(), "computes more than a network of this kind"
    ),
    (
      "    a = \"\(String(repeating: "a", count: 200_000))b\"\n    b = \"\(String(repeating: "a", count: 200_000))c\"\n"
        + "    for i in range(60000):\n      c = torch.eq(a, b)\n",
      "computes more than a network of this kind"
    ),
    (
      "    p = [\(Array(repeating: "1", count: 300).joined(separator: ", "))]\n",
      "a list of more than 256 elements"
    ),
    (
      "    p = [\(Array(repeating: "1", count: 9).joined(separator: ", "))]\n    y = torch.constant_pad_nd(x, p, 0)\n",
      "has an argument 'pad'"
    ),
    ("    \(String(repeating: "y", count: 2000)) = 1\n", "'forward'"),
  ]

  @Test(.timeLimit(.minutes(10)), arguments: bombs)
  func workIsCountedByItsSize(body: String, what: String) throws {
    let message = try Self.refusal(ScriptedNetwork(edits: [("    x4 = torch", body + "    x4 = torch")]))
    #expect(message.contains(what), "\(message)")
  }

  @Test func aWindowOfTheWholeMapIsItsMeanAndASmallerOneIsNot() throws {
    let graph = try Graph(ScriptedNetwork().plan().descriptor.architecture)
    let pool = try #require(graph.nodes.first { $0.name == "avgpool" })
    let side = try #require(ModuleEvidence.extent(of: pool, in: graph)?.first)
    func network(_ side: Int) -> ScriptedNetwork {
      ScriptedNetwork(edits: [
        (
          "__torch__.torch.nn.functional.adaptive_avg_pool2d(x2, [1, 1])",
          "torch.avg_pool2d(x2, [\(side), \(side)])"
        )
      ])
    }
    _ = try network(side).plan()
    let message = try Self.refusal(network(side / 2))
    #expect(message.contains("the mean of \(side / 2)×\(side / 2) pixels"), "\(message)")
    #expect(message.contains(ModuleEvidence.wholeMap), "\(message)")
  }

  private static func refusal(_ network: ScriptedNetwork) throws -> String {
    let error = #expect(throws: ImportError.self) { try network.plan() }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains("model.state_dict()") == true, "\(error?.message ?? "")")
    return error?.message ?? ""
  }

  // MARK: Functions of PyTorch's own Python

  @Test(arguments: [
    ("torch.relu_(input)", "torch.tanh(input)", "the program of 'relu' calls torch.tanh"),
    ("torch.relu_(input)", "torch.leaky_relu_(input)", "calls torch.leaky_relu_, which no such network does"),
    ("torch.relu_(input)", "torch.clamp(input, 0, 1)", "calls torch.clamp"),
    (
      "torch.batch_norm(input, weight, bias,", "torch.batch_norm(input, bias, weight,",
      "a batch norm with the epsilon 1e-05 of other tensors where the network has 'bn1'"
    ),
    (
      "running_mean, running_var, training, momentum", "running_var, running_mean, training, momentum",
      "of other tensors where the network has 'bn1'"
    ),
    ("training, momentum, eps, True)", "True, momentum, eps, True)", "takes the statistics of each batch"),
    ("training, momentum, eps, True)", "training, momentum, 0.5, True)", "a batch norm with the epsilon 0.5"),
    ("return _5", "return torch.mul(_5, 2.)", "a product with 2.0"),
    (
      "torch.adaptive_avg_pool2d(input, output_size)",
      "torch.adaptive_avg_pool2d(torch.slice(input, 2, 0, 1), output_size)", "leaves out a part of the map"
    ),
    (
      "torch.adaptive_avg_pool2d(input, output_size)",
      "torch.adaptive_avg_pool2d(input[:, :, :1, :1], output_size)", "has a statement that is not understood"
    ),
    (
      "    ops.prim.RaiseException(\"AssertionError: \")",
      "    return torch.tanh(input)\n    ops.prim.RaiseException(\"AssertionError: \")", "calls torch.tanh"
    ),
    (
      "def relu(", "def relu(input: Tensor, inplace: bool) -> Tensor:\n  return input\ndef relu(",
      "stands twice"
    ),
    ("return result", "return result  # ReLU", "is not read"),
    (
      "  if inplace:\n    result = torch.relu_(input)",
      "  if torch.ne(\"\u{E9}\", \"e\u{301}\"):\n    result = torch.tanh(input)", "calls torch.tanh"
    ),
  ])
  func aFunctionThatComputesOtherwiseIsRefused(text: String, other: String, what: String) throws {
    let message = try Self.refusal(ScriptedNetwork(edits: [(text, other)]))
    #expect(message.contains(what), "\(message)")
  }

  @Test func dropoutThatIsAtWorkIsRefused() throws {
    let call = "    x4 = __torch__.torch.nn.functional.dropout(torch.flatten(x3, 1), 0.5, True, False, )"
    let message = try Self.refusal(ScriptedNetwork(edits: [("    x4 = torch.flatten(x3, 1)", call)]))
    #expect(message.contains("calls torch.dropout, which has an argument 'train'"), "\(message)")
  }

  // MARK: Arguments

  @Test(arguments: [
    ("torch.add_((bn2).forward(_1, ), x)", "torch.add_((bn2).forward(_1, ), x, alpha=3)", "(alpha)"),
    (
      "torch.batch_norm(x, weight, bias,", "torch.batch_norm(x, bias, weight,",
      "of other tensors where the network has 'bn1'"
    ),
    ("running_mean = self.running_mean", "running_mean = self.bias", "of other tensors"),
    (
      "    weight = self.weight\n    input = torch.batch_norm",
      "    weight = self.running_var\n    input = torch.batch_norm", "of other tensors"
    ),
    (
      "torch.linear(x, weight, bias)", "torch.linear(x, weight)",
      "a linear layer of other tensors where the network has 'fc'"
    ),
    ("torch.relu_(x)", "torch.relu_(torch.relu_(x), True)", "has more arguments than are known"),
    ("False, [0, 0], 1,", "True, [0, 0], 1,", "transposed"),
    ("False, [0, 0], 1,", "False, [0, 0], 2,", "groups"),
    ("torch.flatten(x3, 1)", "torch.flatten(torch.roll(x3, [1], [1]), 1)", "calls torch.roll"),
    ("torch.adaptive_avg_pool2d(x2, [1, 1])", "torch.adaptive_avg_pool2d(x2, [2, 2])", "more than one pixel"),
    ("torch.adaptive_avg_pool2d(x2, [1, 1])", "torch.mean(x2, [2], True)", "is not over height and width"),
    ("torch.flatten(x3, 1)", "torch.view(x3, [-1, 8])", "gives another shape"),
    ("torch.flatten(x3, 1)", "torch.view(x3, [2, -1])", "gives another shape"),
    ("(fc).forward(x4, )", "torch.view((fc).forward(x4, ), [-1, 1])", "gives another shape"),
    (
      "    input = torch._convolution(x,",
      "    w = torch.reshape(weight, [1, 8, -1])\n    input = torch._convolution(x,", "gives another shape"
    ),
    (
      "    return (fc).forward(x4, )", "    y = (fc).forward(x4, )\n    return (torch.sigmoid(y), y)",
      "answer is not what its last layer puts out"
    ),
    ("(fc).forward(x4, )", "torch.relu((fc).forward(x4, ))", "answer is not what its last layer puts out"),
    (
      "(fc).forward(x4, )", "torch.softmax((fc).forward(x4, ), 1)",
      "answer is not what its last layer puts out"
    ),
    (
      "    return (relu).forward1(input, )", "    y = torch.relu(input)\n    return input",
      "something else where the network has 'avgpool'"
    ),
    (
      "    x2 = (layer1)", "    y = torch.relu_(x1)\n    self.fc = y\n    x2 = (layer1)",
      "changes an attribute"
    ),
    ("class ReLU(Module):\n", "class ReLU(Module):\n  __forward_hooks__ = [\"h\", ]\n", "hooks"),
    ("torch.relu_(x)", "torch.__dict__(x)", "calls torch.__dict__"),
  ])
  func argumentsOfOtherValuesAreRefused(text: String, other: String, what: String) throws {
    let error = #expect(throws: ImportError.self) {
      try ScriptedNetwork(isTraced: true, edits: [(text, other)]).plan()
    }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
  }

  // MARK: The order of layers

  @Test(arguments: [
    ("    out1 = (relu).forward(out0, )", "    out1 = out0", "where the network has 'layer1.0.relu1'"),
    ("    return (relu).forward(out4, )", "    return out4", "where the network has 'layer1.0.relu'"),
    (
      "torch.add_(out3, x)", "torch.add_(out3, out3)",
      "a sum of other tensors where the network has 'layer1.0.add'"
    ),
    ("    out4 = torch.add_(out3, x)", "    out4 = out3", "where the network has 'layer1.0.add'"),
    ("(layer1).forward(x1, )", "(layer1).forward((layer1).forward(x1, ), )", "where the network has"),
    (
      "x1 = (relu).forward((bn1).forward((conv1).forward(x, ), ), )",
      "x1 = (bn1).forward((conv1).forward(x, ), )",
      "where the network has 'relu'"
    ),
    (
      "    out = (conv1).forward(x, )", "    out = (conv1).forward(torch.mul(x, 2.), )",
      "a product with 2.0 where the network has 'layer1.0.conv1'"
    ),
    (
      "    x2 = (layer1)", "    y = torch.contiguous(x1)\n    z = torch.relu_(x1)\n    x2 = (layer1)",
      "changes a tensor in place that others share"
    ),
    (
      "    x2 = (layer1).forward(x1, )",
      "    if torch.gt(torch.size(x1, 2), 9):\n      x2 = (layer1).forward(x1, )\n    else:\n      x2 = x1",
      "decides what it computes by something"
    ),
    (
      "    x2 = (layer1).forward(x1, )",
      "    x2 = x1\n    for i in range(torch.size(x1, 2)):\n      x2 = (layer1).forward(x1, )",
      "decides what it computes by something"
    ),
    (
      "    x2 = (layer1).forward(x1, )", "    x2 = (self).forward(x1, )",
      "computes more than a network of this kind"
    ),
  ])
  func aNetworkThatComputesOtherwiseIsRefused(text: String, other: String, what: String) throws {
    let message = try Self.refusal(ScriptedNetwork(edits: [(text, other)]))
    #expect(message.contains(what), "\(message)")
  }

  @Test func aChangeInPlaceCountsForAllThatReadTheTensor() throws {
    // The shortcut adds what the first activation has changed.
    let message = try Self.refusal(
      ScriptedNetwork(edits: [("    out = (conv1)", "    y = torch.sigmoid_(x)\n    out = (conv1)")]))
    #expect(message.contains("where the network has 'layer1.0.conv1'"), "\(message)")
  }

  @Test func aNetworkThatTheCallerNamesIsReadWithANote() throws {
    var architecture = try Architecture.preset(named: "small_resnet18", classes: 3)
    architecture.stages = [Architecture.Stage(blocks: 1, width: 16, stride: 1)]
    architecture.name = nil
    var options = ImportOptions()
    options.architecture = architecture
    let plan = try ScriptedNetwork(edits: [("torch.relu_(input)", "torch.tanh(input)")]).plan(
      options: options)
    #expect(plan.notes.contains { $0.description.contains("computes what the chosen network does not") })
  }
}
