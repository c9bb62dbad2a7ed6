#!/usr/bin/env python3
"""Makes the inputs that fuzzing starts from, out of the tests' fixtures and the specification's vectors.

usage: tools/fuzz/make_seeds.py TARGET FOLDER
       tools/fuzz/make_seeds.py --list          prints the targets"""

import glob
import json
import os
import shutil
import struct
import sys
import zipfile
import zlib

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
IMPORTS = "Tests/WeightFilesTests/Fixtures/"
LIMIT = 12 << 10


def read(path):
    with open(path, "rb") as file:
        return file.read()


def files(*patterns):
    """The small files whose paths match, with their content."""
    paths = sorted(path for pattern in patterns for path in glob.glob(os.path.join(ROOT, pattern)))
    return [(os.path.basename(path), read(path)) for path in paths if os.path.getsize(path) <= LIMIT]


def torch_files(signature, at=0):
    found = files(IMPORTS + "pytorch/*.pt*", IMPORTS + "pytorch/refused/*.pt*", "tools/lib/fixtures/*.pt")
    return [(name, data) for name, data in found if data[at:at + len(signature)] == signature]


def pickles():
    """The pickles of archives, with their storages' sizes as they are: most will not fit, but parse."""
    seeds = []
    for pattern in ("*.pt*", "refused/*.pt*"):
        for path in sorted(glob.glob(os.path.join(ROOT, IMPORTS, "pytorch", pattern))):
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    entry = next(entry for entry in archive.infolist() if entry.filename.endswith("data.pkl"))
                    if entry.CRC:
                        seeds.append((os.path.basename(path), archive.read(entry)))
    return [("fitting", fitting_pickle())] + seeds


def fitting_pickle():
    """A state dict of tensors of several types and strides in two storages of 64 bytes, as the target has them."""
    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value

    def numbers(*values):
        return b"(" + b"".join(b"K" + bytes([value]) for value in values) + b"t"

    def tensor(name, kind, key, count, size, stride, offset=0):
        storage = b"(" + text(b"storage") + b"ctorch\n" + kind + b"Storage\n" + text(key) + text(b"cpu") + b"K" + bytes([count]) + b"tQ"
        hooks = b"ccollections\nOrderedDict\n)R"
        return (text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K" + bytes([offset]) + numbers(*size)
                + numbers(*stride) + b"\x89" + hooks + b"tR")

    return (b"\x80\x02ccollections\nOrderedDict\n)R(" + tensor(b"conv1.weight", b"Float", b"0", 16, (2, 4), (1, 2))
            + tensor(b"view", b"Float", b"0", 16, (4,), (1,), 8) + tensor(b"fc.weight", b"Half", b"1", 32, (4, 8), (8, 1)) + b"u.")


def safetensors_headers():
    fitting = (b'{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]},'
               b'"b":{"dtype":"BF16","shape":[16],"data_offsets":[32,64]},"c":{"dtype":"F16","shape":[0],"data_offsets":[64,64]}}')
    return [("fitting", fitting)] + [
        (name, data[8:8 + struct.unpack("<Q", data[:8])[0]]) for name, data in files(IMPORTS + "*.safetensors")]


def indexes():
    return files(IMPORTS + "sharded/*.index.json") + [
        ("fitting", b'{"metadata":{"total_size":128},"weight_map":{"a":"a.safetensors","b":"b.safetensors"}}'),
        ("one", b'{"weight_map":{"a":"a.safetensors"}}'), ("twice", b'{"weight_map":{"a":"a.safetensors","\\u0061":"b.safetensors"}}')]


def parts(*patterns, further=None):
    """Vectors taken apart as the target `checkpoint-parts` puts them together; with a fifth section, those that have it."""
    seeds = []
    count = 5 if further else 4
    for name, data in files(*(patterns or ("spec/vectors/valid/*.rzoo",))):
        if len(data) < 96 + 32 * count or (further and data[224:228] != further):
            continue
        start = struct.unpack_from("<Q", data, 24)[0]
        lengths, contents = b"", b""
        for record in range(96, 96 + count * 32, 32):
            encoding, offset, stored, decoded = data[record + 4], *struct.unpack_from("<QII", data, record + 8)
            if max(stored, decoded) < 1 << 16:
                lengths += struct.pack("<HH", stored, decoded if encoding else 0)
                contents += data[offset:offset + stored]
        if len(lengths) == 4 * count:
            seeds.append((name, lengths + (data[40:72] if further else b"") + contents + data[start:]))
    return seeds


def scales():
    """Tensors of 8-bit integers, raw and grouped."""
    seeds = []
    for channels, count in ((1, 1), (1, 9), (4, 9), (8, 27), (16, 0)):
        for name, scale in (("usual", 0.01), ("zero", 0.0), ("small", 1e-42), ("large", 2.6e36), ("too-large", 3e38), ("negative", -1.0)):
            data = struct.pack("<f", scale) * channels + bytes(number * 37 & 255 for number in range(channels * count))
            coder = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
            for codec, stored in enumerate((data, coder.compress(data) + coder.flush())):
                seeds.append((f"{name}-{channels}-{count}-{codec}", bytes([channels, count, codec]) + stored))
    return seeds


def chunks():
    """Sound chunks of the grouped codec for each width, and of several kinds of deflate blocks."""
    seeds = []
    for kind, width in enumerate((4, 2, 2, 8)):
        for count in (1, 64, 1000):
            for level, strategy in ((9, zlib.Z_HUFFMAN_ONLY), (9, zlib.Z_DEFAULT_STRATEGY), (9, zlib.Z_FIXED)):
                coder = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
                top = bytes(0x3F if number % 7 else 0x3E for number in range(count))
                stream = coder.compress(top) + coder.flush()
                planes = bytes(number * 37 & 255 for number in range(count * (width - 1)))
                seeds.append((f"{kind}-{count}-{strategy}", bytes([kind]) + struct.pack("<H", count) + planes + stream))
    return seeds


def elements():
    pattern = b"".join(struct.pack("<f", 1 / (number + 1) - 0.1) for number in range(300))
    return [(f"{kind}-{count}", bytes([kind]) + pattern[:count]) for kind in range(5) for count in (0, 1, 8, 64, 1200)]


def documents():
    """The architectures of the vectors, and of descriptors that use every field."""
    seeds = []
    for name, data in files("spec/vectors/valid/*.rzoo"):
        encoding, offset, stored = data[100], *struct.unpack_from("<QI", data, 104)
        if not encoding:
            seeds.append((name, data[offset:offset + stored]))
    for name, data in files(IMPORTS + "*/manifest.json"):
        seeds.insert(0, (name, json.dumps({**json.loads(data)["architecture"], "classes": 3}).encode()))
    return seeds


TARGETS = {
    "pytorch-zip": lambda: torch_files(b"PK\3\4"),
    "pytorch-pickle": pickles,
    "pytorch-stream": lambda: torch_files(b"\x80\x02\x8a\x0a") + torch_files(b"\x80\x04"),
    "pytorch-tar": lambda: torch_files(b"ustar", 257),
    "safetensors": lambda: files(IMPORTS + "*.safetensors"),
    "safetensors-header": safetensors_headers,
    "safetensors-index": indexes,
    "raw-export": lambda: files(IMPORTS + "tiny/manifest.json", IMPORTS + "parallel/manifest.json"),
    "checkpoint": lambda: files("spec/vectors/valid/*.rzoo", "spec/vectors/invalid/*.rzoo"),
    "checkpoint-parts": parts,
    "checkpoint-delta": lambda: parts("spec/vectors/valid/*.rzoo", "spec/vectors/invalid/base-*.rzoo", further=b"base"),
    "checkpoint-signatures": lambda: parts("spec/vectors/valid/*.rzoo", "spec/vectors/invalid/sign-*.rzoo", further=b"sign"),
    "checkpoint-scales": scales,
    "checkpoint-codec": chunks,
    "checkpoint-elements": elements,
    "descriptor": documents,
    "image": lambda: files(*("Tests/ImageInputTests/Fixtures/*." + ending for ending in "png jpg gif bmp tif pnm webp avif".split())),
}


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(TARGETS))
        return
    if len(sys.argv) != 3 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: {sys.argv[0]} TARGET FOLDER\ntargets: {' '.join(TARGETS)}")
    shutil.rmtree(sys.argv[2], ignore_errors=True)
    os.makedirs(sys.argv[2])
    for number, (name, data) in enumerate(TARGETS[sys.argv[1]]()):
        with open(os.path.join(sys.argv[2], f"{number}-{name}"), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
