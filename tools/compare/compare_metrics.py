#!/usr/bin/env python3
"""Holds the figures of 'reszoo evaluate' against scikit-learn's on the same answers: of one class of many, of several at once, and of yes
or no. All must agree within 1e-9.

  tools/compare/compare_metrics.py BINARY MODEL DATASET

MODEL answers one class of many; DATASET is a folder with a folder for each class. The network is also taken as one that answers several
classes, and its first class as a yes or no, with made-up labels for the same images. Needs numpy and scikit-learn."""
import csv
import json
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from sklearn import metrics as M

TOLERANCE = 1e-9
failures = 0


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stderr}")
    return result.stdout


def expect(name, found, wanted):
    global failures
    agrees = found is not None and abs(found - wanted) <= TOLERANCE * max(1, abs(wanted))
    failures += not agrees
    print(f"  {name:24} {found!s:24} {wanted!s:24} {'ok' if agrees else 'DIFFERS'}")


def expect_averages(name, found, truth, predicted, average):
    wanted = M.precision_recall_fscore_support(truth, predicted, average=average, zero_division=0)
    for part, value in zip(["precision", "recall", "f1"], wanted):
        expect(f"{name} {part}", found[part], value)


def probabilities(binary, model, paths):
    """The probabilities of all classes, by their index."""
    text = run(binary, "classify", model, *paths, "--top", "all", "--format", "jsonl")
    rows = []
    for line in text.splitlines():
        top = sorted(json.loads(line)["top"], key=lambda entry: entry["index"])
        rows.append([entry["probability"] for entry in top])
    return np.array(rows)


def one_of_many(binary, model, dataset, folder):
    print("one class of many")
    answers = os.path.join(folder, "answers.csv")
    found = json.loads(run(binary, "evaluate", model, dataset, "--format", "json", "--top-k", "1,2,3",
                           "--predictions", answers))
    with open(answers, newline="") as file:
        rows = list(csv.DictReader(file))
    truth = np.array([int(row["label_index"]) for row in rows])
    scores = probabilities(binary, model, [row["input"] for row in rows])
    predicted = scores.argmax(axis=1)
    every = np.arange(scores.shape[1])
    assert [int(row["predicted_index"]) for row in rows] == predicted.tolist()
    expect("top1", found["top1"], M.accuracy_score(truth, predicted))
    for k in [2, 3]:
        expect(f"top {k}", found["top_k"][str(k)], M.top_k_accuracy_score(truth, scores, k=k, labels=every))
    expect("loss", found["loss"], M.log_loss(truth, scores, labels=every))
    expect_averages("macro", found["macro"], truth, predicted, "macro")
    expect_averages("weighted", found["weighted"], truth, predicted, "weighted")
    expect("balanced accuracy", found["balanced_accuracy"], M.balanced_accuracy_score(truth, predicted))
    expect("kappa", found["kappa"], M.cohen_kappa_score(truth, predicted))
    expect("matthews", found["matthews"], M.matthews_corrcoef(truth, predicted))
    present = np.unique(truth)
    expect("roc_auc", found["roc_auc"], np.mean([M.roc_auc_score(truth == c, scores[:, c]) for c in present]))
    for entry in found["classes"]:
        wanted = M.precision_recall_fscore_support(truth, predicted, labels=[entry["index"]], zero_division=0)
        for part, value in zip(["precision", "recall", "f1"], wanted):
            expect(f"{entry['label']} {part}", entry.get(part, 0), value[0])
    return [row["input"] for row in rows]


def several(binary, model, paths, labels, folder):
    print("several classes at once")
    random = np.random.default_rng(15)
    scores = probabilities(binary, model, paths)
    threshold = float(np.median(scores))
    truth = (scores + random.normal(0, 0.2, scores.shape) > threshold).astype(int)
    truth[0], truth[1] = 0, 1
    table = os.path.join(folder, "several.csv")
    with open(table, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path"] + labels)
        writer.writerows([os.path.abspath(path)] + row.tolist() for path, row in zip(paths, truth))
    found = json.loads(run(binary, "evaluate", model, table, "--format", "json", "--threshold", str(threshold)))
    predicted = (scores >= threshold).astype(int)
    wide = np.clip(scores, 1e-300, 1)
    expect("loss", found["loss"], -np.mean(truth * np.log(wide) + (1 - truth) * np.log1p(-np.minimum(wide, 1 - 1e-16))))
    expect("subset accuracy", found["subset_accuracy"], M.accuracy_score(truth, predicted))
    expect("Hamming loss", found["hamming_loss"], M.hamming_loss(truth, predicted))
    expect_averages("micro", found["micro"], truth, predicted, "micro")
    expect_averages("macro", found["macro"], truth, predicted, "macro")
    expect("samples F1", found["samples_f1"], M.f1_score(truth, predicted, average="samples", zero_division=0))
    expect("average precision", found["average_precision"], M.average_precision_score(truth, scores, average="macro"))
    expect("roc_auc", found["roc_auc"], M.roc_auc_score(truth, scores, average="macro"))


def yes_or_no(binary, model, paths, folder):
    print("yes or no")
    random = np.random.default_rng(15)
    scores = probabilities(binary, model, paths)[:, 0]
    threshold = float(np.median(scores))
    truth = (scores + random.normal(0, 0.2, scores.shape) > threshold).astype(int)
    table = os.path.join(folder, "binary.csv")
    with open(table, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label"])
        writer.writerows([os.path.abspath(path), ["no", "yes"][value]] for path, value in zip(paths, truth))
    found = json.loads(run(binary, "evaluate", model, table, "--format", "json", "--threshold", str(threshold)))
    predicted = (scores >= threshold).astype(int)
    expect("accuracy", found["top1"], M.accuracy_score(truth, predicted))
    expect("loss", found["loss"], M.log_loss(truth, scores))
    expect("average precision", found["average_precision"], M.average_precision_score(truth, scores))
    expect("roc_auc", found["roc_auc"], M.roc_auc_score(truth, scores))
    expect("kappa", found["kappa"], M.cohen_kappa_score(truth, predicted))
    expect("matthews", found["matthews"], M.matthews_corrcoef(truth, predicted))
    wanted = M.precision_recall_fscore_support(truth, predicted, average="binary", zero_division=0)
    for part, value in zip(["precision", "recall", "f1"], wanted):
        expect(f"yes {part}", found["classes"][1].get(part, 0), value)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    binary, model, dataset = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        paths = one_of_many(binary, model, dataset, folder)[::7][:300]
        raw = os.path.join(folder, "raw")
        run(binary, "export", model, "--output", raw)
        manifest = os.path.join(raw, "manifest.json")
        with open(manifest) as file:
            facts = json.load(file)
        facts["architecture"] = json.loads(run(binary, "inspect", model, "--json"))["architecture"]
        for answer in ["several", "binary"]:
            copy = os.path.join(folder, answer)
            os.mkdir(copy)
            one = answer == "binary"
            changed = json.loads(json.dumps(facts))
            changed["architecture"] |= {"answer": answer} | ({"classes": 1} if one else {})
            if one:
                changed["labels"], changed["classes"] = None, 1
                with open(os.path.join(raw, "weights.bin"), "rb") as file:
                    weights = file.read()
                # The first row of the head: all tensors before it stay where they are.
                out = bytearray()
                for tensor in changed["tensors"]:
                    data = weights[tensor["offset"]:tensor["offset"] + tensor["bytes"]]
                    if tensor["name"].startswith("fc."):
                        data = data[:len(data) // tensor["shape"][0]]
                        tensor["shape"][0] = 1
                    tensor["offset"], tensor["bytes"] = len(out), len(data)
                    out += data
            else:
                with open(os.path.join(raw, "weights.bin"), "rb") as file:
                    out = file.read()
            with open(os.path.join(copy, "weights.bin"), "wb") as file:
                file.write(out)
            with open(os.path.join(copy, "manifest.json"), "w") as file:
                json.dump({key: value for key, value in changed.items() if value is not None}, file)
            run(binary, "convert", copy, "--output", copy + ".rzoo")
        several(binary, os.path.join(folder, "several.rzoo"), paths, facts["labels"], folder)
        yes_or_no(binary, os.path.join(folder, "binary.rzoo"), paths, folder)
    print(f"{failures} figures differ")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
