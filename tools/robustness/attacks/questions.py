"""Attacks on the commands that ask questions: explain, calibrate, compare, audit and similar; on what they read, keep and write."""

import hashlib
import json
import os
import struct
import time

from . import pictures
from .forge import Parts, crc32c
from .harness import Group, need, require

GROUP = Group("questions")
MUCH = {"seconds": 30, "megabytes": 320}
OPENBLAS = ("/usr/lib/x86_64-linux-gnu/libopenblas.so.0", "/usr/lib/aarch64-linux-gnu/libopenblas.so.0")
HOSTILE = ["=cmd|' /C calc'!A0.png", "+1.png", "@sum.png", "-2.png", 'quo"te.png', 'quo"\u0301te.png', "com,ma.png", "line\nend.png", "\u202egnp.png",
           "esc\x1b[8m.png", "caf\u00e9.png", "cafe\u0301.png", "semi;colon.png"]


def images(place):
    place.take("base.rzoo", "third.rzoo", "other.rzoo", "net.rzoo", "photo.png")
    for number, label in enumerate(("ant", "bee", "cat")):
        for image in range(4):
            place.put(f"set/{label}/{image}.png", pictures.png(12, 12, 1 + 4 * number + image))


def unchanged(place, before):
    for name, content in before.items():
        require(place.exists(name) and place.read(name) == content, f"{name} was changed")


# explain


def planted(place, names, **more):
    """A folder with files of somebody, and a record that claims them with their right digests."""
    files = [{"name": name, "sha256": hashlib.sha256(place.read("why/" + name)).hexdigest()} for name in names]
    place.put("why/explain.json", json.dumps({"format": "reszoo explanation", "version": 1, "files": files, "images": [], **more}))


@GROUP.attack_each("explain over a folder whose record claims {}", [("a checkpoint",), ("a key",), ("a letter",), ("a folder",), ("a file elsewhere",)])
def claimed(place, what):
    images(place)
    before = {"why/mine.rzoo": place.kit.read("base.rzoo"), "why/key.pem": b"precious", "why/letter.txt": b"precious", "victim.png": b"precious"}
    for name, content in before.items():
        place.put(name, content)
    if what == "a file elsewhere":
        place.put("why/explain.json", json.dumps({"format": "reszoo explanation", "version": 1, "images": [], "files": [
            {"name": "../victim.png", "sha256": hashlib.sha256(b"precious").hexdigest()}]}))
    elif what == "a folder":
        os.mkdir(place.path("why/x.png"))
        place.put("why/explain.json", json.dumps({"format": "reszoo explanation", "version": 1, "images": [], "files": [
            {"name": "x.png", "sha256": hashlib.sha256(b"").hexdigest()}]}))
    else:
        planted(place, [{"a checkpoint": "mine.rzoo", "a key": "key.pem", "a letter": "letter.txt"}[what]])
    for force in ([], ["--force"]):
        place.expect(73, "explain", "net.rzoo", "photo.png", "--output", "why", *force, **MUCH)
        unchanged(place, before)


@GROUP.attack_each("explain of an image named {!r}", [(name,) for name in HOSTILE])
def odd_name(place, name):
    images(place)
    place.put(name, pictures.png(12, 12))
    place.put("victim.png", "precious")
    place.good("explain", "net.rzoo", "./" + name, "--output", "why", "--class", "1", "--class", "2", **MUCH)
    require(len(place.names("why")) == 4, f"{place.names('why')}")
    require(place.read("victim.png") == b"precious", "a file elsewhere was changed")


@GROUP.attack("explain of images with names that leave the folder")
def leaving(place):
    images(place)
    for name in ("a/\u0301b.png", "..\u0301/x.png", "a/..\u0338.png"):
        place.put(name, pictures.png(12, 12))
    before = place.names()
    place.good("explain", "net.rzoo", "./a", "./..\u0301", "--output", "why", **MUCH)
    require(place.names() == sorted([*before, "why"]), f"{place.names()}")


@GROUP.attack_each("explain with {}", [("a class that steers a terminal", ["--class", "\x1b[8m"]), ("a class beyond numbers", ["--class", "9" * 40]),
                                       ("ten thousand classes", ["--class", ",".join(["0"] * 10_000)]), ("a long node", ["--node", "layer1." * 5000]),
                                       ("an enormous input", ["--size", "16384"]), ("windows without end", ["--method", "occlusion", "--stride", "1"])])
def odd_option(place, _, options):
    images(place)
    place.run("explain", "net.rzoo", "photo.png", "--output", "why", *options, shell='ulimit -v 4000000; exec "$@"')
    require("photo.png" in place.names(), "the image is gone")


# calibrate

TEMPERATURES = [0, -1, 1e-320, 1e308, "1", [], {"value": 0, "images": 5}, {"value": -2, "images": 5}, {"value": 1e300, "images": 5},
                {"value": "2", "images": 5}, {"value": 2, "images": -5}, {"value": 2, "images": 2**64}, {"value": 2}, {"value": 2, "images": 5, "more": 1}]


@GROUP.attack_each("a temperature of {0!s:.50}", [(value,) for value in TEMPERATURES])
def temperature(place, value):
    images(place)
    parts = Parts(place.kit.read("net.rzoo"))
    document = json.loads(parts.content("meta"))
    document["temperature"] = value
    parts.replace("meta", json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
    place.put("forged.rzoo", parts.data())
    for line in (["inspect", "forged.rzoo"], ["classify", "forged.rzoo", "photo.png"], ["calibrate", "forged.rzoo", "set"]):
        place.expect(65, *line, says="forged.rzoo")


@GROUP.attack_each("a temperature from {0!s:.20}", [("\x1b[8m",), ("a\u2028b",), ("s" * 100_000,)])
def temperature_source(place, source):
    images(place)
    parts = Parts(place.kit.read("net.rzoo"))
    parts.edit("meta", temperature={"value": 2, "images": 5, "source": source})
    place.put("forged.rzoo", parts.data())
    for line in (["inspect", "forged.rzoo"], ["classify", "forged.rzoo", "photo.png"]):
        place.expect((0, 65), *line)


@GROUP.attack("calibrate does not write onward what is not its root's")
def forged_root(place):
    images(place)
    data = bytearray(place.kit.read("net.rzoo"))
    data[40] ^= 1
    data[92:96] = struct.pack("<I", crc32c(bytes(data[:92])))
    place.put("forged.rzoo", bytes(data))
    place.expect(65, "calibrate", "forged.rzoo", "set", "--output", "out.rzoo", **MUCH)
    require(not place.exists("out.rzoo"), "it was written")


@GROUP.attack_each("{} with images that are none", [("calibrate base.rzoo broken",), ("compare base.rzoo third.rzoo broken",), ("audit broken --output out",)])
def broken_images(place, line):
    """Bombs, pipes, loops and half images among those of a data set."""
    images(place)
    for label in ("ant", "bee"):
        place.put(f"broken/{label}/good.png", pictures.png(12, 12, 3))
    place.put("broken/ant/bomb.png", pictures.PNG + pictures.head(60_000, 60_000) + pictures.chunk(b"IDAT", pictures.zeros(1 << 20)) + pictures.chunk(b"IEND"))
    place.put("broken/ant/half.png", pictures.png(12, 12)[:60])
    place.put("broken/bee/empty.jpg")
    place.link("broken/bee/loop.png", "loop.png")
    os.mkfifo(place.path("broken/bee/pipe.png"))
    outcome = place.expect((0, 1, 65, 66), *line.split(), **MUCH)
    require("bomb.png" in outcome.err + outcome.text or place.exists("out"), outcome.shown())


@GROUP.attack_each("compare of networks of different {}", [("classes", ["base.rzoo", "other.rzoo"]), ("kinds of file", ["base.rzoo", "photo.png"]),
                                                          ("names for one file", ["base.rzoo", "./base.rzoo"])])
def unlike(place, _, models):
    images(place)
    place.expect((0, 64, 65), "compare", *models, "set", **MUCH)


# audit


@GROUP.attack("what an audit says of hostile names comes back to the right images")
def round_trip(place):
    images(place)
    for number, name in enumerate(HOSTILE):
        place.put(f"hostile/ant/{name}", pictures.png(12, 12, 3 + number))
        place.put(f"hostile/bee/{name}", pictures.png(12, 12, 3 + number))
    place.good("audit", "hostile", "--output", "out", **MUCH)
    table = place.read("out/findings.csv").decode()
    require("\x1b" not in table and "\u202e" not in table, "the table has characters that are not seen")
    for line in table.splitlines()[1:]:
        require(not any(field[:1] in "=+@" and field for field in line.split(",")), f"a spreadsheet would run {line!r}")
    before = {f"hostile/{label}/{name}": place.read(f"hostile/{label}/{name}") for label in ("ant", "bee") for name in HOSTILE}
    lines = [line.replace(",drop,", ",drop,drop") if line.endswith(",drop,") else line for line in table.splitlines()]
    place.put("fixes.csv", "\n".join(lines) + "\n")
    outcome = place.expect((0, 65), "audit", "hostile", "--apply", "fixes.csv", "--manifest", "clean.csv", **MUCH)
    unchanged(place, before)
    if outcome.code == 0:
        listed = place.read("clean.csv").decode()
        require(listed.count('"') % 2 == 0, "the manifest's quotes are not closed")
        place.expect((0, 1), "evaluate", "base.rzoo", "clean.csv", **MUCH)


@GROUP.attack_each("fixes of {}", [("millions of empty lines", b"input,action\n" + b",\n" * 8_000_000), ("millions of line ends", b"input,action\n" + b"\n" * 30_000_000),
                                   ("one endless field", b'input,action\n"' + b"x" * 30_000_000), ("quotes alone", b'"' * 1_000_001),
                                   ("many columns", b"input,action" + b"," * 2_000_000 + b"\n"), ("bytes that are no text", b"input,action\n\xff\xfe,drop\n"),
                                   ("a name outside", b"input,action\n../../etc/passwd,drop\n"), ("an action unknown", b"input,action\nset/ant/0.png,delete\n"),
                                   ("a label that steers", b"input,action,label\nset/ant/0.png,relabel,\x1b[8m\n"), ("nothing", b"")])
def fixes(place, _, content):
    images(place)
    place.put("fixes.csv", content)
    before = {f"set/ant/{number}.png": place.read(f"set/ant/{number}.png") for number in range(4)}
    place.expect((0, 64, 65, 66), "audit", "set", "--apply", "fixes.csv", "--manifest", "clean.csv", seconds=60, megabytes=400)
    unchanged(place, before)


@GROUP.attack_each("an audit's cache of {}", [("zeros", lambda data: bytes(len(data))), ("half of it", lambda data: data[:len(data) // 2]),
                                              ("other numbers", lambda data: data[:-64] + bytes(64)), ("nothing", lambda data: b""),
                                              ("another kind", lambda data: pictures.png())])
def audit_cache(place, _, change):
    images(place)
    audit = ["audit", "set", "--model", "net.rzoo", "--output", "out"]
    place.good(*audit, **MUCH)
    first = [place.read("out/" + name) for name in ("findings.csv", "findings.jsonl")]
    for folder, _, names in os.walk(place.cache):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                data = file.read()
            with open(path, "wb") as file:
                file.write(change(data))
    place.good(*audit, "--force", **MUCH)
    require(first == [place.read("out/" + name) for name in ("findings.csv", "findings.jsonl")], "the damaged cache gave other findings")


@GROUP.attack("an audit keeps what somebody wrote into its table, also if that is no table any more")
def decisions(place):
    images(place)
    place.put("set/bee/copy.png", place.read("set/ant/0.png"))
    place.good("audit", "set", "--output", "out", **MUCH)
    for text in (place.read("out/findings.csv") + b'"half a line', b"my notes\n"):
        place.put("out/findings.csv", text)
        place.expect(73, "audit", "set", "--output", "out", says="findings.csv", **MUCH)
        require(place.read("out/findings.csv") == text, "the notes are gone")


@GROUP.attack("a thousand copies of one image take seconds")
def many_copies(place):
    images(place)
    place.put("same/ant/0.png", pictures.png(40, 40))
    for number in range(1, 1000):
        os.link(place.path("same/ant/0.png"), place.path(f"same/ant/{number}.png"))
    place.good("audit", "same", "--output", "out", "--no-cache", **MUCH)
    require(place.read("out/findings.csv").count(b"\n") == 1001, "some are missing")


@GROUP.attack("folders whose names look alike keep their images apart")
def alike_folders(place):
    images(place)
    for number, label in enumerate(("caf\u00e9", "cafe\u0301")):
        for image in range(2):
            place.put(f"alike/{label}/{2 * number + image}.png", pictures.png(12, 12, 3 + 2 * number + image))
    place.put("none.csv", "input,action\n")
    place.good("audit", "alike", "--apply", "none.csv", "--manifest", "clean.csv", **MUCH)
    listed = [line.split(",")[0] for line in place.read("clean.csv").decode().splitlines()[1:]]
    require(len(listed) == 4 and all(place.exists(name) for name in listed), f"{listed}")


@GROUP.attack("a manifest with formulas is told of")
def manifest_of_formulas(place):
    images(place)
    place.put("cells/=1+1/0.png", pictures.png(12, 12, 3))
    place.put("cells/bee/0.png", pictures.png(12, 12, 4))
    place.put("none.csv", "input,action\n")
    place.good("audit", "cells", "--apply", "none.csv", "--manifest", "clean.csv", says="formulas", **MUCH)


@GROUP.attack("a file of somebody with the name of a map of this run")
def own_file(place):
    images(place)
    place.good("explain", "net.rzoo", "photo.png", "--output", "why", **MUCH)
    place.put("other.png", pictures.png(12, 12))
    place.put("why/other.png", "precious")
    place.expect(73, "explain", "net.rzoo", "other.png", "--output", "why", "--force", **MUCH)
    require(place.read("why/other.png") == b"precious", "it is gone")


@GROUP.attack("a folder that is swapped for a link while it is replaced")
def swapped(place):
    """Another user's old folder, exchanged by root, becomes a link to root's files: only the old folder's own files may go."""
    need(os.geteuid() == 0, "only root can be lent to another user")
    images(place)
    os.mkdir(place.path("stick"))
    os.chmod(place.path("stick"), 0o1777)
    os.mkdir(place.path("mine"))
    names = [f"a{number:04}.png" for number in range(3000)] + ["zz.png"]
    for name in ("zz.png", "secret.key"):
        place.put("mine/" + name, "precious")
    empty = hashlib.sha256(b"").hexdigest()
    for name in names:
        place.put("stick/why/" + name)
    place.put("stick/why/explain.json", json.dumps({"format": "reszoo explanation", "version": 1, "images": [], "files": [
        {"name": name, "sha256": empty} for name in names]}))
    number = os.stat(place.path("stick/why")).st_ino
    for folder, _, files in os.walk(place.path("stick/why")):
        for name in [folder] + [os.path.join(folder, name) for name in files]:
            os.chown(name, 65534, 65534)

    def swap(_):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            for entry in os.scandir(place.path("stick")):
                try:
                    if entry.name.startswith(".reszoo") and entry.inode() == number:
                        os.rename(entry.path, place.path("moved"))
                        os.symlink(place.path("mine"), entry.path)
                        return
                except OSError:
                    continue
            if place.exists("stick/why") and os.stat(place.path("stick/why")).st_ino != number and not any(
                    entry.startswith(".reszoo") for entry in place.names("stick")):
                return

    place.run("explain", "net.rzoo", "photo.png", "--output", "stick/why", meanwhile=swap)
    require(place.read("mine/zz.png") == b"precious" and place.read("mine/secret.key") == b"precious", "files behind the link are gone")


# similar


def with_index(place):
    need(any(os.path.exists(path) for path in OPENBLAS), "there is no OpenBLAS")
    images(place)
    place.good("similar", "base.rzoo", "set", "--build", "x.rzindex", **MUCH)
    return place.read("x.rzindex")


def search(place, code, **more):
    return place.expect(code, "similar", "base.rzoo", "photo.png", "--among", "x.rzindex", **{**MUCH, **more})


@GROUP.attack("an index cut at any length is refused")
def cut(place):
    data = with_index(place)
    for length in sorted({0, 1, 7, 8, 9, 63, 64, 65, *range(72, len(data), 61), len(data) - 1}):
        place.put("x.rzindex", data[:length])
        search(place, (1, 64, 65, 66))


@GROUP.attack("an index with one other bit is refused")
def flipped(place):
    data = with_index(place)
    for position in sorted({*range(0, 96), *range(96, len(data), 67), len(data) - 1}):
        changed = bytearray(data)
        changed[position] ^= 1 << position % 8
        place.put("x.rzindex", bytes(changed))
        search(place, (1, 64, 65, 66))


@GROUP.attack("an index of terabytes is refused at once")
def sparse(place):
    data = with_index(place)
    for size in (1 << 33, 1 << 40):
        place.sparse("x.rzindex", size, data)
        search(place, 65, seconds=3)


@GROUP.attack("an index of another network is refused")
def foreign_index(place):
    with_index(place)
    place.expect(64, "similar", "third.rzoo", "photo.png", "--among", "x.rzindex", says="x.rzindex", **MUCH)


@GROUP.attack("an index is not replaced unless asked")
def kept_index(place):
    data = with_index(place)
    place.expect(73, "similar", "base.rzoo", "photo.png", "--build", "x.rzindex", says="--force", **MUCH)
    require(place.read("x.rzindex") == data, "it was replaced")


@GROUP.attack("names in an index steer no terminal, table or line")
def index_names(place):
    need(any(os.path.exists(path) for path in OPENBLAS), "there is no OpenBLAS")
    images(place)
    for number, name in enumerate(HOSTILE):
        place.put(f"hostile/{name}", pictures.png(12, 12, 3 + number))
    place.good("similar", "base.rzoo", "hostile", "--build", "x.rzindex", **MUCH)
    for form in ("text", "csv", "json", "jsonl"):
        search_all = ["similar", "base.rzoo", "photo.png", "--among", "x.rzindex", "--top", "20", "--format", form]
        outcome = place.good(*search_all, **MUCH)
        if form == "jsonl":
            require(len(outcome.text.splitlines()) == 1, "a name broke a line")


# Outputs

QUESTIONS = [
    ("calibrate net.rzoo set --output set/ant/0.png", "set/ant/0.png"), ("calibrate net.rzoo set --output third.rzoo", "third.rzoo"),
    ("compare net.rzoo base.rzoo set --report set", "set/ant/0.png"), ("calibrate net.rzoo set --report set", "set/ant/0.png"),
    ("audit set --output set", "set/ant/0.png"), ("audit set --apply fixes.csv --manifest set/ant/0.png", "set/ant/0.png"),
    ("audit set --apply fixes.csv --manifest fixes.csv", "fixes.csv"), ("explain net.rzoo set --output set", "set/ant/0.png"),
    ("explain net.rzoo photo.png --output photo.png", "photo.png"), ("similar base.rzoo set --build set/ant/0.png", "set/ant/0.png"),
    ("similar base.rzoo set --build third.rzoo", "third.rzoo"), ("similar base.rzoo photo.png --among set --output set/bee/0.png", "set/bee/0.png"),
    ("similar base.rzoo photo.png --among set --output soft", "set/bee/0.png"), ("similar base.rzoo photo.png --among set --output hard.png", "set/bee/0.png"),
]


@GROUP.attack_each("an input as output: {}", QUESTIONS)
def replaced(place, line, victim):
    images(place)
    need("--among" not in line or any(os.path.exists(path) for path in OPENBLAS), "there is no OpenBLAS")
    place.put("fixes.csv", "input,action\nset/ant/1.png,drop\n")
    place.link("soft", "set/bee/0.png")
    os.link(place.path("set/bee/0.png"), place.path("hard.png"))
    before, names = place.read(victim), place.names()
    # With --force another checkpoint may be replaced; what the command reads never is.
    for force in ([],) if victim == "third.rzoo" else ([], ["--force"]):
        outcome = place.run(*line.split(), *force)
        require(64 <= outcome.code < 128, outcome.shown())
        require(place.read(victim) == before, f"{victim} was replaced: {outcome.shown()}")
        require(place.names() == names, f"left {place.names()}: {outcome.shown()}")
