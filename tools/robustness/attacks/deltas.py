"""Attacks on deltas and their bases: planted and forged bases, chains, and outputs that would replace the only base there is."""

import os
import struct

from . import forge
from .forge import Parts
from .harness import Group, require, wait_until

GROUP = Group("deltas")

# Commands that read a delta and write a file; {} is the file. Each must refuse to replace the delta's base, which was found and not named.
WRITERS = [
    "sign d.rzoo --key key.pem --output {}", "edit d.rzoo --note x --drop-signature --output {}",
    "edit d.rzoo --trace 1 --drop-signature --output {}",
    "convert d.rzoo --output {}", "convert d.rzoo --codec none --output {}", "convert d.rzoo --dtype f16 --output {}",
    "diff d.rzoo third.rzoo --output {}",
    "diff third.rzoo d.rzoo --output {}", "merge d.rzoo --output {}", "export d.rzoo --format safetensors --output {}",
    "export d.rzoo --format onnx --output {}", "inspect d.rzoo --graph --format svg --output {}", "classify d.rzoo photo.png --output {}",
    "features d.rzoo photo.png --output {}", "features d.rzoo photo.png --sheet {}", "features d.rzoo photo.png --statistics --plot {}",
    "preprocess d.rzoo photo.png --output {}", "run d.rzoo --input x.npy --output {}", "augment photo.png --from d.rzoo --output {}",
    "finetune d.rzoo set --epochs 1 --no-cache --output {}", "train set --from d.rzoo --epochs 1 --output {}",
]


def family(place):
    """base.rzoo, and d.rzoo, a signed delta of it."""
    place.take("base.rzoo", "third.rzoo", "key.pem", "key.pub", "photo.png", "x.npy", d__rzoo="delta.rzoo")
    os.symlink(place.kit.path("set"), place.path("set"))


@GROUP.attack_each("the found base as output: {}", [(line,) for line in WRITERS])
def base_as_output(place, line):
    family(place)
    os.link(place.path("base.rzoo"), place.path("hard"))
    place.link("soft", "base.rzoo")
    before = place.names()
    for output, force in (("base.rzoo", []), ("base.rzoo", ["--force"]), ("hard", ["--force"]), ("soft", ["--force"]),
        ("./set/../base.rzoo", ["--force"])):
        output = place.path("base.rzoo") if "set" in output else output
        place.expect(64, *line.replace("{}", output).split(), *force, says="is read by this command")
        require(place.read("base.rzoo") == place.kit.read("base.rzoo"), f"the base was replaced through {output}")
    require(place.names() == before, f"left {place.names()}")


# Planted bases

USERS = [
    ("classify d.rzoo photo.png --format csv", None), ("evaluate d.rzoo set --format json", None), ("features d.rzoo photo.png --output out", "out"),
    ("run d.rzoo --input x.npy --output out", "out"), ("verify d.rzoo", None), ("verify d.rzoo --public-key key.pub", None),
    ("merge d.rzoo --output out", "out"),
    ("convert d.rzoo --dtype f16 --output out", "out"), ("convert d.rzoo --codec none --output out", "out"),
    ("export d.rzoo --format safetensors --output out", "out"),
    ("export d.rzoo --format onnx --output out", "out"), ("diff third.rzoo d.rzoo --output out", "out"),
    ("finetune d.rzoo set --epochs 1 --no-cache --threads 1 --output out", "out"),
    ("finetune d.rzoo set --epochs 1 --no-cache --threads 1 --delta --output out", "out"),
]


FORGED_USERS = ["finetune evil.rzoo set --train fc --epochs 1 --cache {} --output x.rzoo", "train set --from evil.rzoo --train fc --epochs 1 --cache {} --output x.rzoo",
                "convert evil.rzoo --output x.rzoo", "export evil.rzoo --output x.safetensors", "classify evil.rzoo photo.png --output x.jsonl"]


@GROUP.attack("a forged file leaves nothing for the model that it claims to be")
def forged_beginning(place):
    place.take("signed.rzoo", "third.rzoo", "key.pub", "photo.png")
    os.symlink(place.kit.path("set"), place.path("set"))
    place.put("evil.rzoo", forge.claiming(place.kit.read("third.rzoo"), place.kit.read("signed.rzoo")))
    before = place.names()
    for line in FORGED_USERS:
        place.expect(65, *line.replace("{}", "used").split(), says="content root")
        require(place.names() == before, f"left {place.names()}")
    for name in ("used", "clean"):
        place.good("finetune", "signed.rzoo", "set", "--train", "fc", "--epochs", "2", "--threads", "1", "--public-key", "key.pub", "--cache", name,
                   "--output", name + ".rzoo")
    require(place.read("used.rzoo") == place.read("clean.rzoo"), "the features of the forged file were taken")


@GROUP.attack_each("a planted base before the true one: {}", USERS)
def planted(place, line, output):
    family(place)

    def result(*more):
        outcome = place.good(*line.split(), *more)
        data = place.read(output) if output else outcome.out
        if output:
            os.remove(place.path(output))
        return data

    honest = result()
    place.put("aaa.rzoo", forge.claiming(place.kit.read("third.rzoo"), place.kit.read("base.rzoo")))
    place.put("aab.rzoo", forge.claiming(place.kit.read("other.rzoo"), place.kit.read("base.rzoo")))
    require(result() == honest, "the planted base changed the result")
    os.remove(place.path("base.rzoo"))
    before = place.names()
    place.expect(65, *line.split(), says="content root")
    require(place.names() == before, f"left {place.names()}")


@GROUP.attack_each("foreign weights in a signed file are not written on: {}", [
    ("convert forged.rzoo --dtype f16 --output out",), ("export forged.rzoo --output out.safetensors",), ("export forged.rzoo --output out.onnx",),
    ("finetune forged.rzoo set --epochs 1 --no-cache --output out",), ("train set --from forged.rzoo --epochs 1 --output out",)])
def laundered(place, line):
    family(place)
    place.make("convert", place.kit.path("signed.rzoo"), "--codec", "none", "--output", "forged.rzoo")
    place.put("forged.rzoo", forge.with_other_weight(place.read("forged.rzoo")))
    before = place.names()
    place.expect(65, *line.split(), says="content root")
    require(place.names() == before, f"left {place.names()}")


@GROUP.attack("a forged base that is named")
def named(place):
    family(place)
    place.put("forged.rzoo", forge.claiming(place.kit.read("third.rzoo"), place.kit.read("base.rzoo")))
    for line in ("merge d.rzoo --output out", "verify d.rzoo", "convert d.rzoo --dtype f16 --output out", "export d.rzoo --output out.safetensors",
                 "classify d.rzoo photo.png --public-key key.pub"):
        place.expect(65, *line.split(), "--base", "forged.rzoo", says="content root")
    require(not place.exists("out") and not place.exists("out.safetensors"), "an output is there")


@GROUP.attack("the wrong file as --base")
def wrong(place):
    family(place)
    for name in ("third.rzoo", "photo.png", "d.rzoo", "/dev/null", "none", "."):
        place.expect((65, 66), "merge", "d.rzoo", "--base", name, "--output", "out")
    require(not place.exists("out"), "an output is there")


@GROUP.attack("the base is replaced later")
def replaced(place):
    family(place)
    place.put("base.rzoo", place.kit.read("third.rzoo"))
    place.expect(65, "classify", "d.rzoo", "photo.png", says="base")
    place.make("convert", place.kit.path("base.rzoo"), "--codec", "none", "--output", "plain")
    place.put("base.rzoo", forge.with_other_weight(place.read("plain")))
    place.expect(65, "classify", "d.rzoo", "photo.png", says="content root")


@GROUP.attack("a base in the cache, where pull puts it")
def cached(place):
    place.put("cache/models/base.rzoo", place.kit.read("base.rzoo"))
    place.put("lone/d.rzoo", place.kit.read("delta.rzoo"))
    place.good("verify", "lone/d.rzoo")
    place.good("classify", "lone/d.rzoo", place.kit.path("photo.png"))


# Chains


def delta_of(parts, root, own):
    """The parts of a delta with another base root and root of its own."""
    parts.root = own
    content = parts.content("base")
    return parts.replace("base", root + content[32:])


@GROUP.attack("two deltas that are each other's base")
def cycle(place):
    family(place)
    one, two = b"\1" * 32, b"\2" * 32
    place.put("d.rzoo", delta_of(Parts(place.kit.read("delta.rzoo")), two, one).data())
    place.put("e.rzoo", delta_of(Parts(place.kit.read("delta.rzoo")), one, two).data())
    for line in ("verify d.rzoo", "classify d.rzoo photo.png", "merge d.rzoo --output out", "diff d.rzoo e.rzoo --output out"):
        place.expect(65, *line.split(), seconds=1)


@GROUP.attack("a delta that is its own base")
def own_base(place):
    family(place)
    place.put("d.rzoo", delta_of(Parts(place.kit.read("delta.rzoo")), b"\1" * 32, b"\1" * 32).data())
    for line in ("verify d.rzoo", "inspect d.rzoo", "classify d.rzoo photo.png"):
        place.expect(65, *line.split(), seconds=1)


@GROUP.attack("a chain of thirty deltas")
def chain(place):
    family(place)
    roots = [place.kit.read("base.rzoo")[40:72]] + [bytes([number]) * 32 for number in range(1, 31)]
    for number in range(30):
        place.put(f"c{number:02}.rzoo", delta_of(Parts(place.kit.read("delta.rzoo")), roots[number], roots[number + 1]).data())
    place.expect(65, "verify", "c29.rzoo", says="8", seconds=2)
    place.expect(65, "classify", "c29.rzoo", "photo.png", says="8", seconds=2)


@GROUP.attack_each("a candidate that is {}", [("a fifo",), ("a device",), ("a folder",), ("a link to itself",), ("a dangling link",), ("empty",),
    ("unreadable garbage",)])
def candidate(place, what):
    family(place)
    path = place.path("aaa.rzoo")
    make = {"a fifo": lambda: os.mkfifo(path), "a device": lambda: os.symlink("/dev/zero", path), "a folder": lambda: os.mkdir(path),
            "a link to itself": lambda: os.symlink("aaa.rzoo", path), "a dangling link": lambda: os.symlink("none", path),
            "empty": lambda: place.put("aaa.rzoo"), "unreadable garbage": lambda: place.put("aaa.rzoo", b"\x8dRZO\r\n\x1a\n" + bytes(5000))}[what]
    make()
    place.good("verify", "d.rzoo", seconds=1)
    os.remove(place.path("base.rzoo"))
    place.expect(65, "verify", "d.rzoo", seconds=1)


@GROUP.attack("1,200 files in the folder")
def many(place):
    family(place)
    content = place.kit.read("third.rzoo")
    for number in range(1200):
        place.put(f"n{number:04}.rzoo", content)
    place.good("verify", "d.rzoo", seconds=2)
    os.remove(place.path("base.rzoo"))
    place.expect(65, "verify", "d.rzoo", says="1024", seconds=2)


NUMBERS = [("a merged count of 2^32 - 1", 32, "<I", 2**32 - 1), ("a merged count of 0", 32, "<I", 0),
    ("a dropped count of 2^32 - 1", 36, "<I", 2**32 - 1),
           ("a merged length of 2^64 - 1", 40, "<Q", 2**64 - 1), ("a merged length of 2^43", 40, "<Q", 2**43), ("a merged length of 0", 40, "<Q", 0)]


@GROUP.attack_each("a delta with {}", NUMBERS)
def number(place, _, at, form, value):
    family(place)
    parts = Parts(place.kit.read("delta.rzoo"))
    content = bytearray(parts.content("base"))
    struct.pack_into(form, content, at, value)
    place.put("d.rzoo", parts.replace("base", bytes(content)).data())
    for line in ("verify d.rzoo", "classify d.rzoo photo.png", "merge d.rzoo --output out"):
        place.expect(65, *line.split(), seconds=1, megabytes=64)
    require(not place.exists("out"), "an output is there")


@GROUP.attack("a delta alone is not used, and can be looked at")
def alone(place):
    place.take(d__rzoo="delta.rzoo")
    place.good("inspect", "d.rzoo")
    place.expect(65, "verify", "d.rzoo", says="base")
    place.expect(65, "classify", "d.rzoo", place.kit.path("photo.png"), says="base")


@GROUP.attack("the base changes while the delta is used")
def changing(place):
    """A delta of a large network, whose base is cut while it is read: an error or the right answer, and no crash."""
    place.make("init", "cifar_resnet110", "--seed", "1", "--output", "base.rzoo")
    place.make("edit", "base.rzoo", "--note", "x", "--output", "copy.rzoo")
    place.make("init", "cifar_resnet110", "--seed", "2", "--output", "two.rzoo")
    place.make("diff", "base.rzoo", "two.rzoo", "--output", "d.rzoo")
    whole = place.read("base.rzoo")
    os.remove(place.path("copy.rzoo"))
    for _ in range(6):
        place.put("base.rzoo", whole)
        wait = place.random.uniform(0, 0.05)

        def cut(process):
            wait_until(lambda: False, wait)
            os.truncate(place.path("base.rzoo"), len(whole) // 2)

        place.expect((0, 65, 66, 74), "verify", "d.rzoo", meanwhile=cut)
