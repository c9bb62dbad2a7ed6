"""Files that change while they are read: an error, or the answer of one of the two contents, and no crash."""

import os
import threading
import time

from . import pictures
from .harness import Group, require, wait_until

GROUP = Group("changes")
TRIES = 3
ENDS = (0, 65, 66, 74)


class Meanwhile:
    """Calls something again and again while a run lasts, beginning at a random moment."""

    def __init__(self, place, change, moment=0.05, once=False):
        self.place, self.change, self.moment, self.once = place, change, moment, once

    def __call__(self, pid):
        time.sleep(self.place.random.uniform(0, self.moment))
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            self.change()
            if self.once:
                return
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.001)


def overwrite(path, data):
    """Writes in place, as careless programs do."""
    with open(path, "r+b") as file:
        file.write(data)


def network(place, seed="1"):
    place.make("init", "cifar_resnet110", "--seed", seed, "--output", "n.rzoo", "--force")
    return place.read("n.rzoo")


READERS = ["verify n.rzoo", "classify n.rzoo photo.png", "convert n.rzoo --dtype f16 --output out", "convert n.rzoo --codec none --output out",
    "export n.rzoo --format safetensors --output out", "export n.rzoo --format raw --output out", "sign n.rzoo --key key.pem --output out",
    "edit n.rzoo --note x --output out"]


@GROUP.attack_each("a checkpoint is cut short: {}", [(reader,) for reader in READERS])
def cut(place, reader):
    place.take("photo.png", "key.pem")
    whole = network(place)
    for _ in range(TRIES):
        place.put("n.rzoo", whole)
        length = place.random.randrange(len(whole))
        place.expect(ENDS, *reader.split(), "--force" if "--output" in reader else "--quiet",
            meanwhile=Meanwhile(place, lambda length=length: os.truncate(place.path("n.rzoo"), length), once=True), megabytes=400)
        sound(place)


@GROUP.attack_each("a checkpoint is overwritten: {}", [(reader,) for reader in READERS])
def overwritten(place, reader):
    place.take("photo.png", "key.pem")
    contents = [network(place, "2"), network(place, "1")]
    size = max(map(len, contents))
    contents = [content.ljust(size, b"\0") for content in contents]
    for _ in range(TRIES):
        place.put("n.rzoo", contents[1][:size])
        turn = iter(contents * 10_000)
        place.expect(ENDS, *reader.split(), "--force" if "--output" in reader else "--quiet",
            meanwhile=Meanwhile(place, lambda turn=turn: overwrite(place.path("n.rzoo"), next(turn)), moment=0.02), megabytes=400)
        sound(place)


def sound(place):
    """What a run left is sound, if it is a checkpoint."""
    if place.exists("out") and os.path.isfile(place.path("out")) and place.read("out")[:4] == b"\x8dRZO":
        place.make("verify", "out")
    left = [name for name in place.names() if name.startswith(".reszoo")]
    require(not left, f"left {left}")


@GROUP.attack_each("weights are {0}: convert n.{1}",
    [(how, ending) for how in ("cut short", "overwritten", "replaced") for ending in ("safetensors", "raw")])
def source(place, how, ending):
    """The checkpoint that was there stays unless another one, which is that of one content, takes its place."""
    whole = {}
    for seed in ("2", "1"):
        network(place, seed)
        place.make("export", "n.rzoo", "--format", ending, "--output", "w." + ending)
        name = "w." + ending + ("/weights.bin" if ending == "raw" else "")
        whole[seed] = place.read(name)
    roots = set()
    for seed in ("1", "2"):
        place.put(name, whole[seed])
        place.make("convert", "w." + ending, "--arch", "cifar_resnet110", "--output", "good.rzoo", "--force")
        roots.add(place.read("good.rzoo")[40:72])
    for _ in range(TRIES):
        place.put(name, whole["1"])
        place.put("z.rzoo", "old")
        turn = iter([whole["2"], whole["1"]] * 10_000)

        def change(turn=turn):
            if how == "cut short":
                os.truncate(place.path(name), place.random.randrange(len(whole["1"])))
            elif how == "overwritten":
                overwrite(place.path(name), next(turn))
            else:
                place.put(name + ".new", next(turn))
                os.rename(place.path(name + ".new"), place.path(name))

        outcome = place.expect(ENDS, "convert", "w." + ending, "--arch", "cifar_resnet110", "--output", "z.rzoo", "--force",
            meanwhile=Meanwhile(place, change, once=how == "cut short"), megabytes=500)
        if outcome.code == 0:
            place.make("verify", "z.rzoo")
            require(place.read("z.rzoo")[40:72] in roots, f"a mixture of two contents: {outcome.shown()}")
        else:
            require(place.read("z.rzoo") == b"old", f"the old file is gone: {outcome.shown()}")


@GROUP.attack_each("an image is {}", [("cut short",), ("overwritten",), ("removed",), ("replaced by a fifo",), ("replaced by a folder",)])
def image(place, how):
    place.take("net.rzoo")
    data = [pictures.png(300, 300, 1), pictures.png(300, 300, 2)]
    for _ in range(TRIES):
        for number in range(40):
            place.put(f"set/{number}.png", data[0])

        def change():
            path = place.path(f"set/{place.random.randrange(40)}.png")
            if not os.path.isfile(path):
                return
            if how == "cut short":
                os.truncate(path, 100)
            elif how == "overwritten":
                overwrite(path, data[1])
            else:
                os.remove(path)
                if how == "replaced by a fifo":
                    os.mkfifo(path)
                elif how == "replaced by a folder":
                    os.mkdir(path)

        outcome = place.expect((0, 1), "classify", "net.rzoo", *[f"set/{number}.png" for number in range(40)], "--format", "jsonl",
            meanwhile=Meanwhile(place, change), message_bytes=20_000)
        require(len(outcome.text.splitlines()) == 40 or how == "replaced by a folder", outcome.shown())
        for number in range(40):
            path = place.path(f"set/{number}.png")
            if os.path.isdir(path):
                os.rmdir(path)
            elif os.path.lexists(path):
                os.remove(path)


# The cache of features


TRAIN = ["finetune", "net.rzoo", "set", "--train", "fc", "--batch", "4", "--patience", "0", "--threads", "1", "--seed", "1", "--cache",
    "cache-of-features"]


def cached(place):
    place.take("net.rzoo")
    os.symlink(place.kit.path("set"), place.path("set"))
    place.make(*TRAIN, "--epochs", "60", "--output", "clean.rzoo")
    files = [name for name in place.names("cache-of-features") if os.path.isfile(place.path("cache-of-features", name))]
    require(files, "there are no features")
    return place.read("clean.rzoo"), [place.path("cache-of-features", name) for name in files]


@GROUP.attack_each("features that are {} before a training", [("flipped",), ("cut short",), ("empty",), ("removed",), ("replaced by a folder",),
    ("larger",)])
def features_before(place, how):
    clean, files = cached(place)
    for path in files:
        before = os.path.getsize(path)
        if how == "flipped" and before:
            with open(path, "r+b") as file:
                file.seek(place.random.randrange(before))
                byte = file.read(1)
                file.seek(-1, 1)
                file.write(bytes([byte[0] ^ 4]))
        elif how in ("cut short", "empty", "larger"):
            os.truncate(path, {"cut short": before // 2, "empty": 0, "larger": before + 100_000}[how])
        elif how != "flipped":
            os.remove(path)
            if how == "replaced by a folder":
                os.mkdir(path)
        outcome = place.run(*TRAIN, "--epochs", "60", "--output", "again.rzoo", "--force")
        require(outcome.code == 0 or how == "replaced by a folder" and 64 <= outcome.code < 128, outcome.shown())
        require(outcome.code != 0 or place.read("again.rzoo") == clean, f"{os.path.basename(path)}: another network")


@GROUP.attack_each("features that are {} while a training uses them", [("cut short",), ("overwritten",), ("empty",), ("removed",)])
def features_meanwhile(place, how):
    clean, files = cached(place)
    for path in files:
        for _ in range(2):
            if not os.path.exists(path):
                place.make(*TRAIN, "--epochs", "1", "--output", "x.rzoo", "--force")
            size = os.path.getsize(path) if os.path.exists(path) else 0

            def change(path=path, size=size):
                if not os.path.exists(path):
                    return
                if how == "overwritten":
                    with open(path, "r+b") as file:
                        file.seek(place.random.randrange(max(1, size)))
                        file.write(b"\xa5" * 16)
                elif how == "removed":
                    os.remove(path)
                else:
                    os.truncate(path, size // 2 if how == "cut short" else 0)

            outcome = place.run(*TRAIN, "--epochs", "60", "--output", "again.rzoo", "--force",
                meanwhile=Meanwhile(place, change, moment=0.2, once=True))
            require(outcome.code == 0 and place.read("again.rzoo") == clean, f"{os.path.basename(path)}: another network, or none: {outcome.shown()}")


@GROUP.attack("the state of a training changes while it runs")
def state(place):
    place.take("net.rzoo")
    os.symlink(place.kit.path("set"), place.path("set"))
    line = ["finetune", "net.rzoo", "set", "--train", "fc", "--batch", "4", "--no-cache", "--patience", "0", "--epochs", "60", "--output", "out.rzoo"]

    def change(pid):
        require(wait_until(lambda: place.exists("out.rzoo.training")), "there is no state")
        for _ in range(20):
            try:
                os.truncate(place.path("out.rzoo.training"), 100)
            except FileNotFoundError:
                return
            time.sleep(0.01)

    place.good(*line, meanwhile=change, seconds=60)
    place.good("verify", "out.rzoo")


@GROUP.attack("the folder of an output is removed")
def folder(place):
    place.take("net.rzoo", "photo.png")
    for number in range(TRIES):
        os.makedirs(place.path("there"), exist_ok=True)

        def change():
            for name in os.listdir(place.path("there")) if place.exists("there") else ():
                os.remove(place.path("there", name))
            if place.exists("there"):
                os.rmdir(place.path("there"))

        def careless(pid, number=number):
            time.sleep(0.01 * number)
            try:
                change()
            except OSError:
                pass

        outcome = place.run("convert", "net.rzoo", "--codec", "none", "--output", "there/out.rzoo", meanwhile=careless)
        require(outcome.code in (0, 66, 73, 74), outcome.shown())  # 66: it was gone before the program looked


@GROUP.attack("ten runs write one output")
def racing(place):
    place.take("net.rzoo", "photo.png")
    outcomes = []
    threads = [threading.Thread(target=lambda number=number: outcomes.append(place.run("init", "cifar_resnet20", "--seed", str(number), "--output",
        "o.rzoo", "--force"))) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    require(all(outcome.code == 0 for outcome in outcomes), "; ".join(outcome.shown() for outcome in outcomes if outcome.code))
    place.good("verify", "o.rzoo")
    require([name for name in place.names() if name.startswith(".reszoo")] == [], f"{place.names()}")


@GROUP.attack("an image's list grows while it is read")
def growing(place):
    place.take("net.rzoo", "photo.png")

    def lines():
        for _ in range(50):
            yield b"photo.png\n" * 3
            time.sleep(0.002)

    outcome = place.good("classify", "net.rzoo", "-", "--format", "jsonl", stdin=lines())
    require(len(outcome.text.splitlines()) == 150, outcome.shown())


@GROUP.attack("standard output ends early")
def broken_pipe(place):
    place.take("net.rzoo", "photo.png")
    for line in ("classify net.rzoo - --format jsonl", "architectures", "inspect net.rzoo --tensors", "completion bash"):
        outcome = place.run(*line.split(), stdin=b"photo.png\n" * 3000, shell='"$@" | head -c 10 >&2; exit 0')
        require(outcome.code == 0 and "Fatal" not in outcome.err, outcome.shown())
