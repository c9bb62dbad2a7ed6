#!/usr/bin/env python3
"""Holds `reszoo convert` and `reszoo run --exact` against timm: every network of its ResNet families is imported with timm's logits,
or refused. None may be imported with others.

usage: compare_timm.py BINARY [NAME …] [--forms plain,named,folder] [--largest 70] [--size 64]

NAME is a name of timm, or a pattern such as 'resnetv2*'; without one, all of the families. Each network gets random weights and
is saved as safetensors in three forms: `plain` in a file whose name says nothing, `named` in one that is called as the network,
`folder` with the config.json of a model hub. A file that says nothing may be of a widespread network when it is of another with
the same tensors, so `plain` is right as well when the report says what it assumed. --largest leaves out networks of more millions
of weights. Prints a line for each and exits with 1 if one is wrong. Needs timm, torch, safetensors and numpy."""
import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import timm
import torch
from safetensors.torch import save_file

FAMILIES = ("resnet*", "resnext*", "wide_resnet*", "seresne*", "senet*", "ecaresne*", "skresne*", "legacy_se*", "gcresne*",
            "res2ne*", "resnest*", "test_resnet*")
CLASSES, LIMIT = 10, 1e-4


def fill(net, seed):
    """Random weights and statistics under which activations neither vanish nor explode: scales of 1 would make two hundred layers of
    attention a chaos, in which PyTorch in float32 is far from itself in float64."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            noise = torch.randn(value.shape, generator=generator) if value.is_floating_point() else None
            if name.endswith("running_var"):
                value.copy_(torch.rand(value.shape, generator=generator) + 0.5)
            elif noise is not None and value.dim() <= 1:
                value.copy_(noise * 0.1 + 0.7 * name.endswith("weight"))
            elif noise is not None:
                value.copy_(noise * (2 / value[0].numel()) ** 0.5)
    return net.eval()


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def attempt(binary, source, images, want, folder):
    """`exact`, `other` with the error over the largest logit, or `refused`; and what the command said."""
    path = lambda file: os.path.join(folder, file)
    code, text = call(binary, "convert", source, "--output", path("net.rzoo"))
    if code:
        return "refused", None, text
    np.save(path("x.npy"), images.numpy())
    code, run = call(binary, "run", path("net.rzoo"), "--input", path("x.npy"), "--output", path("y.npy"), "--exact")
    os.remove(path("net.rzoo"))
    if code:
        return "other", None, run
    got = np.load(path("y.npy"))
    error = float(np.abs(got - want).max() / np.abs(want).max()) if got.shape == want.shape else float("inf")
    return "exact" if error <= LIMIT else "other", error, text


def check(binary, name, forms, size, largest):
    """The forms that are wrong."""
    net = timm.create_model(name, pretrained=False, num_classes=CLASSES)
    if sum(p.numel() for p in net.parameters()) > largest * 1e6:
        print(f"{name}: left out for its size", flush=True)
        return []
    fill(net, 1)
    images = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        want = net(images).numpy()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        state = {key: value.contiguous() for key, value in net.state_dict().items()}
        for form in forms:
            source = os.path.join(folder, {"plain": "weights.safetensors", "named": name + ".safetensors", "folder": "hub"}[form])
            file = source
            if form == "folder":
                os.makedirs(source, exist_ok=True)
                file = os.path.join(source, "model.safetensors")
                with open(os.path.join(source, "config.json"), "w", encoding="utf-8") as out:
                    json.dump({"architecture": name, "num_classes": CLASSES, "pretrained_cfg": {}}, out)
            save_file(state, file)
            outcome, error, text = attempt(binary, source, images, want, folder)
            os.remove(file)
            said = form == "plain" and "identical tensors" in text
            bad = outcome == "other" and not said
            if bad:
                wrong.append(form)
            lines = [line for line in text.splitlines() if line.startswith("reszoo: ")]
            shown = f"{error:.1e}" if error is not None else (lines or [text])[0].split(": ", 2)[-1][:150]
            print(f"{'FAIL ' if bad else ''}{name} ({form}): {'said' if outcome == 'other' and said else outcome}, {shown}", flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("names", nargs="*", default=FAMILIES)
    parser.add_argument("--forms", default="plain,named,folder")
    parser.add_argument("--largest", type=float, default=70)
    parser.add_argument("--size", type=int, default=64)
    given = parser.parse_args()
    torch.set_num_threads(1)
    names = [name for name in timm.list_models() if any(fnmatch.fnmatch(name, pattern) for pattern in given.names)]
    wrong = [name for name in names
             if check(os.path.abspath(given.binary), name, given.forms.split(","), given.size, given.largest)]
    print(f"{len(names)} networks, {len(wrong)} imported as others: {', '.join(wrong) or 'none'}")
    sys.exit(1 if wrong or not names else 0)


if __name__ == "__main__":
    main()
