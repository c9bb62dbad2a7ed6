"""§5 of NETWORK.md: what each node computes, in double precision. A map is a list of channels, each a list of rows."""

import math

def positions(side, node):
    """How many windows lie along a side, by the rules of NETWORK.md §5.2; 0 where none does."""
    kernel, stride = node.get("kernel", 1), node.get("stride", 1)
    edge = node.get("edge", "dropped")
    if edge == "zeros":
        return side
    if edge == "partial":
        return min((max(side - kernel, 0) + stride - 1) // stride, (side - 1) // stride) + 1
    if node["kind"] == "blur" and side < 2:
        return 0
    room = side + 2 * node.get("padding", 0) - (node.get("dilation", 1) * (kernel - 1) + 1)
    return room // stride + 1 if room >= 0 else 0

def windows(rows, node, fill):
    """The rows and columns that each window of a channel covers, with `fill` for what lies beyond it; None where it is left out."""
    height, width = len(rows), len(rows[0])
    kernel, stride, padding, dilation = (node.get(key, usual) for key, usual in (("kernel", 1), ("stride", 1), ("padding", 0), ("dilation", 1)))
    for top in range(positions(height, node)):
        for left in range(positions(width, node)):
            ys = [top * stride - padding + dilation * step for step in range(kernel)]
            xs = [left * stride - padding + dilation * step for step in range(kernel)]
            yield [rows[y][x] if 0 <= y < height and 0 <= x < width else fill for y in ys for x in xs]

def folded(values, width):
    return [values[start:start + width] for start in range(0, len(values), width)]

def convolve(node, maps, weight, bias=None):
    groups, kernel = node["groups"], node["kernel"]
    inputs, outputs = len(maps) // groups, node["channels"]
    window = [list(windows(rows, node, 0.0)) for rows in maps]
    width, area, result = positions(len(maps[0][0]), node), kernel * kernel, []
    for output in range(outputs):
        first = output // (outputs // groups) * inputs
        taps = weight[output * inputs * area:(output + 1) * inputs * area]
        if node["standardization"] is not None:
            mean = sum(taps) / len(taps)
            variance = sum((tap - mean) ** 2 for tap in taps) / len(taps)
            taps = [(tap - mean) / math.sqrt(variance + node["standardization"]) for tap in taps]
        values = [bias[output] if bias else 0.0] * len(window[0])
        for number in range(inputs):
            part = taps[number * area:(number + 1) * area]
            for place, pixels in enumerate(window[first + number]):
                values[place] += sum(tap * pixel for tap, pixel in zip(part, pixels))
        result.append(folded(values, width))
    return result

def each(maps, function):
    return [[[function(value) for value in row] for row in rows] for rows in maps]

def batch_norm(node, maps, weight, bias, mean, variance):
    scales = [w / math.sqrt(v + node["epsilon"]) for w, v in zip(weight, variance)]
    return [[[(x - m) * s + b for x in row] for row in rows] for rows, s, b, m in zip(maps, scales, bias, mean)]

def group_norm(node, maps, weight=None, bias=None):
    size, result = len(maps) // node["groups"], []
    for start in range(0, len(maps), size):
        values = [value for rows in maps[start:start + size] for row in rows for value in row]
        mean = sum(values) / len(values)
        deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values) + node["epsilon"])
        for channel in range(start, start + size):
            w, b = (weight[channel], bias[channel]) if weight else (1.0, 0.0)
            result.append([[(x - mean) / deviation * w + b for x in row] for row in maps[channel]])
    return result

def pool(maps, node, fill, take):
    width = positions(len(maps[0][0]), node)
    return [folded([take(window) for window in windows(rows, node, fill)], width) for rows in maps]

def max_pool(node, maps):
    return pool(maps, node, 0.0 if node["zeros"] else -math.inf, max)

def average_pool(node, maps):
    if node["edge"] == "partial":
        def mean(window):
            values = [value for value in window if value is not None]
            return sum(values) / len(values)
        return pool(maps, node, None, mean)
    return pool(maps, node, 0.0, lambda window: sum(window) / len(window))

def blur(node, maps):
    def reflected(rows):
        return [rows[1]] + rows + [rows[-2]]
    padded = [[[row[1]] + row + [row[-2]] for row in reflected(rows)] for rows in maps]
    weights = [a * b / 16 for a in (1, 2, 1) for b in (1, 2, 1)]
    inner = dict(node, padding=0)
    return pool(padded, inner, 0.0, lambda window: sum(w * x for w, x in zip(weights, window)))

def global_pool(maps, take):
    return [[[take([value for row in rows for value in row])]] for rows in maps]

def linear(node, maps, weight, bias=None):
    inputs = [rows[0][0] for rows in maps]
    rows = folded(weight, len(inputs))
    return [[[sum(w * x for w, x in zip(row, inputs)) + (bias[number] if bias else 0.0)]] for number, row in enumerate(rows)]

def channel_convolution(node, maps, weight):
    half, values = node["kernel"] // 2, [rows[0][0] for rows in maps]
    padded = [0.0] * half + values + [0.0] * half
    return [[[sum(w * x for w, x in zip(weight, padded[place:]))]] for place in range(len(values))]

def zero_pad(node, maps):
    kept = [[row[::node["stride"]] for row in rows[::node["stride"]]] for rows in maps]
    zeros = [[[0.0] * len(kept[0][0])] * len(kept[0])] * node["zeros"]
    return zeros + kept + zeros

def joined(a, b, function):
    return [[[function(x, y) for x, y in zip(*rows)] for rows in zip(*maps)] for maps in zip(a, b)]

COMPUTE = {
    "convolution": convolve, "batch_norm": batch_norm, "group_norm": group_norm, "max_pool": max_pool,
    "average_pool": average_pool, "blur": blur, "linear": linear, "channel_convolution": channel_convolution, "zero_pad": zero_pad,
    "relu": lambda node, maps: each(maps, lambda x: max(x, 0.0)),
    "sigmoid": lambda node, maps: each(maps, lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0),
    "mean_pool": lambda node, maps: global_pool(maps, lambda values: sum(values) / len(values)),
    "peak_pool": lambda node, maps: global_pool(maps, max),
    "add": lambda node, a, b: joined(a, b, lambda x, y: x + y),
    "half_sum": lambda node, a, b: joined(a, b, lambda x, y: (x + y) / 2),
    "concatenate": lambda node, a, b: a + b,
    "scale": lambda node, maps, gate: [[[x * g[0][0] for x in row] for row in rows] for rows, g in zip(maps, gate)],
}

def noise(seed, size):
    """The input of a golden trace, NETWORK.md §6: channels, rows and columns of it."""
    channels, height, width = size
    state, values = seed, []
    for _ in range(channels * height * width):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        z = state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) % 2**64
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) % 2**64
        values.append(((z ^ z >> 31) >> 40) / 2**22 - 2)
    return folded(folded(values, width), height)
