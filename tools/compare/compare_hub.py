#!/usr/bin/env python3
"""Holds folders of model hubs against timm and transformers, in both directions.

usage: compare_hub.py BINARY [--nets resnet18,…] [--timm resnet26t,…]

Out: a seeded net goes into a checkpoint with labels and a preparation of its own, `reszoo export --format hub` writes it, and the folder goes to
`timm.create_model("local-dir:…", pretrained=True)` and to transformers' `AutoModelForImageClassification`; plain ResNets also with
`--names transformers`. Their logits for random images must be those of `reszoo run --exact` to 1e-4 of the largest, their labels the
same, and timm's transform must make of an image what `reszoo preprocess` does, to 1e-5.
Back: `reszoo convert` of that folder, and of one that timm's own `save_for_hf` writes of a seeded net, must give the same bits, labels
and preparation. Exits with 1 when anything differs. Needs torch, timm, transformers, numpy, pillow and safetensors."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import timm
import torch
from PIL import Image
from timm.models import save_for_hf

NETS = ("resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d resnext101_64x4d "
        "wide_resnet50_2 wide_resnet101_2")
TIMM = ("resnet26t resnet50d resnet50_gn resnetaa50 resnetblur18 seresnet50 ecaresnet50d resnetrs50 test_resnet "
        "resnetv2_18d resnetv2_50 resnetv2_50x1_bit senet154")
PLAIN = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
LIMIT = 1e-4
LABELS = ["ant", "bee", "crane, bird", 'a "quoted" name', "crane, bird"]
PREPARATION = {"input_size": [3, 64, 64], "resize": 72, "crop": 64, "crop_mode": "center", "interpolation": "bicubic",
               "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.3], "exif": "ignore"}


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


class Trip:
    """One net's way to a folder and back."""

    def __init__(self, binary, folder, name):
        self.binary, self.folder, self.name = binary, folder, name
        self.images = torch.randn(2, 3, 64, 64)
        np.save(self.path("x.npy"), self.images.numpy())
        with open(self.path("labels.json"), "w", encoding="utf-8") as file:
            json.dump(LABELS, file)
        with open(self.path("preparation.json"), "w", encoding="utf-8") as file:
            json.dump(PREPARATION, file)
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)).resize((300, 200)).save(
            self.path("image.png"))
        self.faults = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def expect(self, what, holds, detail=""):
        if not holds:
            self.faults.append(f"{what} {detail}")

    def logits(self, checkpoint):
        run(self.binary, "run", checkpoint, "--input", self.path("x.npy"), "--output", self.path("y.npy"), "--exact")
        return np.load(self.path("y.npy"))

    def same(self, what, ours, theirs):
        error = np.abs(ours - theirs).max() / np.abs(theirs).max()
        self.expect(what, error <= LIMIT, f"differs by {error:.1e}")
        return error

    def described(self, checkpoint):
        text = json.loads(run(self.binary, "inspect", checkpoint, "--json"))
        return {key: text[key] for key in ("labels", "preprocessing", "content_root")}

    def with_transformers(self, what, folder, ours):
        from transformers import AutoImageProcessor, AutoModelForImageClassification
        model = AutoModelForImageClassification.from_pretrained(folder).eval()
        with torch.no_grad():
            error = self.same(f"{what} in transformers", ours, model(self.images).logits.numpy())
        self.expect(f"{what} in transformers: labels", [model.config.id2label[i] for i in range(5)] == LABELS)
        image = Image.open(self.path("image.png"))
        prepared = AutoImageProcessor.from_pretrained(folder)(image, return_tensors="pt")["pixel_values"].numpy()
        return error, np.abs(prepared - np.load(self.path("p.npy"))).max()

    def out(self):
        """Through a folder into the other programs; returns the worst errors."""
        net = timm.create_model(self.name, num_classes=5)
        randomise(net)
        torch.save(net.state_dict(), self.path("w.pth"))
        run(self.binary, "convert", self.path("w.pth"), "--arch", self.name, "--labels", self.path("labels.json"),
            "--preset", self.path("preparation.json"), "--output", self.path("a.rzoo"))
        folder = self.path("hub")
        run(self.binary, "export", self.path("a.rzoo"), "--output", folder, "--format", "hub")
        ours = self.logits(self.path("a.rzoo"))
        run(self.binary, "preprocess", self.path("a.rzoo"), self.path("image.png"), "--output", self.path("p.npy"))
        model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        with torch.no_grad():
            errors = [self.same("timm", ours, model(self.images).numpy())]
        self.expect("timm: labels", list(model.pretrained_cfg["label_names"]) == LABELS)
        transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
        prepared = transform(Image.open(self.path("image.png"))).numpy()
        self.expect("timm: preparation", np.abs(prepared - np.load(self.path("p.npy"))[0]).max() < 1e-5)
        error, pixels = self.with_transformers("the folder for timm", folder, ours)
        self.expect("timm in transformers: preparation", pixels < 1e-5, f"differs by {pixels:.1e}")
        errors.append(error)
        self.back(folder)
        if self.name in PLAIN:
            run(self.binary, "export", self.path("a.rzoo"), "--output", self.path("plain"), "--format", "hub", "--names",
                "transformers")
            error, pixels = self.with_transformers("its own folder", self.path("plain"), ours)
            # Its tensors are resampled by torchvision, not by Pillow.
            self.expect("its own folder in transformers: preparation", pixels < 0.2, f"differs by {pixels:.1e}")
            errors.append(error)
            self.back(self.path("plain"))
        return max(errors)

    def back(self, folder):
        run(self.binary, "convert", folder, "--output", self.path("b.rzoo"))
        self.expect(f"{os.path.basename(folder)} back", self.described(self.path("a.rzoo")) == self.described(self.path("b.rzoo")))

    def ours_of_timm(self):
        """A folder that timm writes, here."""
        net = timm.create_model(self.name, num_classes=5).eval()
        randomise(net)
        folder = self.path("theirs")
        save_for_hf(net, folder, model_config={"label_names": LABELS}, safe_serialization=True)
        run(self.binary, "convert", folder, "--output", self.path("c.rzoo"))
        with torch.no_grad():
            error = self.same("timm's own folder", self.logits(self.path("c.rzoo")), net(self.images).numpy())
        self.expect("timm's own folder: labels", self.described(self.path("c.rzoo"))["labels"] == LABELS)
        run(self.binary, "preprocess", self.path("c.rzoo"), self.path("image.png"), "--output", self.path("p.npy"))
        transform = timm.data.create_transform(**timm.data.resolve_model_data_config(net))
        theirs = transform(Image.open(self.path("image.png"))).numpy()
        self.expect("timm's own folder: preparation", np.abs(theirs - np.load(self.path("p.npy"))[0]).max() < 1e-5)
        return error


def randomise(net):
    torch.manual_seed(0)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if name.endswith("running_var"):
                value.uniform_(0.5, 2)
            elif value.dim() > 1:
                value.normal_(std=(2 / max(1, value[0].numel())) ** 0.5)
            elif name.endswith("weight"):
                value.uniform_(0.4, 0.8)
            elif value.is_floating_point():
                value.normal_(std=0.1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--nets", default=NETS.replace(" ", ","))
    parser.add_argument("--timm", default=TIMM.replace(" ", ","))
    options = parser.parse_args()
    names = [name for name in f"{options.nets},{options.timm}".split(",") if name]
    failed = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            trip = Trip(os.path.abspath(options.binary), folder, name)
            out, back = trip.out(), trip.ours_of_timm()
        failed += bool(trip.faults)
        print(f"{'FAILED' if trip.faults else 'ok':6} {name:20} out {out:.1e}, timm's folder {back:.1e}")
        for fault in trip.faults:
            print(f"       {fault}")
    print(f"{len(names)} nets, {failed} with differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
