#!/usr/bin/env python3
"""Runs the example's sweep of fine-tunings, kills all of it in the middle, and runs it again.

usage: check_tune.py ROOT OUTPUT"""

import subprocess
import sys
import time
from pathlib import Path

import psutil

import reszoo


def main():
    root, output = Path(sys.argv[1]), Path(sys.argv[2])
    vehicles = root / "Examples" / "vehicles"
    line = [sys.executable, str(root / "Examples" / "ray_finetune.py"), str(root / "models" / "cifar_resnet20.rzoo")]
    line += [str(vehicles / "train"), str(vehicles / "val"), str(output), "--epochs", "30"]
    first = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120
    while not list(output.glob("trials/*.rzoo*")) and first.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in [*psutil.Process(first.pid).children(recursive=True), psutil.Process(first.pid)]:
        process.kill()
    first.wait()
    print(f"tune: killed with {sorted(path.name for path in output.glob('trials/*'))}")
    second = subprocess.run(line, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr[-3000:]
    print(second.stdout[-800:])
    with reszoo.Model(output / "best.rzoo") as best:
        top1 = reszoo.evaluate(best, vehicles / "val")["top1"]
    assert best.path and top1 >= 0.9, top1
    print(f"tune: the best network has {top1:.2%}")


if __name__ == "__main__":
    main()
