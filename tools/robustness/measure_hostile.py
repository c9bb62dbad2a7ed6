#!/usr/bin/env python3
"""Gives every hostile file of the importers' tests to `reszoo convert`, and lists by container what happens: each must be refused, in
a second, and with at most its own size + 16 MiB of memory beyond what the program takes for an empty file.

usage: tools/robustness/measure_hostile.py [BINARY]

The tests must have been built (swift build --build-tests): they write the files."""

import collections
import os
import shutil
import subprocess
import sys
import tempfile
import time

ALLOWANCE = 16 << 20
SECONDS = 1.0


def measure(arguments):
    """Peak memory in bytes, seconds, exit code and message of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024, time.perf_counter() - start, process.returncode, message.strip()


def main():
    binary = shutil.which((sys.argv + [".build/release/reszoo"])[1]) or sys.exit("there is no such program; swift build -c release")
    bad, codes, worst = 0, collections.defaultdict(collections.Counter), (0, "")
    with tempfile.TemporaryDirectory() as folder:
        command = ["swift", "test", "--skip-build", "--disable-xctest", "--filter", "specimensAreWrittenForOthers"]
        subprocess.run(command, env={**os.environ, "RESZOO_HOSTILE_FOLDER": folder}, check=True, stdout=subprocess.DEVNULL)
        with open(folder + "/list.tsv", encoding="utf-8") as file:
            specimens = [line.rstrip("\n").split("\t") for line in file]
        with open(folder + "/empty.pth", "wb"):
            pass

        def convert(name):
            return measure([binary, "convert", f"{folder}/{name}", "--output", folder + "/out.rzoo"])

        base = min(convert("empty.pth")[0] for _ in range(5))
        for name, container, code, label in specimens:
            peak, seconds, status, message = convert(name)
            size = os.path.getsize(f"{folder}/{name}")
            taken = peak - base
            codes[container][code] += 1
            worst = max(worst, (taken - size, label))
            if status != 65 or seconds > SECONDS or taken > size + ALLOWANCE or os.path.exists(folder + "/out.rzoo"):
                bad += 1
                print(f"{label} ({code}, {size} bytes): exit {status}, {seconds:.2f} s, {taken / 2**20:.2f} MiB; {message[-200:]}")
    for container, counted in codes.items():
        print(f"{container}: {sum(counted.values())}")
        print("   ", ", ".join(f"{code} {count}" for code, count in sorted(counted.items())))
    print(f"{len(specimens)} files, the program takes {base / 2**20:.1f} MiB for an empty one; most beyond that and the file's size: "
          f"{worst[0] / 2**20:.2f} MiB ({worst[1]})")
    print(f"{bad} were not as they should be" if bad else "all refused within their limits")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
