#!/usr/bin/env python3
"""Holds the C interface against the command: the same bits, and as many images a second.

usage: tools/compare/compare_c.py BINARY LIBRARY [MODEL IMAGES...]

BINARY is the command, LIBRARY libreszoo.so. Without MODEL, the repository's own model and images. Compared are classify (as paths, as bytes and as
an Arrow array), preprocess, features of the embedding and of a stage, run, and the texts of inspect. Then both classify the same files in
turns; the library must reach 98 % of the command's rate."""

import array
import ctypes
import glob
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
TOP = 5
ROUNDS = 5
LEAST_RATE = 0.98

size_t, pointer, int32 = ctypes.c_size_t, ctypes.c_void_p, ctypes.c_int32


def declared(name, *fields):
    return type(name, (ctypes.Structure,), {"_fields_": [("struct_size", size_t), *fields]})


Images = declared("Images", ("kind", int32), ("reserved", int32), ("count", size_t), ("data", pointer), ("data_size", size_t),
                   ("offsets", pointer), ("validity", pointer), ("validity_offset", size_t), ("buffers", pointer), ("sizes", pointer),
                   ("paths", pointer), ("pixels", pointer))
Answers = declared("Answers", ("top", size_t), ("indices", pointer), ("probabilities", pointer), ("logits", pointer))
Outcomes = declared("Outcomes", ("statuses", pointer), ("messages", pointer))
Node = declared("Node", ("path", ctypes.c_char_p), ("pooled", int32), ("reserved", int32))
Tensor = declared("Tensor", ("data", pointer), ("images", size_t), ("channels", size_t), ("height", size_t), ("width", size_t),
                   ("strides", ctypes.c_ssize_t * 4))


def sized(structure, **values):
    return structure(struct_size=ctypes.sizeof(structure), **values)


class Library:
    def __init__(self, path, model):
        self.library = ctypes.CDLL(path)
        self.model = pointer()
        self.call("reszoo_model_open", model.encode(), None, ctypes.byref(self.model))

    def call(self, name, *arguments):
        message = pointer()
        status = getattr(self.library, name)(*arguments, ctypes.byref(message))
        if status:
            raise SystemExit(f"{name}: {status}: {ctypes.string_at(message).decode()}")

    def text(self, which):
        text = pointer()
        self.call("reszoo_model_get_text", self.model, which, ctypes.byref(text))
        return ctypes.string_at(text).decode()

    def shape(self, node):
        shape, rank = (size_t * 3)(), size_t()
        self.call("reszoo_model_get_node", self.model, node and ctypes.byref(node), shape, ctypes.byref(rank))
        return list(shape)[: rank.value]

    def classify(self, images):
        count = images.count
        indices, probabilities, logits = (int32 * (count * TOP))(), (ctypes.c_double * (count * TOP))(), (ctypes.c_float * (count * TOP))()
        statuses = (int32 * count)()
        answers = sized(Answers, top=TOP, indices=ctypes.addressof(indices), probabilities=ctypes.addressof(probabilities), logits=ctypes.addressof(logits))
        self.call("reszoo_classify", self.model, ctypes.byref(images), None, ctypes.byref(answers),
                  ctypes.byref(sized(Outcomes, statuses=ctypes.addressof(statuses))))
        return [None if statuses[row] else [(indices[i], probabilities[i], logits[i]) for i in range(row * TOP, (row + 1) * TOP) if indices[i] >= 0]
                for row in range(count)]

    def fill(self, name, first, images, floats, *rest):
        output = (ctypes.c_float * floats)()
        self.call(name, *first, ctypes.byref(images), None, output, size_t(floats), *rest)
        return bytes(output)


def lists(paths):
    """The images in three forms; what they point to is kept beside them."""
    files = [open(path, "rb").read() for path in paths]
    count = len(paths)
    names = (ctypes.c_char_p * count)(*(path.encode() for path in paths))
    buffers = (ctypes.c_char_p * count)(*files)
    sizes = (size_t * count)(*map(len, files))
    data = b"".join(files)
    offsets = array.array("q", [0])
    for file in files:
        offsets.append(offsets[-1] + len(file))
    place = offsets.buffer_info()[0]
    kept = ctypes.c_char_p(data)
    return {
        "paths": sized(Images, kind=4, count=count, paths=ctypes.addressof(names)),
        "bytes": sized(Images, kind=3, count=count, buffers=ctypes.addressof(buffers), sizes=ctypes.addressof(sizes)),
        "an Arrow array": sized(Images, kind=2, count=count, data=ctypes.cast(kept, pointer).value, data_size=len(data), offsets=place),
    }, (files, names, buffers, sizes, data, offsets, kept)


def npy(path):
    """The elements of a NumPy file as bytes."""
    with open(path, "rb") as file:
        bytes = file.read()
    return bytes[10 + struct.unpack_from("<H", bytes, 8)[0]:]


def command(*arguments, failing=False):
    ran = subprocess.run(arguments, capture_output=True)
    if ran.returncode and not failing:
        raise SystemExit(f"{' '.join(arguments)}: {ran.stderr.decode()}")
    return ran.stdout.decode()


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    binary, path = sys.argv[1:3]
    os.chdir(ROOT)
    model = sys.argv[3] if len(sys.argv) > 3 else "models/cifar_resnet20.rzoo"
    paths = sys.argv[4:] or sorted(glob.glob("Examples/images/*.png") + glob.glob("Examples/vehicles/*/*/*.png"))
    library = Library(path, model)
    forms, kept = lists(paths)
    faults = []

    def same(what, one, other):
        if one != other:
            faults.append(what)
        print(f"{what}: {'the same' if one == other else 'DIFFERENT'}")

    float32 = lambda number: struct.unpack("<f", struct.pack("<f", number))[0]  # noqa: E731
    results = json.loads(command(binary, "classify", model, *paths, "--format", "json", "--top", str(TOP), failing=True))["results"]
    wanted = [row.get("top") and [(top["index"], top["probability"], float32(top["logit"])) for top in row["top"]] for row in results]
    for form, images in forms.items():
        same(f"classify, {len(paths)} images as {form}", library.classify(images), wanted)
    inspection = json.loads(command(binary, "inspect", model, "--json", "--tensors"))
    same("inspect", json.loads(library.text(1)), inspection)

    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "x.npy")
        command(binary, "preprocess", model, *paths, "--output", output)
        channels, height, width = inspection["preprocessing"]["input_size"]
        images, floats = forms["bytes"], len(paths) * channels * height * width
        prepared = library.fill("reszoo_preprocess", (library.model,), images, floats, None)
        same("preprocess", prepared, npy(output))
        logits = os.path.join(folder, "y.npy")
        command(binary, "run", model, "--input", output, "--output", logits)
        tensor = sized(Tensor, data=ctypes.cast(ctypes.c_char_p(prepared), pointer).value, images=len(paths), channels=channels, height=height, width=width)
        needed = size_t()
        library.call("reszoo_run", library.model, ctypes.byref(tensor), None, None, None, size_t(0), ctypes.byref(needed))
        result = (ctypes.c_float * needed.value)()
        library.call("reszoo_run", library.model, ctypes.byref(tensor), None, None, result, needed, None)
        same("run", bytes(result), npy(logits))
        for name in [None, "layer2"]:
            node = name and sized(Node, path=name.encode())
            count = len(paths)
            for extent in library.shape(node):
                count *= extent
            command(binary, "features", model, *paths, "--output", output, "--force", *(["--node", name] if name else []))
            same(f"features of {name or 'the embedding'}",
                 library.fill("reszoo_features", (library.model, node and ctypes.byref(node)), images, count, None), npy(output))

    # In turns, as machines change their pace: the command's time beyond that of a single image, and the library's.
    many = (paths * (1 + 2000 // len(paths)))[:2000]
    forms, kept_longer = lists(many)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.write("\n".join(many) + "\n")
        names.flush()
        rates = []
        for _ in range(ROUNDS):
            times = []
            for listed in (f"head -n 1 {names.name}", f"cat {names.name}"):
                start = time.perf_counter()
                command("sh", "-c", f"{listed} | {binary} classify {model} - --format json --top {TOP}")
                times.append(time.perf_counter() - start)
            start = time.perf_counter()
            library.classify(forms["bytes"])
            own = time.perf_counter() - start
            rates.append((times[1] - times[0]) / own)
            print(f"{len(many)} images: command {times[1] - times[0]:.3f} s beyond its start of {times[0]:.3f} s, library {own:.3f} s")
    rate = statistics.median(rates)
    print(f"the library has {100 * rate:.1f} % of the command's rate")
    if rate < LEAST_RATE:
        faults.append(f"the rate is below {100 * LEAST_RATE:.0f} %")
    del kept, kept_longer
    sys.exit("; ".join(faults) if faults else 0)


if __name__ == "__main__":
    main()
