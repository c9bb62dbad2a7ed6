"""§5.10 of NETWORK.md: a quantized network in integers and binary32, so that every map has the bits that the page says."""

import math

from basics import single
from layers import COMPUTE, each, joined

# What puts out integers of the map that it reads.
PASSING = {"max_pool", "zero_pad"}

def bounded(v):
    return min(max(round(v), 0), 255)

def quantized(maps, scale, zero_point):
    """The integers of a map of binary32 that is not of a run of steps."""
    inverse = single(1 / scale)
    return each(maps, lambda x: bounded(single(single(x * inverse) + zero_point)))

def dequantized(maps, scale, zero_point):
    return each(maps, lambda q: single((q - zero_point) * scale))

def run_from(start, nodes, maps, layers):
    """The numbers of the nodes of the run of steps that begins with a layer."""
    readers = {number: [place for place, node in enumerate(nodes) if number in node["inputs"]] for number in range(len(nodes))}

    def goes_on(number):
        return len(readers[number]) == 1 and nodes[number]["name"] not in maps

    def ends_run(number):
        if nodes[number]["kind"] == "batch_norm" and goes_on(nodes[number]["inputs"][0]):
            return nodes[nodes[number]["inputs"][0]]["name"] in layers and goes_on(number)
        return nodes[number]["name"] in layers and goes_on(number)

    run, wanted = [start], ["batch_norm", "add", "relu"] if nodes[start]["kind"] == "convolution" else ["add", "relu"]
    for kind in wanted:
        end = run[-1]
        after = readers[end]
        if not goes_on(end) or nodes[after[0]]["kind"] != kind:
            continue
        if kind == "add" and any(other > end and ends_run(other) for other in nodes[after[0]]["inputs"]):
            continue
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
        run = run_from(start, nodes, maps, quantization["layers"])
        inside.update((place, run) for place in run)

    def value(number):
        name = nodes[number]["name"]
        return dequantized(found[name], **maps[name]) if name in found else values[number]

    def bytes_of(number):
        """The integers of a value that is of a map (step 5), and the map."""
        node = nodes[number]
        if node["name"] in found:
            return found[node["name"]], maps[node["name"]]
        if node["kind"] not in PASSING or node["name"] in maps:
            return None
        below = bytes_of(node["inputs"][0])
        if not below:
            return None
        scale, zero_point = below[1]["scale"], below[1]["zero_point"]
        return each(values[number], lambda x: round(x / scale) + zero_point), below[1]

    def computed(run):
        layer = nodes[run[0]]
        source = nodes[layer["inputs"][0]]["name"]
        scales, weights = stored[f"{layer['name']}.weight"]
        zero, g, h = maps[source]["zero_point"], *factors(run, nodes, tensors, layer["channels"])
        sums = COMPUTE[layer["kind"]](layer, each(found[source], lambda q: q - zero), weights)
        end = nodes[run[-1]]["name"]
        scale, shift = (maps[end]["scale"], maps[end]["zero_point"]) if end in maps else (1, 0)
        other = next((place for number in run if nodes[number]["kind"] == "add" for place in nodes[number]["inputs"] if place not in run), None)
        added = bytes_of(other) if other is not None else None
        result = []
        for rows, t, factor, summand in zip(sums, scales, g, h):
            m, b = single(maps[source]["scale"] * t * factor / scale), summand / scale + shift
            if added:
                b -= added[1]["scale"] / scale * added[1]["zero_point"]
            result += each([rows], lambda acc, m=m, b=single(b): single(single(single(acc) * m) + b))
        if other is not None:
            factor = single((added[1]["scale"] if added else 1) / scale)
            result = joined(result, added[0] if added else values[other], lambda v, r: single(v + single(r * factor)))
        if nodes[run[-1]]["kind"] == "relu":
            result = each(result, lambda v: max(v, shift))
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
            found[node["name"]] = each(result, bounded) if number in inside else quantized(result, **maps[node["name"]])
    return found, [rows[0][0] for rows in values[len(nodes) - 1]]
