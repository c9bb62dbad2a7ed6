#!/usr/bin/env python3
"""Writes the raw float exports that Tests/WeightFilesTests reads, with the standard library alone.

  tiny/      a network of two stages with three classes, its names as the graph has them
  parallel/  the same weights as a wrapped network of the CIFAR repositories names them: `module.`, `linear.`,
             and a batch counter beside each batch norm

  tools/make_import_fixtures.py [DIR]        DIR is Tests/WeightFilesTests/Fixtures by default
"""
import json
import os
import struct
import sys

DESCRIPTOR = {
    "input": {"channels": 3, "height": 8, "width": 8},
    "stem": {"kind": "conv3x3", "widths": [2], "pool": False},
    "stages": [{"blocks": 1, "width": 2, "stride": 1}, {"blocks": 1, "width": 4, "stride": 2}],
    "block": "basic", "shortcut": "zero_pad", "classes": 3,
}
PREPROCESSING = {
    "input_size": [3, 8, 8], "resize": None, "crop": None, "crop_mode": "center", "interpolation": "bilinear",
    "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25],
}


def shapes():
    """Names and shapes in the graph's order."""
    def norm(name, channels):
        return [(f"{name}.{part}", [channels]) for part in ("weight", "bias", "running_mean", "running_var")]

    yield "conv1.weight", [2, 3, 3, 3]
    yield from norm("bn1", 2)
    for stage, (inputs, outputs) in enumerate([(2, 2), (2, 4)], start=1):
        block = f"layer{stage}.0"
        yield f"{block}.conv1.weight", [outputs, inputs, 3, 3]
        yield from norm(f"{block}.bn1", outputs)
        yield f"{block}.conv2.weight", [outputs, outputs, 3, 3]
        yield from norm(f"{block}.bn2", outputs)
    yield "fc.weight", [3, 4]
    yield "fc.bias", [3]


def foreign(entries):
    for name, shape in entries:
        yield "module." + ("linear." + name[3:] if name.startswith("fc.") else name), shape
        if name.endswith("running_var"):
            yield "module." + name.replace("running_var", "num_batches_tracked"), []


def write(folder, entries, **fields):
    os.makedirs(folder, exist_ok=True)
    tensors, blob = [], b""
    for name, shape in entries:
        count = 1
        for extent in shape:
            count *= extent
        # Sixteenths from 1 to 2: every one of them is a float32, and none is negative.
        values = [1 + (len(tensors) + i) % 16 / 16 for i in range(count)]
        tensors.append({"name": name, "shape": shape, "dtype": "float32", "offset": len(blob), "bytes": 4 * count})
        blob += struct.pack(f"<{count}f", *values)
    manifest = {"format": "reszoo-raw-export", "version": 1, "architecture": DESCRIPTOR, **fields, "tensors": tensors}
    with open(os.path.join(folder, "weights.bin"), "wb") as file:
        file.write(blob)
    with open(os.path.join(folder, "manifest.json"), "w", encoding="utf-8") as file:
        lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in manifest.items() if key != "tensors"]
        rows = ",\n".join(f"    {json.dumps(tensor)}" for tensor in tensors)
        file.write("{\n" + ",\n".join(lines) + ',\n  "tensors": [\n' + rows + "\n  ]\n}\n")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "Tests", "WeightFilesTests", "Fixtures")
    source = {"name": "tiny.pth", "sha256": "ab" * 32, "license": "CC0-1.0"}
    write(os.path.join(target, "tiny"), shapes(), preprocessing=PREPROCESSING, labels=["ant", "bee", "cat"],
          source=source)
    write(os.path.join(target, "parallel"), foreign(shapes()), preprocessing=None, labels=None,
          source={"name": "runs/net.th"})


if __name__ == "__main__":
    main()
