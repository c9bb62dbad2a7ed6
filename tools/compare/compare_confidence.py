#!/usr/bin/env python3
"""Holds the figures of 'reszoo calibrate' and 'reszoo compare' against numpy's, scipy's and statsmodels' on the same answers, tries the
conformal bound and the temperature on images that they were not made with, and ends with an error where one differs.

  tools/compare/compare_confidence.py BINARY MODEL OTHER DATASET

MODEL and OTHER answer one class of many; DATASET is a folder with a folder for each class. Needs numpy, scipy and statsmodels."""
import csv
import json
import os
import random
import subprocess
import sys
import tempfile

import numpy as np
from scipy import optimize, special, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

failures = 0


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stderr}")
    return result.stdout


def expect(name, found, wanted, tolerance):
    global failures
    agrees = found is not None and abs(found - wanted) <= tolerance
    failures += not agrees
    print(f"  {name:34} {found!s:24} {wanted!s:24} {'ok' if agrees else 'DIFFERS'}")


def answers(binary, model, manifest):
    """The logits and the class of each image of a manifest."""
    with open(manifest, newline="") as file:
        rows = list(csv.DictReader(file))
    labels = json.loads(run(binary, "inspect", model, "--json"))["labels"]
    text = run(binary, "classify", model, *[row["path"] for row in rows], "--top", "all", "--format", "jsonl", "--quiet")
    logits = []
    for line in text.splitlines():
        top = sorted(json.loads(line)["top"], key=lambda entry: entry["index"])
        logits.append([entry["logit"] for entry in top])
    return np.array(logits, dtype=np.float32).astype(np.float64), np.array([labels.index(row["label"]) for row in rows])


def ece(confidence, right, bins=15):
    edges, error = np.linspace(0, 1, bins + 1), 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error


def figures(logits, truth):
    probabilities = special.softmax(logits, axis=1)
    own = probabilities[np.arange(len(truth)), truth]
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    return ece(confidence, right), -np.log(own).mean(), ((probabilities - np.eye(logits.shape[1])[truth]) ** 2).sum(axis=1).mean()


def split(dataset, folder):
    """Two manifests with half of the images each."""
    images = [(os.path.join(dataset, label, name), label) for label in sorted(os.listdir(dataset)) for name in sorted(os.listdir(os.path.join(dataset, label)))]
    random.Random(1).shuffle(images)
    paths = []
    for number in range(2):
        path = os.path.join(folder, f"half{number}.csv")
        with open(path, "w", newline="") as file:
            csv.writer(file).writerows([("path", "label")] + images[number::2])
        paths.append(path)
    return paths


def calibration(binary, model, fitted, tried, folder):
    print("calibrate")
    output = os.path.join(folder, "calibrated.rzoo")
    found = json.loads(run(binary, "calibrate", model, fitted, "--format", "json", "--output", output, "--quiet"))
    logits, truth = answers(binary, model, fitted)
    own = logits[np.arange(len(truth)), truth]
    error, nll, brier = figures(logits, truth)
    expect("ece", found["ece"], error, 1e-9)
    expect("nll", found["nll"], nll, 1e-9)
    expect("brier", found["brier"], brier, 1e-9)
    best = optimize.minimize_scalar(lambda t: (special.logsumexp(logits / t, axis=1) - own / t).mean(), bounds=(0.05, 20), method="bounded", options={"xatol": 1e-12}).x
    root = 1 / optimize.brentq(lambda b: ((special.softmax(b * logits, axis=1) * logits).sum(axis=1) - own).mean(), 0.05, 20, xtol=1e-14)
    expect("temperature (scipy's minimiser)", found["temperature"], best, 1e-6)
    expect("temperature (root of the slope)", found["temperature"], root, 1e-9)
    error, nll, brier = figures(logits / root, truth)
    expect("ece_calibrated", found["ece_calibrated"], error, 1e-6)
    expect("nll_calibrated", found["nll_calibrated"], nll, 1e-9)
    expect("brier_calibrated", found["brier_calibrated"], brier, 1e-9)
    others, classes = answers(binary, model, tried)
    before, after = figures(others, classes), figures(others / root, classes)
    print(f"  on the other half: ECE {before[0]:.4f} → {after[0]:.4f}, NLL {before[1]:.4f} → {after[1]:.4f}")
    least = found["conformal"]["least_probability"]
    covered = int((special.softmax(others / root, axis=1)[np.arange(len(classes)), classes] >= least).sum())
    # Both the bound and the count vary with the images drawn: a beta-binomial (Vovk 2012).
    count = len(truth)
    rank = int(np.ceil((count + 1) * 0.9))
    low, high = stats.betabinom.ppf([0.0005, 0.9995], len(classes), rank, count + 1 - rank)
    print(f"  conformal: {covered} of {len(classes)} sets hold their class ({covered / len(classes):.4f}); the band is {low:.0f} to {high:.0f}")
    expect("conformal coverage in its band", float(low <= covered <= high), 1.0, 0)
    tempered = json.loads(run(binary, "evaluate", output, fitted, "--format", "json", "--quiet"))
    expect("evaluate's loss of the output", tempered["loss"], nll, 1e-9)


def comparison(binary, model, other, manifest):
    print("compare")
    found = json.loads(run(binary, "compare", model, other, manifest, "--format", "json", "--no-speed", "--quiet"))
    (first, truth), (second, _) = answers(binary, model, manifest), answers(binary, other, manifest)
    right = [logits.argmax(axis=1) == truth for logits in (first, second)]
    only = [int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())]
    expect("only_a_right", found["only_a_right"], only[0], 0)
    expect("only_b_right", found["only_b_right"], only[1], 0)
    expect("mcnemar_p", found["mcnemar_p"], mcnemar([[0, only[0]], [only[1], 0]], exact=True).pvalue, 1e-9)
    for name, one in (("a", right[0]), ("b", right[1])):
        for end, value in enumerate(proportion_confint(one.sum(), len(one), method="wilson")):
            expect(f"{name}: Wilson's end {end}", found[name]["accuracy_interval"][end], value, 1e-9)
    n, net = len(truth), only[1] - only[0]
    half = stats.norm.ppf(0.975) * np.sqrt(sum(only) - net**2 / n) / n
    expect("difference", found["difference"], net / n, 1e-12)
    expect("its interval", found["difference_interval"][0], net / n - half, 1e-9)
    plain = [mcnemar([[0, one["only_a_right"]], [one["only_b_right"], 0]], exact=True).pvalue for one in found["classes"]]
    for one, wanted in zip(found["classes"], multipletests(plain, method="holm")[1]):
        expect(f"Holm's p of {one['label']}", one["holm_p"], wanted, 1e-9)


def main():
    binary, model, other, dataset = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        fitted, tried = split(dataset, folder)
        calibration(binary, model, fitted, tried, folder)
        comparison(binary, model, other, fitted)
    print(f"{failures} differ" if failures else "all agree")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
