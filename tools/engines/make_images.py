#!/usr/bin/env python3
"""Makes a folder of images of which some are broken: every hundredth is cut short, empty, text, or missing its beginning, in turn.

usage: make_images.py SOURCE OUTPUT COUNT"""

import os
import sys
from pathlib import Path


def main():
    source, output, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    names = sorted(path for path in source.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    if not names:
        sys.exit(f"{source} has no images")
    # From the whole folder, not the first class alone.
    chosen = [names[len(names) * number // count] for number in range(count)]
    for number, path in enumerate(chosen):
        target = output / f"{number // 500:03}" / f"{number:06}{path.suffix.lower()}"
        os.makedirs(target.parent, exist_ok=True)
        data = path.read_bytes()
        if number % 100 == 50:
            broken = (data[: len(data) // 3], b"", b"no image\n" * 20, data[100:])
            data = broken[number // 100 % len(broken)]
        target.write_bytes(data)


if __name__ == "__main__":
    main()
