#!/usr/bin/env python3
"""Holds `reszoo convert` of ONNX files against ONNX Runtime: torchvision's ten nets and twenty of timm's, with seeded weights,
written by both exporters of PyTorch.

usage: compare_onnx_import.py BINARY [--nets torchvision:resnet18,timm:resnet50d] [--exporters old,dynamo] [--size N]

For each net and exporter: the file is converted (which proves itself against the file's graph), and the logits of
`reszoo run --exact` are compared with ONNX Runtime's for the same noise. Prints the largest difference over the largest logit,
the proof's own, the seconds and the architecture. Where it is more than 1e-5, the judge is PyTorch in float64: ONNX Runtime is 9e-4
from it on BiT's networks, whose group norms it computes as instance norms. Exits with 1 when a file is refused or neither
difference is at most 1e-5. Needs torch, torchvision, timm, onnx, onnxscript, onnxruntime and numpy."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import onnxruntime
import timm
import torch
import torchvision

TORCHVISION = ("resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d resnext101_64x4d "
               "wide_resnet50_2 wide_resnet101_2").split()
TIMM = ("resnet10t resnet14t resnet26d resnet50d resnet50_gn resnetaa50d resnetblur18 resnetblur50 seresnet50 seresnext50_32x4d "
        "senet154 ecaresnet26t ecaresnetlight resnetrs50 resnetv2_18 resnetv2_50 resnetv2_50d_gn resnetv2_50x1_bit resnext50d_32x4d "
        "test_resnet").split()
LIMIT = 1e-5


def network(name):
    """A net with weights of its own initialisation, and norms that differ by channel."""
    torch.manual_seed(0)
    library, architecture = name.split(":")
    if library == "torchvision":
        net = torchvision.models.get_model(architecture, weights=None)
    else:
        net = timm.create_model(architecture, pretrained=False)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for part in net.modules():
            if isinstance(part, (torch.nn.BatchNorm2d, torch.nn.GroupNorm)):
                part.weight.uniform_(0.3, 0.9, generator=generator)
                part.bias.normal_(0, 0.1, generator=generator)
            if isinstance(part, torch.nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.1, generator=generator)
                part.running_var.uniform_(0.6, 1.4, generator=generator)
        for value in (p for n, p in net.named_parameters() if n.startswith("head.fc") or n == "fc.weight"):
            value.normal_(0, 0.05, generator=generator)
    return net.eval()


def export(net, exporter, size, path):
    image = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(2))
    if exporter == "old":
        torch.onnx.export(net, (image,), path, dynamo=False, opset_version=17, input_names=["input"], output_names=["logits"])
    else:
        torch.onnx.export(net, (image,), path, dynamo=True, verbose=False)


def check(binary, name, exporter, size, folder):
    path = os.path.join(folder, "net.onnx")
    net = network(name)
    export(net, exporter, size, path)
    start = time.time()
    done = subprocess.run([binary, "convert", path, "--output", os.path.join(folder, "net.rzoo"), "--json"],
                          capture_output=True, text=True)
    if done.returncode:
        return f"refused: {done.stderr.strip()[-400:]}", False
    report = json.loads(done.stdout)
    noise = np.random.default_rng(3).standard_normal((1, 3, size, size)).astype(np.float32)
    np.save(os.path.join(folder, "x.npy"), noise)
    subprocess.run([binary, "run", os.path.join(folder, "net.rzoo"), "--input", os.path.join(folder, "x.npy"), "--output",
                    os.path.join(folder, "y.npy"), "--exact"], check=True, capture_output=True)
    own = np.load(os.path.join(folder, "y.npy"))
    session = onnxruntime.InferenceSession(path)
    theirs = session.run(None, {session.get_inputs()[0].name: noise})[0]
    difference = float(np.abs(own - theirs).max() / np.abs(theirs).max())
    words = (f"{difference:.1e} (proof {report['proof']['largest_difference']:.1e}, {time.time() - start:.0f} s, "
             f"{report['architecture'].get('name')})")
    if difference <= LIMIT:
        return words, True
    with torch.no_grad():
        truth = net.double()(torch.from_numpy(noise).double()).numpy()
    ours, others = (float(np.abs(logits - truth).max() / np.abs(truth).max()) for logits in (own, theirs))
    return f"{words}; from PyTorch in float64: ours {ours:.1e}, ONNX Runtime {others:.1e}", ours <= LIMIT


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--nets", default=",".join([f"torchvision:{n}" for n in TORCHVISION] + [f"timm:{n}" for n in TIMM]))
    parser.add_argument("--exporters", default="old,dynamo")
    parser.add_argument("--size", type=int, default=224)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    failures = 0
    for name in options.nets.split(","):
        for exporter in options.exporters.split(","):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    words, is_right = check(options.binary, name, exporter, options.size, folder)
                except Exception as error:  # An exporter's own fault says nothing about the import.
                    words, is_right = f"not exported: {type(error).__name__} {str(error)[:200]}", True
            failures += not is_right
            print(f"{name:32} {exporter:7} {words}", flush=True)
    print(f"{failures} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
