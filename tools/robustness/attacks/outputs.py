"""Attacks on outputs: odd places, inputs as outputs, full disks, planted links and temporaries. An output appears whole or not at all."""

import os
import stat

from . import pictures
from .harness import Group, need, require

GROUP = Group("outputs")
NOBODY = 65534

# Commands that write a file, {}; all but those of SMALL write more than 4 KiB.
WRITERS = [
    "classify base.rzoo - --output {}", "run base.rzoo --input many.npy --output {}", "preprocess net.rzoo photo.png --output {}",
    "features net.rzoo photo.png --node layer1 --output {}", "features net.rzoo photo.png --sheet {}",
    "inspect net.rzoo --graph --format svg --output {}",
    "convert weights.safetensors --output {}", "convert net.rzoo --dtype f16 --output {}", "init cifar_resnet20 --output {}",
    "edit net.rzoo --note x --output {}",
    "sign net.rzoo --key key.pem --output {}", "export net.rzoo --format onnx --output {}", "export net.rzoo --format safetensors --output {}",
    "augment photo.png --from net.rzoo --output {}", "diff third.rzoo net.rzoo --output {}", "merge delta.rzoo --output {}",
    "similar base.rzoo set --build {}",
]
LIST = b"photo.png\n" * 200
SMALL = {"merge", "convert weights.safetensors", "augment", "similar"}


def inputs(place):
    place.take("base.rzoo", "third.rzoo", "net.rzoo", "delta.rzoo", "photo.png", "x.npy", "key.pem", "weights.safetensors")
    head = b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little")
    words = b"{'descr': '<f4', 'fortran_order': False, 'shape': (500, 3, 8, 8), }"
    place.put("many.npy", head + words.ljust(117) + b"\n" + bytes(4 * 500 * 3 * 64))
    os.symlink(place.kit.path("set"), place.path("set"))


def line_of(writer, output):
    return [word.replace("{}", output) for word in writer.split()]


def no_temporaries(place, folder="."):
    left = [name for name in place.names(folder) if ".tmp" in name or name.startswith(".reszoo") or name.endswith((".partial", ".lock", ".old"))]
    require(not left, f"left {left}")


@GROUP.attack_each("odd places: {}", [(writer,) for writer in WRITERS])
def odd_place(place, writer):
    inputs(place)
    os.mkfifo(place.path("fifo"))
    os.mkdir(place.path("folder"))
    place.link("dangling", "nowhere")
    place.link("loop", "loop")
    before = place.names()
    for output in ("fifo", "folder", "dangling", "loop", "none/out", "net.rzoo/out", "/dev/null", "/dev/full", "/dev/stdout", "folder/", "x" * 300,
        "./" * 3000 + "out"):
        place.expect((64, 73, 74), *line_of(writer, output), stdin=LIST)
        require(place.names() == before, f"{output[:20]}: {place.names()}")
    require(not place.names("folder"), "something is in the folder")


@GROUP.attack("an empty name as output")
def empty_name(place):
    inputs(place)
    wrong = [outcome.shown() for outcome in (place.run(*line_of(writer, ""), stdin=LIST) for writer in WRITERS) if outcome.code not in (64, 73)]
    require(not wrong, "; ".join(wrong))


@GROUP.attack_each("a folder in which nothing may grow: {}", [(writer,) for writer in WRITERS])
def no_room(place, writer):
    inputs(place)
    place.put("out", "old")
    before = place.names()
    outcome = place.run(*line_of(writer, "out"), "--force", stdin=LIST, shell='ulimit -f 4; exec "$@"')
    is_small = writer.startswith(tuple(SMALL))
    require(outcome.code == 74 or is_small and outcome.code == 0, outcome.shown())
    require(outcome.code == 0 or "was not written" in outcome.err and place.read("out") == b"old", outcome.shown())
    require(place.names() == before, f"{place.names()}")


@GROUP.attack_each("folders in which nothing may grow: --format {}", [("raw",), ("hub",)])
def no_room_for_folder(place, form):
    place.make("init", "resnet18", "--output", "net.rzoo")
    before = place.names()
    for limit in (4, 40, 4000):
        place.expect(74, "export", "net.rzoo", "--format", form, "--output", "new", shell=f'ulimit -f {limit}; exec "$@"', megabytes=300)
        require(place.names() == before, f"{place.names()}")
    os.mkdir(place.path("new"))
    place.expect(74, "export", "net.rzoo", "--format", form, "--output", "new", shell='ulimit -f 4000; exec "$@"', megabytes=300)
    require(place.names("new") == [], f"{place.names('new')}")


FULL_DISK = """mount -t tmpfs -o size=400k none full || exit 99
cp out full/out
[ "$FILL" = 0 ] || cat /dev/zero >full/rest 2>/dev/null
ls -A full >before
"$@"; code=$?
[ "$(ls -A full)" = "$(cat before)" ] || { ls -lA full >&2; exit 98; }
[ $code = 0 ] || cmp out full/out >&2 || exit 97
exit $code"""


@GROUP.attack_each("a full disk: {}", [(writer,) for writer in WRITERS] + [("export net.rzoo --format raw --output {}.folder",)])
def full_disk(place, writer):
    need(os.geteuid() == 0, "only root can mount a small disk")
    inputs(place)
    os.mkdir(place.path("full"))
    place.put("out", bytes(380_000))
    for fill in "01":
        outcome = place.run(*line_of(writer, "full/out"), "--force", stdin=LIST * 20, env={"FILL": fill},
                            shell=f"exec unshare -m --propagation private sh -c '{FULL_DISK}' sh \"$@\"")
        need(outcome.code != 99 and "unshare failed" not in outcome.err, "no disk can be mounted here")
        require(outcome.code == 74 or fill == "0" and outcome.code == 0, outcome.shown())
        require(".tmp" not in outcome.err, f"it names a temporary file: {outcome.shown()}")


# Inputs as outputs

REPLACED = [
    ("classify net.rzoo photo.png --output photo.png", "photo.png"), ("classify net.rzoo photo.png --output net.rzoo", "net.rzoo"),
    ("classify net.rzoo . --output ./photo.png", "photo.png"), ("classify net.rzoo photo.png --output soft", "photo.png"),
    ("classify net.rzoo photo.png --output hard", "photo.png"),
    ("classify net.rzoo photo.png --output hardnet", "net.rzoo"), ("run base.rzoo --input x.npy --output x.npy", "x.npy"),
    ("run base.rzoo --input x.npy --output base.rzoo", "base.rzoo"),
    ("preprocess net.rzoo photo.png --output photo.png", "photo.png"), ("preprocess net.rzoo photo.png --output hard", "photo.png"),
    ("features net.rzoo photo.png --output hardnet", "net.rzoo"),
    ("convert weights.safetensors --output weights.safetensors", "weights.safetensors"), ("convert raw --output raw/weights.bin", "raw/weights.bin"),
    ("convert raw --output raw/manifest.json", "raw/manifest.json"),
    ("sign net.rzoo --key key.pem --output key.pem", "key.pem"), ("verify net.rzoo --public-key net.rzoo", "net.rzoo"),
    ("convert net.rzoo --dtype f16 --public-key key.pub --output key.pub", "key.pub"),
    ("init --descriptor tiny.json --output tiny.json", "tiny.json"),
    ("init cifar_resnet20 --labels labels.txt --output labels.txt", "labels.txt"),
    ("edit net.rzoo --labels labels.txt --output labels.txt", "labels.txt"),
    ("evaluate base.rzoo list.csv --predictions list.csv", "list.csv"), ("evaluate base.rzoo list.csv --predictions hard.csv", "list.csv"),
    ("evaluate base.rzoo list.csv --predictions hardset.csv", "copy/1.png"),
    ("train list.csv --arch small_resnet18 --epochs 1 --output list.csv", "list.csv"),
    ("train list.csv --arch small_resnet18 --epochs 1 --output n.rzoo --log list.csv", "list.csv"),
    ("train list.csv --arch small_resnet18 --epochs 1 --output n.rzoo --log copy/1.png", "copy/1.png"),
    ("train list.csv --arch small_resnet18 --epochs 1 --output n.rzoo --save-config list.csv", "list.csv"),
    ("train list.csv --from base.rzoo --epochs 1 --output copy/1.png", "copy/1.png"),
    ("finetune base.rzoo list.csv --epochs 1 --no-cache --output base.rzoo", "base.rzoo"),
    ("augment photo.png --from net.rzoo --output photo.png", "photo.png"),
    ("classify net.rzoo photo.png --output photo.png --format jsonl", "photo.png"),
]


@GROUP.attack_each("an input as output: {}", REPLACED)
def replaced(place, line, victim):
    inputs(place)
    place.take("key.pub", "tiny.json", "labels.txt")
    for name in ("raw/manifest.json", "raw/weights.bin"):
        place.put(name, place.kit.read(name))
    for number in range(1, 4):
        place.put(f"copy/{number}.png", place.kit.read(f"set/ant/{number}.png"))
    place.put("list.csv", "path,label\ncopy/1.png,ant\ncopy/2.png,bee\ncopy/3.png,cat\n")
    place.link("soft", "photo.png")
    for link, target in (("hard", "photo.png"), ("hardnet", "net.rzoo"), ("hard.csv", "list.csv"), ("hardset.csv", "copy/1.png")):
        os.link(place.path(target), place.path(link))
    before, names = place.read(victim), place.names()
    for force in ([], ["--force"]) if not line.startswith("verify") else ([],):
        outcome = place.run(*line.split(), *force)
        require(64 <= outcome.code < 128, outcome.shown())
        require(place.read(victim) == before, f"{victim} was replaced: {outcome.shown()}")
        require(place.names() == names, f"left {place.names()}: {outcome.shown()}")


# Links, modes, locks, temporaries


@GROUP.attack_each("mode {:o} of what is replaced", [(0o640,), (0o4755,), (0o600,), (0o604,)])
def mode_kept(place, mode):
    inputs(place)
    for writer in ("classify base.rzoo photo.png --output out", "init cifar_resnet20 --force --output out"):
        place.put("out", "old")
        os.chmod(place.path("out"), mode)
        place.good(*writer.split(), umask=0o077)
        found = stat.S_IMODE(os.stat(place.path("out")).st_mode)
        require(found == mode & 0o777, f"mode {found:o}")
        os.remove(place.path("out"))


@GROUP.attack_each("mode {:o} of a stranger's file that is replaced", [(0o6777,), (0o4755,), (0o666,), (0o600,)])
def strange_mode(place, mode):
    need(os.geteuid() == 0, "only root can give a file away")
    inputs(place)
    for writer in ("classify base.rzoo photo.png --output out", "init cifar_resnet20 --force --output out"):
        place.put("out", "old")
        os.chown(place.path("out"), NOBODY, NOBODY)
        os.chmod(place.path("out"), mode)
        place.good(*writer.split(), umask=0o022)
        found = os.stat(place.path("out"))
        require(stat.S_IMODE(found.st_mode) == mode & 0o644, f"mode {found.st_mode:o}")
        os.remove(place.path("out"))


@GROUP.attack_each("umask {:o}", [(0o077,), (0o027,), (0,), (0o777,)])
def umask(place, mask):
    inputs(place)
    for writer in ("classify base.rzoo photo.png --output out", "init cifar_resnet20 --output net", "export net.rzoo --output out.onnx"):
        place.good(*writer.split(), umask=mask)
    for name in ("out", "net", "out.onnx"):
        found = stat.S_IMODE(os.stat(place.path(name)).st_mode)
        require(found == 0o666 & ~mask, f"{name} has mode {found:o}")


@GROUP.attack("a link to an output is kept, and its file replaced")
def link_kept(place):
    inputs(place)
    place.put("there/out", "old")
    place.link("out", "there/out")
    place.good("classify", "base.rzoo", "photo.png", "--output", "out")
    require(os.readlink(place.path("out")) == "there/out" and place.read("there/out") != b"old", "the link is gone")
    no_temporaries(place)
    no_temporaries(place, "there")


@GROUP.attack("edit of a hard link leaves the other name alone")
def unlinked(place):
    inputs(place)
    os.link(place.path("net.rzoo"), place.path("other-name"))
    before = place.read("other-name")
    place.good("edit", "net.rzoo", "--note", "x")
    require(place.read("other-name") == before and place.read("net.rzoo") != before, "both names changed")


@GROUP.attack_each("a {} with a temporary's name", [("fifo",), ("folder with folders",), ("folder of another user",), ("link",), ("file",)])
def planted_temporary(place, what):
    inputs(place)
    place.put("victim", "precious")
    need(what != "folder of another user" or os.geteuid() == 0, "only root can give a folder away")
    name = place.path(".reszoo-0123456789abcdef.tmp")
    {"fifo": lambda: os.mkfifo(name), "link": lambda: os.symlink("victim", name),
     "folder with folders": lambda: place.put(name + "/in/letter", "precious"),
     "folder of another user": lambda: place.put(name + "/letter", "precious"), "file": lambda: place.put(name, "x")}[what]()
    if what == "folder of another user":
        os.chown(name, NOBODY, NOBODY)
    for writer in ("classify base.rzoo photo.png --output out", "init cifar_resnet20 --output net", "export net.rzoo --format raw --output folder"):
        place.good(*writer.split(), seconds=2)
    require(place.read("victim") == b"precious", "the file behind the link was changed")
    require(what in ("link", "file") or place.exists(name), "what is no temporary was removed")
    require("folder" not in what or place.exists(name + ("/in" if what.endswith("folders") else "") + "/letter"), "a file in it was removed")


@GROUP.attack("files with the names of locks")
def locks(place):
    inputs(place)
    place.put("features/lock", "precious")
    place.put("out.rzoo.training.lock", "precious")
    place.run("finetune", "base.rzoo", "set", "--train", "fc", "--epochs", "1", "--cache", "features", "--output", "out.rzoo")
    require(place.read("features/lock") == b"precious" and place.read("out.rzoo.training.lock") == b"precious", "a file of the user is gone")


@GROUP.attack_each("a folder that is not an export, as --format {}", [("raw",), ("hub",)])
def foreign_folder(place, form):
    place.make("init", "resnet18", "--output", "net.rzoo")
    place.put("mine/letter", "precious")
    for option in ([], ["--force"]):
        outcome = place.run("export", "net.rzoo", "--format", form, "--output", "mine", *option)
        require(place.read("mine/letter") == b"precious" and (outcome.code == 73 or option), outcome.shown())
    place.put("file", "precious")
    place.expect((64, 73, 74), "export", "net.rzoo", "--format", form, "--output", "file", megabytes=300)
    require(place.read("file") == b"precious", "the file was replaced")
    no_temporaries(place)


# Standard output

PRINTERS = ["classify net.rzoo photo.png", "evaluate base.rzoo set", "inspect net.rzoo", "verify net.rzoo", "architectures",
    "bench base.rzoo --seconds 0.01", "pull --list",
            "classify net.rzoo photo.png --format csv", "inspect net.rzoo --json", "features net.rzoo photo.png --output -", "completion bash"]


@GROUP.attack("a study that begins again beside files of others")
def restarted(place):
    """What studies trained is discarded, and only if nothing else is in the folder."""
    place.take("tiny.json", "base.rzoo")
    for part in ("train", "test"):
        for number, label in enumerate(("ant", "bee", "cat")):
            for image in range(3):
                place.put(f"images/{part}/{label}/{image}.png", pictures.png(8, 8, 1 + 4 * number + image))
    study = ["study", "degradation", "images", "--epochs", "1", "--batch", "3", "--no-augment", "--output", "st", "--pictures", "6", "--quiet", "--nets"]
    place.make(*study, "tiny.json")
    for name, content in (("own-seed1.json", place.read("tiny.json")), ("precious-seed7.rzoo", place.read("base.rzoo"))):
        place.put("st.training/" + name, content)
        place.expect((1, 64, 65, 66, 74), *study, "st.training/own-seed1.json" if name.endswith("json") else "tiny.json", "--restart", says=name)
        require(place.read("st.training/" + name) == content, f"{name} is gone")
        require(place.exists("st.training/tiny-seed0.rzoo"), "the trained network is gone")
        os.remove(place.path("st.training/" + name))
    place.good(*study, "tiny.json", "--restart")


@GROUP.attack_each("standard output that takes nothing: {}", [(line,) for line in PRINTERS])
def full_output(place, line):
    inputs(place)
    place.expect(74, *line.split(), shell='exec "$@" >/dev/full', says="standard output")
    place.expect(74, *line.split(), shell='exec "$@" >&-', says="standard output")


@GROUP.attack("messages never get into the output")
def closed_streams(place):
    inputs(place)
    place.expect(1, "classify", "base.rzoo", "none.png", "--format", "csv", "--top", "1", "--output", "out", shell='exec "$@" <&- >&- 2>&-')
    require(place.read("out").count(b"\n") == 2 and b"reszoo" not in place.read("out"), f"{place.read('out')!r}")


# A shared folder, as /tmp is


def shared(place):
    need(os.geteuid() == 0, "only root can plant links of others")
    inputs(place)
    os.mkdir(place.path("shared"))
    os.chmod(place.path("shared"), 0o1777)
    place.put("victim", "precious")
    place.put("target/x", "precious")
    for link, target in (("plant", "../victim"), ("away", "../target"), ("dangling", "../new")):
        os.symlink(target, place.path("shared", link))
        os.lchown(place.path("shared", link), NOBODY, NOBODY)


SHARED = ["classify base.rzoo photo.png --output {}", "init cifar_resnet20 --force --output {}", "export net.rzoo --force --format onnx --output {}",
    "convert net.rzoo --force --dtype f16 --output {}",
          "export net.rzoo --force --format raw --output {}", "augment photo.png --from net.rzoo --output {}",
          "features net.rzoo photo.png --output {}",
          "train set --arch small_resnet18 --epochs 1 --output t.rzoo --log {}",
          "train set --arch small_resnet18 --epochs 1 --output t.rzoo --save-config {}",
          "train set --arch small_resnet18 --epochs 1 --output {}", "evaluate base.rzoo set --report {}",
          "classify base.rzoo photo.png --sort-into {}", "classify base.rzoo photo.png --annotate {}",
          "keygen --key {} --public-key k", "explain net.rzoo photo.png --output {}", "audit set --output {}",
          "compare base.rzoo third.rzoo set --report {}", "similar base.rzoo set --build {}"]


@GROUP.attack_each("a stranger's link in a shared folder: {}", [(writer,) for writer in SHARED])
def stranger(place, writer):
    shared(place)
    for output in ("shared/plant", "shared/away/out", "shared/dangling", "shared/away"):
        outcome = place.run(*line_of(writer, output))
        require(64 <= outcome.code < 128, f"{output}: {outcome.shown()}")
        require(place.read("victim") == b"precious" and place.names("target") == ["x"] and not place.exists("new"),
            f"through {output}: {outcome.shown()}")
    require(place.names("shared") == ["away", "dangling", "plant"], f"left {place.names('shared')}")


def as_nobody(place):
    """A folder of nobody's, and the options of a run as nobody."""
    need(os.geteuid() == 0, "only root can become another user")
    os.chmod(place.folder, 0o755)
    inputs(place)
    return {"user": NOBODY}


@GROUP.attack("another user's link in a sticky folder, as nobody")
def nobody_in_sticky(place):
    nobody = as_nobody(place)
    os.mkdir(place.path("shared"))
    os.chmod(place.path("shared"), 0o1777)
    place.put("victim", "precious")
    os.chmod(place.path("victim"), 0o666)
    os.symlink("../victim", place.path("shared/plant"))
    os.lchown(place.path("shared/plant"), 1, 1)
    place.expect((73, 74, 66), "classify", "base.rzoo", "photo.png", "--output", "shared/plant", **nobody)
    require(place.read("victim") == b"precious", "the link was followed")
    place.good("classify", "base.rzoo", "photo.png", "--output", "shared/own", **nobody)


@GROUP.attack_each("without rights: {}", [(writer,) for writer in WRITERS[:12]])
def no_rights(place, writer):
    nobody = as_nobody(place)
    os.chmod(place.path("key.pem"), 0o644)
    place.put("out", "old")
    before = place.names()
    place.expect((73, 74), *line_of(writer, "out"), "--force", stdin=LIST, **nobody)
    require(place.names() == before and place.read("out") == b"old", f"{place.names()}")


@GROUP.attack("inputs without rights")
def unreadable(place):
    nobody = as_nobody(place)
    for name in ("base.rzoo", "photo.png", "weights.safetensors", "key.pem"):
        os.chmod(place.path(name), 0)
    place.expect(66, "verify", "base.rzoo", **nobody)
    place.expect((66, 73), "convert", "weights.safetensors", "--output", "/dev/null/x", **nobody)
    place.expect((1, 66), "classify", "net.rzoo", "photo.png", **nobody)
    place.expect((66, 73), "sign", "net.rzoo", "--key", "key.pem", **nobody)


@GROUP.attack("a cache without rights or room")
def bad_cache(place):
    nobody = as_nobody(place)
    os.mkdir(place.path("mine"))
    os.chown(place.path("mine"), NOBODY, NOBODY)
    line = ["finetune", "base.rzoo", "set", "--train", "fc", "--epochs", "2", "--output", "mine/out.rzoo", "--force"]
    for options in ({"env": {"RESZOO_CACHE": "/proc/none"}}, {"env": {"RESZOO_CACHE": place.path("closed")}},
        {"env": {"RESZOO_CACHE": place.path("base.rzoo")}}):
        outcome = place.run(*line, **options, **nobody)
        require(outcome.code in (0, 73, 74), outcome.shown())
        require(outcome.code != 0 or place.run("verify", "mine/out.rzoo").code == 0, "the output is damaged")
    no_temporaries(place, "mine")


@GROUP.attack("a file system that cannot be written")
def read_only(place):
    need(os.geteuid() == 0, "only root can mount a file system")
    inputs(place)
    os.mkdir(place.path("fixed"))
    for writer in WRITERS:
        outcome = place.run(*line_of(writer, "fixed/out"), stdin=LIST,
                            shell="exec unshare -m --propagation private sh -c 'mount -t tmpfs -o ro none fixed || exit 99; exec \"$@\"' sh \"$@\"")
        need(outcome.code != 99 and "unshare failed" not in outcome.err, "no disk can be mounted here")
        require(outcome.code in (73, 74), outcome.shown())


@GROUP.attack("files of others in the folder of a cache")
def cache_among_files(place):
    place.take("base.rzoo")
    os.symlink(place.kit.path("set"), place.path("set"))
    digits = ["0123456789abcdef" * 2, "a" * 32, "b" * 32]
    own = {f"store/{digits[0]}.data": b"my only copy", f"store/{digits[1]}.data": b"x", f"store/{digits[1]}.index": b"y", f"store/{digits[2]}.data": b"z"}
    for name, content in own.items():
        place.put(name, content)
    # An index of a cache, that nobody used for long, beside somebody's data.
    place.put(f"store/{digits[2]}.index", b"RZFEAT\r\n")
    for number in digits[1:]:
        os.utime(place.path(f"store/{number}.index"), (0, 0))
    place.good("finetune", "base.rzoo", "set", "--train", "fc", "--epochs", "1", "--cache", "store", "--output", "x.rzoo")
    for name, content in own.items():
        require(place.exists(name) and place.read(name) == content, f"{name} is lost")


@GROUP.attack_each("a log over {}", [('{"accuracy":0.93,"thesis":"my only copy"}',), ('{"accuracy":0.93}',), ('{"epoch":1,"images":2,"step":3,"thesis":1}\n',)])
def foreign_log(place, text):
    place.take("base.rzoo")
    os.symlink(place.kit.path("set"), place.path("set"))
    place.put("results.json", text)
    place.expect(74, "finetune", "base.rzoo", "set", "--epochs", "1", "--no-cache", "--log", "results.json", "--output", "x.rzoo", says="results.json")
    require(place.read("results.json").decode() == text, "the file is lost")
