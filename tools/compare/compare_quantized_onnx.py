#!/usr/bin/env python3
"""Holds quantized networks on their way to and from other programs against ONNX Runtime, OpenVINO and PyTorch.

usage: compare_quantized_onnx.py BINARY [--nets resnet18,resnet50d] [--side 64] [--skip exports,files,torchvision]

- Exports: nets of every form with seeded weights are quantized here, exported as they are and folded, checked by ONNX's checker, and
  run by ONNX Runtime (without its optimizations, which is with real numbers between the roundings; with all of them, and 16-bit sums of products
  kept from overflowing) and by OpenVINO. They are converted back, and the integers, scales and maps compared.
- Files: PyTorch's exports are quantized by ONNX Runtime's quantize_static and converted.
- torchvision: its quantized ResNets, calibrated on noise (fbgemm), are converted.

Prints the largest difference of the logits over the largest logit for each, with half a step of the last layer's rounding where the source
rounds its logits. One value next to the middle of two integers, which another order of operations rounds to the other, changes what follows from it a
little, and so further roundings: in deep networks two programs come to differ by as much as the rounding of the maps changes, which is printed beside it.
Exits with 1 when a file is refused, a bit of a returned network differs, or a difference is larger than twice that and half a step.
Needs torch, torchvision, onnx, onnxscript, onnxruntime, openvino, numpy and safetensors."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torchvision import models

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare_onnx import make_checkpoint, run  # noqa: E402

NETS = "resnet18 resnet50 seresnet50 resnet50d resnetblur50 resnext50_32x4d cifar_resnet20 cifar_preresnet20".split()
FILES = {"unsigned": {"per_channel": True, "activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}, "default": {},
         "symmetric": {"per_channel": True, "extra_options": {"ActivationSymmetric": True}}}
IMAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Examples/vehicles/train")


def difference(own, other):
    return float(np.abs(own - other).max() / np.abs(other).max())


def own_logits(binary, checkpoint, images, path):
    np.save(path("x.npy"), images)
    run(binary, "run", checkpoint, "--input", path("x.npy"), "--output", path("y.npy"), "--exact", "--force")
    return np.load(path("y.npy"))


def ort_logits(file, images, optimized):
    options = ort.SessionOptions()
    level = ort.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimized else level.ORT_DISABLE_ALL
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: images})[0]


def openvino_logits(file, images):
    import openvino
    model = openvino.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return model([images])[0]


def state(binary, checkpoint, path):
    """The architecture, and the integers and scales of all tensors, as a delta between equal networks has none."""
    return json.loads(run(binary, "inspect", checkpoint, "--json"))


def returned(binary, checkpoint, copy, path):
    """Whether the copy has the same maps, layers and bits."""
    own, other = (json.loads(run(binary, "inspect", file, "--json"))["architecture"]["quantization"] for file in (checkpoint, copy))
    for file, name in ((checkpoint, "a.safetensors"), (copy, "b.safetensors")):
        run(binary, "export", file, "--output", path(name), "--force")
    from safetensors.numpy import load_file
    a, b = load_file(path("a.safetensors")), load_file(path("b.safetensors"))
    return own == other and a.keys() == b.keys() and all(a[key].tobytes() == b[key].tobytes() for key in a)


def report(name, parts, effect, step, limit_exempt=()):
    words = ", ".join(f"{key} {value:.1e}" for key, value in parts.items())
    print(f"{name}: {words}; rounding itself {effect:.1e}, half a step of the logits {step:.1e}", flush=True)
    return all(value <= 2 * effect + step + 1e-4 for key, value in parts.items() if key not in limit_exempt)


def check_export(binary, name, side, folder):
    def path(file):
        return os.path.join(folder, file)

    plain = make_checkpoint(binary, name, None, path)
    checkpoint = path("q.rzoo")
    run(binary, "quantize", plain, IMAGES, "--output", checkpoint)
    size = json.loads(run(binary, "inspect", checkpoint, "--json"))["architecture"]["input"]
    side = size["height"] if size["height"] < 100 else side
    images = np.random.default_rng(0).standard_normal((2, 3, side, side), dtype=np.float32)
    own = own_logits(binary, checkpoint, images, path)
    run(binary, "convert", checkpoint, "--dequantize", "--output", path("d.rzoo"))
    effect = difference(own_logits(binary, path("d.rzoo"), images, path), own)
    parts = {}
    for kind, options in (("plain", ()), ("folded", ("--fold",))):
        file = path(kind + ".onnx")
        run(binary, "export", checkpoint, "--output", file, *options)
        onnx.checker.check_model(file, full_check=True)
        parts[f"{kind}: ONNX Runtime"] = difference(ort_logits(file, images, False), own)
        parts["optimized"] = difference(ort_logits(file, images, True), own)
        parts["OpenVINO"] = difference(openvino_logits(file, images), own)
        parts = {key if ":" in key else f"{kind}: {key}": value for key, value in parts.items()}
    run(binary, "convert", path("plain.onnx"), "--output", path("back.rzoo"))
    same = returned(binary, checkpoint, path("back.rzoo"), path)
    sound = report(f"export of {name}, {'the same bits' if same else 'OTHER BITS'} back", parts, effect, 0)
    return sound and same


class Images(CalibrationDataReader):
    def __init__(self, port, side):
        generator = np.random.default_rng(1)
        self.rest = iter([{port: generator.standard_normal((1, 3, side, side), dtype=np.float32)} for _ in range(4)])

    def get_next(self):
        return next(self.rest, None)


def settled(net, side):
    net.train()
    for part in net.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = None
    with torch.no_grad():
        net(torch.randn(8, 3, side, side, generator=torch.Generator().manual_seed(3)))
    return net.eval()


def check_converted(binary, name, file, expected, step, images, path):
    done = json.loads(run(binary, "convert", file, "--output", path("c.rzoo"), "--json", "--force"))
    run(binary, "convert", file, "--dequantize", "--output", path("d.rzoo"), "--force")
    own = own_logits(binary, path("c.rzoo"), images, path)
    effect = difference(own_logits(binary, path("d.rzoo"), images, path), own)
    largest = np.abs(expected).max()
    quantization = done["architecture"]["quantization"]
    return report(f"{name}, {len(quantization['layers'])} layers and {len(quantization['maps'])} maps kept", {"logits": difference(own, expected)},
                  effect, step / 2 / largest)


def check_files(binary, name, side, folder):
    def path(file):
        return os.path.join(folder, file)

    torch.manual_seed(0)
    net = settled(models.get_model(name, weights=None), side)
    images = np.random.default_rng(7).standard_normal((1, 3, side, side), dtype=np.float32)
    sound = True
    for exporter in ("old", "dynamo"):
        example = torch.zeros(1, 3, side, side)
        file = path(exporter + ".onnx")
        if exporter == "old":
            torch.onnx.export(net, (example,), file, dynamo=False, opset_version=17, input_names=["input"], output_names=["logits"])
        else:
            torch.onnx.export(net, (example,), file, dynamo=True, external_data=False, verbose=False)
        port = onnx.load(file).graph.input[0].name
        for kind, settings in FILES.items():
            output = path(f"{exporter}_{kind}.onnx")
            quantize_static(file, output, Images(port, side), quant_format=QuantFormat.QDQ, **settings)
            model = onnx.load(output)
            last = next(node for node in model.graph.node if model.graph.output[0].name in node.output)
            constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
            step = float(constants[last.input[1]]) if last.op_type == "DequantizeLinear" else 0
            sound &= check_converted(binary, f"{name} of quantize_static ({exporter}, {kind})", output, ort_logits(output, images, False), step,
                                     images, path)
    return sound


def check_torchvision(binary, name, side, folder):
    def path(file):
        return os.path.join(folder, file)

    torch.manual_seed(0)
    torch.backends.quantized.engine = "fbgemm"
    net = settled(getattr(models.quantization, name)(weights=None, quantize=False), side)
    net.fuse_model(is_qat=False)
    net.qconfig = torch.ao.quantization.get_default_qconfig("fbgemm")
    torch.ao.quantization.prepare(net, inplace=True)
    generator = np.random.default_rng(1)
    images = np.random.default_rng(7).standard_normal((1, 3, side, side), dtype=np.float32)
    with torch.no_grad():
        for _ in range(4):
            net(torch.from_numpy(generator.standard_normal((2, 3, side, side), dtype=np.float32)))
        torch.ao.quantization.convert(net, inplace=True)
        expected = net(torch.from_numpy(images)).numpy()
    torch.save(net.state_dict(), path("q.pth"))
    return check_converted(binary, f"torchvision's {name}", path("q.pth"), expected, float(net.fc.scale), images, path)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("binary")
    parser.add_argument("--nets", default=",".join(NETS))
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--skip", default="")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    binary, skipped = os.path.abspath(options.binary), options.skip.split(",")
    nets = options.nets.split(",")
    jobs = [] if "exports" in skipped else [(check_export, name) for name in nets]
    jobs += [] if "files" in skipped else [(check_files, name) for name in nets if name in ("resnet18", "resnet50", "resnext50_32x4d")]
    jobs += [] if "torchvision" in skipped else [
        (check_torchvision, name) for name in ("resnet18", "resnet50", "resnext101_32x8d") if name in nets or name.startswith("resnext101")]
    sound = True
    for check, name in jobs:
        with tempfile.TemporaryDirectory() as folder:
            sound &= check(binary, name, options.side, folder)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
