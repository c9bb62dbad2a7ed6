#!/usr/bin/env python3
"""Writes Tests/InferenceTests/Fixtures/variants.json: descriptors of small random nets, every knob turned, and the logits that
PyTorch computes for them in double precision (variant_nets.py). Weights and images are not in the file: both sides draw them
from the same small generator, seeded by the tensor's name. PyTorchVariantTests reads it.

usage: make_variant_fixtures.py"""
import json, os, random
from collections import Counter
import numpy as np
import torch
from compare_variants import draw, illegal, values
from variant_nets import Net

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Tests/InferenceTests/Fixtures/variants.json")
MASK = (1 << 64) - 1
SIZE = 30000  # Most numbers in a net's tensors.


def noise(text, count):
    """Numbers from -1 to 1; Tests/TestSupport/Noise.swift draws the same, seeded by FNV-1a of the text."""
    seed = 0xCBF29CE484222325
    for byte in text.encode():
        seed = (seed ^ byte) * 0x100000001B3 & MASK
    state, result = (seed * 0x9E3779B97F4A7C15 + 1) & MASK, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) & MASK
        result.append(state >> 32)
    return np.array(result, np.uint32).view(np.int32).astype(np.float32) / np.float32(2**31 - 1)


class NoiseStore:
    def __init__(self):
        self.size = 0

    def get(self, name, shape, kind):
        count = int(np.prod(shape))
        self.size += count
        if self.size > SIZE:
            raise ValueError("too large for a fixture")
        drawn = torch.tensor(noise(name, count)).double().reshape(shape)
        fan_in = max(1, count // shape[0])
        return {"weight": drawn * (6 / fan_in) ** 0.5, "scale": 1 + 0.3 * drawn, "shift": 0.2 * drawn,
                "variance": 1 + 0.5 * drawn}[kind]


def main():
    rng, seen, cases, tries = random.Random(1), Counter(), [], 0
    while tries < 4000:
        tries += 1
        descriptor = draw(rng)
        descriptor["input"] = {"channels": descriptor["input"]["channels"], "height": 32, "width": rng.choice([32, 29])}
        if illegal(descriptor) or all(seen[value] > 2 for value in values(descriptor)):
            continue
        i = descriptor["input"]
        image = torch.tensor(noise("picture", i["channels"] * i["height"] * i["width"])).double()
        try:
            logits = Net(descriptor, NoiseStore())(image.reshape(1, i["channels"], i["height"], i["width"]))[0]
        except (RuntimeError, ValueError):
            continue
        seen.update(values(descriptor))
        cases.append({"descriptor": descriptor, "logits": [float(f"{x:.9g}") for x in logits]})
    with open(FILE, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, sort_keys=True) for case in cases) + "\n]\n")
    print(f"{len(cases)} nets, {len(seen)} values of knobs, {os.path.getsize(FILE)} bytes")


if __name__ == "__main__":
    main()
