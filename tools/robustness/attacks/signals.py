"""Signals at random moments, of a fixed seed: no temporary file stays, and what is there is the old file or the new one, whole."""

import hashlib
import os
import signal
import time

from .harness import Group, require, send, wait_until

GROUP = Group("signals")
ENDS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
MOMENTS = 6
OLD = hashlib.sha256(b"old").hexdigest()

WRITERS = [
    "convert large.rzoo --codec none --output {}", "convert large.rzoo --dtype f16 --output {}", "convert large.safetensors --output {}",
    "export large.rzoo --format safetensors --output {}",
    "export large.rzoo --format onnx --output {}", "export large.rzoo --format raw --output {}", "export large.rzoo --format hub --output {}",
    "init resnet18 --seed 2 --output {}",
    "edit large.rzoo --note x --output {}", "sign large.rzoo --key key.pem --output {}", "diff other.rzoo large.rzoo --output {}",
    "merge delta.rzoo --base other.rzoo --output {}",
    "features net.rzoo set --node layer1 --output {}", "preprocess large.rzoo photo.png photo.png photo.png --output {}",
    "classify net.rzoo - --output {}",
]


def large(place):
    """Links to networks of 45 MB that all attacks of this kind share."""
    shared = place.kit.folder + "-large"
    try:
        os.mkdir(shared)
    except FileExistsError:
        require(wait_until(lambda: os.path.exists(shared + "/ready"), 120), "there are no large networks")
    else:
        for line in ("init resnet18 --seed 1 --output large.rzoo", "init resnet18 --seed 3 --output other.rzoo",
            "diff other.rzoo large.rzoo --output delta.rzoo",
                     "export large.rzoo --output large.safetensors"):
            place.make(*line.split(), shell=f'cd "{shared}"; exec "$@"')
        with open(shared + "/ready", "wb"):
            pass
    for name in os.listdir(shared):
        os.symlink(os.path.join(shared, name), place.path(name))
    place.take("net.rzoo", "key.pem", "photo.png")
    os.symlink(place.kit.path("set"), place.path("set"))


@GROUP.attack_each("{}", [(writer,) for writer in WRITERS])
def interrupted(place, writer):
    large(place)
    os.mkdir(place.path("out"))
    line, options = writer.replace("{}", "out/x").split(), {"stdin": b"photo.png\n" * 2000}
    start = time.monotonic()
    place.make(*line, **options)
    span = time.monotonic() - start
    made = content(place, "out/x")
    for number in range(MOMENTS):
        old = number % 2 == 1 and not os.path.isdir(place.path("out/x"))
        if place.exists("out/x") and not os.path.isdir(place.path("out/x")):
            os.remove(place.path("out/x"))
        if old:
            place.put("out/x", "old")
        moment = place.random.uniform(0, span)

        def end(process, number=number, moment=moment):
            time.sleep(moment)
            send(process, ENDS[number % 3])

        outcome = place.run(*line, "--force", meanwhile=end, **options)
        require(outcome.code in (0, -ENDS[number % 3]), outcome.shown())
        names = place.names("out")
        require(names in ([], ["x"]), f"left {names}")
        if names == ["x"]:
            require(content(place, "out/x") in (made, OLD), f"a damaged output: {outcome.shown()}")
        require(names == ["x"] or outcome.code != 0 and not old, f"the output is gone: {outcome.shown()}")


def content(place, name):
    """The digest of a file, or of a folder's files by name."""
    if os.path.isdir(place.path(name)):
        return {inner: content(place, name + "/" + inner) for inner in place.names(name)}
    with open(place.path(name), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@GROUP.attack_each("{} ends a training, which is taken up again", [("SIGTERM",), ("SIGHUP",), ("SIGKILL",)])
def training(place, name):
    place.take("net.rzoo")
    os.symlink(place.kit.path("set"), place.path("set"))
    line = ["finetune", "net.rzoo", "set", "--train", "fc", "--epochs", "60", "--batch", "4", "--no-cache", "--patience", "0", "--seed", "1",
        "--threads", "1"]
    place.make(*line, "--output", "whole.rzoo")
    number = getattr(signal, name)

    def end(process):
        require(wait_until(lambda: place.exists("cut.rzoo.training")), "there is no state")
        send(process, number)

    outcome = place.run(*line, "--output", "cut.rzoo", meanwhile=end)
    require(outcome.code == -number, outcome.shown())
    require(not place.exists("cut.rzoo"), "there is an output")
    state = place.read("cut.rzoo.training")
    refused = place.run(*line, "--output", "cut.rzoo")
    require(refused.code != 0 and "--resume" in refused.err, refused.shown())
    require(place.read("cut.rzoo.training") == state, "the state was changed")
    flipped = bytearray(state)
    flipped[place.random.randrange(len(flipped))] ^= 1
    place.put("cut.rzoo.training", flipped)
    place.expect((65, 66), *line, "--output", "cut.rzoo", "--resume")
    place.put("cut.rzoo.training", state)
    place.good(*line, "--output", "cut.rzoo", "--resume", seconds=60)
    require(place.read("cut.rzoo") == place.read("whole.rzoo"), "another file than that of a training nobody disturbed")
    require(not [left for left in place.names() if left.startswith("cut.rzoo.")], f"left {place.names()}")


@GROUP.attack_each("two trainings of one output: {}", [("q.rzoo",), ("./q.rzoo",), ("link.rzoo",), ("folder/q.rzoo",)])
def twice(place, name):
    place.take("net.rzoo")
    os.symlink(place.kit.path("set"), place.path("set"))
    place.link("link.rzoo", "q.rzoo")
    place.link("folder", ".")
    line = ["finetune", "net.rzoo", "set", "--train", "fc", "--epochs", "5000", "--batch", "4", "--no-cache", "--patience", "0"]

    def second(process):
        try:
            require(wait_until(lambda: place.exists("q.rzoo.training")), "there is no state")
            outcome = place.run(*line, "--output", name, "--restart")
            require(64 <= outcome.code < 128, outcome.shown())
        finally:
            send(process, signal.SIGTERM)

    place.run(*line, "--output", "q.rzoo", meanwhile=second)


@GROUP.attack_each("{} in the middle of an export of a folder that replaces one", [("SIGKILL",), ("SIGTERM",)])
def folder_replaced(place, name):
    large(place)
    line = ["export", "large.rzoo", "--format", "raw", "--output", "out"]
    start = time.monotonic()
    place.make(*line)
    span = time.monotonic() - start
    made = content(place, "out")
    for number in range(12):
        moment = place.random.uniform(0.5 * span, 1.1 * span) if number < 8 else place.random.uniform(0, span)

        def end(process, moment=moment):
            time.sleep(moment)
            send(process, getattr(signal, name))

        place.run(*line, meanwhile=end)
        require(content(place, "out") == made, "the folder is not whole")
    place.make(*line)
    left = [inner for inner in place.names() if inner.startswith(".reszoo")]
    require(not left, f"left {left}")
