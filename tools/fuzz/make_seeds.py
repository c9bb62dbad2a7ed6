#!/usr/bin/env python3
"""Makes the inputs that fuzzing starts from, out of the tests' fixtures and the specification's vectors.

usage: tools/fuzz/make_seeds.py TARGET FOLDER
       tools/fuzz/make_seeds.py --list          prints the targets"""

import glob
import io
import json
import os
import shutil
import struct
import sys
import tarfile
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


def hub_records():
    """Records of timm and transformers; as `preprocessor_config.json` the same text is read once more."""
    timm = {"architecture": "resnet50d.ra2_in1k", "num_classes": 3, "num_features": 2048, "global_pool": "avg",
            "label_names": ["ant", "bee", "cat"], "model_args": {"in_chans": 1, "output_stride": 16, "drop_rate": 0.1},
            "pretrained_cfg": {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.2], "crop_pct": 0.95, "crop_mode": "center",
                               "interpolation": "bicubic", "input_size": [3, 288, 288], "license": "apache-2.0"}}
    flat = {"architecture": "gluon_resnet50_v1d", "num_classes": 2, "labels": ["a", "b"], "crop_pct": 0.875, "input_size": [3, 64, 64]}
    resnet = {"model_type": "resnet", "architectures": ["ResNetForImageClassification"], "layer_type": "basic", "depths": [2, 2],
              "hidden_sizes": [8, 16], "embedding_size": 8, "num_channels": 3, "hidden_act": "relu", "downsample_in_first_stage": True,
              "downsample_in_bottleneck": False, "id2label": {"0": "ant", "1": "bee"}}
    convnext = {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3,
                "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "do_rescale": True, "rescale_factor": 0.00392}
    bit = {"size": {"height": 256, "width": 256}, "do_center_crop": True, "crop_size": {"height": 224, "width": 224},
           "do_normalize": False, "do_resize": True, "do_flip_channel_order": False}
    records = {
        "timm": timm, "flat": flat, "wrapper": {**timm, "model_type": "timm_wrapper"}, "resnet": {**resnet, **convnext},
        "squash": {**timm, "pretrained_cfg": {"crop_mode": "squash", "crop_pct": 1.0, "input_size": [3, 64, 96]}},
        "bottleneck": {**resnet, **bit, "layer_type": "bottleneck", "downsample_in_bottleneck": True},
        "headless": {**resnet, "architectures": ["ResNetModel"], "size": 224, "crop_pct": 1}, "defaults": {"model_type": "resnet", "depths": [1, 1, 1, 1]},
        "other": {"architecture": {"type": "ResNet"}}, "unknown": {"model_type": "vit", "architectures": ["ViTModel"]},
        "labels": {"architecture": "resnet18", "num_classes": 3, "label_names": {"0": "a", "1": "b", "2": "c"}},
        "unsupported": {"architecture": "resnest50d", "num_classes": 3},
    }
    return [(name, json.dumps(record).encode()) for name, record in records.items()]


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


def indices():
    """Indices of embeddings of several shapes, and damaged ones whose checksums are right."""
    sys.path.insert(0, os.path.join(ROOT, "tools", "lib"))
    from embedding_index import index
    sound = [(f"{rows}x{width}-{block}", index([[(7 * row + 3 * column) % 11 - 4 for column in range(width)] for row in range(rows)],
                                               [b"image-%d.png" % row for row in range(rows)], block=block))
             for rows, width, block in [(1, 1, 1), (1, 4, 4), (2, 3, 1), (3, 8, 2), (5, 2, 3), (9, 5, 4)]]
    damaged = ("ends-that-descend", "ends-beyond", "long-row", "not-a-number", "infinite", "origin-with-more", "not-utf-8", "huge-rows", "most-rows")
    return sound + files(*(f"Tests/ResZooTests/Fixtures/index/{name}.rzindex" for name in ("sound", *damaged)))


def shards():
    """Small archives, one for each kind of sample."""
    samples = {"numbers": [("a.png", b"image"), ("a.cls", b"1"), ("b.png", b""), ("b.cls", b"0")],
               "json": [("x/a.jpg", b"image"), ("x/a.json", b'{"label": "cat", "box": [1, 2]}')], "none": [],
               "unlabelled": [("a.png", b"image")], "no-image": [("a.cls", b"1"), ("a.txt", b"text")],
               "two": [("a.png", b"1"), ("a.jpg", b"2"), ("a.cls", b"1")], "names": [("a.png", b"1"), ("a.cls", "Höhle \n".encode())]}
    seeds = []
    for name, entries in samples.items():
        for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            target = io.BytesIO()
            with tarfile.open(fileobj=target, mode="w", format=kind) as archive:
                for path, content in entries:
                    entry = tarfile.TarInfo(path)
                    entry.size = len(content)
                    archive.addfile(entry, io.BytesIO(content))
            seeds.append((f"{name}-{kind}", target.getvalue().rstrip(b"\0") + bytes(1024)))
    return seeds


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


def requests():
    """Bodies of requests behind the number of bytes that are JSON; 65,535 for all."""
    def body(name, header, tail=None):
        text = json.dumps(header).encode()
        return name, struct.pack("<H", 0xFFFF if tail is None else len(text)) + text + (tail or b"")

    def tensor(**more):
        return {"name": "input", "datatype": "FP32", "shape": [1, 1, 2, 2], **more}

    floats, image = struct.pack("<4f", 1, -2, 3e10, 0), struct.pack("<I", 3) + b"abc"
    bytes_input = {"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": len(image)}}
    packed = zlib.compressobj(wbits=31)
    return [
        body("list", {"inputs": [tensor(data=[1, 2.5, -3e2, 0])], "id": "a"}),
        body("nested", {"inputs": [tensor(data=[[[[1, 2], [3, 4]]]])], "outputs": [{"name": "logits"}]}),
        body("bytes", {"inputs": [tensor(parameters={"binary_data_size": 16})]}, floats),
        body("both", {"inputs": [bytes_input, tensor(parameters={"binary_data_size": 16})],
                      "outputs": [{"name": "logits", "parameters": {"classification": 3, "binary_data": True}}],
                      "parameters": {"priority": 1, "timeout": 5, "binary_data_output": False, "x": "y", "z": 0.5}}, image + floats),
        body("texts", {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [2], "data": ["a", "\u00e4"]}]}),
        body("instances", {"instances": [{"b64": "YWJj"}, {"image": {"b64": ""}}]}),
        ("raw", b"\0\0" + b"abc"), ("path", b"\1\0/v2/models/n%65t/infer?top=3&x=%41"),
        ("gzip", b"\0\0" + packed.compress(b"a" * 1000) + packed.flush()), ("deflate", b"\0\0" + zlib.compress(b"b" * 1000))]


def rpc_requests():
    """Messages of gRPC that ask for inference, in protobuf's wire format."""
    def field(number, value):
        if isinstance(value, int):
            return varint(number << 3) + varint(value)
        return varint(number << 3 | 2) + varint(len(value)) + value

    def varint(value):
        head = b""
        while value > 127:
            head, value = head + bytes([value & 127 | 128]), value >> 7
        return head + bytes([value])

    def tensor(name, datatype, shape, contents=None):
        return field(5, field(1, name) + field(2, datatype) + field(3, b"".join(map(varint, shape)))
                     + (b"" if contents is None else field(5, contents)))

    floats, image = struct.pack("<4f", 1, -2, 3e10, 0), struct.pack("<I", 3) + b"abc"
    head = field(1, b"net") + field(2, b"1") + field(3, b"a") + field(4, field(1, b"timeout") + field(2, field(2, 5)))
    classes = field(6, field(1, b"logits") + field(2, field(1, b"classification") + field(2, field(2, 3))))
    return [
        ("raw", head + tensor(b"input", b"FP32", [1, 1, 2, 2]) + field(7, floats)),
        ("image", head + tensor(b"image", b"BYTES", [1]) + classes + field(7, image)),
        ("contents", head + tensor(b"input", b"FP32", [1, 1, 2, 2], field(6, floats))),
        ("bytes", head + tensor(b"image", b"BYTES", [2], field(8, b"abc") + field(8, b"")))]


TARGETS = {
    "pytorch-zip": lambda: torch_files(b"PK\3\4"),
    "pytorch-pickle": pickles,
    "pytorch-stream": lambda: torch_files(b"\x80\x02\x8a\x0a") + torch_files(b"\x80\x04"),
    "pytorch-tar": lambda: torch_files(b"ustar", 257),
    "safetensors": lambda: files(IMPORTS + "*.safetensors"),
    "safetensors-header": safetensors_headers,
    "safetensors-index": indexes,
    "hub-record": hub_records,
    "numpy-archive": lambda: files("Tests/WeightFilesTests/Fixtures/arrays/*.npz"),
    "numpy-pickle": lambda: files("Tests/WeightFilesTests/Fixtures/arrays/*.pkl", "Tests/WeightFilesTests/Fixtures/arrays/*.npy"),
    "hdf5": lambda: files("Tests/WeightFilesTests/Fixtures/arrays/*.h5", "Tests/WeightFilesTests/Fixtures/arrays/*.keras"),
    "raw-export": lambda: files(IMPORTS + "tiny/manifest.json", IMPORTS + "parallel/manifest.json"),
    "onnx": lambda: files("Tests/ResZooTests/Fixtures/onnx/*.onnx"),
    "checkpoint": lambda: files("spec/vectors/valid/*.rzoo", "spec/vectors/invalid/*.rzoo"),
    "checkpoint-parts": parts,
    "checkpoint-delta": lambda: parts("spec/vectors/valid/*.rzoo", "spec/vectors/invalid/base-*.rzoo", further=b"base"),
    "checkpoint-signatures": lambda: parts("spec/vectors/valid/*.rzoo", "spec/vectors/invalid/sign-*.rzoo", further=b"sign"),
    "checkpoint-scales": scales,
    "checkpoint-codec": chunks,
    "checkpoint-elements": elements,
    "descriptor": documents,
    "request": requests,
    "rpc": rpc_requests,
    "embedding-index": indices,
    "shards": lambda: files("Tests/DatasetsTests/Fixtures/*.tar") + shards(),
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
