#!/usr/bin/env python3
"""Opens and loads files that claim as much as the format allows, and holds the memory that it takes against the promise.

usage: tools/measure/measure_memory.py [BINARY]

Opening takes at most the index + 16 MiB, loading at most the declared decoded size + 16 MiB (spec/FORMAT.md §9.1), beyond what the
program takes for the smallest file. Each file is tried in two sizes, so that one can see that time is linear."""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from checkpoint_forge import Checkpoint, Chunk, Section, Tensor, compressed, crc32c, huffman, numbers  # noqa: E402

ALLOWANCE = 16 << 20


def document(count, wide):
    """Metadata with as many members, each name different, as there may be."""
    return b"{" + b",".join(b'"%0*x":0' % (wide, number) for number in range(count)) + b"}"


def padded(text, size):
    """A document of `size` bytes that does not compress beyond the limit."""
    noise = b"".join(b"%08x" % number for number in numbers((size - len(text)) // 8 - 8, 1))
    return text[:-1] + b',"noise":"' + noise + b'"}'


def many_tensors(count, rank, name_length):
    return [Tensor(f"{number:0{name_length}x}", shape=(0,) + (1,) * (rank - 1)) for number in range(count)]


def documents(scale):
    """The largest architecture and the largest metadata, compressed; half of them for a scale of 2."""
    count = 65536 // scale - 2
    return [compressed("arch", padded(document(count, 6), (1 << 20) // scale)),
            compressed("meta", padded(document(count, 8), (2 << 20) // scale))]


def directory(scale, rank, name_length):
    return compressed("tens", Checkpoint(many_tensors(32768 // scale, rank, name_length)).directory_content, huffman)


def chunks(scale, size, exponent):
    """A tensor of zeros in so many raw chunks that they take 512 MiB. The checksum of one is computed once."""
    chunk = Chunk(bytes(size), crc=crc32c(bytes(size)))
    tensor = Tensor("w", shape=(1 << 20, 128 // scale), chunks=[])
    tensor.chunks = [chunk] * ((512 << 20) // scale // size)
    return Checkpoint([tensor], exponent=exponent)


# What is large in a file, the file, and whether to load it too.
HOSTILE = [
    ("members", lambda scale: Checkpoint(meta=document(65536 // scale - 2, 8)), False),
    ("documents", lambda scale: Checkpoint(sections=documents(scale)), False),
    ("tensors of rank 8", lambda scale: Checkpoint(sections=[directory(scale, 8, 20)], table=b""), False),
    ("long names", lambda scale: Checkpoint(sections=[directory(scale, 1, 50)], table=b""), False),
    ("all of these", lambda scale: Checkpoint(sections=documents(scale) + [directory(scale, 1, 50)], table=b""), False),
    ("sections to ignore", lambda scale: Checkpoint(sections=[Section("note", bytes((60 << 20) // scale), flags=0)]), False),
    ("small chunks", lambda scale: chunks(scale, 4096, 12), True),
    ("large chunks", lambda scale: chunks(scale, 1 << 22, 22), True),
]


def write(path, make, scale):
    """Writes a file in a process of its own: the peak memory of a child starts with its parent's."""
    process = os.fork()
    if process == 0:
        with open(path, "wb") as file:
            file.write(make(scale).bytes)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    assert status == 0, "a file could not be written"


def measure(arguments):
    """Peak memory in bytes and seconds of a command, and whether it did what it should."""
    start = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024, time.perf_counter() - start, process.returncode, message.strip()


def main():
    binary = shutil.which((sys.argv + [".build/release/reszoo"])[1]) or sys.exit("there is no such program; swift build -c release")
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/model.rzoo"

        write(path, lambda scale: Checkpoint([Tensor("w")]), 1)
        base = {how: measure([binary, "bench", path, how, "--json"])[0] for how in ("--open", "--load")}
        for name, make, loads in HOSTILE:
            for scale in (2, 1):
                write(path, make, scale)
                with open(path, "rb") as file:
                    index, blobs = struct.unpack_from("<QQ", file.read(96), 24)
                for how, size in [("--open", index)] + [("--load", blobs)] * loads:
                    peak, seconds, code, message = measure([binary, "bench", path, how, "--json"])
                    taken, allowed = peak - base[how], size + ALLOWANCE
                    fits = taken <= allowed and code == 0
                    bad += not fits
                    print(f"{name:20}{how}  {size / 2**20:7.2f} MiB, {taken / 2**20:7.2f} taken, {allowed / 2**20:7.2f} allowed, "
                          f"{seconds:6.3f} s{'' if fits else '  NOT AS IT SHOULD BE '}{message[-100:]}", flush=True)
    print(f"{bad} were not as they should be" if bad else "all within their limits")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
