#!/usr/bin/env python3
"""Measures what checksums add to loading a checkpoint: loads it with and without, in turns, each time in a new process.

usage: tools/measure/verification_cost.py RESZOO FILE [ROUNDS]       FILE: of 'reszoo convert --codec none', to measure copying alone"""

import json
import statistics
import subprocess
import sys


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    program, file = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) == 4 else 30
    times = {"verified": [], "unverified": []}
    for number in range(2 * rounds + 2):
        # The other one first every second time.
        kind = ("verified", "unverified")[(number + number // 2) % 2]
        command = [program, "bench", file, "--load", "--json"] + (["--unverified"] if kind == "unverified" else [])
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            sys.exit(result.stderr.strip())
        if number >= 2:
            times[kind].append(json.loads(result.stdout)["load_ms"])
    for kind, values in times.items():
        print(f"{kind:10}  median {statistics.median(values):7.2f} ms  least {min(values):7.2f} ms")
    ratios = [measure(times["verified"]) / measure(times["unverified"]) for measure in (statistics.median, min)]
    print(f"verification adds {100 * (ratios[0] - 1):.1f} % to the median, {100 * (ratios[1] - 1):.1f} % to the least")


if __name__ == "__main__":
    main()
