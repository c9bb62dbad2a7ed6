import TestSupport
import Testing

@testable import WeightFiles

/// The program of a TorchScript archive is read as text: settings of layers, and the functions that are called.
@Suite struct ScriptProgramTests {
  private func described(_ lines: String, _ name: String = "Conv2d") -> ModuleRecord {
    var program = ScriptProgram()
    program.add(
      "class \(name)(Module):\n" + lines, module: "__torch__.torch.nn.modules.conv.___torch_mangle_4")
    return program.described(
      ModuleRecord(
        path: "a", className: "__torch__.torch.nn.modules.conv.___torch_mangle_4.\(name)",
        settings: ["transposed": .bool(false)]))
  }

  /// As PyTorch 2.15 writes them: `torch.jit.trace`.
  private static let traced = """
      weight : Tensor
      def forward(self: __torch__.torch.nn.modules.conv.___torch_mangle_4.Conv2d,
        x: Tensor) -> Tensor:
        weight = self.weight
        y = torch._convolution(x, weight, None, [2, 2], [4, 4], [4, 4], False, [0, 0], 32, False, False, True, True)
        return y
    """

  /// `torch.jit.script`.
  private static let scripted = """
      weight : Tensor
      transposed : bool
      padding : Final[Tuple[int, int]] = (4, 4)
      stride : Final[Tuple[int, int]] = (2, 2)
      padding_mode : Final[str] = "zeros"
      groups : Final[int] = 32
      dilation : Final[Tuple[int, int]] = (4, 4)
      def forward(self: __torch__.torch.nn.modules.conv.___torch_mangle_4.Conv2d,
        input: Tensor) -> Tensor:
        _1 = torch.conv2d(input, self.weight, self.bias, [2, 2], [4, 4], [4, 4], 32)
        return _1
    """

  @Test(arguments: [traced, scripted])
  func aConvolutionTellsItsArguments(text: String) {
    let layer = described(text)
    #expect(layer.className == "torch.nn.modules.conv.Conv2d")
    #expect(layer.isProgram)
    #expect(layer.settings["stride"] == .ints([2, 2]))
    #expect(layer.settings["padding"] == .ints([4, 4]))
    #expect(layer.settings["dilation"] == .ints([4, 4]))
    #expect(layer.settings["groups"] == .int(32))
  }

  @Test func argumentsThatAreLeftOutAreTheUsual() {
    let settings = described("  def forward(self, x):\n    return torch.conv2d(x, self.weight, None, [2, 2])")
      .settings
    #expect(settings["stride"] == .ints([2, 2]))
    #expect(settings["dilation"] == .ints([1, 1]))
    #expect(settings["groups"] == .int(1))
  }

  @Test func whatIsCalledTwiceOrWithVariablesSaysNothing() {
    let call = "    y = torch.conv2d(x, self.weight, None, [2, 2], [1, 1], [1, 1], 1)\n"
    #expect(described("  def forward(self, x):\n" + call + call).settings["stride"] == nil)
    let variable = described(
      "  def forward(self, x):\n    return torch.conv2d(x, w, None, stride, [1, 1], d, 1)")
    #expect(variable.settings["stride"] == nil && variable.settings["dilation"] == nil)
    #expect(
      described("  def forward(self, x):\n    return torch.conv2d(x, w, None, [2, 2]").settings["stride"]
        == nil)
  }

  @Test func normsAndPoolsTellTheirs() {
    let norm = described(
      "  def forward(self, x):\n    return torch.batch_norm(x, w, b, m, v, False, 0.1, 0.001, True)",
      "BatchNorm2d")
    #expect(norm.settings["eps"] == .float(0.001))
    #expect(norm.settings["training"] == nil)
    let training = described(
      "  def forward(self, x):\n    return torch.batch_norm(x, w, b, m, v, True, 0.1, 0.001, True)")
    #expect(training.settings["training"] == .bool(true))
    let pool = described(
      "  def forward(self, x):\n    return torch.max_pool2d(x, [3, 3], [2, 2], [0, 0], [1, 1], True)")
    #expect(pool.settings["ceil_mode"] == .bool(true))
    #expect(pool.settings["padding"] == .ints([0, 0]))
  }

  @Test func functionsAreListedWhereverTheyAreCalled() {
    let block = described(
      """
        relu : __torch__.torch.nn.modules.activation.ReLU
        def forward(self, x):
          _0 = __torch__.torch.nn.functional.silu
          y = _0(torch.add_(x, torch.neg(x)), True, )
          ops.prim.RaiseException("torch.exp(1)", "builtins.ValueError")
          return torch.flatten(y, 1)
      """, "Block")
    #expect(block.calls == ["silu", "add_", "neg", "flatten", "exp"])
  }

  @Test func aSavedArchiveTellsTheSettingsOfItsLayers() throws {
    let source = try openWeights(PyTorchFixtures.path("script.pt"))
    let layers = Dictionary(uniqueKeysWithValues: try #require(source.modules).map { ($0.path, $0) })
    #expect(layers["layers.0.conv1"]?.settings["stride"] == .ints([2, 2]))
    #expect(layers["layers.0.bn1"]?.settings["eps"] == .float(0.001))
    #expect(layers["pool"]?.settings["kernel_size"] == .ints([3, 3]))
    #expect(layers["fc"]?.calls == ["linear"])
  }
}

/// The statements of a TorchScript program.
@Suite struct ScriptParserTests {
  private func function(_ body: String) throws -> ScriptFunction {
    let tokens = try #require(ScriptTokens("def f(x: Tensor, n: int=2) -> Tensor:\n" + body, limit: 1 << 12))
    return try #require(ScriptParser(tokens).functions["f"])
  }

  @Test func statementsAreReadAsTheyStand() throws {
    let function = try function(
      "  a, b, = torch.f(x, (1,), [-1., None], alpha=True)\n  if a:\n    pass\n  else:\n    c = getattr(x, \"0\")\n  return (c).forward(x[0], )\n"
    )
    #expect(function.fault == nil)
    #expect(function.parameters.map(\.name) == ["x", "n"])
    #expect(function.parameters[1].usual == .int(2))
    #expect(
      function.body == [
        .assign(
          ["a", "b"],
          .call(
            .attribute(.name("torch"), "f"), [.name("x"), .list([.int(1)]), .list([.float(-1), .none])],
            keywords: ["alpha": .bool(true)])),
        .condition(
          .name("a"), [.pass],
          [.assign(["c"], .call(.name("getattr"), [.name("x"), .text("0")], keywords: [:]))]),
        .returned(
          .call(
            .attribute(.name("c"), "forward"), [.element(.name("x"), [.int(0)])], keywords: [:])),
      ])
  }

  @Test(arguments: [
    "  return x[:1]\n", "  return x + x\n", "  return x if n else x\n", "  return f(n=1, x)\n",
    "  return f(n=1, n=2)\n", "  return 007\n", "  return not x\n", "  return {\"a\": x}\n", "  x += 1\n",
    "  with x:\n    pass\n",
    "  return " + String(repeating: "(", count: 100) + "x"
      + String(repeating: ")", count: 100) + "\n", "  if x: return x\n",
    "  return x" + String(repeating: ".a", count: 1000) + "\n",
    "  return x" + String(repeating: "()", count: 1000) + "\n",
    "  return x" + String(repeating: "[0]", count: 1000) + "\n",
  ])
  func whatIsNotUnderstoodIsAFault(body: String) throws {
    #expect(try function(body).fault?.hasPrefix("has a statement that is not understood") == true)
  }

  @Test(arguments: [
    "  return x # a\n", "  return \"\"\"a\n\"\"\"\n", "  return 'a'\n", "\treturn x\n", "  return x\r\n",
    "    a = x\n   return a\n", "  return f(x\n", "  return x)\n", "  return x; y\n", "  return x \\\n  \n",
    "  return é\n",
  ])
  func textThatNoWriterWritesIsNotRead(body: String) {
    #expect(ScriptTokens("def f(x):\n" + body, limit: 1 << 12) == nil)
  }

  @Test func aLongTextIsNotRead() {
    #expect(ScriptTokens(String(repeating: "a ", count: 100), limit: 50) == nil)
  }

  @Test func functionsOfTheSameNameAreFaults() throws {
    let text = "def f(x):\n  return x\n"
    let tokens = try #require(ScriptTokens(text + text, limit: 1 << 12))
    #expect(ScriptParser(tokens).functions["f"]?.fault == "stands twice in the program")
    var program = ScriptProgram()
    program.add(text, module: "a")
    program.add(text, module: "a")
    #expect(program.functions["a.f"]?.fault?.contains("twice") == true)
  }
}
