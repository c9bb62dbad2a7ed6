#!/usr/bin/env python3
"""Measures what 'reszoo audit' finds, beside other programs.

  tools/compare/compare_audit.py BINARY copies PHOTOS
  tools/compare/compare_audit.py BINARY labels IMAGES MODEL [--images N] [--noise 0.05]

copies: of the images in the folder PHOTOS 200 are written again: compressed at quality 60, cropped by 5 %, scaled to 60 %, mirrored, 50 of
each. Recall and precision of the pairs that are found, and those of imagehash's pHash and dHash at several distances. Needs Pillow,
imagehash, numpy.

labels: of the images in IMAGES, a folder for each class, a share gets another label at random. Average precision of the doubtful labels, and that of
cleanlab with scikit-learn's logistic regression on the same network's features, in five folds as well; wall time and memory. Needs
numpy, scikit-learn and cleanlab."""
import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time

import numpy as np


def run(*command):
    """Runs a command; returns its wall time and the peak of its memory in MB."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}: {status}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def findings(folder):
    with open(os.path.join(folder, "findings.jsonl")) as lines:
        return [json.loads(line) for line in lines]


# Copies


def changed(image, kind):
    from PIL import Image, ImageOps

    width, height = image.size
    if kind == "jpeg60":
        return image, 60
    if kind == "crop5":
        across, down = max(1, round(width * 0.025)), max(1, round(height * 0.025))
        return image.crop((across, down, width - across, height - down)), 92
    if kind == "scale":
        return image.resize((max(1, int(width * 0.6)), max(1, int(height * 0.6))), Image.BICUBIC), 92
    return ImageOps.mirror(image), 92


def write_copies(source, target):
    """Writes all images, and 200 of them again; returns the true pairs."""
    from PIL import Image

    names = sorted(
        os.path.join(root, name) for root, _, files in os.walk(source) for name in files
        if name.lower().endswith((".jpg", ".jpeg", ".png")))
    generator = random.Random(3)
    kinds = ["jpeg60", "crop5", "scale", "mirror"] * 50
    pairs = {}
    for index, name in enumerate(names):
        Image.open(name).convert("RGB").save(os.path.join(target, f"{index:05}.png"))
    for kind, index in zip(kinds, generator.sample(range(len(names)), min(200, len(names)))):
        image, quality = changed(Image.open(names[index]).convert("RGB"), kind)
        name = f"{index:05}-{kind}.jpg"
        image.save(os.path.join(target, name), quality=quality)
        pairs[frozenset([f"{index:05}.png", name])] = kind
    return pairs


def rate(name, found, pairs):
    right = found & set(pairs)
    parts = [f"{kind} {sum(pairs[pair] == kind for pair in right)}/{sum(one == kind for one in pairs.values())}"
             for kind in ["jpeg60", "crop5", "scale", "mirror"]]
    precision = len(right) / max(1, len(found))
    print(f"{name:22} recall {len(right) / len(pairs):.3f}  precision {precision:.3f}  {'  '.join(parts)}")
    return sorted(sorted(pair) for pair in found - set(pairs))


def copies(arguments):
    import imagehash
    from PIL import Image, ImageOps

    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "images")
        os.mkdir(target)
        pairs = write_copies(arguments.images, target)
        seconds, memory = run(
            arguments.binary, "audit", target, "--output", os.path.join(folder, "audit"), "--mirror", "--no-cache", "--quiet")
        groups = {}
        for finding in findings(os.path.join(folder, "audit")):
            if "group" in finding:
                groups.setdefault(finding["group"], []).append(os.path.basename(finding["input"]))
        found = {frozenset([one, other]) for group in groups.values() for one in group for other in group if one < other}
        wrong = rate("reszoo audit", found, pairs)
        print(f"  {seconds:.1f} s, {memory:.0f} MB; not among the pairs that were made: {wrong[:20]}")
        names = sorted(os.listdir(target))
        images = [Image.open(os.path.join(target, name)).convert("RGB") for name in names]
        for title, function, limits in [("phash", imagehash.phash, (4, 8, 10, 12)), ("dhash", imagehash.dhash, (4, 8, 10, 12))]:
            plain = np.array([function(image).hash.ravel() for image in images])
            mirrored = np.array([function(ImageOps.mirror(image)).hash.ravel() for image in images])
            distance = np.minimum(
                (plain[:, None] != plain[None]).sum(axis=2), (plain[:, None] != mirrored[None]).sum(axis=2))
            for limit in limits:
                first, second = np.nonzero(np.triu(distance <= limit, 1))
                rate(f"imagehash {title} <= {limit}", {frozenset([names[a], names[b]]) for a, b in zip(first, second)}, pairs)


# Labels


def write_labels(arguments, path):
    """Writes a manifest with wrong labels; returns the paths, the given labels and which are wrong."""
    generator = random.Random(5)
    classes = sorted(os.listdir(arguments.images))
    rows = [(os.path.join(os.path.abspath(arguments.images), label, name), label) for label in classes
            for name in sorted(os.listdir(os.path.join(arguments.images, label)))]
    if arguments.count < len(rows):
        rows = sorted(generator.sample(rows, arguments.count))
    wrong = set(generator.sample(range(len(rows)), round(arguments.noise * len(rows))))
    given = [generator.choice([other for other in classes if other != label]) if index in wrong else label
             for index, (_, label) in enumerate(rows)]
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label"])
        writer.writerows((name, label) for (name, _), label in zip(rows, given))
    return [name for name, _ in rows], given, np.array([index in wrong for index in range(len(rows))]), classes


def labels(arguments):
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    with tempfile.TemporaryDirectory() as folder:
        manifest = os.path.join(folder, "labels.csv")
        names, given, wrong, classes = write_labels(arguments, manifest)
        print(f"{len(names)} images, {wrong.sum()} wrong labels")
        audit = os.path.join(folder, "audit")
        command = [arguments.binary, "audit", manifest, "--model", arguments.model, "--output", audit, "--quiet",
                   "--cache", os.path.join(folder, "cache")]
        for title in ["from nothing", "again, from the cache"]:
            seconds, memory = run(*command)
            print(f"reszoo audit, {title}: {seconds:.1f} s, {memory:.0f} MB at most")
        scores = np.zeros(len(names))
        places = {name: index for index, name in enumerate(names)}
        kinds = {}
        for finding in findings(audit):
            kinds[finding["kind"]] = kinds.get(finding["kind"], 0) + 1
            if finding["kind"] == "label":
                scores[places[finding["input"]]] = finding["score"]
        print(f"  findings: {kinds}")
        found = scores > 0
        print(f"  labels: average precision {average_precision_score(wrong, scores):.4f}, recall {(found & wrong).sum() / wrong.sum():.4f}, "
              f"precision {(found & wrong).sum() / max(1, found.sum()):.4f}")
        features = os.path.join(folder, "features.npy")
        paths = subprocess.Popen([arguments.binary, "features", arguments.model, "-", "--output", features, "--quiet"], stdin=subprocess.PIPE)
        paths.communicate("\n".join(names).encode())
        rows = np.load(features)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        rows -= rows.mean(axis=0)
        rows /= np.sqrt((rows ** 2).sum(axis=1).mean())
        truth = np.array([classes.index(label) for label in given])
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        for penalty in [1e-2, 1e-3, 1e-4]:
            start = time.monotonic()
            probabilities = cross_val_predict(
                LogisticRegression(C=1 / (penalty * 0.8 * len(truth)), max_iter=200), rows, truth, cv=folds, method="predict_proba")
            issues = find_label_issues(truth, probabilities)
            print(f"scikit-learn and cleanlab, penalty {penalty:g}: {time.monotonic() - start:.1f} s for the regressions, {issues.sum()} issues")
            for method in ["self_confidence", "normalized_margin"]:
                quality = 1 - get_label_quality_scores(truth, probabilities, method=method)
                print(f"  {method}: average precision of the issues {average_precision_score(wrong, np.where(issues, quality, 0)):.4f}, "
                      f"of all {average_precision_score(wrong, quality):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("what", choices=["copies", "labels"])
    parser.add_argument("images")
    parser.add_argument("model", nargs="?")
    parser.add_argument("--images", dest="count", type=int, default=10**9)
    parser.add_argument("--noise", type=float, default=0.05)
    arguments = parser.parse_args()
    copies(arguments) if arguments.what == "copies" else labels(arguments)


if __name__ == "__main__":
    main()
