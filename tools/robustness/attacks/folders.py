"""Folders, lists and archives of images that would take all time or memory: many entries, deep ones, loops, lines without an end."""

import contextlib
import io
import itertools
import os
import socket
import struct
import subprocess
import tarfile
import tempfile

from . import pickles, pictures
from .harness import Group, require

GROUP = Group("folders")
TRAIN = ["--arch", "small_resnet18", "--epochs", "1", "--output", "new.rzoo"]


def base(place):
    return place.kit.path("base.rzoo")


@contextlib.contextmanager
def crowded():
    """A folder for very many entries: in memory where the system has such a place, since disks are slow at them."""
    with tempfile.TemporaryDirectory(prefix="reszoo-attack-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        yield folder


@GROUP.attack("folders with two links each to the one before")
def diamonds(place):
    place.put("dia/0/photo.png", pictures.png(12, 12))
    for level in range(1, 41):
        os.mkdir(place.path(f"dia/{level}"))
        for name in "xy":
            place.link(f"dia/{level}/{name}", f"../{level - 1}")
    place.expect(1, "classify", base(place), "dia/40", says="in more than 16 ways")
    place.expect((1, 65, 66), "train", "dia", *TRAIN)


@GROUP.attack_each("{0:,} {1}", [(200_000, "files that are no images"), (50_000, "folders"), (50_000, "links that lead nowhere")])
def many(place, count, what):
    make = {"files that are no images": lambda name: os.close(os.open(name + ".txt", os.O_CREAT | os.O_WRONLY)), "folders": os.mkdir,
            "links that lead nowhere": lambda name: os.symlink("nowhere", name + ".png")}[what]
    with crowded() as folder:
        for number in range(count):
            make(f"{folder}/{number}")
        place.expect((1, 66), "classify", base(place), folder, seconds=5, message_bytes=20_000_000)
        place.expect((65, 66), "train", folder, *TRAIN, seconds=10, message_bytes=20_000_000)


@GROUP.attack("20,000 classes")
def classes(place):
    with crowded() as folder:
        for number in range(20_000):
            os.mkdir(f"{folder}/c{number}")
        with open(folder + "/c1/a.png", "wb") as file:
            file.write(pictures.png(8, 8))
        place.expect((65, 66), "evaluate", base(place), folder, seconds=3, message_bytes=2_000_000)
        place.expect((65, 66), "finetune", base(place), folder, "--no-cache", "--output", "new.rzoo", seconds=3, message_bytes=2_000_000)


@GROUP.attack("folders 3,000 deep")
def deep(place):
    here = os.open(place.folder, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=here)
        there = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(here)
    try:
        for line in (["classify", base(place), "d"], ["evaluate", base(place), "d"], ["train", "d", *TRAIN]):
            place.expect((1, 65, 66), *line, seconds=3, message_bytes=20_000)
    finally:
        subprocess.run(["rm", "-rf", place.path("d")], check=True)  # too deep for shutil


def odd(place):
    """A folder with an image, and what no image is."""
    place.put("set/ant/0.png", pictures.png(12, 12, 1))
    place.put("set/bee/0.png", pictures.png(12, 12, 2))
    place.put("set/cat/0.png", pictures.png(12, 12, 3))


@GROUP.attack_each("a folder with {}", [("a fifo",), ("a device",), ("a link to itself",), ("a link to its parent",), ("a socket",),
    ("a folder named .png",)])
def odd_entries(place, what):
    odd(place)
    path = place.path("set/ant/odd.png")
    if what == "a socket":
        with socket.socket(socket.AF_UNIX) as listener:
            here = os.open(place.path("set/ant"), os.O_RDONLY)
            listener.bind(f"/proc/self/fd/{here}/odd.png")
            os.close(here)
    else:
        {"a fifo": lambda: os.mkfifo(path), "a device": lambda: os.symlink("/dev/zero", path),
            "a link to itself": lambda: os.symlink("odd.png", path), "a link to its parent": lambda: os.symlink("..", place.path("set/ant/up")),
         "a folder named .png": lambda: os.mkdir(path)}[what]()
    place.expect((0, 1), "classify", base(place), "set", seconds=4)
    place.expect((0, 1), "evaluate", base(place), "set", seconds=4)
    outcome = place.run("finetune", base(place), "set", "--epochs", "1", "--no-cache", "--validation-split", "0", "--output", "new.rzoo", patience=30)
    require(outcome.code in (0, 65, 66), outcome.shown())


# Lists


def long_lines():
    mega = b"x" * (1 << 20)
    return {
        "200 MB of NULs": lambda: [bytes(1 << 20)] * 200, "100 MB of one letter": lambda: [mega] * 100,
        "100 MB of commas": lambda: [b"," * (1 << 20)] * 100, "100 MB of quotes": lambda: [b'"' * (1 << 20)] * 100,
        "a header, and 100 MB of one row": lambda: [b"path,label\na.png,ant\n"] + [mega] * 100,
        "100 MB of brackets": lambda: [b"[" * (1 << 20)] * 100,
    }


@GROUP.attack_each("a list that is {0}, .{1}", [(what, "csv") for what in long_lines()] + [("200 MB of NULs", "tsv"), ("200 MB of NULs", "jsonl"),
    ("100 MB of brackets", "jsonl")])
def long_line(place, what, ending):
    place.pour("list." + ending, long_lines()[what]())
    for line in (["train", "list." + ending, *TRAIN], ["evaluate", base(place), "list." + ending]):
        place.expect((65, 66), *line, seconds=1, megabytes=80, message_bytes=1000)
    place.expect((65, 66), "init", "small_resnet18", "--labels", "list." + ending, "--output", "new.rzoo", seconds=1, megabytes=80,
        message_bytes=1000)


@GROUP.attack_each("a list of {}", [
    ("ten million empty lines", lambda: [b"path,label\n"] + [b"\n" * (1 << 20)] * 10),
    ("a million rows", lambda: [b"path,label\n"] + [b"a.png,ant\n" * 10_000] * 100),
    ("a million classes", lambda: [b"path,label\n"] + ["".join(f"{n}.png,c{n}\n" for n in range(at, at + 10_000)).encode() for at in range(0,
    1_000_000, 10_000)]),
    ("a row of 100,000 columns", lambda: [b"path,label" + b",x" * 100_000 + b"\na.png,ant" + b",1" * 100_000 + b"\n"])])
def many_rows(place, _, make):
    place.pour("list.csv", make())
    place.expect((1, 65, 66), "evaluate", base(place), "list.csv", seconds=30, megabytes=1500, message_bytes=200_000_000)


@GROUP.attack_each("standard input of {}", [
    ("a gigabyte of NULs", lambda: itertools.repeat(bytes(1 << 20), 1024)),
    ("a gigabyte without a newline", lambda: itertools.repeat(b"x" * (1 << 20), 1024)),
    ("an image's beginning and no end", lambda: itertools.chain([pictures.PNG], itertools.repeat(bytes(1 << 20), 1024))), ("nothing", lambda: []),
    ("newlines", lambda: [b"\n" * 1_000_000])])
def endless_input(place, what, make):
    place.expect((0, 1, 64, 65, 66), "classify", base(place), "-", stdin=make(), seconds=8, megabytes=700 if "image" in what else 160,
        message_bytes=8192)


# Archives of images


def archive(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for information, content in members:
            file.addfile(information, io.BytesIO(content) if content is not None else None)
    return buffer.getvalue()


def member(name, size=0, kind=tarfile.REGTYPE, link=""):
    information = tarfile.TarInfo(name)
    information.size, information.type, information.linkname = size, kind, link
    return information


def with_size(text):
    """An archive whose first header has another size."""
    data = bytearray(archive([(member("a.png", 4), b"abcd"), (member("a.cls", 1), b"0")]))
    data[124:136] = text.ljust(12, b"\0")
    data[148:156] = b" " * 8
    data[148:156] = f"{sum(data[:512]):06o}\0 ".encode()
    return bytes(data)


ARCHIVES = {
    "a size of 2^33 - 1": lambda: [with_size(b"77777777777")], "a size of 2^63 - 1": lambda: [with_size(b"\x80\0\0\0\x7f" + b"\xff" * 7)],
    "a negative size": lambda: [with_size(b"\xff" * 12)], "a size of letters": lambda: [with_size(b"abc")],
    "links": lambda: [archive([(member("a.png", 0, tarfile.SYMTYPE, "/etc/passwd"), None), (member("a.cls", 1), b"0")])],
    "devices": lambda: [archive([(member("a.png", 0, tarfile.CHRTYPE), None), (member("a.cls", 1), b"0")])],
    "paths that lead elsewhere": lambda: [archive([(member("../../a.png", 4), b"abcd"), (member("../../a.cls", 1), b"0")])],
    "half a million members": lambda: [archive([(member(f"{n}.x"), b"") for n in range(1000)])[:512_000]] * 100,
    "100 MB of zeros": lambda: [bytes(1 << 20)] * 100,
    "a class of 50 MB": lambda: [pickles.tar({"a.png": pictures.png(), "a.cls": b"9" * (50 << 20)})],
    "names of PAX of 50 MB": lambda: [pax(50 << 20)],
    "a class of 2^64": lambda: [pickles.tar({"a.png": pictures.png(), "a.cls": b"18446744073709551616"})],
    "a class of -1": lambda: [pickles.tar({"a.png": pictures.png(), "a.cls": b"-1"})],
    "JSON that is a bomb": lambda: [pickles.tar({"a.png": pictures.png(), "a.json": b"[" * (1 << 20)})],
}


def pax(size):
    record = b"path=" + b"n" * size + b"\n"
    length = len(record) + len(str(size)) + 1
    record = str(length).encode() + b" " + record
    return archive([(member("x", len(record), tarfile.XHDTYPE), record), (member("a.png", 4), b"abcd")])


@GROUP.attack_each("a shard with {}", [(what,) for what in ARCHIVES])
def shard(place, what):
    place.pour("s-000.tar", ARCHIVES[what]())
    for line in (["evaluate", base(place), "s-000.tar"], ["train", "s-{000..000}.tar", *TRAIN], ["train", "s-{000..999999999999}.tar", *TRAIN]):
        place.expect((0, 1, 64, 65, 66), *line, seconds=4, megabytes=200)
    require(not os.path.exists(os.path.join(place.folder, "..", "a.png")), "a file was written")


@GROUP.attack_each("CIFAR's file {}", [("cut off", b"\1" * 5000), ("of one byte", b"\1"), ("of classes above nine", b"\xff" * 3073 * 20),
    ("empty", b"")])
def cifar(place, _, data):
    place.put("cifar/data_batch_1.bin", data)
    place.put("cifar/test_batch.bin", data)
    for name in ("cifar", "cifar/test_batch.bin"):
        place.expect((0, 1, 65, 66), "evaluate", place.kit.path("net.rzoo"), name, seconds=3)


# Arrays


@GROUP.attack_each("an array with {}", [
    ("2^62 images", (2**62, 3, 8, 8)), ("no images", (0, 3, 8, 8)), ("a height of 2^32", (1, 3, 2**32, 8)), ("a rank of 2", (3, 8)),
    ("a rank of a thousand", (1,) * 1000), ("other channels", (1, 4096, 8, 8)), ("one pixel", (1, 3, 1, 1)), ("none", ())])
def array(place, _, shape):
    place.put("x.npy", pickles.npy(shape, bytes(4 * 3 * 64)))
    outcome = place.run("run", base(place), "--input", "x.npy", "--output", "y.npy", patience=10)
    require(outcome.code in (0, 64, 65, 66) and outcome.cpu < 2, outcome.shown())


@GROUP.attack_each("numbers that are {}", [("not numbers", struct.pack("<f", float("nan"))), ("infinite", struct.pack("<f", float("inf"))),
    ("subnormal", b"\1\0\0\0"), ("the largest", b"\xff\xff\x7f\x7f")])
def numbers(place, _, value):
    place.put("x.npy", pickles.npy((1, 3, 8, 8), value * 192))
    place.expect((0, 65), "run", base(place), "--input", "x.npy", "--output", "y.npy", seconds=2)
