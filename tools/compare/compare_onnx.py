#!/usr/bin/env python3
"""Holds `reszoo export` to ONNX against ONNX's own checker and ONNX Runtime: torchvision's nets with seeded weights, named nets
of every form, and the small nets that turn every knob, as they are and folded, in several batch sizes and image sizes.

usage: compare_onnx.py BINARY [--nets resnet18,cifar_resnet20,small]

For each net: the checker (with shape inference) takes the file, its constants are those of the safetensors export bit by
bit (standardised weights but for the last one), and ONNX Runtime's logits are compared with those of `reszoo run --exact`.
`small` stands for the descriptors of Tests/InferenceTests/Fixtures/variants.json (make_variant_fixtures.py). Prints the largest
difference over the largest logit; exits with 1 when one is more than 1e-4, a bit differs, or the checker complains. Needs
torch, torchvision, onnx, onnxruntime, numpy and safetensors."""
import argparse
import collections
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
VARIANTS = ("cifar_preresnet20 wrn_16_4 preact_resnet18 seresnet50 seresnext50_32x4d senet154 ecaresnet50d resnet50d resnet50_gn "
            "resnetblur50 resnetaa50d resnetrs50 resnetv2_50 resnetv2_50d_gn resnetv2_50x1_bit").split()
SMALL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/InferenceTests/Fixtures/variants.json")
LIMIT = 1e-4


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def vary(state, spread):
    """Moves every norm and bias away from its default; statistics stay such that activations do not explode: `spread` is what
    the convolutions before the norms make of a variance."""
    generator = torch.Generator().manual_seed(1)
    for name, value in state.items():
        if value.dim() != 1:
            continue
        if name.endswith("running_var"):
            value.uniform_(0.6, 1.4, generator=generator).mul_(spread)
        elif name.endswith(".weight"):
            value.uniform_(0.3, 0.9, generator=generator)
        else:
            value.normal_(0, 0.2, generator=generator)
    return {name: value.contiguous() for name, value in state.items()}


def make_checkpoint(binary, name, descriptor, path):
    """A checkpoint with seeded weights whose every norm and bias does something."""
    start, varied, checkpoint = path("start.safetensors"), path("varied.safetensors"), path("net.rzoo")
    if name == DILATED:
        run(binary, "init", "resnet50", "--output", checkpoint)
        descriptor = json.loads(run(binary, "inspect", checkpoint, "--json"))["architecture"]
        for stage in descriptor["stages"][2:]:
            stage["stride"], stage["dilation"] = 1, 2 * descriptor["stages"][2:].index(stage) + 2
        descriptor["name"] = name
    if descriptor:
        with open(path("net.json"), "w", encoding="utf-8") as file:
            json.dump(descriptor, file)
    if name in TORCHVISION or name == DILATED:
        torch.manual_seed(0)
        dilated = {"replace_stride_with_dilation": [False, True, True]} if name == DILATED else {}
        state = getattr(torchvision.models, name.removesuffix("_dilated"))(weights=None, **dilated).state_dict()
    else:
        net = ("--descriptor", path("net.json")) if descriptor else (name,)
        run(binary, "init", *net, "--seed", 1, "--output", checkpoint)
        run(binary, "export", checkpoint, "--output", start)
        state = {key: torch.from_numpy(np.array(value)) for key, value in load_file(start).items()}
    # Standardised weights have a variance of 1 each, and a sum of a hundred and more of them is usual.
    architecture = json.loads(run(binary, "inspect", checkpoint, "--json"))["architecture"] if name not in TORCHVISION else {}
    save_file(vary(state, 100 if "weight_standardization" in architecture else 1), varied)
    run(binary, "convert", varied, *(("--descriptor", path("net.json")) if descriptor else ("--arch", name)),
        "--output", checkpoint)
    return checkpoint


def standardized(weights, epsilon):
    flat = weights.astype(np.float64).reshape(len(weights), -1)
    flat = (flat - flat.mean(1, keepdims=True)) / np.sqrt(flat.var(1, keepdims=True) + epsilon)
    return flat.reshape(weights.shape).astype(np.float32)


def is_convolution(name, value):
    return value.ndim == 4 and ".se." not in name


def check_constants(binary, checkpoint, model, epsilon, path):
    """Whether the export's constants are the weights, and no weight is missing. Group norms' have more dimensions, and a net
    that standardises its weights has them standardised."""
    run(binary, "export", checkpoint, "--output", path("net.safetensors"))
    weights = {name: value for name, value in load_file(path("net.safetensors")).items()
               if not name.endswith("num_batches_tracked")}
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer
                 if tensor.data_type == onnx.TensorProto.FLOAT and not tensor.name.endswith((".filter", ".lowest", ".ones", ".zeros"))}
    if weights.keys() != constants.keys():
        return False
    for name, weight in weights.items():
        constant = constants[name]
        if epsilon is not None and is_convolution(name, weight):
            weight = standardized(weight, epsilon)
            if constant.shape != weight.shape or not np.allclose(constant, weight, rtol=3e-7, atol=1e-8):
                return False
        elif constant.size != weight.size or constant.tobytes() != weight.tobytes():
            return False
    return True


def compare_logits(binary, checkpoint, outputs, shape, path):
    """The largest error over the largest logit; None when the net cannot take images of that size."""
    images = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    np.save(path("x.npy"), images)
    command = [binary, "run", checkpoint, "--input", path("x.npy"), "--output", path("y.npy"), "--exact"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 and "branches round differently" in done.stderr:
        return None
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    expected = np.load(path("y.npy"))
    errors = []
    for output in outputs:
        session = onnxruntime.InferenceSession(output, providers=["CPUExecutionProvider"])
        logits = session.run(["logits"], {"input": images})[0]
        if logits.shape != expected.shape or not np.isfinite(expected).all():
            sys.exit(f"{output}: logits {logits.shape}, expected finite ones of {expected.shape}")
        errors.append(float(np.abs(logits - expected).max() / np.abs(expected).max()))
    return max(errors)


def lone_convolutions(model):
    """What convolutions with weights put out that one operator alone reads."""
    readers = collections.Counter(value for node in model.graph.node for value in node.input)
    return {node.output[0] for node in model.graph.node
            if node.op_type == "Conv" and not node.input[1].endswith(".filter") and readers[node.output[0]] == 1}


def check_net(binary, name, descriptor, folder):
    def path(file):
        return os.path.join(folder, file)

    checkpoint = make_checkpoint(binary, name, descriptor, path)
    architecture = json.loads(run(binary, "inspect", checkpoint, "--json"))["architecture"]
    outputs, norms = {}, {}
    for kind, options in (("plain", ()), ("folded", ("--fold",))):
        outputs[kind] = path(kind + ".onnx")
        run(binary, "export", checkpoint, "--output", outputs[kind], *options)
        onnx.checker.check_model(outputs[kind], full_check=True)
        model = onnx.load(outputs[kind])
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        norms[kind] = [node.input[0] for node in model.graph.node if node.op_type == "BatchNormalization"]
        if kind == "plain":
            equal = check_constants(binary, checkpoint, model, architecture.get("weight_standardization"), path)
    if norms["plain"] and len(norms["plain"]) == len(norms["folded"]):
        sys.exit(f"{name}: no norm was folded")
    left = set(norms["folded"]) & lone_convolutions(model)
    if left:
        sys.exit(f"{name}: norms after {left} are left")
    size = architecture["input"]
    channels, height, width = size["channels"], size["height"], size["width"]
    errors = [compare_logits(binary, checkpoint, outputs.values(), (batch, channels, height, width), path) for batch in (1, 5)]
    others = ((2, channels, *sides) for sides in (
        (height + height // 4, width - width // 8 + 1), (2 * height, 3 * width), (2 * height, 2 * width)))
    tried = (compare_logits(binary, checkpoint, outputs.values(), shape, path) for shape in others)
    other = next((error for error in tried if error is not None), None)
    if other is None:
        sys.exit(f"{name}: takes images of no other size")
    worst = max(errors + [other])
    print(f"{name}: checker content, constants {'equal' if equal else 'DIFFERENT'}, {len(norms['plain'])} batch norms, "
          f"{len(norms['folded'])} when folded, logits within {worst:.1e}", flush=True)
    return worst, equal


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("binary")
    parser.add_argument("--nets", default=",".join(OTHERS + VARIANTS + ["small"] + TORCHVISION + [DILATED]))
    options = parser.parse_args()
    results = []
    nets = [(name, None) for name in options.nets.split(",") if name != "small"]
    if "small" in options.nets.split(","):
        with open(SMALL, encoding="utf-8") as file:
            nets += [(f"small {index}", case["descriptor"]) for index, case in enumerate(json.load(file))]
    for name, descriptor in nets:
        with tempfile.TemporaryDirectory() as folder:
            results.append(check_net(os.path.abspath(options.binary), name, descriptor, folder))
    worst = max(error for error, _ in results)
    print(f"largest difference: {worst:.1e} of the largest logit")
    return 0 if worst <= LIMIT and all(equal for _, equal in results) else 1


if __name__ == "__main__":
    sys.exit(main())
