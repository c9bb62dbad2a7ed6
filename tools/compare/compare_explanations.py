#!/usr/bin/env python3
"""Holds the maps of `reszoo explain` against pytorch-grad-cam and PyTorch, on the same weights and images.

  tools/compare/compare_explanations.py BINARY [--nets resnet18,timm:seresnet50,...] [--images 2] [--side 224] [--skip saliency,occlusion,integrated]

Nets of torchvision and, with `timm:`, of timm, with seeded random weights; drawings of SIDE x SIDE, of which both sides get the same input. For each
net: Grad-CAM, HiResCAM, Grad-CAM++, LayerCAM and Eigen-CAM at three nodes, for the likeliest class and another one, as pytorch-grad-cam has them before
it cuts and scales, over the largest number of the map; the class map against the weights times the last map, and its sum with the bias against the
logit; saliency and occlusion against PyTorch; the sum of integrated gradients against y(x) - y(x0) of PyTorch. The sign of Eigen-CAM is nobody's: the
nearer one counts. In single precision a value near 0 may fall on the other side of a ReLU: the distance of PyTorch's single from its double precision is
printed beside. Prints a table with the worst numbers of each net and exits with 1 when a map is more than 1e-4 from PyTorch's double precision,
a class map's sum more than 1e-5, or integrated gradients more than 1 %. Needs torch, torchvision, timm, grad-cam and Pillow."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import timm
import torch
import torchvision
from PIL import Image
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare_pytorch  # noqa: E402

NETS = "resnet18,resnet50,resnext50_32x4d,timm:resnet26d,timm:seresnet50"
CAMS = {"gradcam": GradCAM, "hirescam": HiResCAM, "gradcam++": GradCAMPlusPlus, "layercam": LayerCAM, "eigencam": EigenCAM}
NODES = ["layer4", "layer3", "layer2"]
OTHER_CLASS = 7
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
MAP_LIMIT, SUM_LIMIT, GAIN_LIMIT = 1e-4, 1e-5, 1e-2


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def seeded_net(name, seed):
    """Random weights; the branches of blocks are small beside their shortcuts, as in trained nets."""
    torch.manual_seed(seed)
    net = timm.create_model(name[5:], pretrained=False) if name.startswith("timm:") else \
        getattr(torchvision.models, name)(weights=None)
    ends = ["bn3"] if any(name.endswith("bn3") for name, _ in net.named_modules()) else ["bn2"]
    return compare_pytorch.with_statistics(net, ends, 0.2)


def draw(path, seed, side):
    """A drawing with large and small shapes."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:side] / side
    image = np.zeros((side, side, 3))
    for _ in range(12):
        y, x, size = random.random(3)
        inside = np.hypot(rows - y, columns - x) < 0.05 + 0.3 * size
        image[inside] = 0.3 * image[inside] + 0.7 * random.random(3)
    image += 0.1 * random.random(image.shape)
    Image.fromarray((255 * np.clip(image, 0, 1)).astype(np.uint8)).save(path)


def cam_map(kind, net, node, x, index):
    """A map of pytorch-grad-cam before it is cut and scaled."""
    layer = getattr(net, node)[-1]
    with kind(model=net, target_layers=[layer]) as cam:
        targets = [ClassifierOutputTarget(index)]
        cam(input_tensor=x, targets=targets)
        store = cam.activations_and_grads
        numbers = lambda list_: list_[0].cpu().data.numpy() if list_ else None
        return cam.get_cam_image(x, layer, targets, numbers(store.activations), numbers(store.gradients), False)[0]


def apart(ours, want, free_sign=False):
    signs = (1, -1) if free_sign else (1,)
    return min(float(np.abs(sign * ours - want).max() / np.abs(want).max()) for sign in signs)


def explained(binary, model, images, folder, *options):
    """What `reszoo explain` says: for each image its maps, each with its entry and its array."""
    out = os.path.join(folder, "out")
    run(binary, "explain", model, *images, "--array", "--output", out, *options)
    with open(os.path.join(out, "explain.json")) as file:
        entries = [image["maps"] for image in json.load(file)["images"]]
    return [[(entry, np.load(os.path.join(out, entry["array"])).astype(np.float64)) for entry in maps] for maps in entries]


def occlusion(net, x, index, window, stride):
    side = x.shape[2]
    with torch.inference_mode():
        whole = net(x)[0, index].item()
        total, count = np.zeros((side, side)), np.zeros((side, side))
        for row in range(0, side - window + 1, stride):
            for column in range(0, side - window + 1, stride):
                covered = x.clone()
                covered[:, :, row:row + window, column:column + window] = 0
                loss = whole - net(covered)[0, index].item()
                total[row:row + window, column:column + window] += loss
                count[row:row + window, column:column + window] += 1
    return total / count


def measure(binary, name, images, side, skipped, folder):
    """The worst numbers of a net: for each measure ours and PyTorch's single precision against its double precision."""
    single, double = seeded_net(name, 0), seeded_net(name, 0).double()
    weights, model = os.path.join(folder, "net.pth"), os.path.join(folder, "net.rzoo")
    torch.save(single.state_dict(), weights)
    preset = os.path.join(folder, "preset.json")
    with open(preset, "w") as file:
        json.dump({"input_size": [3, side, side], "resize": None, "crop": None, "mean": MEAN, "std": DEVIATION}, file)
    run(binary, "convert", weights, "--arch", name.removeprefix("timm:"), "--preset", preset, "--output", model)
    worst, agree = {}, {}

    def note(measure, ours, theirs=0.0):
        old = worst.get(measure, (0.0, 0.0))
        worst[measure] = (max(old[0], ours), max(old[1], theirs))

    files = [os.path.join(folder, f"{seed}.png") for seed in range(images)]
    for seed, file in enumerate(files):
        draw(file, seed, side)
    run(binary, "preprocess", model, *files, "--output", os.path.join(folder, "x.npy"))
    inputs = torch.from_numpy(np.load(os.path.join(folder, "x.npy"))).split(1)
    with torch.inference_mode():
        best = int(double(inputs[0].double())[0].argmax())
    classes = [best, OTHER_CLASS] if best != OTHER_CLASS else [best]
    named = ["--class", ",".join(map(str, classes))]
    for node in NODES:
        for method, kind in CAMS.items():
            free = method == "eigencam"
            found = explained(binary, model, files, folder, "--method", method, "--node", node, *([] if free else named))
            for x, maps in zip(inputs, found):
                for (_, ours), index in zip(maps, classes):
                    want, theirs = cam_map(kind, double, node, x.double(), index), cam_map(kind, single, node, x, index)
                    note(method, apart(ours, want, free), apart(theirs, want, free))
                    agree.setdefault(method, []).append(apart(ours, theirs, free))
    head = double.get_classifier() if name.startswith("timm:") else double.fc
    last = {}
    hook = double.layer4[-1].register_forward_hook(lambda _, __, out: last.update(map=out))
    for x, maps in zip(inputs, explained(binary, model, files, folder, "--method", "classmap", *named)):
        with torch.no_grad():
            double(x.double())
        for (entry, ours), index in zip(maps, classes):
            places = last["map"].shape[2] * last["map"].shape[3]
            want = torch.einsum("c,chw->hw", head.weight[index], last["map"][0]) / places
            note("classmap", apart(ours, want.detach().numpy()))
            total = ours.sum() + head.bias[index].item()
            note("classmap sum", abs(total - entry["value"]) / max(1.0, abs(entry["value"])))
    hook.remove()
    x, file, one = inputs[0], files[:1], ["--class", best]
    if "saliency" not in skipped:
        for net, dtype, target in ((double, torch.float64, "want"), (single, torch.float32, "theirs")):
            leaf = x.to(dtype).requires_grad_()
            net(leaf)[0, best].backward()
            last[target] = leaf.grad[0].abs().max(0).values.double().numpy()
        found = explained(binary, model, file, folder, "--method", "saliency", *one)[0][0]
        note("saliency", apart(found[1], last["want"]), apart(last["theirs"], last["want"]))
        agree["saliency"] = [apart(found[1], last["theirs"])]
    if "occlusion" not in skipped:
        window, stride = side // 4, side // 8
        found = explained(binary, model, file, folder, "--method", "occlusion", *one, "--window", window, "--stride", stride)[0][0]
        want, theirs = occlusion(double, x.double(), best, window, stride), occlusion(single, x, best, window, stride)
        note("occlusion", apart(found[1], want), apart(theirs, want))
    if "integrated" not in skipped:
        found = explained(binary, model, file, folder, "--method", "integrated-gradients", *one)[0][0]
        black = torch.from_numpy((0 - np.float32(MEAN)) / np.float32(DEVIATION))
        with torch.inference_mode():
            start = double(black.double()[None, :, None, None].expand(1, 3, side, side))[0, best].item()
            gain = double(x.double())[0, best].item() - start
        note("integrated sum", abs(found[1].sum() - gain) / abs(gain))
        note("integrated steps", float(found[0]["check"]["steps"]))
    return worst, agree


def is_far(name, ours):
    if name == "integrated steps":
        return False
    return ours > {"classmap sum": SUM_LIMIT, "integrated sum": GAIN_LIMIT}.get(name, MAP_LIMIT)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("binary")
    options.add_argument("--nets", default=NETS)
    options.add_argument("--images", type=int, default=2)
    options.add_argument("--side", type=int, default=224, help="height and width, a multiple of 32")
    options.add_argument("--skip", default="", help="measures to leave out, those that take long")
    given = options.parse_args()
    failed = False
    for name in given.nets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            worst, agree = measure(given.binary, name, given.images, given.side, given.skip.split(","), folder)
        print(f"{name}\n  {'':18} {'reszoo':>9} {'torch f32':>9}   both f32", flush=True)
        for measure_name, (ours, theirs) in worst.items():
            far = is_far(measure_name, ours)
            failed |= far
            both = f"{max(agree[measure_name]):9.1e}" if measure_name in agree else ""
            ours_text = f"{ours:9.0f}" if measure_name == "integrated steps" else f"{ours:9.1e}"
            theirs_text = f"{theirs:9.1e}" if theirs else " " * 9
            print(f"  {measure_name:18} {ours_text} {theirs_text}  {both}{'  FAR' if far else ''}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
