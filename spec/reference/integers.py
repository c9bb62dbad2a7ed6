"""§5.10 of NETWORK.md: a quantized network in integers and binary32, so that every map has the bits that the page says."""

import math

from basics import single
from layers import COMPUTE, each, joined

def quantized(maps, scale, zero_point):
    """Step 7: the integers of a map of binary32."""
    inverse = single(1 / scale)
    return each(maps, lambda v: min(max(round(single(v * inverse)) + zero_point, 0), 255))

def dequantized(maps, scale, zero_point):
    return each(maps, lambda q: single((q - zero_point) * scale))

def run_from(start, nodes, maps):
    """The numbers of the nodes of the run of steps that begins with a layer."""
    readers = {number: [place for place, node in enumerate(nodes) if number in node["inputs"]] for number in range(len(nodes))}
    run, wanted = [start], ["batch_norm", "add", "relu"] if nodes[start]["kind"] == "convolution" else ["add", "relu"]
    for kind in wanted:
        end = run[-1]
        after = readers[end]
        if nodes[end]["name"] in maps or len(after) != 1 or nodes[after[0]]["kind"] != kind:
            continue
        if nodes[after[0]]["inputs"][0] == end:
            run.append(after[0])
    return run

def factors(run, nodes, tensors, channels):
    """Step 1: g and h of each output channel."""
    own = tensors.get(f"{nodes[run[0]]['name']}.bias")
    if len(run) < 2 or nodes[run[1]]["kind"] != "batch_norm":
        return [1.0] * channels, own or [0.0] * channels
    norm = nodes[run[1]]
    weight, bias, mean, variance = (tensors[f"{norm['name']}.{suffix}"] for suffix in ("weight", "bias", "running_mean", "running_var"))
    g = [w / math.sqrt(v + norm["epsilon"]) for w, v in zip(weight, variance)]
    h = [b - m * factor for b, m, factor in zip(bias, mean, g)]
    return g, [value + c * factor for value, c, factor in zip(h, own, g)] if own else h

def integers_of(nodes, tensors, stored, image, quantization):
    """The integers of each of the maps, by their names, and the logits; `stored` are scales and integers of i8 tensors by name."""
    maps, found, values, inside = quantization["maps"], {}, {}, {}
    for name in quantization["layers"]:
        start = next(place for place, node in enumerate(nodes) if node["name"] == name)
        run = run_from(start, nodes, maps)
        inside.update((place, run) for place in run)

    def value(number):
        name = nodes[number]["name"]
        return dequantized(found[name], **maps[name]) if name in found else values[number]

    def computed(run):
        layer = nodes[run[0]]
        source = nodes[layer["inputs"][0]]["name"]
        scales, weights = stored[f"{layer['name']}.weight"]
        zero, g, h = maps[source]["zero_point"], *factors(run, nodes, tensors, layer["channels"])
        sums = COMPUTE[layer["kind"]](layer, each(found[source], lambda q: q - zero), weights)
        result = []
        for rows, t, factor, summand in zip(sums, scales, g, h):
            m, b = single(maps[source]["scale"] * t * factor), single(summand)
            result += each([rows], lambda acc, m=m, b=b: single(single(single(acc) * m) + b))
        for number in run[1:]:
            if nodes[number]["kind"] == "add":
                result = joined(result, value(nodes[number]["inputs"][1]), lambda v, r: single(v + r))
            if nodes[number]["kind"] == "relu":
                result = each(result, lambda v: 0.0 if v < 0 else v)
        return result

    for number, node in enumerate(nodes):
        if number in inside and number != inside[number][-1]:
            continue
        if number in inside:
            result = computed(inside[number])
        else:
            own = [tensors[name] for suffix in ("weight", "bias", "running_mean", "running_var") if (name := f"{node['name']}.{suffix}") in tensors]
            result = each(COMPUTE[node["kind"]](node, *map(value, node["inputs"]), *own) if node["inputs"] else image, single)
        values[number] = result
        if node["name"] in maps:
            found[node["name"]] = quantized(result, **maps[node["name"]])
    return found, [rows[0][0] for rows in values[len(nodes) - 1]]
