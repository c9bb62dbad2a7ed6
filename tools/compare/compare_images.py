#!/usr/bin/env python3
"""Holds the decoding of images against Pillow: some 700 files of every format, kind of metadata, orientation and damage,
made by tools/lib/image_files.py, are read or refused as Pillow does, pixel for pixel.

usage: compare_images.py BINARY [--groups png,jpg,gif,bmp,tif,pnm,webp,avif,heic] [--keep DIR]

Each file goes through `reszoo preprocess --stage pixels` without being resized, once turned upright and once as stored, and
through Pillow, ImageOps.exif_transpose and convert("RGB"). Prints one line for each file that differs and a count for each
group; exits with 1 when a file differs that the table EXCEPTIONS does not explain. AVIF may differ by a few levels, as its
conversion depends on the version of libavif, and HEIC likewise. Needs Pillow 13, numpy and torchvision; pillow_heif for HEIC."""
import argparse
import collections
import concurrent.futures
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torchvision.transforms.functional as F
from PIL import Image, ImageOps

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tools", "lib"))
import image_files

SIDE = 64
RECORD = {"input_size": [3, SIDE, SIDE], "resize": None, "crop": SIDE, "crop_mode": "center", "interpolation": "bilinear",
          "mean": [0.5] * 3, "std": [0.5] * 3, "gray16": "clip"}
# Levels by which files may differ: lossy formats between versions of their libraries, and tables of Pillow's own.
TOLERANCE = [(r"^(avif|heic)/", 3), (r"^tif/pillow-YCbCr-None", 1)]
# Files on which the two disagree by decision: a pattern, the outcome, and why.
EXCEPTIONS = [
    (r"^png/missing-row", "only Pillow", "a row without pixels would be black"),
    (r"^png/chunk-critical\.", "only Pillow", "a chunk that a decoder must know is unknown"),
    (r"^png/(chunk|ztxt|itxt|iccp|orientation)", "only reszoo", "damaged or huge metadata do not cost the image"),
    (r"/.*cut", "only Pillow", "a part of the image is missing"),
    (r"^gif/local-ramp", "differs", "Pillow takes the global palette, though the frame has grey levels of its own"),
    (r"^tif/pillow-LAB", "only Pillow", "CIELAB needs a colour management system"),
    (r"^tif/big-tiff-False", "only reszoo", "Pillow does not read BigTIFF whose bytes are big-endian"),
]


def pillow(data, upright):
    try:
        image = Image.open(io.BytesIO(data))
        if upright:
            image = ImageOps.exif_transpose(image)
        image = image.convert("RGB")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return np.asarray(F.center_crop(image, [SIDE, SIDE]))


def reszoo(binary, model, path, upright):
    output = path + (".a" if upright else ".b") + ".npy"
    options = [] if upright else ["--ignore-exif"]
    done = subprocess.run([binary, "preprocess", model, path, "--stage", "pixels", "--output", output, *options],
                          capture_output=True, text=True)
    if done.returncode < 0 or done.returncode > 77:
        return f"CRASHED with {done.returncode}: {done.stderr[-300:]}"
    return np.load(output)[0] if done.returncode == 0 else done.stderr.strip().replace(path, "…")


def outcome(name, mine, theirs):
    if isinstance(mine, str) and mine.startswith("CRASHED"):
        return mine
    if isinstance(mine, str) or isinstance(theirs, str):
        if isinstance(mine, str) and isinstance(theirs, str):
            return "both refuse"
        return "only reszoo" if isinstance(theirs, str) else "only Pillow"
    difference = int(np.abs(mine.astype(int) - theirs.astype(int)).max())
    if difference == 0:
        return "same"
    allowed = max((levels for pattern, levels in TOLERANCE if re.search(pattern, name)), default=0)
    return "close" if difference <= allowed else f"differs by up to {difference}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("--groups", default=",".join(image_files.GROUPS))
    parser.add_argument("--keep", help="a folder for the files")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    binary = os.path.abspath(arguments.binary)
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or scratch
        record, model = os.path.join(scratch, "record.json"), os.path.join(scratch, "model.rzoo")
        with open(record, "w") as file:
            json.dump(RECORD, file)
        subprocess.run([binary, "edit", os.path.join(ROOT, "models", "cifar_resnet20.rzoo"), "--preset", record, "--output", model],
                       check=True, capture_output=True)

        def compare(item):
            name, data = item
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
            found = []
            for upright in (True, False):
                mine, theirs = reszoo(binary, model, path, upright), pillow(data, upright)
                found.append((name, outcome(name, mine, theirs), mine, theirs))
            return found

        counts = collections.defaultdict(collections.Counter)
        unexplained = 0
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for found in pool.map(compare, image_files.all_files(arguments.groups.split(","))):
                for upright, (name, result, mine, theirs) in zip(("upright", "stored"), found):
                    counts[name.split("/")[0]][result if len(result) < 14 else "differs"] += 1
                    reason = next((why for pattern, kind, why in EXCEPTIONS if result.startswith(kind) and re.search(pattern, name)), None)
                    if result in ("same", "close", "both refuse") or reason:
                        continue
                    unexplained += 1
                    print(f"{name} ({upright}): {result}", *(f"\n    {text}" for text in (mine, theirs) if isinstance(text, str)))
    for group, count in counts.items():
        print(f"{group}: " + ", ".join(f"{value} {kind}" for kind, value in sorted(count.items())))
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
