#!/usr/bin/env python3
"""Compares the neighbours that `reszoo similar` finds with NumPy's, in double precision, of the embeddings that `reszoo features` writes.

usage: tools/compare/compare_similar.py BINARY MODEL QUERIES FOLDER        folders of images; needs a Python with numpy

Searches the folder and an index of it. Ends with 1 where a similarity differs by more than rounding can (2^-23 for the folder, 0.0005 for the 16-bit
numbers of an index), or where neighbours come in another order although their similarities differ by more than that."""

import json
import os
import subprocess
import sys
import tempfile

import numpy


def run(binary, *arguments):
    return subprocess.run([binary, *arguments, "--quiet"], stdout=subprocess.PIPE, check=True).stdout


def units(binary, model, images, folder):
    path = os.path.join(folder, "features.npy")
    run(binary, "features", model, images, "--output", path)
    rows = numpy.load(path).astype(numpy.float64)
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    binary, model, queries, images = sys.argv[1:]
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        wanted = units(binary, model, queries, folder) @ units(binary, model, images, folder).T
        index = os.path.join(folder, "images.rzindex")
        run(binary, "similar", model, images, "--build", index)
        for place, tolerance in ((images, 2.0**-23), (index, 5e-4)):
            record = json.loads(run(binary, "similar", model, queries, "--among", place, "--top", str(wanted.shape[1]), "--format", "json"))
            # All images, so that sorted names are the order of the features.
            names = {name: number for number, name in enumerate(sorted((each["image"] for each in record["results"][0]["nearest"]), key=os.fsencode))}
            worst = 0.0
            for row, result in zip(wanted, record["results"], strict=True):
                order = [names[each["image"]] for each in result["nearest"]]
                differences = [abs(each["similarity"] - row[number]) for each, number in zip(result["nearest"], order, strict=True)]
                steps = numpy.diff(row[order])
                worst = max(worst, *differences)
                if len(set(order)) != len(row) or max(differences) > tolerance or (steps > 2 * tolerance).any():
                    faults += 1
                    print(f"{result['input']}: other neighbours, or similarities that differ by {max(differences):.2g}")
            print(f"{place}: {len(wanted)} queries, {wanted.shape[1]} images; similarities differ by {worst:.2g} at most")
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
