"""Absurd descriptors and checkpoints: every size is refused at once, with its field and range, before memory is taken for it."""

import copy
import json
import struct

from .forge import Checkpoint, Chunk, Parts, Section, Tensor, compressed, crc32c, deflate
from .harness import Group, require
from .kit import TINY

GROUP = Group("descriptors")
META = b'{"preprocessing":{"input_size":[3,8,8],"mean":[0,0,0],"std":[1,1,1]},"origin":{"kind":"untrained"}}'
QUICK = {"seconds": 3, "megabytes": 80, "message_bytes": 2000}


def with_member(path, value):
    """The small network's descriptor with another member."""
    document = copy.deepcopy(TINY)
    place, *rest = path.split(".")
    target = document
    while rest:
        target = target[int(place)] if place.isdigit() else target.setdefault(place, {})
        place, *rest = rest
    if place.isdigit():
        target[int(place)] = value
    else:
        target[place] = value
    return document


# A member, what is absurd about it, and the field that the message names.
MEMBERS = [
    ("classes", 0, "classes"), ("classes", -1, "classes"), ("classes", 10**6 + 1, "classes"), ("classes", 2**63, "classes"),
    ("classes", 2**64, "classes"), ("classes", 1.5, "classes"), ("classes", "3", "classes"), ("classes", None, "classes"),
    ("input.height", 0, "height"), ("input.height", 65537, "height"), ("input.height", 2**40, "height"), ("input.width", -8, "width"),
    ("input.channels", 4097, "channels"), ("input.channels", 0, "channels"),
    ("stem.widths", [], "widths"), ("stem.widths", [0], "widths"), ("stem.widths", [16385], "widths"), ("stem.widths", [4] * 100_000, "widths"),
    ("stem.kind", "\x1b[8m", "kind"), ("stem.kind", "k" * 1_000_000, "kind"),
    ("stages", [], "stages"), ("stages", TINY["stages"] * 17, "stages"), ("stages", TINY["stages"] * 100_000, ""), ("stages", {}, "stages"),
    ("stages.0.blocks", 0, "blocks"), ("stages.0.blocks", 2049, "blocks"), ("stages.0.blocks", 2**31, "blocks"), ("stages.0.width", 16385, "width"),
    ("stages.0.width", 0, "width"), ("stages.0.stride", 17, "stride"), ("stages.0.stride", 0, "stride"),
    ("stages.0.dilation", 65, "dilation"), ("stages.0.expansion", 65, "expansion"), ("stages.0.channels", [[1]], "channels"),
    ("stages.0.channels", [[65537, 65537]], "channels"), ("groups", 16385, "groups"), ("width_per_group", 0, "width_per_group"),
    ("shortcut_kernel", 64, "shortcut_kernel"), ("normalization", {"kind": "batch", "epsilon": 0}, "epsilon"),
    ("normalization", {"kind": "group", "groups": 3}, "groups"), ("normalization", {"kind": "batch", "momentum": 2}, "momentum"),
    ("dropout", 1, "dropout"), ("dropout", -0.1, "dropout"), ("stochastic_depth", 1, "stochastic_depth"),
    ("attention", {"kind": "se", "inner_channels": [65537]}, "inner_channels"), ("attention", {"kind": "eca", "kernels": [65]}, "kernels"),
    ("head", {"kind": "mlp", "widths": [65537]}, "widths"), ("head", {"kind": "mlp", "widths": [1] * 17}, "widths"),
    ("head", {"kind": "none"}, "classes"), ("more", 1, "more"), ("name", 5, "name"), ("answer", "binary", "answer"), ("block", "", "block"),
]


@GROUP.attack_each("{0} is {1!s:.40}", MEMBERS)
def member(place, path, value, field):
    document = with_member(path, value)
    place.put("d.json", json.dumps(document))
    place.expect(65, "init", "--descriptor", "d.json", "--output", "new.rzoo", says=field, **QUICK)
    place.expect(65, "train", place.kit.path("set"), "--descriptor", "d.json", "--output", "new.rzoo", says=field, **{**QUICK, "message_bytes": 4000})
    data = Parts(place.kit.read("base.rzoo"))
    data.replace("arch", json.dumps(document, separators=(",", ":")).encode())
    place.put("d.rzoo", data.data())
    for line in ("inspect d.rzoo --graph", f"classify d.rzoo {place.kit.path('photo.png')}", "export d.rzoo --output x.onnx"):
        place.expect(65, *line.split(), **QUICK)
    require(not place.exists("new.rzoo") and not place.exists("x.onnx"), "there is an output")


def wide(blocks, width, count=1, kind="basic", **others):
    return {**TINY, "block": kind, "stages": [{"blocks": blocks, "stride": 1, "width": width}] * count, **others}


LARGE = [
    ("4,096 blocks of bottlenecks", wide(2048, 16384, 2, "bottleneck"), (65, 70)),
    ("4,097 blocks", {**wide(2048, 1, 2), "stages": wide(2048, 1, 2)["stages"] + [{"blocks": 1, "stride": 1, "width": 1}]}, (65,)),
    ("2^32 weights", wide(2, 16384), (65, 70)), ("a head of 2^32 weights", wide(1, 16384, classes=1_000_000), (65, 70)),
    ("a head of hidden layers of 2^32 weights", wide(1, 4, head={"kind": "mlp", "widths": [65536, 65536]}), (65, 70)),
    ("sixteen stages that halve an image of 8", {**TINY, "stages": [{"blocks": 1, "stride": 2, "width": 4}] * 16}, (0, 65)),
    ("strides of 16, sixteen times", {**TINY, "stages": [{"blocks": 1, "stride": 16, "width": 4}] * 16}, (0, 65)),
]


@GROUP.attack_each("a network of {}", LARGE)
def large(place, _, document, codes):
    place.put("d.json", json.dumps(document))
    place.expect(codes, "inspect", "d.json", "--graph", seconds=4, megabytes=400, message_bytes=4000) if codes == (65,) else None
    outcome = place.expect(codes, "init", "--descriptor", "d.json", "--output", "new.rzoo", seconds=2, megabytes=160, message_bytes=2000)
    require(place.exists("new.rzoo") == (outcome.code == 0), "there is an output")


@GROUP.attack("a network of more tensors than a file holds")
def many_tensors(place):
    document = wide(2048, 1, 2, shortcut="projection_always", normalization={"kind": "batch"})
    place.put("d.json", json.dumps(document))
    place.expect((64, 65, 70, 74), "init", "--descriptor", "d.json", "--output", "new.rzoo", says="32768", seconds=4, megabytes=400)
    place.expect((64, 65, 70, 74), "train", place.kit.path("set"), "--descriptor", "d.json", "--epochs", "1", "--output", "new.rzoo", says="32768",
        seconds=4, megabytes=1000)
    require(not place.exists("new.rzoo") and not place.exists("new.rzoo.training"), "there is an output")


@GROUP.attack_each("an input of {0}×{0}", [(4096,), (16384,), (65536,)])
def large_input(place, side):
    document = {**TINY, "input": {"height": side, "width": side}}
    place.put("d.json", json.dumps(document))
    outcome = place.run("init", "--descriptor", "d.json", "--output", "n.rzoo")
    require(outcome.code in (0, 65, 70), outcome.shown())
    if outcome.code == 0:
        place.expect((0, 65, 70), "classify", "n.rzoo", place.kit.path("photo.png"), "--batch", "1024", "--threads", "1", seconds=30, megabytes=6000)
        place.expect((0, 65, 70), "bench", "n.rzoo", "--size", "16384", "--batch", "1024", "--seconds", "0.01", seconds=30, megabytes=6000)


# JSON

DOCUMENTS = [
    ("brackets, a million", b"[" * 1_000_000), ("objects within each other", b'{"a":' * 100_000),
    ("depth 65", b'{"more":' + b"[" * 64 + b"]" * 64 + b"}"), ("one name twice", b'{"classes":3,"classes":4}'),
    ("one name twice, by an escape", b'{"classes":3,"class\\u0065s":4}'), ("a number of a megabyte", b'{"classes":' + b"1" * (1 << 20) + b"}"),
    ("1e999", b'{"classes":1e999}'), ("NaN", b'{"classes":NaN}'), ("a lone surrogate", b'{"name":"\\ud800"}'),
    ("bytes that are no UTF-8", b'{"name":"\xff"}'), ("an overlong NUL", b'{"name":"\xc0\x80"}'), ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("nothing", b""), ("blanks, a megabyte", b" " * (1 << 20)), ("a text without an end", b'{"name":"' + b"a" * 1_000_000),
    ("two documents", b"{}{}"),
    ("100,000 members", b"{" + b",".join(b'"m%d":1' % number for number in range(100_000)) + b"}"), ("an array", b"[]"), ("a text", b'"x"'),
    ("NULs", bytes(1000)),
]


@GROUP.attack_each("JSON: {}", DOCUMENTS)
def document(place, _, data):
    place.put("d.json", data)
    for line in ("init --descriptor d.json --output new.rzoo", "train SET --arch small_resnet18 --config d.json --output new.rzoo",
        "edit BASE --labels d.json --output new.rzoo", "edit BASE --preset d.json --output new.rzoo", "inspect d.json --graph"):
        words = [{"SET": place.kit.path("set"), "BASE": place.kit.path("base.rzoo")}.get(word, word) for word in line.split()]
        place.expect((64, 65, 66), *words, **QUICK) if "--labels" not in words else place.expect((0, 64, 65, 66), *words, **QUICK)
    for kind in ("arch", "meta"):
        if len(data) < 1 << 20:
            place.put("d.rzoo", Parts(place.kit.read("base.rzoo")).replace(kind, data).data())
            place.expect(65, "verify", "d.rzoo", **QUICK)
            place.expect(65, "classify", "d.rzoo", place.kit.path("photo.png"), **QUICK)


METADATA = [("preprocessing", {"input_size": [3, 65536, 65536], "mean": [0] * 3, "std": [1] * 3}),
    ("preprocessing", {"input_size": [3, 8, 8], "mean": [0] * 3, "std": [0] * 3}),
    ("preprocessing", {"input_size": [3, 8, 8], "mean": [1e300] * 3, "std": [1] * 3}),
            ("preprocessing", {"input_size": [3, 8, 8], "resize": 65537, "crop": 8, "mean": [0] * 3, "std": [1] * 3}),
            ("preprocessing", {"input_size": [3, 8, 8], "mean": [0] * 100_000, "std": [1] * 3}), ("labels", ["x"] * 50_000),
            ("labels", ["x" * 2000, "b", "c"]),
            ("labels", ["", "b", "c"]), ("trace", {"seed": -1, "input_size": [3, 8, 8], "logits": [0, 0, 0]}),
            ("trace", {"seed": 2**64, "input_size": [3, 8, 8], "logits": [0, 0, 0]}),
            ("trace", {"seed": 1, "input_size": [3, 65536, 65536], "logits": [0] * 3}),
            ("trace", {"seed": 1, "input_size": [3, 8, 8], "logits": [1e39, 0, 0]}), ("origin", {"kind": "\x1b[8m"}), ("origin", None),
            ("metrics", {"a": "b"}), ("assumptions", [{}] * 60_000)]


@GROUP.attack_each("metadata: {0} is {1!s:.40}", METADATA)
def metadata(place, name, value):
    place.put("d.rzoo", Parts(place.kit.read("base.rzoo")).edit("meta", **{name: value}).data())
    for line in ("verify d.rzoo --run", "inspect d.rzoo", f"classify d.rzoo {place.kit.path('photo.png')}", "edit d.rzoo --note x",
        "export d.rzoo --output x.onnx"):
        place.expect(65, *line.split(), **QUICK)


# Containers


def patched(at, form, value):
    """The small network with another number at a place of its header, and the right checksum."""
    def change(data):
        data = bytearray(data)
        struct.pack_into(form, data, at, value)
        struct.pack_into("<I", data, 92, crc32c(bytes(data[:92])))
        return bytes(data)

    return change


HEADERS = [("a version of 65,535", patched(8, "<H", 65535)), ("65 sections", patched(12, "<I", 65)),
    ("2^32 - 1 sections", patched(12, "<I", 2**32 - 1)), ("a file length of 2^40", patched(16, "<Q", 2**40)),
    ("a file length of 2^64 - 1", patched(16, "<Q", 2**64 - 1)),
           ("blobs at 2^63", patched(24, "<Q", 2**63)), ("blobs at 64", patched(24, "<Q", 64)),
           ("a blob length of 2^64 - 64", patched(32, "<Q", 2**64 - 64)), ("reserved bytes", patched(80, "<Q", 1)),
           ("a table's checksum of 0", patched(88, "<I", 0))]
BLOB = deflate(bytes(1 << 20))
CHECKPOINTS = [
    ("a tensor of 2^40 numbers", lambda: Checkpoint([Tensor("a", shape=(2**20, 2**20), chunks=[Chunk(bytes(8))])], meta=META)),
    ("extents that overflow", lambda: Checkpoint([Tensor("a", shape=(2**32 - 1,) * 8, chunks=[Chunk(bytes(8))])], meta=META)),
    ("a rank of 255", lambda: Checkpoint([Tensor("a", shape=(1,) * 8, rank=255, chunks=[Chunk(bytes(4))])], meta=META)),
    ("2^32 - 1 tensors", lambda: Checkpoint([Tensor("a")], meta=META, count=2**32 - 1)),
    ("a chunk exponent of 63", lambda: Checkpoint([Tensor("a")], meta=META, exponent=63)),
    ("a chunk of 2^24 - 1 bytes", lambda: Checkpoint([Tensor("a", chunks=[Chunk(bytes(8), stored_length=2**24 - 1)])], meta=META)),
    ("an unknown codec", lambda: Checkpoint([Tensor("a", chunks=[Chunk(bytes(8), codec=200)])], meta=META)),
    ("one tensor twice", lambda: Checkpoint([Tensor("a"), Tensor("a")], meta=META)),
    ("a name of escapes", lambda: Checkpoint([Tensor("a\x1b[8m")], meta=META)),
    ("a name that is a path", lambda: Checkpoint([Tensor("../../a")], meta=META)),
    ("tensors of the same names as a network, and other shapes",
    lambda: Checkpoint([Tensor("conv1.weight", shape=(1,))], meta=META, arch=json.dumps(TINY).encode())),
    ("no tensors", lambda: Checkpoint([], meta=META, arch=json.dumps(TINY).encode())),
    ("a section that is a bomb", lambda: Checkpoint([Tensor("a")], meta=META, sections=[Section("meta", BLOB, encoding=1, decoded_length=1 << 20)])),
    ("a directory of 2^32 - 1 bytes",
    lambda: Checkpoint([Tensor("a")], meta=META, sections=[compressed("tens", bytes(1000), decoded_length=2**32 - 1)])),
    ("an ignored section of 2^30 bytes",
    lambda: Checkpoint([Tensor("a")], meta=META, sections=[Section("zzzz", bytes(1 << 16), encoding=1, flags=0, decoded_length=1 << 30)])),
    ("a section that must be understood", lambda: Checkpoint([Tensor("a")], meta=META, sections=[Section("zzzz", b"x", flags=1)])),
    ("a section beyond the end", lambda: Checkpoint([Tensor("a")], meta=META, sections=[Section("zzzz", b"x", flags=0, offset=2**63)])),
    ("a chunk that is a bomb", lambda: Checkpoint([Tensor("a", shape=(1024,), chunks=[Chunk(bytes(4096), bytes(3072) + BLOB, 1)])], meta=META)),
    ("a table of too many chunks", lambda: Checkpoint([Tensor("a")], meta=META, table_tail=bytes(800_000))),
    ("a scale that is not a number", lambda: Checkpoint([Tensor("a", "i8", (1,), data=struct.pack("<fb", float("nan"), 1))], meta=META)),
]


@GROUP.attack_each("a header with {}", HEADERS)
def header(place, _, change):
    place.put("d.rzoo", change(place.kit.read("base.rzoo")))
    container(place)


@GROUP.attack_each("a checkpoint with {}", CHECKPOINTS)
def checkpoint(place, _, make):
    place.put("d.rzoo", make().bytes)
    container(place)


def container(place):
    for line in ("verify d.rzoo", f"classify d.rzoo {place.kit.path('photo.png')}", "convert d.rzoo --output new.rzoo",
        "merge d.rzoo --output new.rzoo", "export d.rzoo --output new.onnx", "diff d.rzoo d.rzoo --output new.rzoo",
        "edit d.rzoo --trace 1 --output new.rzoo"):
        place.expect(65, *line.split(), **QUICK)
    # Signing asks for a sound container, whatever network is in it.
    for line in (["inspect", "d.rzoo"], ["sign", "d.rzoo", "--output", "signed.rzoo", "--key", place.kit.path("key.pem")]):
        place.expect((0, 65), *line, **QUICK)
    require(not place.exists("new.rzoo") and not place.exists("new.onnx"), "there is an output")


@GROUP.attack_each("an argument: {}", [
    ("--batch 0",), ("--batch -1",), ("--batch 99999999999999999999",), ("--threads -1",), ("--threads 9223372036854775807",), ("--top 0",),
    ("--top -5",), ("--top 99999999999",), ("--min-probability nan",), ("--min-probability 2",), ("--format exe",), ("--tta twelve",),
    ("--optimize x",)])
def argument(place, text):
    outcome = place.run("classify", place.kit.path("base.rzoo"), place.kit.path("photo.png"), *text.split())
    require(outcome.code in (0, 64, 70) and outcome.cpu < 2 and outcome.megabytes < 200 and len(outcome.err) < 2000, outcome.shown())


@GROUP.attack_each("a training's argument: {}", [
    ("--lr nan",), ("--lr -1",), ("--lr 1e400",), ("--epochs 0",), ("--epochs 9999999999999999999999",), ("--batch 0",),
    ("--optimizer sgd --momentum 2",), ("--betas 1,1",), ("--ema 1",), ("--validation-split 1",), ("--validation-split -1",),
    ("--label-smoothing nan",), ("--mixup -1",), ("--seed -1",),
    ("--seed 18446744073709551616",), ("--max-steps 0",), ("--warmup-epochs 1e300",), ("--cache-limit -1",), ("--cache-views 1000000000",),
    ("--augment resize=nan:1",), ("--augment crop=1000000",), ("--augment randaugment=1000000:9",), ("--unfreeze fc@99999999999999999999",),
    ("--schedule step --step-epochs 0",)])
def training_argument(place, text):
    outcome = place.run("finetune", place.kit.path("base.rzoo"), place.kit.path("set"), "--no-cache" if "cache" not in text else "--quiet",
        "--output", "new.rzoo", *text.split())
    require(outcome.code in (64, 65, 70) and outcome.cpu < 2 and len(outcome.err) < 4000, outcome.shown())
    require(not place.exists("new.rzoo"), "there is an output")
