#!/usr/bin/env python3
"""Measures the Python package beside the command: images a second of Model.classify on bytes and of `reszoo classify` on the same files.

usage: measure_python.py MODEL IMAGES [--rounds 5] [--threads N] [--count 2000]

Needs the package installed. The two run in turns; the command's start, measured with one image, is taken off its time. Of each the best round
counts, by the clock and by processor time, which other work on the machine disturbs less."""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import reszoo
from reszoo._command import command_path


def command_seconds(model, paths, threads):
    """The clock's and the processors' seconds of one run."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.write("\0".join(paths) + "\0")
        names.flush()
        line = [command_path(), "classify", model, "-", "--threads", str(threads), "--format", "jsonl", "--quiet"]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        with open(names.name, "rb") as file:
            subprocess.run(line, stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def package_seconds(model, images):
    before, start = time.process_time(), time.perf_counter()
    model.classify(images)
    return time.perf_counter() - start, time.process_time() - before


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("images")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=reszoo.default_threads())
    parser.add_argument("--count", type=int, default=2000)
    arguments = parser.parse_args()

    paths = [str(path) for path in sorted(Path(arguments.images).rglob("*")) if path.suffix.lower() in (".jpg", ".jpeg", ".png")]
    paths = paths[:: max(len(paths) // arguments.count, 1)][: arguments.count]
    encoded = [Path(path).read_bytes() for path in paths]
    opening = time.perf_counter()
    model = reszoo.Model(arguments.model, threads=arguments.threads)
    opening = time.perf_counter() - opening
    rounds = []
    for _ in range(arguments.rounds):
        one = command_seconds(arguments.model, paths[:1], arguments.threads)
        all_ = command_seconds(arguments.model, paths, arguments.threads)
        rounds.append((*(many - few for many, few in zip(all_, one)), *package_seconds(model, encoded)))
    best = [min(column) for column in zip(*rounds)]
    with open("/proc/self/status", encoding="ascii") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    print(
        json.dumps(
            {
                "images": len(paths),
                "threads": arguments.threads,
                "processors": os.cpu_count(),
                "open_seconds": round(opening, 4),
                "command_images_per_second": round(len(paths) / best[0], 1),
                "package_images_per_second": round(len(paths) / best[2], 1),
                "ratio_by_clock": round(best[0] / best[2], 3),
                "ratio_by_processor_time": round(best[1] / best[3], 3),
                "peak_mebibytes": round(peak / 1024, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
