#!/usr/bin/env python3
"""Measures `reszoo similar` on an index of random embeddings as large as one likes, which it writes itself (spec/INDEX.md).

usage: tools/measure/measure_search.py BINARY MODEL IMAGE [ROWS] [INDEX]        1,000,000 rows; needs a Python with numpy

The index has the width and the origin of the model's embeddings. Prints the seconds and processor seconds of whole commands, of which the search is
that of `--verbose`, for one query and for sixteen, in turns; the file is left where INDEX says, else removed."""

import os
import resource
import struct
import subprocess
import sys
import tempfile

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from embedding_index import MAGIC, crc32c, padded  # noqa: E402


def tables():
    """The tables of slicing by 8."""
    first = numpy.array([crc_byte(byte) for byte in range(256)], numpy.uint32)
    found = [first]
    for _ in range(7):
        found.append((found[-1] >> 8) ^ first[found[-1] & 255])
    return found


def crc_byte(byte):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


def checksums(blocks, slices):
    """The CRC-32C of each row of bytes, whose number is a multiple of 8, side by side."""
    state = numpy.full(len(blocks), 0xFFFFFFFF, numpy.uint32)
    for start in range(0, blocks.shape[1], 8):
        word = blocks[:, start:start + 8].copy()
        word[:, :4] ^= state.astype("<u4").view(numpy.uint8).reshape(-1, 4)
        state = slices[7][word[:, 0]]
        for place in range(1, 8):
            state = state ^ slices[7 - place][word[:, place]]
    return state ^ 0xFFFFFFFF


def write(path, origin, width, rows):
    block = max(1, 65536 // width)
    draws, slices, table = numpy.random.default_rng(1), tables(), b""
    with open(path, "wb") as file:
        file.write(bytes(64) + padded(origin))
        done = 0
        while done < rows:
            count = min(rows - done, 256 * block)
            values = draws.normal(size=(count, width)).astype(numpy.float32)
            values /= numpy.linalg.norm(values, axis=1, keepdims=True)
            data = values.astype("<f2").tobytes()
            done += count
            if done == rows:
                data = padded(data)
            file.write(data)
            whole = len(data) // (2 * width * block)
            if done == rows and whole * block >= count:
                whole -= 1
            size = whole * 2 * width * block
            if whole:
                table += checksums(numpy.frombuffer(data[:size], numpy.uint8).reshape(whole, -1), slices).astype("<u4").tobytes()
            if size < len(data):
                table += struct.pack("<I", crc32c(data[size:]))
        names = [b"photos/%08d.jpg" % row for row in range(rows)]
        tail = numpy.cumsum([len(name) for name in names]).astype("<u8").tobytes() + b"".join(names)
        file.write(padded(table) + tail)
        sums = [crc32c(padded(origin)), crc32c(padded(table)), tail_sum(tail, slices)]
        length = file.tell()
        header = MAGIC + struct.pack("<IIQIIQQIII", 1, width, rows, block, len(origin), len(tail) - 8 * rows, length, *sums)
        file.seek(0)
        file.write(header + struct.pack("<I", crc32c(header)))


def tail_sum(data, slices):
    """The CRC-32C of many bytes, eight at a time."""
    state = 0xFFFFFFFF
    lists = [table.tolist() for table in slices]
    whole = len(data) // 8 * 8
    for low, high in struct.iter_unpack("<II", data[:whole]):
        low ^= state
        state = (lists[7][low & 255] ^ lists[6][low >> 8 & 255] ^ lists[5][low >> 16 & 255] ^ lists[4][low >> 24]
                 ^ lists[3][high & 255] ^ lists[2][high >> 8 & 255] ^ lists[1][high >> 16 & 255] ^ lists[0][high >> 24])
    for byte in data[whole:]:
        state = lists[0][(state ^ byte) & 255] ^ state >> 8
    return state ^ 0xFFFFFFFF


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    searched = [line for line in done.stderr.splitlines() if "searched" in line]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, searched[0] if searched else ""


def main():
    if len(sys.argv) not in (4, 5, 6):
        sys.exit(__doc__)
    binary, model, image = sys.argv[1:4]
    rows = int(sys.argv[4]) if len(sys.argv) > 4 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        small = os.path.join(folder, "small.rzindex")
        subprocess.run([binary, "similar", model, image, "--build", small, "--quiet"], stdout=subprocess.DEVNULL, check=True)
        with open(small, "rb") as file:
            data = file.read()
        width, length = struct.unpack("<I", data[12:16])[0], struct.unpack("<I", data[28:32])[0]
        path = sys.argv[5] if len(sys.argv) > 5 else os.path.join(folder, "large.rzindex")
        if not os.path.exists(path):
            write(path, data[64:64 + length], width, rows)
        print(f"{rows:,} rows of {width} numbers, {os.path.getsize(path):,} bytes")
        for _ in range(3):
            for count in (1, 16):
                seconds, searched = run([binary, "similar", model, *[image] * count, "--among", path, "--top", "5", "--verbose"])
                print(f"{count:3} queries: {seconds:.2f} processor seconds of the command; {searched}")


if __name__ == "__main__":
    main()
