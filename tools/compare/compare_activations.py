#!/usr/bin/env python3
"""Holds the numbers of `reszoo study activations` against PyTorch: the network is exported, PyTorch runs it on the images as `reszoo preprocess`
prepares them, and takes mean magnitude, deviation, share of zeros and the ratio of branch to shortcut from the outputs of the same places.
Each must agree within 1e-4 of its size; shares of zeros within 1e-4.

  tools/compare/compare_activations.py BINARY MODEL IMAGES...

MODEL is of one of the architectures in NETS. Needs torch, safetensors and numpy."""
import json
import os
import sys
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from studied_nets import NETS, run  # noqa: E402
from variant_nets import Net, Store  # noqa: E402

TOLERANCE = 1e-4


def load(binary, model, folder):
    """The network in PyTorch, with the tensors of a checkpoint."""
    name = json.loads(run(binary, "inspect", model, "--json"))["architecture"]
    if isinstance(name, dict):
        name = name.get("name")
    if name not in NETS:
        sys.exit(f"{model}: is a {name}; this script knows {', '.join(NETS)}")
    exported = os.path.join(folder, "net.safetensors")
    run(binary, "export", model, "--output", exported)
    store = Store(0)
    store.tensors = load_file(exported)
    return NETS[name], store


class Watched(Net):
    """Keeps the outputs of the places that the study measures, as forward hooks would."""

    def __init__(self, descriptor, store):
        super().__init__(descriptor, store)
        self.branches, self.shortcuts, self.outputs, self.responses = {}, {}, {}, {}

    def conv(self, x, name, *rest, **more):
        y = super().conv(x, name, *rest, **more)
        if ".downsample" not in name:
            self.last = name
            self.responses[name] = y
        return y

    def norm(self, x, name):
        y = super().norm(x, name)
        same = name.startswith("layer") == getattr(self, "last", "").startswith("layer")
        if same and ".downsample" not in name and self.responses.get(getattr(self, "last", None)) is x:
            del self.responses[self.last]
            self.responses[name] = y
        return y

    def attend(self, x, path, index):
        self.branches[path] = super().attend(x, path, index)
        return self.branches[path]

    def shortcut(self, x, active, path, *rest):
        self.shortcuts[path] = super().shortcut(x, active, path, *rest)
        return self.shortcuts[path]

    def block(self, x, path, *rest):
        self.outputs[path] = super().block(x, path, *rest)
        return self.outputs[path]


def numbers(x):
    x = x.double()
    return {"mean_magnitude": x.abs().mean().item(), "standard_deviation": x.std(unbiased=False).item(),
            "root_mean_square": x.square().mean().sqrt().item(), "zero_share": (x == 0).double().mean().item()}


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    binary, model = os.path.abspath(sys.argv[1]), sys.argv[2]
    worst, count = 0.0, 0

    def compare(place, found, wanted):
        nonlocal worst, count
        for name, value in wanted.items():
            size = 1 if name == "zero_share" else max(abs(value), 1e-12)
            error = abs(found[name] - value) / size
            if error > TOLERANCE:
                print(f"{place} {name}: {found[name]} here, {value} in PyTorch")
            worst, count = max(worst, error), count + 1

    with tempfile.TemporaryDirectory() as folder:
        run(binary, "study", "activations", model, *sys.argv[3:], "--output", os.path.join(folder, "study"))
        run(binary, "preprocess", model, *sys.argv[3:], "--output", os.path.join(folder, "x.npy"))
        images = torch.from_numpy(np.load(os.path.join(folder, "x.npy")))
        net = Watched(*load(binary, model, folder))
        with torch.no_grad():
            net(images)
        with open(os.path.join(folder, "study", "study.json")) as file:
            report = json.load(file)["numbers"]["networks"][0]
        for block in report["blocks"]:
            path = block["path"]
            compare(f"{path} branch", block["branch"], numbers(net.branches[path]))
            compare(f"{path} output", block["output"], numbers(net.outputs[path]))
            if path in net.shortcuts:
                branch, shortcut = numbers(net.branches[path]), numbers(net.shortcuts[path])
                compare(f"{path} shortcut", block["shortcut"], shortcut)
                compare(path, block, {"ratio": branch["root_mean_square"] / shortcut["root_mean_square"]})
        layers = {layer["path"]: layer["numbers"] for layer in report["layers"] if layer["kind"] == "response"}
        if layers.keys() != net.responses.keys():
            sys.exit(f"other layers: {sorted(layers.keys() ^ net.responses.keys())}")
        for path, output in net.responses.items():
            compare(path, layers[path], numbers(output))
    print(f"{len(images)} images, {count} numbers, largest difference {worst:.2e}  {'ok' if worst <= TOLERANCE else 'DIFFERS'}")
    sys.exit(0 if worst <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
