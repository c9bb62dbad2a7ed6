#!/usr/bin/env python3
"""Holds the answers to several views of an image (--tta) against PyTorch: networks of random weights, images of many sizes, one class of
many and several at once. Every probability must agree within 1e-5.

  tools/compare/compare_tta.py BINARY

Needs torch, torchvision and Pillow."""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision
import torchvision.transforms.functional as F
from PIL import Image

TOLERANCE = 1e-5
RESIZE, CROP = 72, 64
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
SIZES = [(100, 80), (80, 101), (72, 72), (300, 75), (73, 160), (64, 65), (640, 481)]


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stderr}")
    return result.stdout


def views(image, name):
    """The views of an image as tensors."""
    resized = F.resize(image, RESIZE)
    if name == "flip":
        center = F.to_tensor(F.center_crop(resized, CROP))
        return [center, center.flip(-1)]
    crops = F.five_crop(resized, CROP) if name == "five" else F.ten_crop(resized, CROP)
    return [F.to_tensor(crop) for crop in crops]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    binary = os.path.abspath(sys.argv[1])
    torch.manual_seed(3)
    network = torchvision.models.resnet18(num_classes=7).eval()
    # Logits that tell images apart, but not so well that softmax hides differences.
    with torch.no_grad():
        network.fc.weight *= 8
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        random = np.random.default_rng(3)
        paths = []
        for index, size in enumerate(SIZES):
            small = random.integers(0, 256, (9, 9, 3), dtype=np.uint8)
            path = os.path.join(folder, f"{index}.png")
            Image.fromarray(small).resize(size, Image.BICUBIC).save(path)
            paths.append(path)
        weights, preset = os.path.join(folder, "net.pth"), os.path.join(folder, "preset.json")
        torch.save(network.state_dict(), weights)
        with open(preset, "w") as file:
            json.dump({"input_size": [3, CROP, CROP], "resize": RESIZE, "crop": CROP, "crop_mode": "center",
                       "interpolation": "bilinear", "mean": MEAN, "std": STD}, file)
        for answer, function in [("one", lambda logits: logits.softmax(-1)), ("several", torch.sigmoid)]:
            model = os.path.join(folder, f"{answer}.rzoo")
            run(binary, "convert", weights, "--output", model, "--arch", "resnet18", "--preset", preset,
                "--assume", f"answer={answer}")
            for name in ["flip", "five", "ten"]:
                lines = run(binary, "classify", model, *paths, "--tta", name, "--exact", "--top", "all",
                            "--format", "jsonl").splitlines()
                worst = 0.0
                for path, line in zip(paths, lines, strict=True):
                    found = {entry["index"]: entry["probability"] for entry in json.loads(line)["top"]}
                    batch = torch.stack([F.normalize(view, MEAN, STD) for view in views(Image.open(path), name)])
                    with torch.no_grad():
                        wanted = function(network(batch).double()).mean(0)
                    worst = max([worst] + [abs(found[index] - float(value)) for index, value in enumerate(wanted)])
                verdict = "ok" if worst <= TOLERANCE else "DIFFERS"
                failed |= worst > TOLERANCE
                print(f"{answer:8} {name:5} largest difference {worst:.2e}  {verdict}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
