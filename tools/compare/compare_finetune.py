#!/usr/bin/env python3
"""Holds the epochs of `reszoo finetune` against PyTorch's: epochs after the first, when features of frozen layers are kept.

usage: compare_finetune.py BINARY [--net resnet50] [--train layer4,fc/fc] [--images DIR] [--count 48] [--size 224] [--batch 16]
       [--rounds 3] [--threads 2]

DIR has a folder of JPEGs for each class; without it, images of two classes are drawn. PyTorch goes through the whole net in
each epoch, eager, channels_last, frozen layers in eval mode under no_grad; its images lie decoded and normalised in memory, so
that loading costs it nothing. Neither side augments or validates, both use SGD. They take turns. An epoch here is what a run of one
epoch more takes longer, the saving of its state included: as many more as make a second's difference, over features that an
earlier run has kept. Prints a line of JSON for each choice of layers: milliseconds of an epoch on both sides (the medians of the
rounds), and how many times as fast it is here. Needs torch, torchvision and Pillow."""
import argparse, json, os, statistics, tempfile, time
import numpy as np
import torch, torchvision
from PIL import Image
from compare_pytorch import run, seeded_net

LEAST_SECONDS = 1.0
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def draw_images(folder, count):
    """Noise of low and high frequency, about as costly to decode as photographs."""
    generator = np.random.default_rng(0)
    for index in range(count):
        target = os.path.join(folder, "ab"[index % 2])
        os.makedirs(target, exist_ok=True)
        coarse = generator.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        image = np.asarray(Image.fromarray(coarse).resize((500, 375), Image.Resampling.BICUBIC), dtype=np.int16)
        image = (image + generator.integers(-12, 13, image.shape)).clip(0, 255).astype(np.uint8)
        Image.fromarray(image).save(os.path.join(target, f"{index}.jpg"), quality=90)


def inputs(folder, size):
    """All images as the nets take them, and their classes."""
    names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    tensors, labels = [], []
    for label, name in enumerate(names):
        for entry in sorted(os.scandir(os.path.join(folder, name)), key=lambda e: e.name):
            image = Image.open(entry.path).convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
            tensors.append((torch.from_numpy(np.asarray(image) / np.float32(255)) - torch.tensor(MEAN)) / torch.tensor(DEVIATION))
            labels.append(label)
    return torch.stack(tensors).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last), torch.tensor(labels), len(names)


class Theirs:
    """PyTorch's training of some children of a net, and of those behind them."""

    def __init__(self, net, selection, images, labels, classes, batch):
        net.fc = torch.nn.Linear(net.fc.in_features, classes)
        net = net.to(memory_format=torch.channels_last)
        self.images, self.labels, self.batch = images, labels, batch
        self.frozen, self.trained = [], []
        for name, child in net.named_children():
            (self.trained if self.trained or name in selection.split(",") else self.frozen).append((name, child))
        for _, child in self.frozen:
            child.eval().requires_grad_(False)
        for name, child in self.trained:
            child.train().requires_grad_(name in selection.split(","))
        parameters = [p for p in net.parameters() if p.requires_grad]
        self.optimizer = torch.optim.SGD(parameters, lr=1e-3, momentum=0.9)

    @staticmethod
    def through(children, x):
        for name, child in children:
            x = child(torch.flatten(x, 1) if name == "fc" else x)
        return x

    def epoch(self):
        """Milliseconds."""
        start = time.perf_counter()
        for indices in torch.randperm(len(self.labels)).split(self.batch):
            with torch.no_grad():
                features = self.through(self.frozen, self.images[indices].contiguous(memory_format=torch.channels_last))
            loss = torch.nn.functional.cross_entropy(self.through(self.trained, features), self.labels[indices])
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
        return 1e3 * (time.perf_counter() - start)


class Ours:
    """This project's training of the same, with the features of frozen layers kept from one run to the next."""

    def __init__(self, given, model, images, selection, folder):
        self.command = [
            given.binary, "finetune", model, images, "--train", selection, "--output", os.path.join(folder, "out.rzoo"),
            "--no-augment", "--optimizer", "sgd", "--lr", "1e-3", "--weight-decay", "0", "--batch", given.batch,
            "--validation-split", "0", "--threads", given.threads, "--cache", os.path.join(folder, "features"), "--epochs"]
        self.epochs = 1
        self.seconds(1)
        while self.difference() < LEAST_SECONDS:
            self.epochs *= 4

    def seconds(self, epochs):
        start = time.perf_counter()
        run(*self.command, epochs)
        return time.perf_counter() - start

    def difference(self):
        """Between a run of one epoch and one of `epochs` more."""
        one = self.seconds(1)
        return self.seconds(1 + self.epochs) - one

    def epoch(self):
        """Milliseconds."""
        return 1e3 * self.difference() / self.epochs


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("binary")
    options.add_argument("--net", default="resnet50")
    options.add_argument("--train", default="layer4,fc/fc", help="choices of layers, with / between them")
    options.add_argument("--images", metavar="DIR")
    options.add_argument("--count", type=int, default=48, help="images to draw")
    options.add_argument("--size", type=int, default=224)
    options.add_argument("--batch", type=int, default=16)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=2)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        images = given.images or path("images")
        if not given.images:
            draw_images(images, given.count)
        net = seeded_net(given.net, 0)
        torch.save(net.state_dict(), path("net.pth"))
        record = {"input_size": [3, given.size, given.size], "resize": None, "crop": None, "crop_mode": "center",
                  "interpolation": "bilinear", "mean": MEAN, "std": DEVIATION}
        with open(path("preset.json"), "w") as out:
            json.dump(record, out)
        run(given.binary, "convert", path("net.pth"), "--arch", given.net, "--output", path("net.rzoo"), "--preset", path("preset.json"))
        x, labels, classes = inputs(images, given.size)
        for selection in given.train.split("/"):
            theirs = Theirs(seeded_net(given.net, 0), selection, x, labels, classes, given.batch)
            theirs.epoch()
            ours = Ours(given, path("net.rzoo"), images, selection, folder)
            here, there = [], []
            for _ in range(given.rounds):
                here.append(ours.epoch())
                there.append(min(theirs.epoch() for _ in range(2)))
            figures = {"net": given.net, "train": selection, "images": len(labels), "batch": given.batch,
                       "ms": round(statistics.median(here), 1), "torch_ms": round(statistics.median(there), 1),
                       "speedup": round(statistics.median(t / h for h, t in zip(here, there)), 1)}
            print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
