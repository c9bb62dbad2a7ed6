#!/usr/bin/env python3
"""Holds `reszoo convert` and `reszoo run --exact` against PyTorch: timm's nets by name, nets for CIFAR, and random ones.

usage: compare_variants.py BINARY [--timm resnet50d,resnetv2_50,…] [--cifar] [--random 200] [--size 64] [--seed 0]

timm's nets get random weights and running statistics; names of its pre-activation nets become those of the graph here. Nets
for CIFAR and random ones come from variant_nets.py, random ones with small widths and every value of every knob at least five
times in 200. Prints the largest difference of a logit over the largest logit in double precision, and exits with 1 when one is
above 1e-4. Needs torch, safetensors, and timm for --timm."""
import argparse, json, os, random, re, subprocess, sys, tempfile
from collections import Counter
import numpy as np
import torch
from safetensors.torch import save_file
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from variant_nets import Net, Store, cifar  # noqa: E402

LIMIT = 1e-4
CIFAR = {
    "cifar_resnet20": cifar("basic", [3] * 3, [16, 32, 64], shortcut="zero_pad"),
    "cifar_plain20": cifar("basic", [3] * 3, [16, 32, 64], shortcut="none"),
    "cifar_preresnet20": cifar("preactivation_basic", [3] * 3, [16, 32, 64]),
    "cifar_preresnet164": cifar("preactivation_bottleneck", [18] * 3, [16, 32, 64]),
    "preact_resnet18": cifar("preactivation_basic", [2] * 4, [64, 128, 256, 512]),
    "wrn_16_4": cifar("preactivation_basic", [2] * 3, [64, 128, 256], stem=16),
    "wrn_40_2": cifar("preactivation_basic", [6] * 3, [32, 64, 128], stem=16),
}


class Failure(Exception):
    pass


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command[1:3]))} failed with {done.returncode}: {done.stderr[-600:]}")


def compare(binary, tensors, images, want, arch=None, descriptor=None):
    """The largest error over the largest logit."""
    with tempfile.TemporaryDirectory() as folder:
        path = lambda file: os.path.join(folder, file)
        save_file({name: t.float().contiguous() for name, t in tensors.items()}, path("net.safetensors"))
        if descriptor:
            with open(path("net.json"), "w") as file:
                json.dump(descriptor, file)
        run(binary, "convert", path("net.safetensors"), "--output", path("net.rzoo"),
            *(["--descriptor", path("net.json")] if descriptor else ["--arch", arch]))
        np.save(path("x.npy"), images.float().numpy())
        run(binary, "run", path("net.rzoo"), "--input", path("x.npy"), "--output", path("y.npy"), "--exact")
        return float(np.abs(np.load(path("y.npy")) - want.numpy()).max() / want.abs().max())


def graph_name(name, averaged):
    """timm's names of pre-activation nets as the graph has them."""
    if name.startswith("stem."):
        place = {"conv": "conv1", "conv1": "conv1.0", "norm1": "conv1.1", "conv2": "conv1.3", "norm2": "conv1.4",
                 "conv3": "conv1.6"}
        part, rest = name[5:].split(".", 1)
        return f"{place[part]}.{rest}"
    name = re.sub(r"^stages\.(\d+)\.blocks\.", lambda m: f"layer{int(m[1]) + 1}.", name)
    name = re.sub(r"\.norm(\d)\.", r".bn\1.", name)
    return name.replace("downsample.conv", f"downsample.{1 if averaged else 0}").replace("head.fc", "fc")


def timm_net(name, seed):
    import timm
    torch.manual_seed(seed)
    net = timm.create_model(name, pretrained=False).eval()
    norms = [m for m in net.modules() if type(m).__name__ in ("BatchNorm2d", "BatchNormAct2d", "GroupNorm", "GroupNormAct")]
    with torch.no_grad():
        for norm in norms:
            torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
            torch.nn.init.uniform_(norm.bias, -0.2, 0.2)
        batch_norms = [m for m in norms if "Batch" in type(m).__name__]
        for norm in batch_norms:
            norm.momentum = None
        net.train()
        for _ in range(2):
            net(torch.randn(2, 3, 128, 128))
    return net.eval()


def timm_tensors(net):
    tensors = {name: t for name, t in net.state_dict().items() if not name.endswith("num_batches_tracked")}
    if any(name.startswith("stages.") for name in tensors):
        averaged = any(hasattr(m, "pool") and hasattr(m, "norm") and hasattr(m, "conv") for m in net.stages.modules())
        tensors = {graph_name(name, averaged): t for name, t in tensors.items()}
        tensors["fc.weight"] = tensors["fc.weight"].flatten(1)
    return tensors


def draw(rng):
    """A random descriptor, small. It may be one that no net can be."""
    pick = rng.choice
    stages = []
    for index in range(pick([1, 2, 3, 4, 5])):
        stage = {"blocks": pick([1, 2, 3]), "width": pick([8, 16, 24]), "stride": pick([1, 2, 2] if index else [1, 1, 2]),
                 "dilation": pick([1, 1, 1, 2])}
        if rng.random() < 0.15:
            stage["block"] = pick(BLOCKS)
        stages.append(stage)
    kind = pick(["conv7x7", "conv3x3", "deep"])
    widths = [pick([8, 12, 16, 24]) for _ in range(3)] if kind == "deep" else [pick([8, 16, 24])]
    stem = {"kind": kind, "widths": widths, "pool": pick([True, True, False])}
    if stem["pool"]:
        stem["pool_kind"] = pick(["max", "max", "max_zero_padded", "convolution"])
    net = {"input": {"channels": pick([1, 2, 3, 3, 5]), "height": 64, "width": pick([64, 96, 77])}, "stem": stem,
           "stages": stages, "block": pick(BLOCKS), "first_reduction": pick([1, 1, 1, 2]), "groups": pick([1, 1, 2, 4, 8]),
           "width_per_group": pick([64, 64, 32, 16, 128]), "bottleneck_stride": pick(["conv1", "conv2", "conv2"]),
           "basic_stride": pick(["conv1", "conv1", "conv2"]), "shortcut_input": pick(["activated", "activated", "raw"]),
           "shortcut": pick(["projection", "projection", "zero_pad", "projection_always", "average_pool_projection", "none"]),
           "shortcut_kernel": pick([1, 1, 1, 3]), "stride_position": pick(["first", "first", "first", "last"]),
           "antialias": pick(["none", "none", "blur", "average_pool"]), "convolution_bias": pick(["none", "none", "all", "unnormalized"]),
           "global_pool": pick(["avg", "avg", "max", "avgmax", "catavgmax"]), "classes": pick([1, 2, 10, 37])}
    if rng.random() < 0.3:
        net["expansion"] = pick([1, 2, 3, 4])
    if rng.random() < 0.4:
        count = len(stages)
        net["attention"] = pick([
            {"kind": "se", "inner_channels": [pick([1, 4, 8]) for _ in range(count)], "bias": pick([True, False]),
             "layers": pick(["convolution", "linear"])},
            {"kind": "eca", "kernels": [pick([1, 3, 5]) for _ in range(count)]}])
    if rng.random() < 0.4:
        net["normalization"] = pick([{"kind": "group", "groups": pick([2, 4, 8])}, {"epsilon": 1e-3}, {"kind": "instance"},
                                     {"kind": "instance", "affine": False}])
    if rng.random() < 0.2:
        net["weight_standardization"] = pick([1e-8, 1e-6])
    if rng.random() < 0.25:
        net["head"] = {"kind": "mlp", "widths": [pick([16, 33])], "dropout": [0.2, 0.5]}
    elif rng.random() < 0.15:
        last = stages[-1]
        usual = 4 if "bottleneck" in last.get("block", net["block"]) else 1
        expansion = usual if "block" in last else net.get("expansion", usual)
        net["head"] = {"kind": "none"}
        net["classes"] = last["width"] * expansion * (2 if net["global_pool"] == "catavgmax" else 1)
    return net


BLOCKS = ["basic", "bottleneck", "preactivation_basic", "preactivation_bottleneck"]
SOLO = ("stem.kind", "stem.pool_kind", "block", "bottleneck_stride", "basic_stride", "shortcut_input", "shortcut", "shortcut_kernel", "stride_position", "antialias",
        "convolution_bias", "global_pool", "groups", "width_per_group", "first_reduction", "weight_standardization")


def values(net):
    """What a net says, for counting."""
    flat = {**net, "stem.kind": net["stem"]["kind"], "stem.pool_kind": net["stem"].get("pool_kind", "none")}
    found = [f"{key}={flat.get(key, 'none')}" for key in SOLO] + [f"stages={len(net['stages'])}"]
    found += [f"channels={net['input']['channels']}", f"head={net.get('head', {}).get('kind', 'linear')}"]
    attention, norm = net.get("attention"), net.get("normalization", {})
    found.append(f"attention={attention['kind'] + attention.get('layers', '') if attention else 'none'}")
    return found + [f"norm={norm.get('kind', 'batch')}{'' if norm.get('affine', True) else ' plain'}", f"dilated={any(s['dilation'] > 1 for s in net['stages'])}"]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("binary")
    options.add_argument("--timm", default="", help="names, separated by commas")
    options.add_argument("--cifar", action="store_true")
    options.add_argument("--random", type=int, default=0, metavar="N")
    options.add_argument("--size", type=int, default=64, help="height and width of the images for timm's nets")
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    worst, failed = 0.0, 0

    def report(name, error):
        nonlocal worst, failed
        bad = isinstance(error, Failure) or not error <= LIMIT
        failed += bad
        worst = worst if isinstance(error, Failure) else max(worst, error)
        print(f"{'FAIL ' if bad else ''}{name}: {error if isinstance(error, Failure) else f'{error:.1e}'}", flush=True)

    def attempt(name, *arguments, **keywords):
        try:
            report(name, compare(given.binary, *arguments, **keywords))
        except Failure as failure:
            report(name, failure)

    for name in filter(None, given.timm.split(",")):
        net = timm_net(name, given.seed)
        images = torch.randn(2, 3, given.size, given.size)
        tensors = timm_tensors(net)
        with torch.no_grad():
            want = net.double()(images.double())
        attempt(name, tensors, images, want, arch=name)
    for name, descriptor in CIFAR.items() if given.cifar else ():
        store, images = Store(given.seed), torch.randn(2, 3, 32, 32)
        want = Net(descriptor, store)(images.double())
        attempt(name, store.tensors, images, want, arch=name)
    rng, counts, drawn = random.Random(given.seed), Counter(), 0
    while drawn < given.random:
        descriptor = draw(rng)
        store, i = Store(drawn), descriptor["input"]
        images = torch.randn(2, i["channels"], i["height"], i["width"], generator=torch.Generator().manual_seed(drawn))
        if illegal(descriptor):
            continue
        try:
            want = Net(descriptor, store)(images.double())
        except (RuntimeError, ValueError):
            continue  # No net: groups that do not divide, branches of other sizes.
        drawn += 1
        counts.update(values(descriptor))
        before = failed
        attempt(f"random {drawn}", store.tensors, images, want, descriptor=descriptor)
        if failed > before:
            print(json.dumps(descriptor), flush=True)
    if given.random:
        rare = sorted(f"{value}: {count}" for value, count in counts.items() if count < 5)
        print(f"{len(counts)} values of knobs, those seen less than five times: {', '.join(rare) or 'none'}")
    print(f"worst {worst:.1e}, {failed} failed")
    sys.exit(1 if failed else 0)


def illegal(net):
    """Whether the specification refuses it although PyTorch would run it."""
    blocks = [s.get("block", net["block"]) for s in net["stages"]]
    bottleneck = any("bottleneck" in block for block in blocks)
    return (not bottleneck and (net["groups"] != 1 or net["width_per_group"] != 64)
            or net["shortcut_kernel"] != 1 and not net["shortcut"].startswith("projection")
            or net["antialias"] != "none" and net["bottleneck_stride"] == "conv1"
            or net["basic_stride"] == "conv2" and (net["antialias"] != "none" or all("bottleneck" in block for block in blocks))
            or net["shortcut_input"] == "raw" and not any(block.startswith("pre") for block in blocks)
            or net["antialias"] == "average_pool" and net["stem"].get("pool_kind") == "max_zero_padded")


if __name__ == "__main__":
    main()
