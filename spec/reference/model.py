"""A checkpoint as a network: NETWORK.md from its documents to its logits."""

import hashlib
import math
import struct

from basics import require, single
from descriptor import read_architecture, read_metadata
from integers import integers_of
from layers import noise
from network import build, logits, tensors_of

TOLERANCE, QUANTIZED_TOLERANCE = 1e-4, 1e-2

def numbers(tensor, data):
    """The elements of a tensor as numbers, FORMAT.md §4.2 and §4.3."""
    if tensor.type == "bf16":
        return [struct.unpack("<f", b"\0\0" + data[at:at + 2])[0] for at in range(0, len(data), 2)]
    if tensor.type == "i8":
        scales, values = integers(tensor, data)
        size = len(values) // max(tensor.scales, 1)
        return [single(value * scales[number // size]) for number, value in enumerate(values)]
    values = struct.unpack(f"<{len(data) // tensor.width}{ {'f32': 'f', 'f16': 'e', 'f64': 'd'}[tensor.type] }", data)
    return [single(value) for value in values]

def integers(tensor, data):
    """The scales and the integers of an i8 tensor, FORMAT.md §4.3."""
    count = len(data) - 4 * tensor.scales
    return struct.unpack_from(f"<{tensor.scales}f", data), struct.unpack_from(f"<{count}b", data, 4 * tensor.scales)

class Model:
    """What a file says of a network, checked in the order of NETWORK.md §1.1: `arch`, `meta`, the tensors."""

    def __init__(self, stack):
        top = stack.top
        self.arch = read_architecture(top.architecture, top.at[b"arch"])
        self.nodes = build(self.arch, top.at[b"arch"])
        self.meta = read_metadata(top.metadata, self.arch, top.at[b"meta"])
        at, bad = top.at[b"tens"], "badTensors"
        self.tensors, self.stored, wanted = {}, {}, tensors_of(self.nodes)
        self.quantization = self.arch["quantization"] or {"maps": {}, "layers": []}
        whole = [f"{layer}.weight" for layer in self.quantization["layers"]]
        found = {tensor.name.decode(): tensor for tensor in stack.tensors}
        for name, shape in wanted.items():
            require(name in found, bad, at, f"{name} is missing", name)
            require(found[name].shape == shape, bad, at, f"{name} is {found[name].shape}, not {shape}", name)
            require(found[name].type != "i64", bad, at, f"{name} is of integers", name)
            require(name not in whole or found[name].type == "i8", bad, at, f"{name} is {found[name].type}, not i8", name)
        for name in found:
            require(name in wanted, bad, at, f"{name} is not of this network", name)
        for layer in stack.layers:
            for tensor in layer.tensors:
                if found.get(tensor.name.decode()) is tensor:
                    data = layer.load(tensor)
                    self.take(tensor, numbers(tensor, data), at)
                    if tensor.name.decode() in whole:
                        self.stored[tensor.name.decode()] = integers(tensor, data)

    def take(self, tensor, values, at):
        name = tensor.name.decode()
        require(all(map(math.isfinite, values)), "badTensors", at, f"{name} is not finite", name)
        variance = name.endswith(".running_var")
        require(not variance or min(values) >= 0, "badTensors", at, f"{name} has a negative variance", name)
        self.tensors[name] = values

    def logits(self, seed, size):
        return logits(self.nodes, self.tensors, seed, size, self.quantization["maps"])

    def bits(self, seed, size):
        """What a quantized network makes of a seed's input to the bit, NETWORK.md §5.10: SHA-256 of each map's integers, a byte for each, and the logits
        as whole numbers of 32 bits, or None where they are those of real numbers."""
        found, answer = integers_of(self.nodes, self.tensors, self.stored, noise(seed, size), self.quantization)
        maps = {name: hashlib.sha256(bytes(value for rows in maps for row in rows for value in row)).hexdigest() for name, maps in found.items()}
        ends = self.nodes[-1]["name"] in self.quantization["layers"]
        return {"maps": maps, "logits": [struct.unpack("<I", struct.pack("<f", value))[0] for value in answer] if ends else None}

    def replays(self, trace):
        """Whether the network answers as a golden trace says, NETWORK.md §6.2."""
        found = self.logits(trace["seed"], trace["input_size"])
        largest = max(abs(value) for value in trace["logits"])
        tolerance = QUANTIZED_TOLERANCE if self.quantization["layers"] else TOLERANCE
        return all(abs(a - b) <= tolerance * largest for a, b in zip(found, trace["logits"]))
