#!/usr/bin/env python3
"""Holds the numbers of `reszoo study gradients` against PyTorch: the study keeps its networks and inputs, which are exported and built again in
PyTorch, in double and in single precision. The norm of the gradient at each block must agree with double precision within 1e-4 of its
size; that of whole networks, which run in single precision here, within twice the distance of PyTorch's own single precision if that is more.

  tools/compare/compare_gradients.py BINARY [--blocks 20,50] [--seeds 3] [MODEL... --pictures DATASET]

Stacks of these many blocks, plain and residual, with each seed; then the networks, of the architectures in NETS, at initialisation and as they
are. A ReLU whose input is a rounding away from 0 opens in one precision and not in another, here and in PyTorch: the distance of
PyTorch's own single precision from double is printed beside. Needs torch, safetensors and numpy."""
import argparse
import json
import os
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from studied_nets import NETS, run  # noqa: E402
from variant_nets import Net, Store  # noqa: E402

TOLERANCE = 1e-4


def load(binary, model, folder):
    exported = os.path.join(folder, "net.safetensors")
    run(binary, "export", model, "--output", exported, "--force")
    return load_file(exported)


def store(tensors, dtype):
    """A copy of the tensors, with gradients but for running statistics."""
    result = Store(0)
    result.tensors = {name: t.to(dtype).clone().requires_grad_("running" not in name) for name, t in tensors.items()}
    return result


def stack_norms(tensors, x, blocks, shortcuts, dtype):
    own = store(tensors, dtype)
    stage = {"blocks": blocks, "width": x.shape[1], "stride": 1}
    net = Net({"block": "basic", "shortcut": "projection" if shortcuts else "none", "stages": [stage]}, own, training=True)
    paths = [f"layer1.{i}" for i in range(blocks)]
    y = x.to(dtype)
    for i, path in enumerate(paths):
        y = net.block(y, path, 0, i, 1, 1)
    y.sum().backward()
    return norms(own, paths)


def network_norms(descriptor, tensors, x, labels, paths, dtype):
    own = store(tensors, dtype)
    F.cross_entropy(Net(descriptor, own, training=True)(x.to(dtype)), labels).backward()
    return norms(own, paths)


def norms(own, paths):
    return np.array([own.tensors[f"{path}.conv1.weight"].grad.double().norm().item() for path in paths])


class Comparison:
    def __init__(self):
        self.worst, self.holds = 0.0, True

    def add(self, name, found, double, single, is_single=False):
        found = np.array(found)
        own, near, peer = (float(np.max(np.abs(a - b) / b)) for a, b in ((found, double), (found, single), (single, double)))
        limit = max(TOLERANCE, 2 * peer) if is_single else TOLERANCE
        self.worst, self.holds = max(self.worst, own), self.holds and own <= limit
        print(f"{name:34} {len(found):3} blocks, norms {double[0]:.6g} … {double[-1]:.6g}: {own:.1e} from PyTorch, {near:.1e} from its single"
              f" precision, which is {peer:.1e} from double{'' if own <= limit else '  DIFFERS'}", flush=True)


def compare_stack(binary, blocks, seed, comparison):
    with tempfile.TemporaryDirectory() as folder:
        study, nets = os.path.join(folder, "study"), os.path.join(folder, "nets")
        run(binary, "study", "gradients", "--blocks", str(blocks), "--seed", str(seed), "--output", study, "--save-nets", nets)
        x = torch.from_numpy(np.load(os.path.join(nets, "input.npy")))
        with open(os.path.join(study, "study.json")) as file:
            networks = json.load(file)["numbers"]["networks"]
        for network in networks:
            tensors = load(binary, os.path.join(nets, network["name"] + ".rzoo"), folder)
            double, single = (stack_norms(tensors, x, blocks, network["shortcuts"], dtype) for dtype in (torch.double, torch.float))
            comparison.add(f"{network['name']}, {blocks} blocks, seed {seed}", network["runs"][0]["norms"], double, single)


def compare_networks(binary, models, pictures, comparison):
    with tempfile.TemporaryDirectory() as folder:
        study, nets = os.path.join(folder, "study"), os.path.join(folder, "nets")
        run(binary, "study", "gradients", *models, "--pictures", pictures, "--output", study, "--save-nets", nets)
        with open(os.path.join(study, "study.json")) as file:
            networks = json.load(file)["numbers"]["networks"]
        for number, model in enumerate(models, 1):
            name = json.loads(run(binary, "inspect", model, "--json"))["architecture"]
            name = name.get("name") if isinstance(name, dict) else name
            if name not in NETS:
                sys.exit(f"{model}: is a {name}; this script knows {', '.join(NETS)}")
            x, labels = (torch.from_numpy(np.load(os.path.join(nets, f"{kind}-{number}.npy"))) for kind in ("input", "labels"))
            for network, source in zip(networks[2 * number - 2:], (os.path.join(nets, f"initial-{number}.rzoo"), model)):
                tensors = load(binary, source, folder)
                double, single = (network_norms(NETS[name], tensors, x, labels, network["blocks"], dtype)
                                  for dtype in (torch.double, torch.float))
                comparison.add(f"{network['name']}, {network['weights']}", network["runs"][0]["norms"], double, single, is_single=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("models", nargs="*")
    parser.add_argument("--blocks", default="20,50")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--pictures")
    options = parser.parse_args()
    if options.models and not options.pictures:
        sys.exit("networks need --pictures")
    binary, comparison = os.path.abspath(options.binary), Comparison()
    for blocks in map(int, filter(None, options.blocks.split(","))):
        for seed in range(options.seeds):
            compare_stack(binary, blocks, seed, comparison)
    if options.models:
        compare_networks(binary, options.models, options.pictures, comparison)
    print(f"largest difference {comparison.worst:.1e}  {'ok' if comparison.holds else 'DIFFERS'}")
    sys.exit(0 if comparison.holds else 1)


if __name__ == "__main__":
    main()
