"""TorchScript archives whose layers and tensors are those of a known network, and whose program computes something else. Each is refused; the
network's own program is read."""

from .harness import Group
from .lookalikes import VERSION, Weights, refused, table
from .pickles import Code, code, name, pickled, zipped

GROUP = Group("programs")

SELF = "class {}(Module):\n  def forward(self: T,\n    x: Tensor) -> Tensor:\n"
SOURCES = {
    "torch/nn/functional": """def relu(input: Tensor,
    inplace: bool=False) -> Tensor:
  if inplace:
    result = torch.relu_(input)
  else:
    result = torch.relu(input)
  return result
def batch_norm(input: Tensor,
    running_mean: Optional[Tensor],
    running_var: Optional[Tensor],
    weight: Optional[Tensor]=None,
    bias: Optional[Tensor]=None,
    training: bool=False,
    momentum: float=0.10000000000000001,
    eps: float=1.0000000000000001e-05) -> Tensor:
  _5 = torch.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, True)
  return _5
def adaptive_avg_pool2d(input: Tensor,
    output_size: List[int]) -> Tensor:
  return torch.adaptive_avg_pool2d(input, output_size)
""",
    "torch/nn/modules/conv": SELF.format("Conv2d") + """    weight = self.weight
    bias = self.bias
    return torch.conv2d(x, weight, bias, [1, 1], [1, 1], [1, 1])
""",
    "torch/nn/modules/batchnorm": SELF.format("BatchNorm2d") + """    _0 = __torch__.torch.nn.functional.batch_norm
    running_mean = self.running_mean
    running_var = self.running_var
    weight = self.weight
    bias = self.bias
    return _0(x, running_mean, running_var, weight, bias, False, 0.10000000000000001, 1.0000000000000001e-05, )
""",
    "torch/nn/modules/activation": SELF.format("ReLU") + "    return __torch__.torch.nn.functional.relu(x, True, )\n",
    "torch/nn/modules/linear": SELF.format("Linear") + """    weight = self.weight
    bias = self.bias
    return torch.linear(x, weight, bias)
""",
    "net": SELF.format("Net") + """    conv1 = self.conv1
    bn1 = self.bn1
    relu = self.relu
    layer1 = self.layer1
    fc = self.fc
    x1 = (relu).forward((bn1).forward((conv1).forward(x, ), ), )
    x2 = (layer1).forward(x1, )
    x3 = __torch__.torch.nn.functional.adaptive_avg_pool2d(x2, [1, 1], )
    x4 = torch.flatten(x3, 1)
    return (fc).forward(x4, )
""" + SELF.format("Stage") + """    _0 = getattr(self, "0")
    return (_0).forward(x, )
""" + SELF.format("Block") + """    conv1 = self.conv1
    bn1 = self.bn1
    relu = self.relu
    conv2 = self.conv2
    bn2 = self.bn2
    out = (bn1).forward((conv1).forward(x, ), )
    out0 = (relu).forward(out, )
    out1 = (bn2).forward((conv2).forward(out0, ), )
    out2 = torch.add_(out1, x)
    return (relu).forward(out2, )
""",
}


def part(path, cls, rows=()):
    return Code(name("__torch__." + path, cls) + b")\x81" + table([("training", False), *rows]) + b"b")


def archive(weights, old="", new=""):
    """The kit's small network as an archive, with one text of its program in place of another."""
    def tensors(key, names):
        return [(text, weights.tensor(f"{key}.{text}")) for text in names]

    def convolution(key):
        return part("torch.nn.modules.conv", "Conv2d", [*tensors(key, ["weight"]), ("bias", None)])

    def norm(key):
        return part("torch.nn.modules.batchnorm", "BatchNorm2d", tensors(key, ["weight", "bias", "running_mean", "running_var"]))

    relu = part("torch.nn.modules.activation", "ReLU")
    key = "layer1.0."
    block = part("net", "Block", [("conv1", convolution(key + "conv1")), ("bn1", norm(key + "bn1")), ("relu", relu),
                                  ("conv2", convolution(key + "conv2")), ("bn2", norm(key + "bn2"))])
    net = part("net", "Net", [("conv1", convolution("conv1")), ("bn1", norm("bn1")), ("relu", relu),
                              ("layer1", part("net", "Stage", [("0", block)])),
                              ("fc", part("torch.nn.modules.linear", "Linear", tensors("fc", ["weight", "bias"])))])
    assert not old or sum(text.count(old) for text in SOURCES.values()) == 1, old
    sources = {f"net/code/__torch__/{path}.py": text.replace(old, new).encode() if old else text.encode() for path, text in SOURCES.items()}
    return zipped(b"\x80\x02" + code(net) + b".", weights.storages, {**VERSION, "net/constants.pkl": pickled(()), **sources})


CHANGES = {
    "a Tanh in place of the ReLU": ("torch.relu_(input)", "torch.tanh(input)"),
    "a leaky ReLU": ("torch.relu_(input)", "torch.leaky_relu_(input)"),
    "a norm that takes weights for biases": ("batch_norm(input, weight, bias,", "batch_norm(input, bias, weight,"),
    "a norm that takes biases for means": ("running_mean = self.running_mean", "running_mean = self.bias"),
    "a norm that takes the statistics of each batch": ("training, momentum, eps, True)", "True, momentum, eps, True)"),
    "a norm of another epsilon": ("training, momentum, eps, True)", "training, momentum, 0.5, True)"),
    "a pool of one pixel": ("torch.adaptive_avg_pool2d(input,", "torch.adaptive_avg_pool2d(input[:, :, :1, :1],"),
    "a sum that counts the shortcut three times": ("torch.add_(out1, x)", "torch.add_(out1, x, alpha=3)"),
    "a sum without the shortcut": ("torch.add_(out1, x)", "torch.add_(out1, out1)"),
    "a head without its bias": ("torch.linear(x, weight, bias)", "torch.linear(x, weight)"),
    "dropout at work": ("torch.flatten(x3, 1)", "torch.dropout(torch.flatten(x3, 1), 0.5, True)"),
    "a stage that is computed twice": ("(layer1).forward(x1, )", "(layer1).forward((layer1).forward(x1, ), )"),
    "a convolution of negative weights": ("torch.conv2d(x, weight,", "torch.conv2d(x, torch.neg(weight),"),
    "an answer by a condition of the images": ("    return (fc).forward(x4, )", "    if torch.gt(torch.size(x, 2), 40):\n      y = torch.neg(x4)\n    else:\n      y = x4\n    return (fc).forward(y, )"),
    "a return before the exception": ("    x4 = torch.flatten(x3, 1)", "    if torch.gt(torch.size(x, 2), 1):\n      return torch.neg((fc).forward(torch.flatten(x3, 1), ))\n      ops.prim.RaiseException(\"\")\n    else:\n      pass\n    x4 = torch.flatten(x3, 1)"),
    "a function twice": ("def batch_norm(", "def relu(input: Tensor, inplace: bool=False) -> Tensor:\n  return torch.tanh(input)\ndef batch_norm("),
    "a text of several lines": ("  return result\n", "  return torch.tanh(result)\n  \"\"\"\n  \"\"\"\n"),
    **{f"a chain of {what}": ("    x4 = torch.flatten(x3, 1)", f"    y = x3{link * 200_000}\n    x4 = torch.flatten(x3, 1)")
       for what, link in (("attributes", ".a"), ("calls", "()"), ("elements", "[0]"))},
    "lists that grow into each other": ("    x4 = torch.flatten(x3, 1)", "    q = [1]\n    for i in range(60000):\n      q = [q]\n    x4 = torch.flatten(x3, 1)"),
    "texts that only look alike": ("  if inplace:\n", "  if torch.ne(\"\u00e9\", \"e\u0301\"):\n    return torch.tanh(input)\n  else:\n    pass\n  if inplace:\n"),
    "its answer behind another one": ("    return (fc).forward(x4, )", "    y = (fc).forward(x4, )\n    return (torch.sigmoid(y), y)"),
    "an answer of several images in one": ("(fc).forward(x4, )", "torch.view((fc).forward(x4, ), [-1, 1])"),
    "variables by conditions": ("    x4 = torch.flatten(x3, 1)", "".join(f"    v{number} = 1\n" for number in range(40_000)) +
                                "    if torch.gt(torch.size(x, 2), 40):\n      y = 1\n    else:\n      y = 2\n" * 10_000 + "    x4 = torch.flatten(x3, 1)"),
    "long texts by turns": ("    x4 = torch.flatten(x3, 1)", f"    a = \"{'a' * 900_000}b\"\n    b = \"{'a' * 900_000}c\"\n    for i in range(60000):\n"
                            "      c = torch.eq(a, b)\n    x4 = torch.flatten(x3, 1)"),
    "long lists of zeros": ("    x4 = torch.flatten(x3, 1)", f"    p = [{', '.join(['1'] * 60_000)}]\n    y = x\n    for i in range(6000):\n"
                            "      y = torch.constant_pad_nd(y, p, 0)\n    x4 = torch.flatten(x3, 1)"),
    "hooks of a layer": ("class ReLU(Module):\n", "class ReLU(Module):\n  __forward_hooks__ = [\"h\", ]\n"),
}


@GROUP.attack("the network's own program is read")
def sound(place):
    place.put("program.pt", archive(Weights(place)))
    place.good("convert", "program.pt", "--output", "program.rzoo")


@GROUP.attack_each("a program with {}", [(what,) for what in CHANGES])
def changed(place, what):
    refused(place, archive(Weights(place), *CHANGES[what]))
