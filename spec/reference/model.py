"""A checkpoint as a network: NETWORK.md from its documents to its logits."""

import math
import struct

from basics import require, single
from descriptor import read_architecture, read_metadata
from network import build, logits, tensors_of

TOLERANCE = 1e-4

def numbers(tensor, data):
    """The elements of a tensor as numbers, FORMAT.md §4.2 and §4.3."""
    if tensor.type == "bf16":
        return [struct.unpack("<f", b"\0\0" + data[at:at + 2])[0] for at in range(0, len(data), 2)]
    if tensor.type == "i8":
        scales = struct.unpack_from(f"<{tensor.scales}f", data)
        values = struct.unpack_from(f"<{len(data) - 4 * tensor.scales}b", data, 4 * tensor.scales)
        size = len(values) // max(tensor.scales, 1)
        return [single(value * scales[number // size]) for number, value in enumerate(values)]
    values = struct.unpack(f"<{len(data) // tensor.width}{ {'f32': 'f', 'f16': 'e', 'f64': 'd'}[tensor.type] }", data)
    return [single(value) for value in values]

class Model:
    """What a file says of a network, checked in the order of NETWORK.md §1.1: `arch`, `meta`, the tensors."""

    def __init__(self, stack):
        top = stack.top
        self.arch = read_architecture(top.architecture, top.at[b"arch"])
        self.nodes = build(self.arch, top.at[b"arch"])
        self.meta = read_metadata(top.metadata, self.arch, top.at[b"meta"])
        at, bad = top.at[b"tens"], "badTensors"
        self.tensors, wanted = {}, tensors_of(self.nodes)
        found = {tensor.name.decode(): tensor for tensor in stack.tensors}
        for name, shape in wanted.items():
            require(name in found, bad, at, f"{name} is missing", name)
            require(found[name].shape == shape, bad, at, f"{name} is {found[name].shape}, not {shape}", name)
            require(found[name].type != "i64", bad, at, f"{name} is of integers", name)
        self.quantization = self.arch["quantization"] or {"maps": {}, "layers": []}
        for name in (f"{layer}.weight" for layer in self.quantization["layers"]):
            require(found[name].type == "i8", bad, at, f"{name} is {found[name].type}, not i8", name)
        for name in found:
            require(name in wanted, bad, at, f"{name} is not of this network", name)
        for layer in stack.layers:
            for tensor in layer.tensors:
                if found.get(tensor.name.decode()) is tensor:
                    self.take(tensor, numbers(tensor, layer.load(tensor)), at)

    def take(self, tensor, values, at):
        name = tensor.name.decode()
        require(all(map(math.isfinite, values)), "badTensors", at, f"{name} is not finite", name)
        variance = name.endswith(".running_var")
        require(not variance or min(values) >= 0, "badTensors", at, f"{name} has a negative variance", name)
        self.tensors[name] = values

    def logits(self, seed, size):
        return logits(self.nodes, self.tensors, seed, size, self.quantization["maps"])

    def replays(self, trace):
        """Whether the network answers as a golden trace says, NETWORK.md §6.2."""
        found = self.logits(trace["seed"], trace["input_size"])
        largest = max(abs(value) for value in trace["logits"])
        return all(abs(a - b) <= TOLERANCE * largest for a, b in zip(found, trace["logits"]))
