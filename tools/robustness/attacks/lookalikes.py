"""Pickles in which every name is one that files of weights have, and of which Python sees other tensors, layers or programs than their tables
say. Each is refused; a sound file of the same make is read."""

import json
import re
import struct

from . import pickles
from .harness import Group, require
from .pickles import Code, call, code, long_name, name, pickled, storage, tensor, zipped

GROUP = Group("lookalikes")
VERSION = {"net/version": b"3\n", "net/byteorder": b"little"}
PROTO_4 = b"\x80\x04"


def real(number):
    return Code(b"G" + struct.pack(">d", number))


def table(rows):
    """A dictionary of values by keys of any kind, in their order."""
    return Code(b"}(" + b"".join(code(key) + code(value) for key, value in rows) + b"u") if rows else Code(b"}")


def built(value, state):
    return Code(code(value) + code(state) + b"b")


def new(cls, *arguments):
    return Code(cls + code(arguments) + b"\x81")


def attribute(owner, text):
    return call("builtins", "getattr", owner, text)


def put(value, number):
    return Code(value + b"r" + struct.pack("<I", number))


def get(number):
    return Code(b"j" + struct.pack("<I", number))


def strides(shape):
    steps = [1]
    for extent in reversed(shape[1:]):
        steps.insert(0, steps[0] * extent)
    return tuple(steps) if shape else ()


def array_type(kind="f4", order="<", size=-1):
    flag = 4 if kind[0] == "U" else -1
    return built(call("numpy", "dtype", kind, False, True), (3, order, None, None, None, size, flag, 0))


def scalar(kind, data, size=-1):
    encoded = call("_codecs", "encode", data.decode("latin1"), "latin1")
    return call("numpy.core.multiarray", "scalar", array_type(kind, "<", size), encoded)


def numpy_text(text):
    return scalar(f"U{len(text)}", text.encode("utf-32-le"), 4 * len(text))


class Weights:
    """The tensors of the kit's small network, and storages for a file of them."""

    def __init__(self, place):
        place.take("weights.safetensors")
        data = place.read("weights.safetensors")
        start = 8 + struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:start])
        header.pop("__metadata__", None)
        self.rows = {key: (tuple(entry["shape"]), data[start:][slice(*entry["data_offsets"])])
                     for key, entry in header.items() if entry["dtype"] == "F32"}
        self.storages = {}

    def tensor(self, key, other=False):
        shape, data = self.rows[key]
        number = str(len(self.storages))
        self.storages[number] = bytes(len(data)) if other else data
        return tensor(storage(number, len(data) // 4), shape, strides(shape))

    def state(self, change=None, other=False):
        return [(key, self.tensor(key, other) if key != "conv1.weight" or not change else change(self, key)) for key in self.rows]

    def file(self, value, before=b"", proto=b"\x80\x02", order=b"little"):
        return zipped(proto + before + code(value) + b".", self.storages, {**VERSION, "net/byteorder": order})


# Whole modules


HOOKS = ["_backward_hooks", "_forward_hooks", "_forward_pre_hooks", "_state_dict_hooks", "_load_state_dict_pre_hooks"]


def module(path, cls, parameters=(), buffers=(), children=(), attributes=(), change=None):
    empty = call("collections", "OrderedDict")
    parts = {"parameters": list(parameters), "buffers": list(buffers), "children": list(children), "attributes": list(attributes), "before": [],
             "after": b"", "class": (path, cls)}
    if change:
        change(parts)
    state = table([*parts["before"], ("training", False), ("_parameters", table(parts["parameters"])), ("_buffers", table(parts["buffers"])),
                   *[(hook, empty) for hook in HOOKS if hook not in dict(item for item in parts["attributes"] if isinstance(item[0], str))],
                   ("_modules", table(parts["children"])), *parts["attributes"]])
    return Code(name(*parts["class"]) + b")\x81" + put(state, 9000) + b"b" + parts["after"])


class Network:
    """The kit's small network as a whole module, with changes of single layers."""

    def __init__(self, weights, changes):
        self.weights, self.changes = weights, changes

    def layer(self, key, path, cls, **parts):
        return module(path, cls, **parts, change=self.changes.get(key))

    def convolution(self, key, inputs):
        attributes = [("in_channels", inputs), ("out_channels", 4), ("kernel_size", (3, 3)), ("stride", (1, 1)), ("padding", (1, 1)),
                      ("dilation", (1, 1)), ("transposed", False), ("groups", 1), ("padding_mode", "zeros")]
        return self.layer(key, "torch.nn.modules.conv", "Conv2d", attributes=attributes,
                          parameters=[("weight", self.weights.tensor(key + ".weight")), ("bias", None)])

    def norm(self, key):
        attributes = [("num_features", 4), ("eps", real(1e-5)), ("momentum", real(0.1)), ("affine", True), ("track_running_stats", True)]
        return self.layer(key, "torch.nn.modules.batchnorm", "BatchNorm2d", attributes=attributes,
                          parameters=[(part, self.weights.tensor(f"{key}.{part}")) for part in ("weight", "bias")],
                          buffers=[(part, self.weights.tensor(f"{key}.{part}")) for part in ("running_mean", "running_var")])

    def relu(self, key):
        return self.layer(key, "torch.nn.modules.activation", "ReLU", attributes=[("inplace", True)])

    def identity(self, key):
        return self.layer(key, "torch.nn.modules.linear", "Identity")

    def whole(self):
        block = "layer1.0."
        inner = self.layer("layer1.0", "torchvision.models.resnet", "BasicBlock", attributes=[("stride", 1)], children=[
            ("conv1", self.convolution(block + "conv1", 4)), ("bn1", self.norm(block + "bn1")), ("relu", self.relu(block + "relu")),
            ("conv2", self.convolution(block + "conv2", 4)), ("bn2", self.norm(block + "bn2"))])
        head = self.layer("fc", "torch.nn.modules.linear", "Linear", attributes=[("in_features", 4), ("out_features", 3)],
                          parameters=[(part, self.weights.tensor("fc." + part)) for part in ("weight", "bias")])
        stage = self.layer("layer1", "torch.nn.modules.container", "Sequential", children=[("0", inner)])
        pool = self.layer("avgpool", "torch.nn.modules.pooling", "AdaptiveAvgPool2d", attributes=[("output_size", (1, 1))])
        return self.layer("", "torchvision.models.resnet", "ResNet", children=[
            ("conv1", self.convolution("conv1", 3)), ("bn1", self.norm("bn1")), ("relu", self.relu("relu")), ("maxpool", self.identity("maxpool")),
            ("layer1", stage), *[(f"layer{number}", self.identity("")) for number in (2, 3, 4)], ("avgpool", pool), ("fc", head)])


def adding(*rows):
    return lambda parts, weights: parts["attributes"].extend((key, value(weights) if callable(value) else value) for key, value in rows)


def setting(key, value):
    def change(parts, weights):
        parts["attributes"] = [(name_, value if name_ == key else old) for name_, old in parts["attributes"]]
    return change


def late(key, value):
    def change(parts, weights):
        parts["after"] = get(9000) + code(key) + code(value(weights)) + b"s0"
    return change


def moved(key, attribute_=True):
    """A tensor of a table that is one of the attributes, or is None there and a buffer."""
    def change(parts, weights):
        tensors = dict(parts["parameters"])
        parts["parameters"] = [(name_, old) for name_, old in parts["parameters"] if name_ != key] + ([] if attribute_ else [(key, None)])
        parts["attributes" if attribute_ else "buffers"].append((key, tensors[key]))
    return change


def pruned(parts, weights):
    hook = built(new(name("torch.nn.utils.prune", "RandomUnstructured")), {"_tensor_name": "weight", "amount": 1})
    parts["attributes"] += [("weight_orig", weights.tensor("layer1.0.conv1.weight", True)), ("_forward_pre_hooks", table([(0, hook)]))]


def recast(path, cls, *attributes):
    """A module of another class, with attributes beside its own."""
    def change(parts, weights):
        parts["class"] = (path, cls)
        parts["attributes"].extend(attributes)
    return change


def headed(first):
    """A head that is a sequence, with a layer before or behind the one with its weights."""
    def change(parts, weights):
        linear = module("torch.nn.modules.linear", "Linear", parameters=parts["parameters"], attributes=parts["attributes"])
        softmax = module("torch.nn.modules.activation", "Softmax", attributes=[("dim", 1)])
        parts.update(parameters=[], attributes=[], children=[("0", softmax), ("1", linear)] if first else [("0", linear), ("1", softmax)])
        parts["class"] = ("torch.nn.modules.container", "Sequential")
    return change


def identity(weights):
    return module("torch.nn.modules.linear", "Identity")


def tanh(weights):
    return module("torch.nn.modules.activation", "Tanh")


def tensor_of(key):
    return lambda weights: weights.tensor(key, True)


def normed(dim, **settings):
    """A convolution whose weight has a norm for each of its first axis, and a hook that normalises over an axis of its own."""
    def change(parts, weights):
        shape, data = weights.rows["layer1.0.conv1.weight"]
        number = str(len(weights.storages))
        weights.storages[number] = struct.pack(f"<{shape[0]}f", *range(1, shape[0] + 1))
        scale = tensor(storage(number, shape[0]), (shape[0], 1, 1, 1), (1, 1, 1, 1))
        parts["parameters"] = [("weight_g", scale), ("weight_v", weights.tensor("layer1.0.conv1.weight")), ("bias", None)]
        hook = built(new(name("torch.nn.utils.weight_norm", "WeightNorm")), {"name": "weight", "dim": dim, **settings})
        parts["attributes"] += [("weight", weights.tensor("layer1.0.conv1.weight")), ("_forward_pre_hooks", table([(0, hook)]))]
    return change


MODULES = {
    "a norm over the second axis for the first": ("layer1.0.conv1", normed(1)),
    "a norm over the third axis for the first": ("layer1.0.conv1", normed(2)),
    "a norm over the whole for the first axis": ("layer1.0.conv1", normed(-1)),
    "a norm that another function computes": ("layer1.0.conv1", normed(0, compute_weight=name("torch", "zeros"))),
    "a parameter among a layer's attributes": ("bn1", adding(("weight", tensor_of("bn1.weight")))),
    "a weight outside of the tables": ("layer1.0.conv1", moved("weight")),
    "a bias outside of the tables": ("layer1.0.conv1", adding(("bias", tensor_of("layer1.0.bn1.bias")))),
    "a module of a table among the attributes": ("layer1.0", adding(("conv2", identity))),
    "a ReLU that is a Tanh by an attribute": ("layer1.0", adding(("relu", tanh))),
    "a shortcut outside of the tables": ("layer1.0", adding(("downsample", tanh))),
    "a function as its shortcut": ("layer1.0", adding(("downsample", name("torch", "tanh")))),
    "a function by a name that another class runs": ("layer1.0", adding(("add_relu", name("torch.nn.functional", "tanh")))),
    "a function as its gate": ("layer1.0", adding(("gate", name("torch.nn.functional", "tanh")))),
    "None before a buffer of the name": ("fc", moved("bias", False)),
    "parameters after the state was taken": ("bn1", late("_parameters", lambda weights: table([("weight", weights.tensor("bn1.bias"))]))),
    "an epsilon after the state was taken": ("bn1", late("eps", lambda weights: real(9))),
    "an epsilon behind 600 attributes": ("bn1", lambda parts, weights: parts["before"].extend((f"a{number}", number) for number in range(600))),
    "an epsilon of NumPy's": ("bn1", setting("eps", scalar("f8", struct.pack("<d", 9)))),
    "an epsilon by a name": ("bn1", setting("eps", name("math", "pi"))),
    "an epsilon under a text of NumPy's": ("bn1", adding((numpy_text("eps"), real(9)))),
    "a padding by a text of NumPy's": ("conv1", setting("padding_mode", numpy_text("circular"))),
    "a stride by an object": ("conv1", setting("stride", call("argparse", "Namespace"))),
    "a forward under a text of NumPy's": ("bn1", adding((numpy_text("forward"), identity))),
    "a pruned weight without a mask": ("layer1.0.conv1", pruned),
    "hooks in a module": ("layer1.0", adding(("_forward_pre_hooks", identity))),
    "two children of one name": ("layer1.0", lambda parts, weights: parts["children"].append(("relu", identity(weights)))),
    "a stage that gets a module after its state": ("layer1", lambda parts, weights: parts.update(after=identity(weights) + b"a")),
    "a child that is called": ("layer1.0", lambda parts, weights: parts["children"].append(("relu2", call("torch.nn.modules.activation", "Tanh")))),
}


def refused(place, data):
    place.put("x.pth", data)
    place.expect(65, "convert", "x.pth", "--output", "new.rzoo")
    require(not place.exists("new.rzoo"), "there is an output")
    outcome = place.expect((0, 65, 66), "inspect", "x.pth")
    shown = outcome.text + outcome.err
    require("would refuse" in shown or not re.search("suspicious +nothing", shown), f"nothing is suspicious: {outcome.shown()}")


@GROUP.attack("a sound module and a sound table are read")
def sound(place):
    weights = Weights(place)
    place.put("module.pth", weights.file(Network(weights, {}).whole()))
    place.good("convert", "module.pth", "--output", "module.rzoo")
    weights = Weights(place)
    place.put("table.pth", weights.file(table(weights.state())))
    place.good("convert", "table.pth", "--output", "table.rzoo")
    weights = Weights(place)
    place.put("normed.pth", weights.file(Network(weights, {"layer1.0.conv1": lambda parts: normed(0)(parts, weights)}).whole()))
    place.good("convert", "normed.pth", "--output", "normed.rzoo")


# Sound modules of the usual names, which compute something else by their classes, their order or their settings.
OTHER_NETWORKS = {
    "a block that is a sequence": ("layer1.0", recast("torch.nn.modules.container", "Sequential")),
    "a block that is torchvision's sequence": ("layer1.0", recast("torchvision.ops.misc", "Conv2dNormActivation")),
    "a block that is a dictionary": ("layer1.0", recast("torch.nn.modules.container", "ModuleDict")),
    "a block of another class's layers": ("layer1.0", recast("torchvision.models.resnet", "Bottleneck")),
    "a block for videos": ("layer1.0", recast("torchvision.models.video.resnet", "BasicBlock")),
    "a convolution that rounds its weights": ("layer1.0.conv1", recast("torch.ao.nn.qat.modules.conv", "Conv2d")),
    "a module within a convolution": ("layer1.0.conv1", lambda parts, weights: parts["children"].append(("x", tanh(weights)))),
    "a stage that is a list": ("layer1", recast("torch.nn.modules.container", "ModuleList")),
    "a softmax before its head": ("fc", headed(True)),
    "a pool that divides by 7": ("avgpool", recast("torch.nn.modules.pooling", "AvgPool2d", ("kernel_size", 32), ("stride", 32), ("padding", 0),
                                                   ("divisor_override", 7))),
    "a pool over a part of the map": ("avgpool", recast("torch.nn.modules.pooling", "AvgPool2d", ("kernel_size", 20), ("stride", 20), ("padding", 0))),
    "a convolution in a circle": ("layer1.0.conv1", setting("padding_mode", "circular")),
}


@GROUP.attack_each("a network with {}", [(what,) for what in OTHER_NETWORKS])
def other_network(place, what):
    weights = Weights(place)
    layer, change = OTHER_NETWORKS[what]
    place.put("x.pth", weights.file(Network(weights, {layer: lambda parts: change(parts, weights)}).whole()))
    place.expect(65, "convert", "x.pth", "--output", "new.rzoo", says="layers contradict")
    require(not place.exists("new.rzoo"), "there is an output")


@GROUP.attack("a softmax behind a head is left out, and said")
def softmax_behind(place):
    weights = Weights(place)
    place.put("x.pth", weights.file(Network(weights, {"fc": lambda parts: headed(False)(parts, weights)}).whole()))
    outcome = place.good("convert", "x.pth", "--output", "new.rzoo")
    require("it is left out" in outcome.text + outcome.err, f"nothing is said: {outcome.shown()}")


@GROUP.attack_each("a module with {}", [(what,) for what in MODULES])
def whole_module(place, what):
    weights = Weights(place)
    layer, change = MODULES[what]
    network = Network(weights, {layer: lambda parts: change(parts, weights)})
    refused(place, weights.file(network.whole()))


# Tables of tensors, and what lies beside them


def parameter(weights, key, parts):
    shape, _ = weights.rows[key]
    state = (weights.tensor(key), 0, shape, strides(shape), True)[:parts]
    return built(call("torch.nn.parameter", "Parameter", None, False), state)


def other_tensor(weights, key):
    return built(weights.tensor(key), (weights.tensor(key, True), 0, weights.rows[key][0]))


def with_state(weights, key, state):
    return call("torch._utils", "_rebuild_parameter_with_state", weights.tensor(key), True, call("collections", "OrderedDict"), state)


def data_in(cls):
    return lambda weights, key: with_state(weights, key, call("collections", cls, {"data": weights.tensor(key, True)}))


TENSORS = {
    "a parameter with a chain of attributes": data_in("ChainMap"),
    "a parameter with attributes of a class": data_in("UserDict"),
    "a tensor with another one as its state": other_tensor,
    "a parameter with four parts": lambda weights, key: parameter(weights, key, 4),
    "a parameter with five parts that are no flags": lambda weights, key: parameter(weights, key, 5),
    "a tensor by getattr": lambda weights, key: attribute(name("torch.nn.modules.linear", "Linear"), "weight"),
}


@GROUP.attack_each("{} in a table", [(what,) for what in TENSORS])
def changed_tensor(place, what):
    weights = Weights(place)
    refused(place, weights.file(table(weights.state(TENSORS[what]))))


LINEAR, NAMESPACE, KIND = name("torch.nn.modules.linear", "Linear"), call("argparse", "Namespace"), attribute(name("net", "Block"), "Kind")
ORDERED = call("collections", "OrderedDict")
BESIDE = {
    "the class of a class": attribute(LINEAR, "__class__"),
    "an object's attribute": attribute(built(NAMESPACE, {"f": call("pathlib", "PosixPath", "x")}), "f"),
    "an attribute's attribute": attribute(KIND, "Kind"),
    "a method that is called": Code(attribute(name("net", "Block"), "load") + code(("x",)) + b"R"),
    "an object of an attribute": new(attribute(LINEAR, "Kind")),
    "an object of an attribute by copyreg": call("copyreg", "__newobj__", KIND),
    "a state for a method": built(attribute(name("torch.nn.modules.batchnorm", "BatchNorm2d"), "__init__"), (None, {"__defaults__": (1,)})),
    "a state for a class": built(LINEAR, {"eps": 1}),
    "a state for a module": built(long_name("torch", "nn.functional"), {"relu": None}),
    "an attribute as __setstate__": built(NAMESPACE, {"__setstate__": KIND}),
    "a dictionary whose items are an attribute": built(ORDERED, {"items": KIND}),
    "a dictionary with a list as its state": built(ORDERED, [("keys", name("collections", "OrderedDict"))]),
    "a dictionary with pairs as its state": built(ORDERED, (("keys", name("collections", "OrderedDict")),)),
    "a dictionary without a call, of elements": new(name("collections", "OrderedDict"), {"a": 1}),
    "a counter of pairs": call("collections", "Counter", [("a", 1)]),
    "a list that grows after it was taken": Code(put(Code(b"]"), 1) + b"0" + call("builtins", "set", get(1)) + b"0" + get(1) + code(1) + b"a"),
}


@GROUP.attack_each("{}", [(what,) for what in BESIDE])
def beside(place, what):
    weights = Weights(place)
    refused(place, weights.file(table([("state_dict", table(weights.state())), ("x", BESIDE[what])]), proto=PROTO_4))


@GROUP.attack_each("a key twice, the second time {}", [("a text of NumPy's",), ("a name",), ("without a tensor",)])
def keys(place, what):
    weights = Weights(place)
    rows = weights.state()
    key = {"a text of NumPy's": numpy_text("conv1.weight"), "a name": name("string", "digits")}.get(what, "conv1.weight")
    rows.append((key, None if what == "without a tensor" else weights.tensor("conv1.weight", True)))
    refused(place, weights.file(table(rows)))


OUTER = {
    "a number": lambda good, other: [("state_dict", good), ("state_dict", 5)],
    "None": lambda good, other: [("state_dict", good), ("model", other), ("state_dict", None)],
    "another table, behind 16 of them": lambda good, other: [("model", good), *[(f"x{number}", other) for number in range(16)], ("model", other)],
    "another table, behind 10,001 lists": lambda good, other: [("model", good), *[(f"x{number}", []) for number in range(10_001)], ("model", other)],
}


@GROUP.attack_each("the key of a table twice, the second time {}", [(what,) for what in OUTER])
def outer_keys(place, what):
    weights = Weights(place)
    refused(place, weights.file(table(OUTER[what](table(weights.state()), table(weights.state(other=True))))))


@GROUP.attack_each("the key of a table {}", [("set again",), ("twice among pairs",), ("twice in a dictionary within",)])
def late_keys(place, what):
    weights = Weights(place)
    rows = [("model", table(weights.state())), ("model", None)]
    refused(place, weights.file({
        "set again": lambda: Code(table(rows[:1]) + code("model") + b"Ns"),
        "twice among pairs": lambda: call("collections", "OrderedDict", [*rows, ("net", table(weights.state(other=True)))]),
        "twice in a dictionary within": lambda: {"checkpoint": table(rows)}}[what]()))


def typed(kind, cls, size):
    """A tensor that says the type of its elements, in a storage of another class."""
    def make(weights, key):
        shape, data = weights.rows[key]
        number, path = str(len(weights.storages)), "torch.storage" if cls == "UntypedStorage" else "torch"
        weights.storages[number] = data
        base = Code(code(("storage", name(path, cls), number, "cpu", len(data) // size)) + b"Q")
        return call("torch._utils", "_rebuild_tensor_v3", base, 0, shape, strides(shape), False, ORDERED, name("torch", kind))
    return make


@GROUP.attack_each("a big-endian file with {}", [("floats of a storage without a type",), ("short floats of a storage of floats",)])
def orders_of_bytes(place, what):
    weights = Weights(place)
    make = typed("float32", "UntypedStorage", 1) if "without" in what else typed("float16", "FloatStorage", 4)
    refused(place, weights.file(table([(key, make(weights, key)) for key in weights.rows]), order=b"big"))


@GROUP.attack("arrays in a big-endian file keep their order")
def arrays_in_order(place):
    weights = Weights(place)
    rows = [(key, array(shape, data, False)) for key, (shape, data) in weights.rows.items()]
    place.put("x.pth", weights.file(table(rows), proto=PROTO_4, order=b"big"))
    place.good("convert", "x.pth", "--output", "x.rzoo")
    place.good("export", "x.rzoo", "--output", "x.safetensors")
    written = place.read("x.safetensors")
    require(all(data in written for _, data in weights.rows.values()), "the arrays were turned")


@GROUP.attack_each("an archive {}", [("without a folder",), ("of a table with the constants of a program",)])
def archives(place, what):
    weights = Weights(place)
    content = b"\x80\x02" + table(weights.state()) + b"."
    folder = "" if what == "without a folder" else "net/"
    members = {folder + "data.pkl": content, folder + "byteorder": b"little", folder + "version": b"3\n",
               **{f"{folder}data/{number}": data for number, data in weights.storages.items()}}
    refused(place, pickles.archive({**members, "net/constants.pkl": pickled(())} if folder else members))


@GROUP.attack_each("an old archive with a tensor {}", [("'00' beside 0",), ("'-0' beside 0",)])
def tar_keys(place, what):
    weights, key = Weights(place), what.split("'")[1]
    kind, class_ = name("torch", "FloatStorage"), name("torch", "FloatTensor")
    storages, tensors, rows = [], [], []
    for number, (path, (shape, data)) in enumerate(weights.rows.items()):
        ours = [(number, data)] + ([(key, bytes(len(data)))] if number == 0 else [])
        for key_, content in ours:
            base = 1000 + len(storages)
            storages.append(pickled((base, "cpu", kind)) + struct.pack("<q", len(content) // 4) + content)
            extents = struct.pack(f"<{2 * len(shape)}q", *shape, *strides(shape))
            tensors.append(pickled((key_, base, class_)) + struct.pack("<ii", len(shape), 0) + extents + struct.pack("<q", 0))
        rows.append((path, Code(code(ours[-1][0]) + b"Q")))
    def part(items):
        return pickled(len(items)) + b"".join(items)
    refused(place, pickles.tar({"storages": part(storages) + pickled([]), "tensors": part(tensors), "pickle": pickled(table(rows))}))


@GROUP.attack_each("an old stream in which a view is {}", [("of two places",), ("its storage",)])
def views(place, what):
    weights = Weights(place)
    keys_, data, rows = [], [], []
    for key, (shape, content) in weights.rows.items():
        number, count = str(100 + len(keys_)), len(content) // 4
        view = (number if what == "its storage" else "7", count * (len(keys_) % 2), count)
        base = Code(code(("storage", name("torch", "FloatStorage"), number, "cpu", 2 * count, view)) + b"Q")
        rows.append((key, tensor(base, shape, strides(shape))))
        keys_.append(number)
        data.append(struct.pack("<q", 2 * count) + 2 * content)
    heading = b"".join(pickled(part) for part in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True}))
    refused(place, heading + pickled(table(rows)) + pickled(keys_) + b"".join(data))


# Arrays of NumPy


def array(shape, data, order):
    blank = call("numpy.core.multiarray", "_reconstruct", name("numpy", "ndarray"), (0,), Code(b"C\x01b"))
    return built(blank, (1, shape, array_type(), order, Code(b"B" + struct.pack("<I", len(data)) + data)))


def buffer(shape, data, order):
    return call("numpy.core.numeric", "_frombuffer", Code(b"B" + struct.pack("<I", len(data)) + data), array_type(), shape, order)


@GROUP.attack_each("an array whose order is {}", [(repr(order),) for order in (2, None, "f", "A")])
def orders(place, shown):
    weights, order = Weights(place), {"2": 2, "None": None, "'f'": "f", "'A'": "A"}[shown]
    make, usual = (buffer, "C") if isinstance(order, str) else (array, False)
    rows = [(key, make(*row, order if key == "conv1.weight" else usual)) for key, row in weights.rows.items()]
    refused(place, PROTO_4 + table(rows) + b".")


@GROUP.attack("an archive of arrays with one that lacks its ending")
def ending(place):
    weights = Weights(place)
    members = {key + ("" if key == "conv1.weight" else ".npy"): pickles.npy(*row) for key, row in weights.rows.items()}
    place.put("x.npz", pickles.archive(members))
    place.expect(65, "convert", "x.npz", "--output", "new.rzoo", says="lacks the ending '.npy'")
