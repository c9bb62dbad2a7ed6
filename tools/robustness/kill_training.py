#!/usr/bin/env python3
"""Kills trainings at random moments and goes on with them: the file must be that of a training nobody disturbed, byte for byte.

A tiny set of images is made, a tiny network trains on it with all that a state must remember: momentum, averages, augmentation,
parts that begin to train later. Each try kills its process (SIGKILL, some with SIGINT) until one run gets to the end.

usage: kill_training.py RESZOO [--kills 20]"""
import argparse, os, random, signal, struct, subprocess, tempfile, time, zlib

ap = argparse.ArgumentParser(description=__doc__)
ap.add_argument("reszoo")
ap.add_argument("--kills", type=int, default=20)
a = ap.parse_args()
random.seed(1)


def png(path, colour):
    """An image of 32×32 whose pixels are noise around a colour."""
    rows = b"".join(b"\0" + bytes(min(255, max(0, c + random.randrange(-60, 60))) for _ in range(32) for c in colour) for _ in range(32))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, data in parts:
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def command(output, *more):
    return [a.reszoo, "train", "set", "--arch", "small_resnet18", "--output", output, "--epochs", "8", "--batch", "16", "--lr", "0.05",
            "--weight-decay", "1e-4", "--schedule", "cosine", "--ema", "0.9", "--train", "layer3,fc", "--unfreeze", "all@4", "--validation-split", "0.25",
            "--clip", "5", "--log", output + ".jsonl", *more]


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for name, colour in (("blue", (60, 60, 190)), ("green", (60, 170, 80)), ("red", (190, 70, 60))):
        os.makedirs(f"set/{name}")
        for number in range(24):
            png(f"set/{name}/{number}.png", colour)
    begin = time.time()
    subprocess.run(command("whole.rzoo"), check=True, capture_output=True)
    span = time.time() - begin
    expected = bytes_of("whole.rzoo")
    assert not os.path.exists("whole.rzoo.training"), "the state stayed"
    kills = runs = 0
    while kills < a.kills:
        runs += 1
        for path in ("cut.rzoo", "cut.rzoo.training", "cut.rzoo.jsonl"):
            if os.path.exists(path):
                os.remove(path)
        while True:
            process = subprocess.Popen(command("cut.rzoo", "--resume"), stderr=subprocess.PIPE, text=True)
            number = random.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGINT))
            try:
                process.wait(random.uniform(0, span * 0.6) if kills < a.kills else None)
            except subprocess.TimeoutExpired:
                process.send_signal(number)
            errors = process.communicate()[1]
            # A process may be killed when all is written and the state is gone.
            if process.returncode == 0 or "is complete" in errors:
                break
            assert process.returncode in (-signal.SIGKILL, -signal.SIGINT), f"exit {process.returncode}: {errors}"
            kills += 1
        assert bytes_of("cut.rzoo") == expected, f"run {runs}: another file after kills"
        lines = sum('"step"' in line for line in open("cut.rzoo.jsonl"))
        assert lines == sum('"step"' in line for line in open("whole.rzoo.jsonl")), f"the log has {lines} steps"
        left = [name for name in os.listdir(".") if name.endswith((".training", ".tmp", ".lock"))]
        assert not left, f"left behind: {left}"
    print(f"{kills} kills in {runs} trainings of {span:.1f} s: every file is that of an undisturbed one, {len(expected)} bytes")
