"""Writes down what Pillow and torchvision make of small computed images: Tests/ImageInputTests/Fixtures/augmentation.tsv.

Needs Pillow 13 and torchvision. The images are computed here and in AugmentationFixtureTests.swift by the same formula.

One answer a line, columns separated by tabs; an image is KIND:WIDTHxHEIGHTxCHANNELS:
  operation  IMAGE  NAME and numbers  CRC-32 of the result
  randaugment, trivial  IMAGE  operation's number and sign  CRC-32 of the results of all 31 magnitudes, one after the other
  resizedcrop  IMAGE  LEFT TOP WIDTH HEIGHT, the result's WIDTH HEIGHT, interpolation  CRC-32 of the result
  share  SIZE  scale of a random resized crop  mean share of the area over 100,000 of torchvision's
"""

import zlib
from pathlib import Path

import torch
import torchvision.transforms.functional as F
from PIL import Image
from torchvision.transforms import InterpolationMode, RandAugment, RandomResizedCrop, TrivialAugmentWide
from torchvision.transforms.autoaugment import _apply_op

TARGET = Path(__file__).resolve().parent.parent / "Tests/ImageInputTests/Fixtures/augmentation.tsv"


def sample(kind, x, y, channel, width):
    if kind == "cube":  # every fifth level of each colour
        index = y * width + x
        return index // 52 ** (2 - channel) % 52 * 5
    noise = (x * 37 + y * 59 + channel * 83 ^ x * y * 7) & 255
    return {"noise": noise, "dull": 60 + channel + noise // 4, "flat": 90 + 10 * channel}[kind]


def image(name):
    kind, size = name.split(":")
    width, height, channels = map(int, size.split("x"))
    data = bytes(
        sample(kind, x, y, c, width) for y in range(height) for x in range(width) for c in range(channels))
    return Image.frombytes("L" if channels == 1 else "RGB", (width, height), data)


def crc(*images):
    return f"{zlib.crc32(b''.join(image.tobytes() for image in images)):08x}"


def shifted(image, columns, rows):
    padded = F.pad(image, 40)
    return F.crop(padded, 40 + rows, 40 + columns, image.height, image.width)


OPERATIONS = {
    "flip": F.hflip,
    "shift": shifted,
    "brightness": F.adjust_brightness,
    "contrast": F.adjust_contrast,
    "color": F.adjust_saturation,
    "sharpness": F.adjust_sharpness,
    "hue": F.adjust_hue,
    "posterize": F.posterize,
    "solarize": F.solarize,
    "autocontrast": F.autocontrast,
    "equalize": F.equalize,
}
FACTORS = ["0.0", "0.01", "0.37", "0.5", "0.999", "1.0", "1.3", "1.99", "5.0"]
ARGUMENTS = {
    "flip": [""],
    "shift": ["0 0", "4 -4", "-3 0", "0 2", "-40 1", "7 7"],
    "brightness": FACTORS,
    "contrast": FACTORS,
    "color": FACTORS,
    "sharpness": FACTORS,
    "hue": ["-0.5", "-0.17", "-0.003", "0.0", "0.02", "0.25", "0.5"],
    "posterize": ["1", "2", "4", "7", "8"],
    "solarize": ["0.0", "42.5", "128.0", "255.0", "256.0"],
    "autocontrast": [""],
    "equalize": [""],
}
IMAGES = [
    "noise:17x13x3", "noise:16x16x1", "dull:31x9x3", "dull:40x40x3", "dull:21x22x1", "flat:5x4x3", "noise:2x5x3",
    "noise:1x1x3", "noise:3x3x1",
]


def number(text):
    return int(text) if text.lstrip("-").isdigit() else float(text)


lines = []
for name in IMAGES:
    image = image(name)
    for operation, alternatives in ARGUMENTS.items():
        for arguments in alternatives:
            result = OPERATIONS[operation](image, *map(number, arguments.split()))
            lines.append(f"operation\t{name}\t{(operation + ' ' + arguments).strip()}\t{crc(result)}")

cube = image("cube:416x338x3")
for operation, arguments in [("hue", "0.0"), ("hue", "-0.31"), ("hue", "0.1"), ("color", "0.37"), ("color", "1.6")]:
    lines.append(
        f"operation\tcube:416x338x3\t{operation} {arguments}\t{crc(OPERATIONS[operation](cube, float(arguments)))}")

for name in ["noise:17x13x3", "dull:32x32x3", "noise:20x31x1", "noise:64x48x3"]:
    image = image(name)
    spaces = {
        "randaugment": RandAugment()._augmentation_space(31, (image.height, image.width)),
        "trivial": TrivialAugmentWide()._augmentation_space(31),
    }
    for title, space in spaces.items():
        for index, (operation, (magnitudes, signed)) in enumerate(space.items()):
            for sign in [1, -1] if signed else [1]:
                values = [float(m) for m in magnitudes] if magnitudes.ndim else [0.0] * 31
                results = [
                    _apply_op(image, operation, sign * value, InterpolationMode.NEAREST, None) for value in values]
                lines.append(f"{title}\t{name}\t{index} {sign}\t{crc(*results)}")

for name in ["noise:57x43x3", "dull:30x61x1"]:
    image = image(name)
    width, height = image.size
    for left, top, columns, rows in [(0, 0, width, height), (3, 5, 20, 17), (width - 11, height - 29, 11, 29), (9, 9, 1, 1)]:
        for size in [(16, 16), (24, 9), (20, 17), (20, 40)]:
            for mode in ["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"]:
                result = F.resized_crop(image, top, left, rows, columns, list(size[::-1]), InterpolationMode(mode))
                numbers = f"{left} {top} {columns} {rows} {size[0]} {size[1]} {mode}"
                lines.append(f"resizedcrop\t{name}\t{numbers}\t{crc(result)}")

torch.manual_seed(0)
canvas = Image.new("RGB", (200, 150))
draws = [RandomResizedCrop.get_params(canvas, [0.08, 1.0], [3 / 4, 4 / 3]) for _ in range(100_000)]
shares = sum(height * width for _, _, height, width in draws) / len(draws) / (200 * 150)
lines.append(f"share\t200x150\t0.08 1\t{shares:.4f}")

TARGET.write_text("\n".join(lines) + "\n")
print(f"{len(lines)} answers")
