#!/usr/bin/env python3
"""Holds `reszoo export` to ONNX against ONNX's own checker and ONNX Runtime: torchvision's nets with seeded weights and the
CIFAR nets, as they are and folded, in several batch sizes and picture sizes.

usage: compare_onnx.py BINARY [--nets resnet18,cifar_resnet20]

For each net: the checker (with shape inference) takes the file, its constants are those of the safetensors export bit by
bit, and ONNX Runtime's logits are compared with those of `reszoo run --exact`. Prints the largest difference over the
largest logit; exits with 1 when one is more than 1e-4, a bit differs, or the checker complains. Needs torch, torchvision,
onnx, onnxruntime, numpy and safetensors."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
import torch
import torchvision
from safetensors.numpy import load_file
from safetensors.torch import save_file

TORCHVISION = ("resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d resnext101_64x4d "
               "wide_resnet50_2 wide_resnet101_2").split()
DILATED = "resnet50_dilated"
OTHERS = "cifar_resnet20 cifar_resnet110 cifar_plain20 small_resnet18 resnet18_cifar".split()
LIMIT = 1e-4


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def vary_norms(state):
    """Moves every batch norm away from its default; statistics stay such that activations do not explode."""
    generator = torch.Generator().manual_seed(1)
    for name, value in state.items():
        norm = name.rsplit(".", 1)[0] + ".running_var"
        if norm not in state:
            continue
        if name.endswith(".weight"):
            value.uniform_(0.3, 0.9, generator=generator)
        elif name.endswith(("running_var", "running_mean")):
            value.uniform_(0.6, 1.4, generator=generator) if "var" in name else value.normal_(0, 0.2, generator=generator)
        elif name.endswith(".bias"):
            value.normal_(0, 0.2, generator=generator)
    return {name: value.contiguous() for name, value in state.items()}


def make_checkpoint(binary, name, path):
    """A checkpoint with seeded weights whose every batch norm does something."""
    start, varied, checkpoint = path("start.safetensors"), path("varied.safetensors"), path("net.rzoo")
    if name in TORCHVISION or name == DILATED:
        torch.manual_seed(0)
        dilated = {"replace_stride_with_dilation": [False, True, True]} if name == DILATED else {}
        net = getattr(torchvision.models, name.removesuffix("_dilated"))(weights=None, **dilated)
        state = net.state_dict()
    else:
        run(binary, "init", name, "--seed", 1, "--output", checkpoint)
        run(binary, "export", checkpoint, "--output", start)
        state = {key: torch.from_numpy(np.array(value)) for key, value in load_file(start).items()}
    save_file(vary_norms(state), varied)
    option = ("--arch", name)
    if name == DILATED:
        run(binary, "init", "resnet50", "--output", checkpoint)
        record = json.loads(run(binary, "inspect", checkpoint, "--json"))["architecture"]
        for stage in record["stages"][2:]:
            stage["stride"], stage["dilation"] = 1, 2 * record["stages"][2:].index(stage) + 2
        record["name"] = name
        with open(path("dilated.json"), "w", encoding="utf-8") as file:
            json.dump(record, file)
        option = ("--descriptor", path("dilated.json"))
    run(binary, "convert", varied, *option, "--output", checkpoint)
    return checkpoint


def check_constants(binary, checkpoint, model, path):
    """Whether the export's constants are the weights, and no weight is missing."""
    run(binary, "export", checkpoint, "--output", path("net.safetensors"))
    weights = {name: value for name, value in load_file(path("net.safetensors")).items()
               if not name.endswith("num_batches_tracked")}
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer
                 if tensor.data_type == onnx.TensorProto.FLOAT}
    return weights.keys() == constants.keys() and all(
        weights[name].shape == constants[name].shape and weights[name].tobytes() == constants[name].tobytes()
        for name in weights)


def check_net(binary, name, folder):
    def path(file):
        return os.path.join(folder, file)

    checkpoint = make_checkpoint(binary, name, path)
    outputs = {}
    for kind, options in (("plain", ()), ("folded", ("--fold",))):
        outputs[kind] = path(kind + ".onnx")
        run(binary, "export", checkpoint, "--output", outputs[kind], *options)
        onnx.checker.check_model(outputs[kind], full_check=True)
        model = onnx.load(outputs[kind])
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        norms = sum(node.op_type == "BatchNormalization" for node in model.graph.node)
        if (norms == 0) != (kind == "folded"):
            sys.exit(f"{name}: {norms} batch norms in the {kind} file")
        if kind == "plain":
            equal = check_constants(binary, checkpoint, model, path)
    side = json.loads(run(binary, "inspect", checkpoint, "--json"))["architecture"]["input"]["height"]
    errors = []
    for batch, height, width in ((1, side, side), (5, side, side), (2, side + side // 4, side - side // 8 + 1)):
        pictures = np.random.default_rng(0).standard_normal((batch, 3, height, width), dtype=np.float32)
        np.save(path("x.npy"), pictures)
        run(binary, "run", checkpoint, "--input", path("x.npy"), "--output", path("y.npy"), "--exact")
        expected = np.load(path("y.npy"))
        for kind, output in outputs.items():
            session = onnxruntime.InferenceSession(output, providers=["CPUExecutionProvider"])
            logits = session.run(["logits"], {"input": pictures})[0]
            if logits.shape != expected.shape or not np.isfinite(expected).all():
                sys.exit(f"{name}: logits {logits.shape}, expected finite ones of {expected.shape}")
            errors.append(np.abs(logits - expected).max() / np.abs(expected).max())
    print(f"{name}: checker content, constants {'equal' if equal else 'DIFFERENT'}, logits within {max(errors):.1e}",
          flush=True)
    return max(errors), equal


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("binary")
    parser.add_argument("--nets", default=",".join(OTHERS + TORCHVISION + [DILATED]))
    options = parser.parse_args()
    results = []
    for name in options.nets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            results.append(check_net(os.path.abspath(options.binary), name, folder))
    worst = max(error for error, _ in results)
    print(f"largest difference: {worst:.1e} of the largest logit")
    return 0 if worst <= LIMIT and all(equal for _, equal in results) else 1


if __name__ == "__main__":
    sys.exit(main())
