#!/usr/bin/env python3
"""Holds `reszoo convert` and `reszoo export` against PyTorch: nets of torchvision and timm with seeded weights go as `.pth` into
a checkpoint, as safetensors out of it, and come back to `load_state_dict(strict=True)` bit by bit.

usage: compare_export.py BINARY [--nets resnet18,resnet50] [--timm resnet26t,resnetv2_50] [--size 64]

Each net goes with the names of its program, named by --arch; without a word said, under a file name that tells nothing; and,
wrapped as DataParallel does it, with the source's names. Its logits for random images (`run --exact`) must be PyTorch's to
1e-4 of the largest one in double precision, for the named and for the nameless conversion; where the tensors of several nets
are the same, the nameless one may be another, which is printed. Exits with 1 when a bit, a name, a type or a logit differs.
Needs torch, torchvision, timm, numpy and safetensors."""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision
from safetensors.torch import load_file

NETS = ("resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d resnext101_64x4d "
        "wide_resnet50_2 wide_resnet101_2")
TIMM = ("resnet18 resnet18d resnet26t resnet50c resnet50d resnet50_gn resnetaa50d resnetblur50 seresnet50 seresnext50_32x4d "
        "ecaresnet50d ecaresnet50d_pruned wide_resnet50_2 resnetrs50 test_resnet resnetv2_18d resnetv2_50 resnetv2_50d "
        "resnetv2_50d_gn resnetv2_50x1_bit")
LIMIT = 1e-4


def seed(net):
    """Random values for every parameter, statistic and counter of a net, of a size that keeps the logits small."""
    torch.manual_seed(0)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if name.endswith("num_batches_tracked"):
                value.fill_(torch.randint(1 << 40, ()))
            elif name.endswith("running_var"):
                value.uniform_(0.5, 2)
            elif value.dim() > 1:
                value.normal_(std=(2 / max(1, value[0].numel())) ** 0.5)
            elif name.endswith("weight"):
                value.uniform_(0.4, 0.8)
            else:
                value.normal_(std=0.1)
    return {name: value.clone() for name, value in net.state_dict().items()}


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stderr


def same(left, right):
    def data(value):
        return value.contiguous().reshape(-1).view(torch.uint8)

    return left.keys() == right.keys() and all(
        left[name].dtype == right[name].dtype and left[name].shape == right[name].shape
        and torch.equal(data(left[name]), data(right[name])) for name in left)


class Trip:
    """One net's way through files of one folder."""

    def __init__(self, binary, folder, net, size):
        self.binary, self.folder, self.net = binary, folder, net
        self.images = torch.randn(2, 3, size, size)
        np.save(self.path("x.npy"), self.images.numpy())

    def path(self, name):
        return os.path.join(self.folder, name)

    def round_trip(self, state, names, *options):
        """The state that comes back, and what convert said."""
        torch.save(state, self.path("weights.pth"))
        said = run(self.binary, "convert", self.path("weights.pth"), "--output", self.path("b.rzoo"), *options)
        run(self.binary, "export", self.path("b.rzoo"), "--output", self.path("c.safetensors"), "--names", names)
        return load_file(self.path("c.safetensors")), said

    def error(self):
        """The largest difference of a logit of the last conversion, over the largest logit."""
        run(self.binary, "run", self.path("b.rzoo"), "--input", self.path("x.npy"), "--output", self.path("y.npy"), "--exact")
        with torch.no_grad():
            want = self.net.eval().double()(self.images.double())
            self.net.float()
        return float(np.abs(np.load(self.path("y.npy")) - want.numpy()).max() / want.abs().max())


def check(binary, label, net, arch, names, size):
    state = seed(net)
    with tempfile.TemporaryDirectory() as folder:
        trip = Trip(binary, folder, net, size)
        back, _ = trip.round_trip(state, names, "--arch", arch)
        ok = {f"{names} names": same(state, back)}
        net.load_state_dict(back, strict=True)
        error = trip.error()
        back, said = trip.round_trip(state, "source")
        ok["source names"] = same(state, back)
        found = said.split("reszoo: architecture: ")[-1].split(",")[0]
        nameless = trip.error()
        wrapped = {"module." + key: value for key, value in state.items()}
        back, _ = trip.round_trip(wrapped, "source")
        ok["wrapped"] = same(wrapped, back)
    ok["logits"] = error <= LIMIT
    ok["logits, nameless"] = nameless <= LIMIT or found != arch and "it is not" in said
    text = ", ".join(f"{what} {'equal' if good else 'DIFFERENT'}" for what, good in ok.items() if "logits" not in what)
    print(f"{'' if all(ok.values()) else 'FAIL '}{label}: {text}; logits {error:.1e}; without a name {found}, {nameless:.1e}",
          flush=True)
    return all(ok.values())


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("binary")
    parser.add_argument("--nets", default=NETS.replace(" ", ","))
    parser.add_argument("--timm", default=TIMM.replace(" ", ","))
    parser.add_argument("--size", type=int, default=64, help="height and width of the images")
    options = parser.parse_args()
    good = []
    for name in filter(None, options.nets.split(",")):
        net = getattr(torchvision.models, name)(weights=None)
        good.append(check(options.binary, f"torchvision {name}", net, name, "torchvision", options.size))
    for name in filter(None, options.timm.split(",")):
        import timm
        net = timm.create_model(name, pretrained=False)
        good.append(check(options.binary, f"timm {name}", net, name, "timm", options.size))
    print(f"{sum(good)} of {len(good)} as they must be")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
