#!/usr/bin/env python3
"""Holds one step of `reszoo train` against PyTorch in double precision: random residual networks, every gradient.

usage: compare_training.py BINARY [--random 100] [--seed 0]

Each net is a random descriptor with small widths (compare_variants.py) that answers with one class (cross-entropy), several at once or
yes or no (BCEWithLogitsLoss, at times with a pos_weight). It sees four random images, all layers training, batch
norms with the statistics of the batch, and makes one plain step of SGD at a rate of 1, so that the weights' change is the
gradient. Printed are the Euclidean distance of the whole gradient from PyTorch's over its length, that of PyTorch in single
precision beside it, the difference of the losses, and that of the running statistics. A ReLU whose input is a rounding away from 0
opens in one precision and not in another, here and in PyTorch, and moves the gradient by some thousandths: a net whose distance is
above 1e-3 and PyTorch's own is tried with two more batches, and fails if that is so each time. Needs torch, safetensors and
Pillow."""
import argparse, json, os, random, statistics, sys, tempfile
from collections import Counter
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from compare_variants import Failure, Net, Store, draw, illegal, run, values

IMAGES, TRIES, LIMIT = 4, 3, 1e-3


def is_statistic(name):
    return name.endswith(("running_mean", "running_var"))


# The classes of each image where there may be any number of them.
SETS = [[0, 1], [1, 2], [2, 3, 0], [3]]
POSITIVE_WEIGHT = 2.5


def loss_of(descriptor, logits, labels):
    answer = descriptor.get("answer", "one")
    if answer == "one":
        return F.cross_entropy(logits, labels)
    target = torch.zeros_like(logits)
    for row, label in zip(target, labels.tolist()):
        if answer == "several":
            row[SETS[label]] = 1
        else:
            row[0] = label % 2
    weight = torch.tensor(POSITIVE_WEIGHT, dtype=logits.dtype) if descriptor["name"] == "weighted" else None
    return torch.nn.BCEWithLogitsLoss(pos_weight=weight)(logits, target)


def label_of(descriptor, label):
    """As a manifest has it."""
    answer = descriptor.get("answer", "one")
    return "|".join(map(str, SETS[label])) if answer == "several" else ["no", "yes"][label % 2] if answer == "binary" else label


def reference(descriptor, tensors, inputs, labels, dtype):
    """The loss, the gradients, and the running statistics after the pass."""
    store = Store(0)
    store.tensors = {name: t.to(dtype).clone().requires_grad_(not is_statistic(name)) for name, t in tensors.items()}
    loss = loss_of(descriptor, Net(descriptor, store, training=True)(inputs.to(dtype)), labels)
    loss.backward()
    gradients = {n: t.grad.double() for n, t in store.tensors.items() if not is_statistic(n)}
    return loss.item(), gradients, {n: t.double() for n, t in store.tensors.items() if is_statistic(n)}


def ours(binary, descriptor, tensors, pixels, labels):
    with tempfile.TemporaryDirectory() as folder:
        path = lambda *parts: os.path.join(folder, *parts)
        i = descriptor["input"]
        record = {"input_size": [i["channels"], i["height"], i["width"]], "resize": None, "crop": None, "crop_mode": "center",
                  "interpolation": "bilinear", "mean": [0.5] * i["channels"], "std": [0.25] * i["channels"]}
        for file, content in (("net.json", descriptor), ("preset.json", record)):
            with open(path(file), "w") as out:
                json.dump(content, out)
        save_file({n: t.float().contiguous() for n, t in tensors.items()}, path("net.safetensors"))
        run(binary, "convert", path("net.safetensors"), "--output", path("net.rzoo"), "--descriptor", path("net.json"),
            "--preset", path("preset.json"))
        with open(path("set.csv"), "w") as out:
            out.write("path,labels\n" if descriptor.get("answer") == "several" else "path,label\n")
            for index, (image, label) in enumerate(zip(pixels, labels.tolist())):
                Image.fromarray(image if i["channels"] == 3 else image[:, :, 0]).save(path(f"{index}.png"))
                out.write(f"{index}.png,{label_of(descriptor, label)}\n")
        run(binary, "train", path("set.csv"), "--from", path("net.rzoo"), "--output", path("out.rzoo"), "--optimizer", "sgd", "--lr", 1,
            "--momentum", 0, "--weight-decay", 0, "--batch", IMAGES, "--max-steps", 1, "--schedule", "constant", "--no-shuffle",
            "--no-augment", "--log", path("log.jsonl"),
            *(["--pos-weight", POSITIVE_WEIGHT] if descriptor["name"] == "weighted" else []))
        run(binary, "export", path("out.rzoo"), "--output", path("out.safetensors"))
        with open(path("log.jsonl")) as lines:
            loss = next(json.loads(line)["loss"] for line in lines if '"step"' in line)
        after = {name: t.double() for name, t in load_file(path("out.safetensors")).items()}
    gradients = {n: t.float().double() - after[n].reshape(t.shape) for n, t in tensors.items() if not is_statistic(n)}
    return loss, gradients, {n: after[n] for n in tensors if is_statistic(n)}


def distance(got, want):
    """Of all tensors together, over the length of what is wanted."""
    apart = sum(float((got[name] - t).square().sum()) for name, t in want.items())
    return (apart / max(sum(float(t.square().sum()) for t in want.values()), 1e-30)) ** 0.5 if want else 0.0


def batch(descriptor, seed):
    """Pixels, what the network sees of them, and their classes."""
    i = descriptor["input"]
    shape = (IMAGES, i["height"], i["width"], i["channels"])
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return pixels, ((torch.from_numpy(pixels).double() / 255 - 0.5) / 0.25).permute(0, 3, 1, 2), torch.arange(IMAGES)


def is_network(descriptor, seed):
    """Whether PyTorch trains it: groups may not divide, branches differ in size, a channel have one value."""
    try:
        reference(descriptor, parameters(descriptor, seed), *batch(descriptor, [seed, 0])[1:], torch.float)
        return True
    except (RuntimeError, ValueError):
        return False


def parameters(descriptor, seed):
    store = Store(seed)
    with torch.no_grad():
        Net(descriptor, store)(batch(descriptor, [seed, 0])[1])
    return store.tensors


def compare(binary, descriptor, seed, attempt):
    """Distances of the gradient, here and in single precision in PyTorch, of the loss and of the statistics."""
    pixels, inputs, labels = batch(descriptor, [seed, attempt])
    tensors = parameters(descriptor, seed)
    want = reference(descriptor, tensors, inputs, labels, torch.double)
    single = reference(descriptor, tensors, inputs, labels, torch.float)
    got = ours(binary, descriptor, tensors, pixels, labels)
    return (distance(got[1], want[1]), distance(single[1], want[1]), abs(got[0] - want[0]) / max(1, abs(want[0])),
            distance(got[2], want[2]))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("binary")
    options.add_argument("--random", type=int, default=100, metavar="N")
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    rng, counts, drawn, failed = random.Random(given.seed), Counter(), 0, 0
    own, theirs = [], []
    while drawn < given.random:
        descriptor = draw(rng)
        i = descriptor["input"]
        i["channels"] = rng.choice([1, 3, 3])
        descriptor["classes"] = IMAGES
        answer = rng.choice(["one", "several", "binary"])
        descriptor["name"] = "weighted" if answer != "one" and rng.random() < 0.5 else "plain"
        if answer != "one":
            descriptor["answer"] = answer
        if answer == "binary":
            descriptor["classes"] = 1
        if descriptor.get("head", {}).get("kind") == "none":
            del descriptor["head"]
        if "head" in descriptor:
            descriptor["head"]["dropout"] = [0, 0]
        if illegal(descriptor) or not is_network(descriptor, drawn):
            continue
        drawn += 1
        counts.update(values(descriptor))
        try:
            tries = []
            while not tries or len(tries) < TRIES and tries[-1][0] > max(LIMIT, tries[-1][1]):
                tries.append(compare(given.binary, descriptor, drawn, len(tries)))
        except Failure as failure:
            failed += 1
            print(f"FAIL random {drawn}: {failure}\n{json.dumps(descriptor)}", flush=True)
            continue
        own.append(tries[0][0])
        theirs.append(tries[0][1])
        here, there, loss, statistic = tries[-1]
        bad = not (here <= max(LIMIT, there) and loss <= 1e-4 and statistic <= 1e-4)
        failed += bad
        print(f"{'FAIL ' if bad else ''}random {drawn}: gradient {here:.1e} (PyTorch in single precision {there:.1e}), "
              f"loss {loss:.1e}, statistics {statistic:.1e}{f', batch {len(tries)}' if len(tries) > 1 else ''}", flush=True)
        if bad:
            print(json.dumps(descriptor), flush=True)
    rare = sorted(f"{value}: {count}" for value, count in counts.items() if count < 5)
    print(f"{drawn} nets, {failed} failed; gradients' distance from double precision, median: here {statistics.median(own):.1e}, "
          f"PyTorch {statistics.median(theirs):.1e}; values in fewer than five nets: {', '.join(rare) or 'none'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
