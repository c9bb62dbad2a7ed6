"""Writes indices of embeddings as spec/INDEX.md says, plainly: for fixtures, seeds and measurements."""

import json
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "spec", "reference"))
from basics import crc32c  # noqa: E402

MAGIC = b"\x89RZX\r\n\x1a\n"
ORIGIN = {
    "architecture": "0b" * 32,
    "content_root": "1a" * 32,
    "name": "sample",
    "node": "avgpool",
    "preprocessing": {"crop": None, "crop_mode": "center", "exif": "apply", "gray16": "scale", "input_size": [3, 8, 8],
                      "interpolation": "bilinear", "mean": [0.5, 0.5, 0.5], "resize": None, "std": [0.25, 0.25, 0.25]},
}


def padded(data):
    return data + bytes(-len(data) % 64)


def document(origin):
    return json.dumps(origin, separators=(",", ":"), sort_keys=True).encode()


def unit_halves(rows):
    """Rows of numbers, each scaled to length 1 and rounded to binary16."""
    halves = b""
    for row in rows:
        length = sum(value * value for value in row) ** 0.5
        halves += b"".join(struct.pack("<e", value / length if length else 0.0) for value in row)
    return halves


def index(rows, names, origin=None, block=3, **changes):
    """The bytes of an index.

    - rows: lists of numbers, of any length but 0 in sum, or all zeros.
    - names: bytes, one for each row.
    - block: the rows of a block.
    - changes: fields of the header and parts of the file in other forms: version, width, count, block_rows, origin_length, text_length, length,
      origin_bytes, halves, ends, texts, sums. Checksums are right all the same."""
    width, count = len(rows[0]), len(rows)
    origin_bytes = changes.get("origin_bytes", document(ORIGIN if origin is None else origin))
    halves = padded(changes.get("halves", unit_halves(rows)))
    stride = 2 * width * block
    starts = range(0, count * 2 * width, stride)
    blocks = [halves[start:] if start == starts[-1] else halves[start:start + stride] for start in starts]
    table = padded(b"".join(struct.pack("<I", crc32c(block)) for block in blocks))
    ends = changes.get("ends", [sum(map(len, names[:row + 1])) for row in range(count)])
    texts = changes.get("texts", b"".join(names))
    tail = b"".join(struct.pack("<Q", end) for end in ends) + texts
    body = padded(origin_bytes) + halves + table + tail
    sums = changes.get("sums", [crc32c(padded(origin_bytes)), crc32c(table), crc32c(tail)])
    header = MAGIC + struct.pack(
        "<IIQIIQQIII", changes.get("version", 1), changes.get("width", width), changes.get("count", count), changes.get("block_rows", block),
        changes.get("origin_length", len(origin_bytes)), changes.get("text_length", len(texts)), changes.get("length", 64 + len(body)), *sums)
    return header + struct.pack("<I", crc32c(header)) + body
