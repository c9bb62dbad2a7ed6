"""§6.1 of NETWORK.md: from a picture to the input of a network."""

import math

from basics import single
from png import read_picture, upright

BITS = 22  # of a weight

def sinc(x):
    return math.sin(math.pi * x) / (math.pi * x) if x else 1.0

def box(x):
    return 1.0 if -0.5 < x <= 0.5 else 0.0

def bilinear(x):
    return max(1 - abs(x), 0.0)

def hamming(x):
    d = abs(x)
    return sinc(d) * (single(0.54) + single(0.46) * math.cos(math.pi * d)) if d < 1 else 0.0

def bicubic(x):
    d = abs(x)
    if d < 1:
        return 1.5 * d ** 3 - 2.5 * d ** 2 + 1
    return -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 if d < 2 else 0.0

def lanczos(x):
    return sinc(x) * sinc(x / 3) if -3 <= x < 3 else 0.0

FILTERS = {"box": (0.5, box), "bilinear": (1, bilinear), "hamming": (1, hamming), "bicubic": (2, bicubic), "lanczos": (3, lanczos)}

def weights(old, new, name):
    """For each of `new` pixels the first of the `old` ones that it covers, and their weights as whole numbers."""
    support, function = FILTERS[name]
    step = old / new
    scale = max(step, 1.0)
    for place in range(new):
        center = (place + 0.5) * step
        first, end = max(int(center - support * scale + 0.5), 0), min(int(center + support * scale + 0.5), old)
        values, total = [function((pixel - center + 0.5) * (1 / scale)) for pixel in range(first, end)], 0.0
        for value in values:  # sum() would carry more digits
            total += value
        yield first, [int(value / total * (1 << BITS) + math.copysign(0.5, value)) for value in values]

def nearest(old, new):
    """The pixel that each of `new` ones is; None beyond the picture."""
    step = old / new
    position = step / 2
    for _ in range(new):
        yield int(position) if position < old else None
        position += step

def scaled(rows, width, name):
    """One pass: every row brought to a width."""
    old = len(rows[0])
    if width == old:
        return rows
    if name == "nearest":
        places = list(nearest(old, width))
        return [[0 if place is None else row[place] for place in places] for row in rows]
    table = list(weights(old, width, name))
    return [[level(sum(weight * pixel for weight, pixel in zip(values, row[first:])) + (1 << BITS - 1) >> BITS) for first, values in table] for row in rows]

def level(value):
    return min(max(value, 0), 255)

def turned(rows):
    return list(zip(*rows))

def resized(rows, width, height, name):
    old_width, old_height = len(rows[0]), len(rows)
    if old_height > height and old_height - height > 2 * (old_width - width):
        return scaled(turned(scaled(turned(rows), height, name)), width, name)
    return turned(scaled(turned(scaled(rows, width, name)), height, name))

def size_of(width, height, record):
    """Width and height after resizing, step 4."""
    side, mode = record["resize"], record["crop_mode"]
    if side is None:
        return (record["input_size"][2], record["input_size"][1]) if record["crop"] is None else (width, height)
    if mode == "squash":
        return side, side
    if mode == "border":
        ratio = max(height / side, width / side)
        return max(1, round(width / ratio)), max(1, round(height / ratio))
    return (side, int(side * height / width)) if width <= height else (int(side * width / height), side)

def cropped(line, length, fill):
    """What a window in the middle shows of a row, or of a list of rows."""
    size = len(line)
    start = round((size - length) / 2) if size >= length else -((length - size) // 2)
    return [line[place] if 0 <= place < size else fill for place in range(start, start + length)]

def prepare(data, record):
    """The input that a picture becomes: numbers of binary32, channels outermost. `record` has all its members."""
    picture, orientation = read_picture(data, record["gray16"])
    if record["exif"] == "apply":
        picture = upright(picture, orientation)
    channels, height, width = record["input_size"]
    if channels < len(picture):
        picture = [[[(19595 * r + 38470 * g + 7471 * b + 32768) >> 16 for r, g, b in zip(*rows)] for rows in zip(*picture)]]
    if channels > len(picture):
        picture = [picture[0]] * 3
    if record["channel_order"] == "bgr":
        picture = picture[::-1]
    result = []
    for rows, mean, deviation in zip(picture, record["mean"], record["std"]):
        fill = level(round(255 * mean)) if record["crop_mode"] == "border" else 0
        rows = resized(rows, *size_of(len(rows[0]), len(rows), record), record["interpolation"])
        rows = cropped([cropped(row, width, fill) for row in rows], height, [fill] * width)
        result += [single(single(single(value / 255) - single(mean)) / single(deviation)) for row in rows for value in row]
    return result
