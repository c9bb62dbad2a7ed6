#!/usr/bin/env python3
"""Holds the answers of `reszoo study lesions` against PyTorch, where blocks with a shortcut are replaced by their shortcut and blocks of plain
networks are left out: after each lesion of one block the answers must be the same, and so the images that are right. One may differ only where
the two largest logits of PyTorch are within 1e-3 of each other, which single precision does not tell apart.

  tools/compare/compare_lesions.py BINARY MODEL DATASET [IMAGES]

DATASET is a folder of classes; 1000 images are taken by default. MODEL as for compare_activations.py. Needs torch, safetensors and numpy."""
import csv
import os
import sys
import tempfile

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare_activations import load, run  # noqa: E402
from variant_nets import Net  # noqa: E402

MARGIN = 1e-3


class Lesioned(Net):
    """A network without one block."""
    without = None

    def attend(self, x, path, index):
        x = super().attend(x, path, index)
        return torch.zeros_like(x) if path == self.without else x

    def block(self, x, path, *rest):
        if path == self.without and self.d["shortcut"] == "none":
            return x
        return super().block(x, path, *rest)


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    binary, model, dataset = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
    wrong, close, lesions = 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        answers = os.path.join(folder, "answers.csv")
        run(binary, "study", "lesions", model, dataset, "--images", sys.argv[4] if len(sys.argv) == 5 else "1000", "--largest", "1",
            "--answers", answers, "--output", os.path.join(folder, "study"))
        with open(answers, newline="") as file:
            head, *rows = csv.reader(file)
        labels = sorted(os.listdir(dataset))
        truths = np.array([labels.index(row[1]) for row in rows])
        x = os.path.join(folder, "x.npy")
        run(binary, "preprocess", model, *[row[0] for row in rows], "--output", x)
        images = torch.from_numpy(np.load(x))
        net = Lesioned(*load(binary, model, folder))
        for column, title in enumerate(head[2:], 2):
            net.without = title.rpartition(" without ")[2] if " without " in title else None
            with torch.no_grad():
                logits = torch.cat([net(batch) for batch in images.split(250)])
            top = logits.topk(2).values
            called = logits.argmax(1).numpy()
            found = np.array([labels.index(row[column]) for row in rows])
            other = np.flatnonzero(found != called)
            margins = (top[:, 0] - top[:, 1]).numpy()[other]
            wrong, close, lesions = wrong + int((margins > MARGIN).sum()), close + int((margins <= MARGIN).sum()), lesions + 1
            print(f"{net.without or 'whole network':14} {int((found == truths).sum()):6} right here, {int((called == truths).sum()):6} in "
                  f"PyTorch, {len(other)} differ, of them {int((margins > MARGIN).sum())} clearly")
    print(f"{len(rows)} images, {lesions} networks: {wrong} answers differ, {close} within the margin  {'DIFFERS' if wrong else 'ok'}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
