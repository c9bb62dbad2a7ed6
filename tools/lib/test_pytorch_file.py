#!/usr/bin/env python3
"""Tests of pytorch_file.py and of export_pytorch.py on files, with the standard library alone.

tools/lib/fixtures holds two files that PyTorch wrote (make_pytorch_file_fixtures.py); the others are put together here,
opcode by opcode.
"""
import array
import io
import json
import os
import random
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

import pytorch_file
from pytorch_file import Opaque, PyTorchFileError, Tensor

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = [os.path.join(HERE, "fixtures", name) for name in ("checkpoint.pt", "checkpoint-legacy.pt")]


# --- Pickles and files, made by hand ----------------------------------------------------------------------


class Code(bytes):
    """Opcodes that leave one value on the stack."""


def code(value):
    if isinstance(value, Code):
        return value
    if value is None or isinstance(value, bool):
        return {None: b"N", True: b"\x88", False: b"\x89"}[value]
    if isinstance(value, int):
        digits = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        return b"\x8a" + bytes([len(digits)]) + digits
    if isinstance(value, str):
        return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
    if isinstance(value, tuple):
        return b"(" + b"".join(map(code, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(code, value)) + b"e"
    return b"}(" + b"".join(code(key) + code(item) for key, item in value.items()) + b"u"


def pickled(value):
    return b"\x80\x02" + code(value) + b"."


def name(module, attribute):
    return Code(f"c{module}\n{attribute}\n".encode())


def call(module, attribute, *arguments):
    return Code(name(module, attribute) + code(arguments) + b"R")


def storage(key, count, kind="FloatStorage", *rest):
    return Code(code(("storage", name("torch", kind), key, "cpu", count, *rest)) + b"Q")


def tensor(base, shape, strides, start=0):
    return call("torch._utils", "_rebuild_tensor_v2", base, start, shape, strides, False,
                call("collections", "OrderedDict"))


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def zipped(value, storages, byteorder=None, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("net/data.pkl", pickled(value))
        if byteorder:
            archive.writestr("net/byteorder", byteorder)
        for key, content in storages.items():
            archive.writestr(f"net/data/{key}", content)
    return buffer.getvalue()


def stream(value, storages):
    """`storages` gives each key's element count and bytes."""
    parts = [pickled(part) for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, value, list(storages))]
    return b"".join(parts + [struct.pack("<q", count) + content for count, content in storages.values()])


def tar(value, storages, views, tensors):
    """`storages` gives each number's element count and bytes; `tensors` its storage, shape, strides and start."""
    first = pickled(len(storages)) + b"".join(
        pickled((key, "cpu", name("torch", "FloatStorage"))) + struct.pack("<q", count) + content
        for key, (count, content) in storages.items()) + pickled(views)
    second = pickled(len(tensors)) + b"".join(
        pickled((key, base, name("torch", "FloatTensor")))
        + struct.pack(f"<iI{len(shape)}q{len(strides)}qq", len(shape), 0, *shape, *strides, start)
        for key, (base, shape, strides, start) in tensors.items())
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for member, content in (("storages", first), ("tensors", second), ("pickle", pickled(value))):
            information = tarfile.TarInfo(member)
            information.size = len(content)
            archive.addfile(information, io.BytesIO(content))
    return buffer.getvalue()


def numbers(value):
    return array.array("f", bytes(value.float32())).tolist()


TINY = tensor(storage("0", 4), (2, 2), (2, 1))
TINY_BYTES = floats(1, 2, 3, 4)


class FileCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(self.folder, "net.pth")

    def write(self, content):
        with open(self.path, "wb") as file:
            file.write(content)

    def read(self, content):
        self.write(content)
        return pytorch_file.read(self.path).value

    def read_all(self, content):
        """Every tensor, so that every storage is read and verified."""
        value = self.read(content)
        values = list(value.values()) if isinstance(value, dict) else [value]
        for nested in [v for v in values if isinstance(v, dict)]:
            values += nested.values()
        return [v.float32() for v in values if isinstance(v, Tensor) and v.dtype in pytorch_file.FLOATS]

    def refuses(self, content, message):
        with self.assertRaisesRegex(PyTorchFileError, message):
            self.read_all(content)


class Reading(FileCase):
    def test_files_of_pytorch_have_the_values_that_were_saved(self):
        for path in FIXTURES:
            checkpoint = pytorch_file.read(path)
            self.assertEqual(checkpoint.notes, [])
            value = checkpoint.value
            self.assertEqual(list(value), ["epoch", "arch", "args", "state_dict", "optimizer"])
            self.assertEqual((value["epoch"], value["arch"]), (3, "resnet18"))
            self.assertIsInstance(value["args"], Opaque)
            self.assertEqual(value["optimizer"]["param_groups"], [{"lr": 0.1, "params": [0]}])
            state = value["state_dict"]
            eighths = [i / 8 for i in range(24)]
            expected = {
                "float32": ((3, 4), eighths[:12]),
                "transposed": ((4, 3), [eighths[4 * i + j] for j in range(4) for i in range(3)]),
                "row": ((4,), eighths[4:8]), "columns": ((3, 2), eighths[:12:2]), "float64": ((5,), eighths[:5]),
                "float16": ((5,), eighths[:5]), "bfloat16": ((5,), eighths[:5]),
                "channels_last": ((2, 3, 2, 2), eighths), "parameter": ((2, 2), eighths[:4]),
                "expanded": ((3,), [0.125] * 3), "empty": ((0, 3), []), "scalar": ((), [0.125]),
            }
            for key, (shape, values) in expected.items():
                self.assertEqual((key, state[key].shape, numbers(state[key])), (key, shape, values))
            self.assertEqual([state[key].dtype for key in ("float64", "float16", "bfloat16", "count")],
                             ["float64", "float16", "bfloat16", "int64"])

    def test_tar_files_and_their_shared_storages(self):
        value = {"a": Code(code("10") + b"Q"), "b": Code(code("11") + b"Q")}
        value = self.read(tar(value, {1: (4, TINY_BYTES)}, [(2, 1, 1, 2)],
                              {10: (1, (2, 2), (1, 2), 0), 11: (2, (2,), (1,), 0)}))
        self.assertEqual((numbers(value["a"]), numbers(value["b"])), ([1, 3, 2, 4], [2, 3]))

    def test_parts_of_storages_in_streams(self):
        part = tensor(storage("7", 4, "FloatStorage", ("8", 1, 2)), (2,), (1,))
        self.assertEqual(numbers(self.read(stream({"a": part}, {"7": (4, TINY_BYTES)}))["a"]), [2, 3])

    def test_deflated_records(self):
        value = self.read(zipped({"a": TINY}, {"0": TINY_BYTES}, compression=zipfile.ZIP_DEFLATED))
        self.assertEqual(numbers(value["a"]), [1, 2, 3, 4])

    def test_big_endian_files(self):
        value = self.read(zipped({"a": TINY}, {"0": struct.pack(">4f", 1, 2, 3, 4)}, byteorder="big"))
        self.assertEqual(numbers(value["a"]), [1, 2, 3, 4])

    def test_conversions_round_as_ieee_says(self):
        values = [1e-50, 1e300, 1 + 2**-24, 1 + 2**-23 + 2**-24, float("-inf"), -0.0]
        base = storage("0", len(values), "DoubleStorage")
        value = self.read(zipped({"a": tensor(base, (6,), (1,))}, {"0": struct.pack("<6d", *values)}))
        self.assertEqual(bytes(value["a"].float32()),
                         floats(0, float("inf"), 1, 1 + 2**-22, float("-inf"), -0.0))

    def test_the_old_way_to_rebuild_a_tensor(self):
        old = call("torch._utils", "_rebuild_tensor", storage("0", 4), 1, (3,), (1,))
        parameter = call("torch.nn.parameter", "Parameter", old, True)
        pairs = call("collections", "OrderedDict", [["a", parameter]])
        self.assertEqual(numbers(self.read(zipped(pairs, {"0": TINY_BYTES}))["a"]), [2, 3, 4])


class Refusing(FileCase):
    def test_nothing_in_a_file_is_run(self):
        marker = os.path.join(self.folder, "run")
        command = f"touch {marker}"
        for hostile in (call("os", "system", command), call("posix", "system", command),
                        call("builtins", "eval", f"open({marker!r}, 'w')"),
                        Code(code("os") + code("system") + b"\x93" + code((command,)) + b"R"),
                        Code(call("os", "system", command) + code({"__class__": command}) + b"b")):
            value = self.read(zipped({"a": TINY, "b": hostile}, {"0": TINY_BYTES}))
            self.assertIsInstance(value["b"], Opaque)
            self.assertIsInstance(self.read(stream({"b": hostile}, {}))["b"], Opaque)
            self.assertFalse(os.path.exists(marker))

    def test_calls_that_would_hide_a_tensor(self):
        hidden = call("some.package", "Quantized", TINY)
        self.refuses(zipped({"a": hidden}, {"0": TINY_BYTES}), "some.package.Quantized")
        self.refuses(zipped({"a": call("torch._utils", "_rebuild_sparse_tensor", 1)}, {}), "only dense tensors")

    def test_opcodes_that_pytorch_does_not_write(self):
        for opcodes, message in ((b"\x82\x01", "EXT1"), (b"P1\n", "PERSID"), (b"(ios\nsystem\n", "INST"),
                                 (b"(cos\nsystem\no", "OBJ"), (b"N0", "POP")):
            self.refuses(zipped(Code(opcodes), {}), message)

    def test_bombs(self):
        huge = 1 << 40
        bomb = tensor(storage("0", 1), (huge,), (0,))
        value = self.read(zipped({"a": bomb}, {"0": floats(1)}))["a"]
        self.assertEqual(value.count, huge)  # The export compares this with what is stored; see Exporting.
        self.refuses(zipped(tensor(storage("0", 1), (2,), (1 << 62,)), {"0": floats(1)}), "reaches to element")
        self.refuses(zipped(tensor(storage("0", 1), (1 << 70,), (0,)), {"0": floats(1)}), "numbers that make sense")
        self.refuses(zipped(tensor(storage("0", 1), (1,) * 65, (0,) * 65), {"0": floats(1)}), "that make sense")
        self.refuses(zipped(TINY, {"0": bytes(80 << 20)}, compression=zipfile.ZIP_DEFLATED), "unpacked from")
        self.refuses(zipped(Code(b"r" + b"\xff" * 4), {}), "damaged")
        self.refuses(zipped(Code(b"N" + b"N" * pytorch_file.PICKLE_STEPS), {}), "steps")
        deep = Code(b")" + b"\x85" * 200_000)
        self.assertEqual(len(self.read(zipped({deep: 1, "a": 2}, {}))), 2)

    def test_tensors_outside_of_their_storage(self):
        for shape, strides, start in (((5,), (1,), 0), ((2, 2), (3, 1), 0), ((4,), (1,), 1), ((1,), (1,), 4)):
            outside = tensor(storage("0", 4), shape, strides, start)
            self.refuses(zipped(outside, {"0": TINY_BYTES}), "reaches to element")
        self.refuses(zipped(tensor(storage("0", 4), (1,), (1,), -1), {"0": TINY_BYTES}), "numbers that make sense")

    def test_storages_of_another_size_or_none(self):
        self.refuses(zipped(TINY, {"0": TINY_BYTES[:-1]}), "15 bytes, not 16")
        self.refuses(zipped(TINY, {}), "missing")
        self.refuses(stream(TINY, {"0": (3, TINY_BYTES[:12])}), "12 bytes, not 16")
        self.refuses(stream(TINY, {"1": (4, TINY_BYTES)}), "not those")
        self.refuses(stream(TINY, {"0": (1 << 60, TINY_BYTES)}), "beyond the end")
        self.refuses(stream(TINY, {"0": (4, TINY_BYTES)}) + b"x", "1 bytes follow")

    def test_zip_archives_that_do_not_hold_together(self):
        good = zipped({"a": TINY}, {"0": TINY_BYTES, "1": b"else"})
        self.refuses(good.replace(b"net/data/1", b"net/data/0"), "same name")
        self.refuses(good.replace(TINY_BYTES, floats(1, 2, 3, 5)), "its checksum is another")
        self.refuses(good.replace(b"net/data.pkl", b"net/data.pkx"), "none of PyTorch")
        last = good.rindex(b"PK\x01\x02")
        overlapping = bytearray(good)
        struct.pack_into("<I", overlapping, last + 42, 0)
        self.refuses(bytes(overlapping), "overlap")

    def test_a_checksum_that_was_not_computed_is_told(self):
        content = bytearray(zipped({"a": TINY}, {"0": TINY_BYTES}))
        struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 16, 0)
        self.write(content)
        self.assertEqual(pytorch_file.read(self.path).notes, ["1 of its storages have no checksum"])

    def test_files_that_end_anywhere_or_have_another_byte_anywhere(self):
        generator = random.Random(1)
        samples = []
        for path in FIXTURES:
            with open(path, "rb") as file:
                samples.append(file.read())
        samples.append(tar({"a": Code(code("10") + b"Q")}, {1: (4, TINY_BYTES)}, [], {10: (1, (2, 2), (1, 2), 0)}))
        samples.append(zipped({"a": TINY}, {"0": TINY_BYTES}, compression=zipfile.ZIP_DEFLATED))
        for sample in samples:
            for _ in range(300):
                content = bytearray(sample)
                if generator.random() < 0.3:
                    del content[generator.randrange(len(content)):]
                else:
                    for _ in range(generator.randint(1, 4)):
                        content[generator.randrange(len(content))] = generator.randrange(256)
                try:
                    self.read_all(bytes(content))
                except PyTorchFileError as error:
                    self.assertNotIn("\n", str(error))


class Exporting(FileCase):
    def export(self, source, *options):
        return subprocess.run([sys.executable, os.path.join(HERE, "..", "export_pytorch.py"), source, "--output",
                               os.path.join(self.folder, "raw"), *options], capture_output=True, text=True)

    def test_a_checkpoint_becomes_a_folder(self):
        for path in FIXTURES:
            done = self.export(path)
            self.assertEqual((done.returncode, done.stdout.split(": ")[1]), (0, "12 tensors, 324 bytes, resnet18\n"))
            self.assertIn("note: 1 int64 item left out: count\n", done.stderr)
            with open(os.path.join(self.folder, "raw", "manifest.json")) as file:
                manifest = json.load(file)
            self.assertEqual(manifest["tensors"][1], {"name": "transposed", "shape": [4, 3], "dtype": "float32",
                                                      "offset": 48, "bytes": 48})
            self.assertEqual(os.path.getsize(os.path.join(self.folder, "raw", "weights.bin")), 324)

    def test_what_is_wrong_is_one_line_and_nothing_is_written(self):
        bomb = tensor(storage("0", 1), (1 << 40,), (0,))
        damaged = zipped({"a": TINY}, {"0": TINY_BYTES}).replace(TINY_BYTES, floats(1, 2, 3, 5))
        for content, options, message in (
            (b"", (), "the file is empty"), (b"nothing", (), "not a PyTorch checkpoint"),
            (zipped({"a": bomb}, {"0": floats(1)}), (), "claim 4398046511104 bytes of 4"),
            (damaged, (), "its checksum is another"),
            (zipped({"a\nb": TINY}, {"0": TINY_BYTES}), (), r"name is 'a\nb'"),
            (zipped({"model": call("my.nets", "Net")}, {}), (), "a pickled my.nets.Net"),
            (zipped({"a\x1b": TINY}, {"0": TINY_BYTES}), ("--state-dict-key", "b"), r"(there are: 'a\x1b')"),
        ):
            self.write(content)
            done = self.export(self.path, "--arch", "resnet18", *options)
            last = done.stderr.splitlines()[-1]
            self.assertEqual((done.returncode, done.stdout), (2, ""), message)
            self.assertTrue(last.startswith(f"export_pytorch: {self.path}: ") and message in last, last)
            self.assertEqual(os.listdir(self.folder), ["net.pth"])


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # pickletools warns of escapes in texts that are none.
