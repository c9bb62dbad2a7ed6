#!/usr/bin/env python3
"""Measures what quantizing costs, beside OpenVINO's nncf on the same network and images.

usage: compare_quantized_accuracy.py BINARY IMAGES [--nets resnet18,resnet50] [--calibration 300]

Nets of torchvision with seeded weights. Both sides get the same inputs: of the images in the folder IMAGES, sorted, every other one calibrates, up to
so many, and the others are asked about. A line for each net: the share of images whose likeliest class is that of the network of real numbers, and
the root mean square of the differences of the logits over that of the logits, less their mean over the images, which says nothing about one. Exits with 1
where ours are further away than nncf's by more than a tenth, or agree on fewer images by more than chance allows (two standard deviations). Needs openvino, nncf, and
what compare_explanations.py needs, which makes the nets."""

import argparse
import os
import subprocess
import sys
import tempfile

import nncf
import numpy as np
import openvino
import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare_explanations import seeded_net  # noqa: E402

ENDINGS = (".jpg", ".jpeg", ".png")


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command[:3]))} failed with {done.returncode}:\n{done.stderr[-2000:]}")


def images_in(folder):
    return sorted(os.path.join(place, name) for place, _, names in os.walk(folder) for name in names if name.lower().endswith(ENDINGS))


def of_peer(model, calibration, inputs):
    """The logits of the network as nncf quantizes it."""
    quantized = nncf.quantize(model, nncf.Dataset([image[None] for image in calibration]), subset_size=len(calibration))
    compiled = openvino.compile_model(quantized, "CPU")
    return np.concatenate([compiled(image[None])[0] for image in inputs])


def apart(logits, want):
    centred = want - want.mean(0)
    return float(np.sqrt(np.mean((logits - want) ** 2) / np.mean(centred ** 2))), float((logits.argmax(1) == want.argmax(1)).mean())


def measure(binary, name, calibration, asked, folder):
    """For ours and nncf's: the distance of the logits, and the share of equal answers."""
    weights, model, ours = (os.path.join(folder, file) for file in ("net.pth", "net.rzoo", "quantized.rzoo"))
    torch.save(seeded_net(name, 0).state_dict(), weights)
    run(binary, "convert", weights, "--arch", name, "--preset", "imagenet", "--output", model)
    run(binary, "quantize", model, *calibration, "--pictures", len(calibration), "--output", ours)
    run(binary, "export", model, "--output", os.path.join(folder, "net.onnx"))
    arrays = {}
    for part, files in (("calibration", calibration), ("asked", asked)):
        arrays[part] = os.path.join(folder, part + ".npy")
        run(binary, "preprocess", model, *files, "--output", arrays[part])
    logits = []
    for file in (model, ours):
        run(binary, "run", file, "--input", arrays["asked"], "--output", os.path.join(folder, "y.npy"), "--force")
        logits.append(np.load(os.path.join(folder, "y.npy")))
    network = openvino.Core().read_model(os.path.join(folder, "net.onnx"))
    peer = of_peer(network, np.load(arrays["calibration"]), np.load(arrays["asked"]))
    return apart(logits[1], logits[0]), apart(peer, logits[0])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("binary")
    options.add_argument("images")
    options.add_argument("--nets", default="resnet18,resnet50")
    options.add_argument("--calibration", type=int, default=300)
    given = options.parse_args()
    files = images_in(given.images)
    calibration, asked = files[::2][:given.calibration], files[1::2]
    worse = False
    print(f"{len(calibration)} images to calibrate, {len(asked)} asked about\n{'':16} {'reszoo':>17} {'nncf':>17}")
    for name in given.nets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = measure(given.binary, name, calibration, asked, folder)
        chance = 2 * float(np.sqrt(2 * max(theirs[1] * (1 - theirs[1]), 0.01) / len(asked)))
        is_worse = ours[0] > 1.1 * theirs[0] or ours[1] < theirs[1] - chance
        worse |= is_worse
        print(f"{name:16} {ours[0]:8.4f} {100 * ours[1]:6.1f} % {theirs[0]:8.4f} {100 * theirs[1]:6.1f} %{'  WORSE' if is_worse else ''}", flush=True)
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()
