"""Text of strangers in names, labels and files: it steers no terminal, forges no line, and is no markup, formula or path."""

import csv
import html.parser
import io
import json
import os
import re
import struct
import xml.etree.ElementTree

from . import pickles, pictures
from .forge import Parts
from .harness import HIDDEN, Group, require

GROUP = Group("injection")

STEERING = "x\x1b]0;t\x07\x9b8m\u202egpj\u2066\u2028\u200b\xad\ufeff\U000e0041\x7f\r\nreszoo: FORGED"
MARKUP = "\"'><attack onload=x>&lt;]]><!--${x}\\\" ; attack [label=\"x\"] `x` </title></style></script>"
FORMULAS = ["=cmd|'/C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "+1+1", "\t=1+1", "\r=1+1", "=HYPERLINK(\"http://x\")",
    "\uff1d1+1"]
TEXTS = {"steering": STEERING, "markup": MARKUP}


def no_forged_line(text):
    require(not any(line.startswith(("reszoo: FORGED", "FORGED")) for line in text.splitlines()), f"a forged line: {text[:300]!r}")


def world(place, text):
    """A network, a data set, files and manifests, all of whose names have a text in them."""
    name = text.replace("/", "_")[:70]
    place.put("labels.json", json.dumps([text, "bee", "cat"]))
    place.make("init", "--descriptor", place.kit.path("tiny.json"), "--labels", "labels.json", "--seed", "1", "--output", "n.rzoo")
    place.put(name + ".rzoo", place.read("n.rzoo"))
    place.put(name + ".png", pictures.png(20, 20))
    place.put("broken" + name + ".jpg", "no image")
    for folder in (name, "bee"):
        for number in range(6):
            place.put(f"set/{folder}/{number}{name}.png", pictures.png(12, 12, number + len(folder)))
    place.put(f"set/{name}/broken{name}.png", "no image")
    rows = io.StringIO()
    csv.writer(rows).writerows([["path", "label"], [f"set/{name}/0{name}.png", text], [f"set/bee/0{name}.png", "bee"], ["none" + name, text]])
    place.put("list.csv", rows.getvalue())
    place.put("list.jsonl", "".join(json.dumps({"path": f"set/bee/{number}{name}.png", "label": label}) + "\n" for number, label in enumerate((text,
        "bee"))))
    place.put("descriptor.json", json.dumps({text: 1}))
    place.put("word.json", json.dumps({"block": text, "stem": {}, "stages": [], "classes": 1}))
    place.put("value.json", json.dumps({"lr": text}))
    place.put(name + ".pth", "garbage")
    place.put("dict.pth", pickles.zipped({text: pickles.call("os" + text.split("\n")[0], "x")}, {}))
    return name


RUNS = [
    "{}", "help {}", "--{}", "classify --{}", "classify n.rzoo --format {} {}.png", "classify n.rzoo {}.png --top {}", "completion {}",
    "init {} --output new", "pull {}", "pull --list {}",
    "architectures {}", "cache clear {}", "inspect {}.pth", "inspect dict.pth", "convert {}.pth --output new", "convert none{} --output new",
    "convert dict.pth --output new", "init --descriptor descriptor.json --output new",
    "init --descriptor word.json --output new", "train set --config value.json --arch small_resnet18 --output new",
    "train set --config descriptor.json --arch small_resnet18 --output new",
    "train list.csv --arch small_resnet18 --epochs 1 --output new.rzoo", "train list.jsonl --arch small_resnet18 --epochs 1 --output new.rzoo",
    "finetune {}.rzoo set --epochs 1 --no-cache --output new.rzoo",
    "finetune {}.rzoo set --train {} --output new.rzoo", "lr-find set --from {}.rzoo --max-steps 3",
    "augment set --from {}.rzoo --output s.png --augment {}", "evaluate {}.rzoo set", "evaluate {}.rzoo set --format json",
    "evaluate {}.rzoo list.csv", "export {}.rzoo --output {}.none", "export {}.rzoo --output {}.safetensors", "bench {}.rzoo --open --json",
    "diff {}.rzoo n.rzoo --output d", "merge {}.rzoo --output d",
    "edit {}.rzoo --note {} --output e.rzoo", "sign {}.rzoo --key none{}", "keygen --key {}.png --public-key k",
    "run {}.rzoo --input none{} --output y", "preprocess {}.rzoo none{} --output x",
    "features {}.rzoo {}.png --output f", "features {}.rzoo {}.png --node {} --output f", "features {}.rzoo {}.png --statistics", "inspect {}.rzoo",
    "inspect {}.rzoo --json", "inspect {}.rzoo --tensors", "inspect {}.rzoo --graph",
    "verify {}.rzoo", "verify {}.rzoo {}.pth none{}", "verify {}.rzoo {}.pth none{} --json", "verify n.rzoo --public-key {}.png",
    "classify {}.rzoo {}.png none{} broken{}.jpg set --verbose",
    "classify {}.rzoo {}.png --format text", "classify {}.rzoo {}.png broken{}.jpg --format json",
    "classify {}.rzoo {}.png broken{}.jpg --format jsonl", "classify {}.rzoo {}.png broken{}.jpg --format csv",
    "classify {}.rzoo {}.png --format csv --top all", "classify {}.rzoo {}.png --format csv --csv-exact", "inspect {}.rzoo --graph --format dot",
    "inspect {}.rzoo --graph --format json", "classify n.rzoo {}.png --output none{}/x",
]


@GROUP.attack_each("steering text: {}", [(line,) for line in RUNS])
def steered(place, line):
    name = world(place, STEERING)
    arguments = [word.replace("{}", name) for word in line.split()]
    outcome = place.expect(range(128), *arguments, seconds=20)
    no_forged_line(outcome.err + "\n" + outcome.text)


@GROUP.attack("steering text on standard input")
def steered_input(place):
    name = world(place, STEERING)
    for stdin in (f"none{name}\0{name}.png\0".encode(), f"{name}.png\n".encode(), b"\xff\xfe\x1b[8m\n", b"\x1b]0;x\x07"):
        outcome = place.expect(range(128), "classify", "n.rzoo", "-", stdin=stdin)
        no_forged_line(outcome.err + "\n" + outcome.text)


@GROUP.attack("bytes that are no UTF-8, as names of files and arguments")
def no_utf8(place):
    place.take("net.rzoo")
    name = b"\xff\xfe\x1b[8m\xc3.png"
    with open(os.path.join(os.fsencode(place.folder), name), "wb") as file:
        file.write(pictures.png())
    place.expect(range(128), "classify", "net.rzoo", ".")
    for form in ("json", "jsonl", "csv"):
        outcome = place.expect(range(128), "classify", "net.rzoo", ".", "--format", form)
        outcome.out.decode()
    place.expect(range(128), "classify", "net.rzoo", os.fsdecode(name))


# Markup


class Tags(html.parser.HTMLParser):
    """Demands that no element or attribute came from a text."""

    def handle_starttag(self, tag, attrs):
        require(tag != "attack" and not any(name == "onload" for name, _ in attrs), f"an element of a text: {self.get_starttag_text()[:200]}")

    handle_startendtag = handle_starttag

    def handle_comment(self, data):
        require("x" not in data or "attack" not in data, f"a comment of a text: {data[:100]}")


def check_files(place, folder):
    """Every page, drawing and list in a folder is of this program alone."""
    seen = 0
    for path, _, names in os.walk(place.path(folder)):
        for name in names:
            with open(os.path.join(path, name), "rb") as file:
                data = file.read()
            if name.endswith((".html", ".svg", ".json", ".csv", ".md")):
                seen += 1
                text = data.decode()
                require("\x1b" not in text and "\x07" not in text, f"{name} has controls")
                if name.endswith(".html"):
                    Tags().feed(text)
                if name.endswith(".svg"):
                    check_svg(data)
                if name.endswith(".json"):
                    json.loads(text)
    require(seen, "there is no file to look at")


def check_svg(data):
    for element in xml.etree.ElementTree.fromstring(data).iter():
        require("attack" not in element.tag and "onload" not in element.attrib, f"an element of a text: {element.tag}")


@GROUP.attack_each("{1} in {0}",
    [(command, kind) for kind in TEXTS for command in ("the report of evaluate", "the report of finetune", "a page of maps", "a drawing", "a plot",
    "Graphviz's language", "TensorBoard's files", "a hub's card")])
def markup(place, command, kind):
    name = world(place, TEXTS[kind])
    model = name + ".rzoo"
    if command == "the report of evaluate":
        place.expect((0, 1), "evaluate", model, "list.csv", "--report", "report", seconds=20)
        check_files(place, "report")
    elif command == "the report of finetune":
        place.expect((0, 1), "finetune", model, "set", "--epochs", "2", "--no-cache", "--validation-split", "0.5", "--output", "t.rzoo", "--report",
            "report", "--log", "log.jsonl", seconds=20)
        check_files(place, "report")
        for line in place.read("log.jsonl").splitlines():
            json.loads(line)
    elif command == "a page of maps":
        place.good("explain", model, name + ".png", "--array", "--output", "maps", seconds=20)
        check_files(place, "maps")
    elif command == "a drawing":
        place.good("inspect", model, "--graph", "--output", "d.svg")
        check_svg(place.read("d.svg"))
    elif command == "a plot":
        place.good("features", model, name + ".png", "--statistics", "--plot", "p.svg")
        check_svg(place.read("p.svg"))
    elif command == "Graphviz's language":
        text = place.good("inspect", model, "--graph", "--format", "dot").text
        require("attack [" not in re.sub(r'"(\\.|[^"\\])*"', "", text), "a text became a statement")
    elif command == "TensorBoard's files":
        place.expect((0, 1), "finetune", model, "set", "--epochs", "1", "--no-cache", "--output", "t.rzoo", "--tensorboard", "board", seconds=20)
    else:
        place.make("init", "resnet18", "--num-classes", "3", "--labels", "labels.json", "--output", "r.rzoo")
        place.good("export", "r.rzoo", "--format", "hub", "--output", "hub", megabytes=400)
        json.loads(place.read("hub/config.json"))


@GROUP.attack_each("names of architectures, {}", [("with an escape", "tiny\x1b[8m"), ("with a newline", "tiny, signed by 7a7b\nx"),
    ("with a mark of direction", "tiny\u202e"), ("empty", ""), ("of 256 bytes", "n" * 256), ("with NUL", "a\0b"), ("with a soft hyphen", "a\xadb")])
def architecture(place, _, name):
    place.put("n.rzoo", Parts(place.kit.read("base.rzoo")).edit("arch", name=name).data())
    for line in ("verify n.rzoo", "inspect n.rzoo", "classify n.rzoo photo.png", "edit n.rzoo --note x", "export n.rzoo --output x.onnx"):
        outcome = place.expect((65, 66), *line.split())
        no_forged_line(outcome.err)


@GROUP.attack("a name of an architecture that reads as a verdict")
def verdict(place):
    key = "7a" * 32
    for name in (f"cifar_resnet20, 269,722 parameters, signed by {key}", f"x (signed by {key})", "sound"):
        place.put("n.rzoo", Parts(place.kit.read("base.rzoo")).edit("arch", name=name).data())
        outcome = place.good("verify", "n.rzoo")
        require(not outcome.text.startswith("signed by") and (f'"{name}"' in outcome.text or f"'{name}'" in outcome.text or "signed" not in name),
            outcome.shown())


@GROUP.attack("a file's name that gives another file a good line")
def second_line(place):
    place.take("signed.rzoo", "base.rzoo")
    name = "a.rzoo: sound\nsigned by 7a: base.rzoo"
    place.put(name, place.read("signed.rzoo"))
    outcome = place.expect(1, "verify", name, "base.rzoo", "--public-key", place.kit.path("key.pub"))
    require(len(outcome.text.splitlines()) == 1, outcome.shown())


# Notes and other members of the metadata

MEMBERS = [("notes", STEERING), ("origin", {"kind": "imported", "source": STEERING, "license": STEERING}), ("metrics", {STEERING: 1}),
    ("recipe", {STEERING: STEERING}), ("untrained", [STEERING]),
           ("assumptions", [{"what": STEERING, "evidence": STEERING}]), ("source_names", {"prefix": STEERING}), ("labels", [STEERING, "b", "c"]),
           ("more", {STEERING: [STEERING]})]


@GROUP.attack_each("metadata: {}", MEMBERS)
def member(place, name, value):
    place.put("n.rzoo", Parts(place.kit.read("base.rzoo")).edit("meta", **{name: value}).data())
    place.take("photo.png")
    for line in ("verify n.rzoo", "inspect n.rzoo", "inspect n.rzoo --json", "classify n.rzoo photo.png", "export n.rzoo --output x.safetensors",
        "edit n.rzoo --license MIT"):
        outcome = place.expect(range(128), *line.split())
        no_forged_line(outcome.err + "\n" + outcome.text)


# Formulas


@GROUP.attack_each("a formula as label: {!r}", [(text,) for text in FORMULAS])
def formula(place, text):
    place.put("labels.json", json.dumps([text, "bee", "cat"]))
    place.make("init", "--descriptor", place.kit.path("tiny.json"), "--labels", "labels.json", "--output", "n.rzoo")
    place.put("=1+1.png", pictures.png())
    place.put("a.png", pictures.png(seed=2))
    rows = io.StringIO()
    csv.writer(rows).writerows([["path", "label"], ["=1+1.png", text], ["a.png", "bee"]])
    place.put("list.csv", rows.getvalue())
    place.good("evaluate", "n.rzoo", "list.csv", "--predictions", "answers.csv")
    outputs = [place.good("classify", "n.rzoo", "./=1+1.png", "--format", "csv", *more).text for more in ([], ["--top", "all"])]
    outputs.append(place.good("classify", "n.rzoo", "=1+1.png", "--format", "csv").text)
    outputs.append(place.read("answers.csv").decode())
    for output in outputs:
        for cell in [cell for row in csv.reader(io.StringIO(output)) for cell in row]:
            if re.match("[=+@\t\r\uff1d\uff0b\uff20]|-(?![0-9.]+(e[-+]?[0-9]+)?$)", cell):
                require(False, f"a cell begins as a formula: {cell!r}")


# Names of tensors, and paths in files


@GROUP.attack_each("names of tensors in {}", [("a .pth",), ("a safetensors file",), ("an archive of NumPy",)])
def tensor_names(place, form):
    for number, name in enumerate(("conv1.weight\x1b[8m", "a\nreszoo: FORGED", "../../x", "\u202ex", "n" * 5000, "", "a\0b")):
        if form == "a .pth":
            data = pickles.zipped({name: pickles.TINY}, {"0": bytes(16)})
        elif form == "a safetensors file":
            data = safetensors({name: {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}, bytes(16))
        else:
            data = pickles.archive({name.replace("\0", "") + ".npy": pickles.npy((4,), bytes(16))})
        place.put(f"{number}.bin", data)
        for line in (f"inspect {number}.bin", f"inspect {number}.bin --tensors", f"convert {number}.bin --output new.rzoo",
            f"inspect {number}.bin --json"):
            outcome = place.expect(range(128), *line.split())
            no_forged_line(outcome.err + "\n" + outcome.text)
        require(not place.exists("new.rzoo"), "there is an output")


def safetensors(header, data=b""):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@GROUP.attack_each("a sharded index that leads to {}", [("/etc/passwd",), ("../secret.safetensors",), ("sub/../../secret.safetensors",),
    ("link.safetensors",), ("\x1b[8m.safetensors",), ("",), (".",), ("fifo",), ("x\0y",)])
def shards(place, path):
    place.put("secret.safetensors", place.kit.read("weights.safetensors"))
    place.put("in/x", "")
    place.link("in/link.safetensors", "/dev/zero")
    os.mkfifo(place.path("in/fifo"))
    place.put("in/model.safetensors.index.json", json.dumps({"weight_map": {"conv1.weight": path, "fc.weight": path}}))
    outcome = place.expect((65, 66), "convert", "in/model.safetensors.index.json", "--output", "new.rzoo")
    require("root:" not in outcome.err, "it shows another file")
    place.expect((65, 66), "inspect", "in/model.safetensors.index.json")


@GROUP.attack("members of archives that lead elsewhere")
def archives(place):
    for number, member in enumerate(("../../etc/passwd", "/etc/passwd", "net/../../x", "net/data/../../../x", "\x1b[8m", "net/other\0x")):
        place.put(f"{number}.pth", pickles.zipped({"a": pickles.TINY}, {"0": bytes(16)}, {member: b"x"}))
        place.expect(range(128), "convert", f"{number}.pth", "--output", "new.rzoo")
        place.put(f"{number}.tar", pickles.tar({member: b"x", "a.png": pictures.png(), "a.cls": b"0"}))
        place.expect(range(128), "evaluate", place.kit.path("base.rzoo"), f"{number}.tar")
    require(sorted(name for name in place.names() if not name.endswith((".pth", ".tar"))) == [], f"{place.names()}")


@GROUP.attack("paths in a manifest that lead elsewhere")
def manifests(place):
    os.mkfifo(place.path("fifo"))
    for path in ("/etc/passwd", "../../../../../../etc/passwd", "/dev/zero", "fifo", "http://127.0.0.1/x.png", "\x1b[8m", "-", "|id", "$(id)",
        "a\0b"):
        place.put("list.csv", f"path,label\n{path},ant\n{place.kit.path('photo.png')},bee\n")
        outcome = place.expect(range(128), "evaluate", place.kit.path("base.rzoo"), "list.csv", seconds=3)
        require("root:x:0:0:root" not in outcome.err + outcome.text and "uid=" not in outcome.err,
            f"it shows another file or runs a command: {outcome.shown()}")
