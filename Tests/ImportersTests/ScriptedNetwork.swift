import ModelDescriptor
import ResNetGraph
import TensorCore
import Testing

@testable import Importers
@testable import WeightFiles

/// A network of few blocks as a TorchScript archive holds it: its program in the words of `torch.jit.script` or `torch.jit.trace`, and
/// its tensors without their numbers.
struct ScriptedNetwork {
  var isTraced = false
  var blocks = 1
  /// The dilation of the only stage.
  var dilation = 1
  /// Replacements in the program's text, of which each must find its place.
  var edits: [(String, String)] = []

  /// PyTorch's own functions, as PyTorch 2.15 writes them.
  private static let functions = """
    def batch_norm(input: Tensor,
        running_mean: Optional[Tensor],
        running_var: Optional[Tensor],
        weight: Optional[Tensor]=None,
        bias: Optional[Tensor]=None,
        training: bool=False,
        momentum: float=0.10000000000000001,
        eps: float=1.0000000000000001e-05) -> Tensor:
      _0 = __torch__.torch.nn.functional._verify_batch_size
      _2 = "batch_norm eps must be non-negative, but got {}"
      if training:
        _3 = _0(torch.size(input), )
      else:
        pass
      if torch.lt(eps, 0.):
        ops.prim.RaiseException(torch.format(_2, eps), "builtins.ValueError")
      else:
        pass
      _5 = torch.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, True)
      return _5
    def relu(input: Tensor,
        inplace: bool=False) -> Tensor:
      if inplace:
        result = torch.relu_(input)
      else:
        result = torch.relu(input)
      return result
    def adaptive_avg_pool2d(input: Tensor,
        output_size: List[int]) -> Tensor:
      _7 = torch.gt(torch.len(torch.size(input)), torch.len(output_size))
      if _7:
        pass
      else:
        ops.prim.RaiseException("AssertionError: ")
      _8 = torch.adaptive_avg_pool2d(input, output_size)
      return _8
    def dropout(input: Tensor,
        p: float=0.5,
        training: bool=True,
        inplace: bool=False) -> Tensor:
      if inplace:
        _2 = torch.dropout_(input, p, training)
      else:
        _2 = torch.dropout(input, p, training)
      return _2
    def _verify_batch_size(size: List[int]) -> NoneType:
      size_prods = size[0]
      size_prods0 = size_prods
      for i in range(torch.sub(torch.len(size), 2)):
        size_prods1 = torch.mul(size_prods0, size[torch.add(i, 2)])
        size_prods0 = size_prods1
      if torch.eq(size_prods0, 1):
        ops.prim.RaiseException("Expected more than 1 value per channel", "builtins.ValueError")
      else:
        pass
      return None

    """

  private func head(_ name: String, _ type: String) -> String {
    "  def \(name)(self: \(type),\n    x: Tensor) -> Tensor:\n"
  }

  private func convolution(_ dilation: Int) -> String {
    let settings = "[1, 1], [\(dilation), \(dilation)], [\(dilation), \(dilation)]"
    guard !isTraced else {
      return "class Conv2d(Module):\n" + head("forward", "T")
        + "    weight = self.weight\n    input = torch._convolution(x, weight, None, \(settings), False, [0, 0], 1, False, False, True, True)\n    return input\n"
    }
    return "class Conv2d(Module):\n" + head("forward", "T")
      + """
          weight = self.weight
          bias = self.bias
          _0 = (self)._conv_forward(x, weight, bias, )
          return _0
        def _conv_forward(self: T,
          input: Tensor,
          weight: Tensor,
          bias: Optional[Tensor]) -> Tensor:
          _1 = torch.conv2d(input, weight, bias, \(settings))
          return _1

      """
  }

  private var norm: String {
    "class BatchNorm2d(Module):\n" + head("forward", "T")
      + (isTraced
        ? """
            running_var = self.running_var
            running_mean = self.running_mean
            bias = self.bias
            weight = self.weight
            input = torch.batch_norm(x, weight, bias, running_mean, running_var, False, 0.10000000000000001, 1.0000000000000001e-05, True)
            return input

        """
        : """
            _0 = __torch__.torch.nn.functional.batch_norm
            _1 = (self)._check_input_dim(x, )
            training = self.training
            if training:
              num_batches_tracked = self.num_batches_tracked
              _2 = torch.add_(num_batches_tracked, 1)
            else:
              pass
            training0 = self.training
            if training0:
              bn_training = True
            else:
              bn_training = False
            running_mean = self.running_mean
            running_var = self.running_var
            weight = self.weight
            bias = self.bias
            _3 = _0(x, running_mean, running_var, weight, bias, bn_training, 0.10000000000000001, 1.0000000000000001e-05, )
            return _3
          def _check_input_dim(self: T,
            input: Tensor) -> NoneType:
            if torch.ne(torch.dim(input), 4):
              ops.prim.RaiseException("expected 4D input", "builtins.ValueError")
            else:
              pass
            return None

        """)
  }

  private var activation: String {
    guard !isTraced else {
      return "class ReLU(Module):\n" + head("forward", "T") + "    return torch.relu_(x)\n"
        + head("forward1", "T") + "    return torch.relu_(x)\n"
    }
    return "class ReLU(Module):\n" + head("forward", "T")
      + "    _0 = __torch__.torch.nn.functional.relu(x, True, )\n    return _0\n"
  }

  private var linear: String {
    "class Linear(Module):\n" + head("forward", "T")
      + "    weight = self.weight\n    bias = self.bias\n    return torch.linear(x, weight, bias)\n"
  }

  private func names(_ names: [String]) -> String { names.map { "    \($0) = self.\($0)\n" }.joined() }

  private var block: String {
    "class Block(Module):\n" + head("forward", "T") + names(["conv1", "bn1", "relu", "conv2", "bn2"])
      + (isTraced
        ? """
            _0 = (bn1).forward((conv1).forward(x, ), )
            _1 = (conv2).forward((relu).forward(_0, ), )
            input = torch.add_((bn2).forward(_1, ), x)
            return (relu).forward1(input, )

        """
        : """
            out = (conv1).forward(x, )
            out0 = (bn1).forward(out, )
            out1 = (relu).forward(out0, )
            out2 = (conv2).forward(out1, )
            out3 = (bn2).forward(out2, )
            out4 = torch.add_(out3, x)
            return (relu).forward(out4, )

        """)
  }

  private var stage: String {
    "class Stage(Module):\n" + head("forward", "T")
      + (0..<blocks).map {
        "    _\($0) = getattr(self, \"\($0)\")\n    x\($0) = (_\($0)).forward(\($0 == 0 ? "x" : "x\($0 - 1)"), )\n"
      }
      .joined() + "    return x\(blocks - 1)\n"
  }

  private var net: String {
    "class Net(Module):\n" + head("forward", "T") + names(["conv1", "bn1", "relu", "layer1", "fc"])
      + """
          x1 = (relu).forward((bn1).forward((conv1).forward(x, ), ), )
          x2 = (layer1).forward(x1, )
          x3 = \(isTraced ? "torch.adaptive_avg_pool2d" : "__torch__.torch.nn.functional.adaptive_avg_pool2d")(x2, [1, 1])
          x4 = torch.flatten(x3, 1)
          return (fc).forward(x4, )

      """
  }

  private func program() throws -> ScriptProgram {
    var texts = [
      ("__torch__.torch.nn.functional", Self.functions),
      ("__torch__.torch.nn.modules.conv", convolution(1)),
      ("__torch__.torch.nn.modules.conv.___torch_mangle_1", convolution(dilation)),
      ("__torch__.torch.nn.modules.batchnorm", norm), ("__torch__.torch.nn.modules.activation", activation),
      ("__torch__.torch.nn.modules.linear", linear), ("__torch__.nets", net + stage + block),
    ]
    for (text, other) in edits {
      try #require(texts.contains { $0.1.contains(text) }, "\(text)")
      for index in texts.indices { texts[index].1 = texts[index].1.replacing(text, with: other) }
    }
    var program = ScriptProgram()
    for (module, text) in texts { program.add(text, module: module) }
    return program
  }

  /// The network that is read.
  func plan(options: ImportOptions = ImportOptions()) throws -> ImportPlan {
    let program = try program()
    var architecture = try Architecture.preset(named: "small_resnet18", classes: 3)
    architecture.stages = [Architecture.Stage(blocks: blocks, width: 16, stride: 1)]
    architecture.name = nil
    let graph = try Graph(architecture)
    func own(_ path: String, _ name: String, _ settings: [String: ModuleRecord.Setting] = [:]) -> ModuleRecord
    {
      program.described(ModuleRecord(path: path, className: "__torch__.\(name)", settings: settings))
    }
    func convolution(_ path: String, dilates: Bool) -> ModuleRecord {
      own(path, "torch.nn.modules.conv.\(dilates ? "___torch_mangle_1." : "")Conv2d", ["bias": .none])
    }
    var modules = [
      own("", "nets.Net"), convolution("conv1", dilates: false),
      own("bn1", "torch.nn.modules.batchnorm.BatchNorm2d"),
      own("relu", "torch.nn.modules.activation.ReLU"), own("layer1", "nets.Stage"),
    ]
    for block in 0..<blocks {
      let path = "layer1.\(block)"
      modules += [
        own(path, "nets.Block"), convolution("\(path).conv1", dilates: block > 0),
        own("\(path).bn1", "torch.nn.modules.batchnorm.BatchNorm2d"),
        own("\(path).relu", "torch.nn.modules.activation.ReLU"),
        convolution("\(path).conv2", dilates: true),
        own("\(path).bn2", "torch.nn.modules.batchnorm.BatchNorm2d"),
      ]
    }
    modules.append(own("fc", "torch.nn.modules.linear.Linear"))
    let tensors = graph.parameters.map {
      SourceTensor(name: $0.name, shape: $0.shape, type: "float32", byteCount: 4 * $0.shape.elementCount)
    }
    let weights = UnreadableWeights(path: "net.pt", tensors: tensors, stateDict: nil, modules: modules)
    let claims = SourceClaims(file: "net.pt", origin: Origin(kind: .imported, source: "net.pt"))
    return try ImportSource(weights, claims: claims).plan(options: options)
  }
}
