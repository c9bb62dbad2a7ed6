"""The quantized networks of spec/vectors: sound ones, whose maps get scales from the values that an image gives them, and such that break one
rule of spec/NETWORK.md."""

import hashlib
import math
import struct

from checkpoint_forge import Tensor
from basics import single
from layers import COMPUTE
from network import rounded
from network_documents import BOTTLENECK, ECA, NARROW, ONE, POOLED, SE

# The least distance of a value from the middle between two integers, in steps: programs that round in between still agree.
MARGIN = 3e-4
# The maps of all steps but the last.
EVERY = None


# Each network: about what it is, its members in place of those of ARCH, layers that stay of real numbers, maps beyond the inputs of layers, and scales that
# are given.
QUANTIZED = {
    "quantized": ("every layer of integers, a maximum between two maps, a projection", {"stem": POOLED, "input": {"height": 12, "width": 12}}, (), ("relu",), {}),
    "quantized-kept": ("a first and a last layer of real numbers, zero channels as the shortcut", {"shortcut": "zero_pad"}, ("conv1", "fc"), (), {}),
    "quantized-sums": ("pre-activated blocks whose sums and norms are rounded too", {"block": "preactivation_basic", "stages": NARROW}, (),
                       ("conv1", "layer1.0.add", "layer1.0.bn2", "layer1.0.downsample.0", "layer1.1.conv2"), {}),
    "quantized-attention": ("grouped bottlenecks with biases, and attention of integers", {
        **BOTTLENECK, "groups": 2, "width_per_group": 32, "convolution_bias": "all", "attention": {**SE, "inner_channels": [2]}}, ("layer1.1.conv3",),
        ("layer1.0.se.scale", "layer1.0.bn3"), {}),
    "quantized-head": ("two hidden layers of integers alone", {"head": {"kind": "mlp", "widths": [5, 4]}, "stages": ONE},
                       ("conv1", "layer1.0.conv1", "layer1.0.conv2"), (), {}),
    "quantized-standardised": ("a head of integers on standardised convolutions of real numbers", {"weight_standardization": 0.001, "stages": ONE},
                               ("conv1", "layer1.0.conv1", "layer1.0.conv2"), (), {}),
    "quantized-blur": ("blurs between maps, averages and maxima", {"antialias": "blur", "stem": POOLED, "global_pool": "avgmax", "stages": NARROW,
                                                                   "input": {"height": 16, "width": 16}}, (), ("globalpool.max",), {}),
    "quantized-every-step": ("every step rounded: a deep stem, convolutions as its pool, blurs, averages, a convolution along the channels, two heads", {
        "stem": {"kind": "deep", "widths": [2, 3, 4], "pool": True, "pool_kind": "convolution"}, "input": {"height": 16, "width": 16}, "antialias": "blur",
        "block": "bottleneck", "expansion": 2, "stages": [{"blocks": 2, "width": 3, "stride": 2}], "shortcut": "average_pool_projection",
        "attention": {"kind": "eca", "kernels": [3]}, "head": {"kind": "mlp", "widths": [5, 4]}}, (), EVERY, {}),
    "quantized-every-step-before": ("every step rounded: pre-activated blocks, zero channels, squeeze and excitation, both pools in one vector", {
        "stem": {**POOLED, "norm": True}, "block": "preactivation_basic", "stages": [{"blocks": 2, "width": 10, "stride": 2}], "shortcut": "zero_pad",
        "attention": {"kind": "se", "inner_channels": [2]}, "global_pool": "catavgmax"}, ("conv1",), EVERY, {}),
    "quantized-every-step-maximum": ("every step rounded: the same with instance norms and maxima, and pixels taken from the first", {
        "input": {"height": 12, "width": 12}, "stem": POOLED, "antialias": "blur", "stages": [{"blocks": 1, "width": 4, "stride": 2}], "stride_position": "last", "global_pool": "max",
        "normalization": {"kind": "instance", "affine": False}}, (), EVERY, {}),
    "quantized-scales": ("the smallest and the largest scale", {"stages": ONE}, (), (),
                         {"relu": (1e-30, 255), "layer1.0.relu": (1e30, 0), "input": (0.015625, 128)}),
}


def integers(tensor):
    """A tensor of f32 as i8, each channel's largest magnitude being 127."""
    values = struct.unpack(f"<{len(tensor.decoded) // 4}f", tensor.decoded)
    size = len(values) // tensor.shape[0]
    channels = [values[start:start + size] for start in range(0, len(values), size)]
    scales = [single(max(map(abs, channel)) / 127) for channel in channels]
    data = struct.pack(f"<{len(scales)}f", *scales)
    data += b"".join(struct.pack("<b", round(value / scale)) for channel, scale in zip(channels, scales) for value in channel)
    return Tensor(tensor.name, "i8", tensor.shape, data)


def run(nodes, tensors, image, maps):
    """The values of all nodes before they are rounded; those that others read are rounded as `maps` says."""
    values, before = [], []
    for node in nodes:
        own = [tensors[name] for suffix in ("weight", "bias", "running_mean", "running_var") if (name := f"{node['name']}.{suffix}") in tensors]
        inputs = [values[number] for number in node["inputs"]]
        before.append(COMPUTE[node["kind"]](node, *inputs, *own) if inputs else image)
        values.append(rounded(before[-1], **maps[node["name"]]) if node["name"] in maps else before[-1])
    return before


def flat(maps):
    return [value for rows in maps for row in rows for value in row]


def calibrated(values):
    """A map of the values from the least to the largest."""
    low, high = min(0, *values), max(0, *values)
    scale = float(f"{(high - low) / 255 or 1:.6g}")
    return {"scale": scale, "zero_point": min(255, max(0, round(-low / scale)))}


def record_of(nodes, tensors, image, layers, more, given):
    """The quantization of a network: its layers of integers, with scales for what they read and `more` besides."""
    names = {node["name"] for node in nodes[:-1]} if more is EVERY else {nodes[node["inputs"][0]]["name"] for node in nodes if node["name"] in layers} | set(more)
    values = zip(nodes, run(nodes, tensors, image, {}))
    maps = {node["name"]: calibrated(flat(value)) for node, value in values if node["name"] in names}
    maps.update((name, {"scale": scale, "zero_point": zero}) for name, (scale, zero) in given.items())
    return {"maps": maps, "layers": layers}


def is_clear(nodes, tensors, image, maps):
    """Whether no value lies close to the middle between two integers."""
    for node, values in zip(nodes, run(nodes, tensors, image, maps)):
        if node["name"] not in maps:
            continue
        scale, zero = maps[node["name"]]["scale"], maps[node["name"]]["zero_point"]
        for value in flat(values):
            place = value / scale + zero
            if -1 < place < 256 and abs(place - math.floor(place) - 0.5) < MARGIN:
                return False
    return True


def digests(nodes, tensors, image, maps):
    """SHA-256 of each map's integers, as floats give them."""
    found = {}
    for node, values in zip(nodes, run(nodes, tensors, image, maps)):
        if node["name"] in maps:
            scale, zero = maps[node["name"]]["scale"], maps[node["name"]]["zero_point"]
            found[node["name"]] = hashlib.sha256(bytes(min(max(round(value / scale) + zero, 0), 255) for value in flat(values))).hexdigest()
    return found


MAP = {"scale": 0.02, "zero_point": 128}
FIRST = {"maps": {"input": MAP}, "layers": ["conv1"]}
TWO = {"maps": {"input": MAP, "relu": MAP}, "layers": ["conv1", "layer1.0.conv1"]}


def with_map(**members):
    return {"quantization": {**FIRST, "maps": {"input": {**MAP, **members}}}}


def with_layers(*names, **others):
    return {"quantization": {**TWO, "layers": list(names)}, **others}


# Each rule of NETWORK.md on `quantization`: the member at fault, and what is changed in ARCH.
BAD_QUANTIZATION = {
    "text": ("quantization", {"quantization": "int8"}), "no-maps": ("quantization.maps", {"quantization": {"layers": ["conv1"]}}),
    "no-layers": ("quantization.layers", {"quantization": {"maps": {"input": MAP}}}), "unknown": ("quantization.bits", {"quantization": {**FIRST, "bits": 8}}),
    "maps-list": ("quantization.maps", {"quantization": {**FIRST, "maps": [MAP]}}), "map-number": ("quantization.maps.input", {"quantization": {**FIRST, "maps": {"input": 1}}}),
    "map-null": ("quantization.maps.input", {"quantization": {**FIRST, "maps": {"input": None}}}),
    "map-unknown-member": ("quantization.maps.input.axis", with_map(axis=0)),
    "no-scale": ("quantization.maps.input.scale", {"quantization": {**FIRST, "maps": {"input": {"zero_point": 1}}}}),
    "no-zero-point": ("quantization.maps.input.zero_point", {"quantization": {**FIRST, "maps": {"input": {"scale": 1}}}}),
    **{f"scale-{name}": ("quantization.maps.input.scale", with_map(scale=scale)) for name, scale in (
        ("0", 0), ("negative", -0.02), ("text", "NaN"), ("small", 9.9e-31), ("just-below", 9.9999999999e-31), ("large", 1.1e30), ("huge", 1e39))},
    **{f"zero-point-{name}": ("quantization.maps.input.zero_point", with_map(zero_point=number)) for name, number in (
        ("256", 256), ("negative", -1), ("fraction", 1.5), ("text", "0"), ("huge", 2**40))},
    "layers-none": ("quantization.layers", {"quantization": {**FIRST, "layers": []}}), "layers-text": ("quantization.layers", {"quantization": {**FIRST, "layers": "conv1"}}),
    "layer-number": ("quantization.layers[0]", {"quantization": {**FIRST, "layers": [1]}}), "layer-null": ("quantization.layers[1]", with_layers("conv1", None)),
    # Names of the network.
    "map-of-nothing": ("quantization.maps.layer3.0.relu", {"quantization": {**FIRST, "maps": {"input": MAP, "layer3.0.relu": MAP}}}),
    "map-3": ("quantization.maps.3", {"quantization": {**FIRST, "maps": {"3": MAP, "input": MAP}}}),
    "map-empty": ("quantization.maps.", {"quantization": {**FIRST, "maps": {"": MAP, "input": MAP}}}),
    "map-weight": ("quantization.maps.conv1.weight", {"quantization": {**FIRST, "maps": {"conv1.weight": MAP, "input": MAP}}}),
    "map-logits": ("quantization.maps.fc", {"quantization": {**FIRST, "maps": {"fc": MAP, "input": MAP}}}),
    "layer-of-nothing": ("quantization.layers[1]", with_layers("conv1", "layer1.0.conv3")), "layer-norm": ("quantization.layers[1]", with_layers("conv1", "bn1")),
    "layer-block": ("quantization.layers[0]", with_layers("layer1.0")),
    "layer-channels": ("quantization.layers[0]", {"attention": ECA, "quantization": {
        "maps": {"layer1.0.se.squeeze": MAP}, "layers": ["layer1.0.se.conv"]}}),
    "layer-twice": ("quantization.layers[1]", with_layers("conv1", "conv1")), "layers-order": ("quantization.layers[1]", with_layers("layer1.0.conv1", "conv1")),
    "layer-without-map": ("quantization.layers[1]", with_layers("conv1", "layer1.0.conv2")),
    "layer-standardised": ("quantization.layers[0]", with_layers("conv1", weight_standardization=0.001)),
}
