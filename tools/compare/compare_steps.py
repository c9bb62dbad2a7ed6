#!/usr/bin/env python3
"""Holds ten steps of `reszoo train` against PyTorch in double precision, beside PyTorch in single precision.

usage: compare_steps.py BINARY [--images DIR] [--seeds 6] [--steps 10] [--batch 16]

The net is small_resnet18, its weights drawn from each seed; SGD (rate 0.05, momentum 0.9, decay 5e-4) and Adam (rate 0.001, decay
1e-4) train all of it, and layer3 and fc of it. DIR has a folder of images for each class, of which the first eight by name are
taken; without it, ten classes are drawn. Printed for each choice: over the seeds, the largest difference of a step's loss from
double precision, and of a tensor after the last step relative to its largest number, in order, and the median.

A ReLU whose input is a rounding away from 0 opens in one precision and not in another. At these rates each such step leads to
more of them, so that single precision ends anywhere within some distance of double precision: what counts is whether the
distances here are those of PyTorch. Needs torch, safetensors and Pillow."""
import argparse, json, os, statistics, tempfile
import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from compare_variants import run

MEAN, DEVIATION = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2023, 0.1994, 0.2010])
PER_CLASS, SIZE = 8, 32


class Block(torch.nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(outputs)
        self.conv2 = torch.nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride > 1:
            self.downsample = torch.nn.Sequential(
                torch.nn.Conv2d(inputs, outputs, 1, stride, bias=False), torch.nn.BatchNorm2d(outputs))

    def forward(self, x):
        branch = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(branch + (self.downsample(x) if self.downsample else x))


class SmallResNet18(torch.nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.bn1 = torch.nn.Conv2d(3, 16, 3, 1, 1, bias=False), torch.nn.BatchNorm2d(16)
        self.layer1 = torch.nn.Sequential(Block(16, 16, 1), Block(16, 16, 1))
        self.layer2 = torch.nn.Sequential(Block(16, 32, 2), Block(32, 32, 1))
        self.layer3 = torch.nn.Sequential(Block(32, 64, 2), Block(64, 64, 1))
        self.fc = torch.nn.Linear(64, classes)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def draw(folder):
    """Ten classes of coloured noise."""
    generator = np.random.default_rng(0)
    for label in range(10):
        os.makedirs(os.path.join(folder, str(label)))
        for index in range(PER_CLASS):
            coarse = Image.fromarray(generator.integers(0, 256, (4, 4, 3), dtype=np.uint8))
            coarse.resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(os.path.join(folder, str(label), f"{index}.png"))


def first_images(folder):
    """The paths and classes of the first images of each class."""
    classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    paths = [(os.path.join(folder, name, file), label) for label, name in enumerate(classes)
             for file in sorted(os.listdir(os.path.join(folder, name)))[:PER_CLASS]]
    return paths, classes


def optimizer_of(kind, parameters):
    if kind == "sgd":
        return torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=5e-4)
    return torch.optim.Adam(parameters, lr=1e-3, weight_decay=1e-4)


def theirs(tensors, images, labels, kind, trained, given, dtype):
    net = SmallResNet18(int(labels.max()) + 1)
    net.load_state_dict(tensors, strict=False)
    net.to(dtype).train()
    for name, child in net.named_children():
        if trained != "all" and name not in trained.split(","):
            child.eval().requires_grad_(False)
    optimizer, losses = optimizer_of(kind, [p for p in net.parameters() if p.requires_grad]), []
    for step in range(given.steps):
        at = torch.arange(step * given.batch, (step + 1) * given.batch) % len(labels)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(images[at].to(dtype)), labels[at])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, {name: t.double() for name, t in net.state_dict().items() if t.is_floating_point()}


def ours(tensors, manifest, classes, kind, trained, given, folder):
    start, end, log = (os.path.join(folder, name) for name in ("start.rzoo", "end.rzoo", "log.jsonl"))
    save_file(tensors, os.path.join(folder, "start.safetensors"))
    run(given.binary, "convert", os.path.join(folder, "start.safetensors"), "--arch", "small_resnet18", "--output", start,
        "--num-classes", classes, "--preset", "cifar10", "--force")
    recipe = ("--lr", 0.05, "--momentum", 0.9, "--weight-decay", 5e-4) if kind == "sgd" else ("--lr", 1e-3, "--weight-decay", 1e-4)
    run(given.binary, "train", manifest, "--from", start, "--output", end, "--optimizer", kind, *recipe, "--batch", given.batch,
        "--max-steps", given.steps, "--schedule", "constant", "--no-shuffle", "--no-augment", "--train", trained, "--log", log, "--force")
    run(given.binary, "export", end, "--output", os.path.join(folder, "end.safetensors"), "--force")
    losses = [json.loads(line)["loss"] for line in open(log) if '"step"' in line]
    return losses[:given.steps], {n: t.double() for n, t in load_file(os.path.join(folder, "end.safetensors")).items()}


def distances(got, want):
    """The largest difference of a loss, and of a tensor relative to its largest number."""
    tensors = max(float((got[1][n] - t).abs().max() / t.abs().max().clamp_min(1e-6)) for n, t in want[1].items())
    return max(abs(a - b) for a, b in zip(got[0], want[0], strict=True)), tensors


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("binary")
    options.add_argument("--images", metavar="DIR")
    options.add_argument("--seeds", type=int, default=6)
    options.add_argument("--steps", type=int, default=10)
    options.add_argument("--batch", type=int, default=16)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not given.images:
            given.images = os.path.join(folder, "images")
            draw(given.images)
        paths, classes = first_images(given.images)
        manifest = os.path.join(folder, "set.csv")
        with open(manifest, "w") as out:
            out.write("path,label\n" + "".join(f"{os.path.abspath(path)},{classes[label]}\n" for path, label in paths))
        labels = torch.tensor([label for _, label in paths])
        pixels = torch.stack([torch.from_numpy(np.array(Image.open(path).convert("RGB"))) for path, _ in paths])
        images = ((pixels.float() / 255 - MEAN) / DEVIATION).permute(0, 3, 1, 2)
        for kind in ("sgd", "adam"):
            for trained in ("all", "layer3,fc"):
                here, there = [], []
                for seed in range(given.seeds):
                    torch.manual_seed(seed)
                    tensors = {n: t for n, t in SmallResNet18(len(classes)).state_dict().items() if t.is_floating_point()}
                    arguments = tensors, images, labels, kind, trained, given
                    double = theirs(*arguments, torch.double)
                    there.append(distances(theirs(*arguments, torch.float), double))
                    here.append(distances(ours(tensors, manifest, len(classes), kind, trained, given, folder), double))
                print(f"{kind} {trained}")
                for side, found in (("ours", here), ("PyTorch", there)):
                    columns = [f"{name} {' '.join(f'{value:.1e}' for value in sorted(column))}, median {statistics.median(column):.1e}"
                               for name, column in zip(("losses", "weights"), zip(*found))]
                    print(f"  {side:8} {'   '.join(columns)}", flush=True)


if __name__ == "__main__":
    main()
