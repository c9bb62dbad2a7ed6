"""§4 and §5 of NETWORK.md: the nodes that a descriptor stands for, their tensors, and the logits that they compute.

A node is a dictionary: `name`, `kind`, `inputs` (numbers of earlier nodes), `channels` that it puts out, and what its kind needs."""

import math

from basics import require
from layers import COMPUTE, each, noise, positions

ELEMENT_LIMIT, SIDE_LIMIT = 1 << 32, 16_384

class Builder:
    """The nodes of a descriptor whose members all have their values, as `descriptor.read_architecture` returns it."""

    def __init__(self, architecture, fail):
        self.arch, self.fail, self.nodes = architecture, fail, []
        self.channels = architecture["input"]["channels"]
        self.add("input", "input", [])
        self.stem()
        dilation = 1
        for index, stage in enumerate(architecture["stages"]):
            striding = 0 if architecture["stride_position"] == "first" else stage["blocks"] - 1
            for block in range(stage["blocks"]):
                stride = stage["stride"] if block == striding else 1
                self.block(index, stage, block, stride, dilation if block == 0 else stage["dilation"])
            dilation = stage["dilation"]
        if is_preactivated(architecture["stages"][-1]):
            self.norm("norm")
            self.add("norm.relu", "relu")
        self.head()

    @property
    def last(self):
        return len(self.nodes) - 1

    def add(self, name, kind, inputs=None, **more):
        inputs = [self.last] if inputs is None else inputs
        self.nodes.append({"name": name, "kind": kind, "inputs": inputs, "channels": self.channels, **more})

    def conv(self, name, outputs, kernel, stride=1, dilation=1, groups=1, normed=True, source=None):
        fits = self.channels % groups == 0 and outputs % groups == 0
        self.fail(fits, "groups", f"{groups} groups for {self.channels} to {outputs} channels in {name}")
        bias = {"none": False, "all": True, "unnormalized": not normed}[self.arch["convolution_bias"]]
        inputs, self.channels = self.channels, outputs
        self.add(name, "convolution", None if source is None else [source], kernel=kernel, stride=stride,
                 dilation=dilation if kernel > 1 else 1, padding=dilation * (kernel - 1) // 2, groups=groups, bias=bias,
                 in_channels=inputs, standardization=self.arch["weight_standardization"])

    def norm(self, name):
        norm = self.arch["normalization"]
        if norm["kind"] == "batch":
            return self.add(name, "batch_norm", epsilon=norm["epsilon"])
        groups = self.channels if norm["kind"] == "instance" else norm["groups"]
        self.fail(self.channels % groups == 0, "normalization.groups", f"{groups} groups for the {self.channels} channels of {name}")
        return self.add(name, "group_norm", epsilon=norm["epsilon"], groups=groups, affine=norm.get("affine", True))

    def filter(self, name, stride):
        if self.arch["antialias"] == "blur":
            self.add(name, "blur", kernel=3, stride=stride, padding=1)
        else:
            self.add(name, "average_pool", kernel=stride, stride=stride, edge="dropped")

    def stem(self):
        stem, filters = self.arch["stem"], self.arch["antialias"] != "none"
        normed = stem["norm"] or not is_preactivated(self.arch["stages"][0])
        if stem["kind"] == "deep":
            for index in range(2):
                self.conv(f"conv1.{3 * index}", stem["widths"][index], 3, stride=2 - index)
                self.norm(f"conv1.{3 * index + 1}")
                self.add(f"conv1.{3 * index + 2}", "relu")
            self.conv("conv1.6", stem["widths"][2], 3, normed=normed)
        else:
            kernel, stride = (7, 2) if stem["kind"] == "conv7x7" else (3, 1)
            self.conv("conv1", stem["widths"][0], kernel, stride, normed=normed)
        if normed:
            self.norm("bn1")
            self.add("relu", "relu")
        if not stem["pool"]:
            return
        if stem["pool_kind"] == "convolution":
            self.conv("maxpool.0", self.channels, 3, 1 if filters else 2)
            if filters:
                self.filter("maxpool.1", 2)
            self.norm("maxpool.2" if filters else "maxpool.1")
            self.add("maxpool.3" if filters else "maxpool.2", "relu")
        elif self.arch["antialias"] == "average_pool":
            self.filter("maxpool", 2)
        elif stem["pool_kind"] == "max_partial":
            self.add("maxpool", "max_pool", kernel=3, stride=2, edge="partial", zeros=False)
        else:
            self.add("maxpool.0" if filters else "maxpool", "max_pool", kernel=3, stride=1 if filters else 2, padding=1, zeros=stem["pool_kind"] != "max")
            if filters:
                self.filter("maxpool.1", 2)

    def block(self, index, stage, number, stride, dilation):
        path, source, before = f"layer{index + 1}.{number}", self.last, self.channels
        widths, bottleneck, pre = channels_of(self.arch, stage, number), is_bottleneck(stage), is_preactivated(stage)
        active = source
        if pre:
            self.norm(f"{path}.bn1")
            self.add(f"{path}.relu1", "relu")
            active = self.last
        late = self.arch["bottleneck_stride" if bottleneck else "basic_stride"] == "conv2"
        filters = {"none": False, "average_pool": stride > 1,
                   "blur": stride > 1 or dilation != stage["dilation"]}[self.arch["antialias"]]
        for place, outputs in enumerate(widths):
            window, last = not bottleneck or place == 1, place == len(widths) - 1
            first_window = place == (1 if bottleneck else 0)
            strides = place == (1 if late else 0)
            self.conv(f"{path}.conv{place + 1}", outputs, 3 if window else 1, stride if strides and not filters else 1,
                      dilation if first_window else stage["dilation"],
                      self.arch["groups"] if bottleneck and place == 1 else 1, normed=not (pre and last))
            if not last:
                self.norm(f"{path}.bn{place + 2 if pre else place + 1}")
                self.add(f"{path}.relu{place + 2 if pre else place + 1}", "relu")
                if filters and strides:
                    self.filter(f"{path}.aa", stride)
        if not pre:
            self.norm(f"{path}.bn{len(widths)}")
        self.attention(path, index)
        residual = self.last
        shortcut = self.shortcut(path, index, stage, source, active, before, widths[-1], stride, dilation)
        self.channels = widths[-1]
        if shortcut is not None:
            self.add(f"{path}.add", "add", [residual, shortcut])
        if not pre:
            self.add(f"{path}.relu", "relu")

    def attention(self, path, index):
        attention = self.arch["attention"]
        if attention is None:
            return
        source, outer = self.last, self.channels
        self.add(f"{path}.se.squeeze", "mean_pool")
        if attention["kind"] == "se":
            inner, four = attention["inner_channels"][index], attention["layers"] == "convolution"
            for layer, inputs, outputs in (("fc1", outer, inner), ("fc2", inner, outer)):
                self.channels = outputs
                self.add(f"{path}.se.{layer}", "linear", in_channels=inputs, bias=attention["bias"], four=four)
                if layer == "fc1":
                    self.add(f"{path}.se.relu", "relu")
        else:
            self.add(f"{path}.se.conv", "channel_convolution", kernel=attention["kernels"][index])
        self.add(f"{path}.se.sigmoid", "sigmoid")
        self.add(f"{path}.se.scale", "scale", [source, self.last])

    def shortcut(self, path, index, stage, source, active, before, outputs, stride, dilation):
        kind, pre = self.arch["shortcut"], is_preactivated(stage)
        if kind == "none":
            return None
        start = active if self.arch["shortcut_input"] == "activated" else source
        if kind != "projection_always":
            if stride == 1 and before == outputs:
                return source
            if self.arch["stride_position"] == "last" and before == outputs:
                self.add(f"{path}.shortcut", "zero_pad", [source], stride=stride, zeros=0)
                return self.last
        if kind == "zero_pad":
            more = outputs - before
            self.fail(more >= 0 and more % 2 == 0, f"stages[{index}].width", f"no zeros lead from {before} to {outputs} channels")
            self.channels = outputs
            self.add(f"{path}.shortcut", "zero_pad", [start], stride=stride, zeros=more // 2)
            return self.last
        self.channels, path = before, f"{path}.downsample"
        wide = stride > 1 or stage["dilation"] > 1
        if kind == "average_pool_projection":
            if wide:
                self.add(f"{path}.0", "average_pool", [start], kernel=2, stride=stride, edge="partial" if stride > 1 else "zeros")
                start = self.last
            self.conv(f"{path}.1", outputs, 1, normed=not pre, source=start)
        else:
            self.conv(f"{path}.0", outputs, self.arch["shortcut_kernel"] if wide else 1, stride, dilation, normed=not pre, source=start)
        if not pre:
            self.norm(f"{path}.2" if kind == "average_pool_projection" else f"{path}.1")
        return self.last

    def head(self):
        source, kind = self.last, self.arch["global_pool"]
        if kind != "max":
            self.add("avgpool" if kind == "avg" else "globalpool.avg", "mean_pool")
        if kind != "avg":
            self.add("globalpool" if kind == "max" else "globalpool.max", "peak_pool", [source])
        if kind in ("avgmax", "catavgmax"):
            self.channels *= 2 if kind == "catavgmax" else 1
            self.add("globalpool", "half_sum" if kind == "avgmax" else "concatenate", [self.last - 1, self.last])
        head = self.arch["head"]
        widths = {"none": [], "linear": [self.arch["classes"]]}.get(head["kind"]) if head["kind"] != "mlp" else (
            head["widths"] + [self.arch["classes"]])
        for number, width in enumerate(widths):
            inputs, self.channels = self.channels, width
            self.add(f"fc.{3 * number + 1}" if head["kind"] == "mlp" else "fc", "linear", in_channels=inputs, bias=True, four=False)
            if number < len(widths) - 1:
                self.add(f"fc.{3 * number + 2}", "relu")

def is_bottleneck(stage):
    return stage["block"].endswith("bottleneck")

def is_preactivated(stage):
    return stage["block"].startswith("preactivation")

def channels_of(arch, stage, number):
    """The output channels of each convolution of a block, NETWORK.md §5.5."""
    if stage["channels"] is not None:
        return stage["channels"][number]
    outputs, reduction = stage["width"] * stage["expansion"], arch["first_reduction"]
    if not is_bottleneck(stage):
        return [stage["width"] // reduction, outputs]
    middle = stage["width"] * arch["width_per_group"] // 64 * arch["groups"]
    return [middle // reduction, middle, outputs]

def tensors_of(nodes):
    """The tensors of a network: names and shapes, NETWORK.md §4."""
    tensors = {}
    for node in nodes:
        shapes, kind, c = {}, node["kind"], node["channels"]
        if kind == "convolution":
            shapes["weight"] = [c, node["in_channels"] // node["groups"], node["kernel"], node["kernel"]]
        elif kind == "linear":
            shapes["weight"] = [c, node["in_channels"]] + ([1, 1] if node["four"] else [])
        elif kind == "channel_convolution":
            shapes["weight"] = [1, 1, node["kernel"]]
        elif kind == "batch_norm":
            shapes = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), [c])
        elif kind == "group_norm" and node["affine"]:
            shapes = dict.fromkeys(("weight", "bias"), [c])
        if node.get("bias"):
            shapes["bias"] = [c]
        tensors.update((f"{node['name']}.{suffix}", shape) for suffix, shape in shapes.items())
    return tensors

def sides_of(nodes, height, width, fail):
    """Checks that images of a size leave something at every node, and that what is added is of one size."""
    sides = []
    for node in nodes:
        inner = [sides[number] for number in node["inputs"]]
        if node["kind"] == "input":
            side = height, width
        elif node["kind"] in ("mean_pool", "peak_pool"):
            side = 1, 1
        elif node["kind"] in ("convolution", "max_pool", "average_pool", "blur", "zero_pad"):
            side = tuple(positions(length, node) for length in inner[0])
        else:
            fail(node["kind"] != "add" or inner[0] == inner[1], node["name"], f"{node['name']} adds {inner}")
            side = inner[0]
        fail(min(side) > 0, node["name"], f"nothing is left at {node['name']}")
        sides.append(side)

def build(architecture, at):
    """The nodes of a descriptor, checked as NETWORK.md §3.3 says."""
    def fail(condition, field, message):
        require(condition, "badDescriptor", at, f"{field}: {message}", field)

    nodes = Builder(architecture, fail).nodes
    count = sum(math.prod(shape) for shape in tensors_of(nodes).values())
    fail(count <= ELEMENT_LIMIT, "stages", f"{count} numbers in its tensors")

    def fail_at(condition, name, message):
        stage = name.split(".")[0].removeprefix("layer")
        fail(condition, f"stages[{int(stage) - 1}].stride" if stage.isdecimal() else "stem", message)

    height, width = architecture["input"]["height"], architecture["input"]["width"]
    if max(height, width) <= SIDE_LIMIT:
        sides_of(nodes, height, width, fail_at)
    if architecture["quantization"] is not None:
        check_names(architecture["quantization"], nodes, fail)
    return nodes

def check_names(quantization, nodes, fail):
    """The names of a quantization are those of steps, NETWORK.md §3.3."""
    places, last = {node["name"]: place for place, node in enumerate(nodes)}, -1
    for name in quantization["maps"]:
        fail(name in places, f"quantization.maps.{name}", "no step of this name")
        fail(places[name] < len(nodes) - 1, f"quantization.maps.{name}", "the logits")
    for number, name in enumerate(quantization["layers"]):
        field = f"quantization.layers[{number}]"
        fail(name in places and nodes[places[name]]["kind"] in ("convolution", "linear"), field, f"{name} is no convolution or linear layer")
        node = nodes[places[name]]
        fail(node.get("standardization") is None, field, f"{name} has standardised weights")
        fail(nodes[node["inputs"][0]]["name"] in quantization["maps"], field, f"{name} reads no map of integers")
        fail(places[name] > last, field, f"{name} stands behind later layers, or twice")
        last = places[name]

def rounded(maps, scale, zero_point):
    """A map whose values are those of 8-bit integers, NETWORK.md §5.9; Python's `round` rounds halves to even."""
    return each(maps, lambda x: scale * (min(max(round(x / scale) + zero_point, 0), 255) - zero_point))

def logits(nodes, tensors, seed, size, maps=None):
    """The logits for the input of a seed; `tensors` are lists of numbers by name, `maps` those of a quantization."""
    values, maps = [], maps or {}
    for node in nodes:
        own = [tensors[name] for suffix in ("weight", "bias", "running_mean", "running_var")
               if (name := f"{node['name']}.{suffix}") in tensors]
        inputs = [values[number] for number in node["inputs"]]
        value = COMPUTE[node["kind"]](node, *inputs, *own) if inputs else noise(seed, size)
        values.append(rounded(value, **maps[node["name"]]) if node["name"] in maps else value)
    return [rows[0][0] for rows in values[-1]]
