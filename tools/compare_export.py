#!/usr/bin/env python3
"""Holds `reszoo export` against PyTorch: torchvision's nets with seeded weights go through safetensors, a checkpoint and
safetensors again, and come back to `load_state_dict(strict=True)` bit by bit.

usage: compare_export.py BINARY [--nets resnet18,resnet50]

Each net goes with torchvision's names and, wrapped as DataParallel does it, with the source's. Exits with 1 when a bit, a
name or a type differs. Needs torch, torchvision and safetensors."""
import argparse
import os
import subprocess
import sys
import tempfile

import torch
import torchvision
from safetensors.torch import load_file, save_file

NETS = ("resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d resnext101_64x4d "
        "wide_resnet50_2 wide_resnet101_2")


def seeded_state(net):
    """Random values for every parameter, statistic and counter of a net."""
    torch.manual_seed(0)
    for name, value in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            value.fill_(torch.randint(1 << 40, ()))
        elif name.endswith("running_var"):
            value.uniform_(0.1, 2)
        else:
            value.normal_()
    return {name: value.clone() for name, value in net.state_dict().items()}


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr[-2000:]}")


def same(left, right):
    def data(value):
        return value.contiguous().reshape(-1).view(torch.uint8)

    return left.keys() == right.keys() and all(
        left[name].dtype == right[name].dtype and left[name].shape == right[name].shape
        and torch.equal(data(left[name]), data(right[name])) for name in left)


def round_trip(binary, name, state, names, folder):
    source, checkpoint, target = (os.path.join(folder, end) for end in ("a.safetensors", "b.rzoo", "c.safetensors"))
    save_file(state, source)
    run(binary, "convert", source, "--arch", name, "--output", checkpoint)
    run(binary, "export", checkpoint, "--output", target, "--names", names)
    return load_file(target)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("binary")
    parser.add_argument("--nets", default=NETS.replace(" ", ","))
    options = parser.parse_args()
    failed = False
    for name in options.nets.split(","):
        net = getattr(torchvision.models, name)(weights=None)
        state = seeded_state(net)
        with tempfile.TemporaryDirectory() as folder:
            plain = round_trip(options.binary, name, state, "torchvision", folder)
            net.load_state_dict(plain, strict=True)
            wrapped = {"module." + key: value for key, value in state.items()}
            back = round_trip(options.binary, name, wrapped, "source", folder)
        results = [same(state, plain), same(wrapped, back)]
        failed = failed or not all(results)
        print(f"{name}: torchvision's names {'equal' if results[0] else 'DIFFERENT'}, "
              f"the source's {'equal' if results[1] else 'DIFFERENT'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
