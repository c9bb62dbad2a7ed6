"""Files of weights that would take all time or memory, or run something: each is refused soon, in little memory."""

import io
import json
import os
import struct
import tarfile
import zipfile

from . import pickles
from .harness import Group, require
from .pickles import TINY, Code, call, name, pickled, storage, tensor, zipped

GROUP = Group("bombs")
LIMITS = {"seconds": 2, "megabytes": 110}
PROTO, STOP = b"\x80\x02", b"."


def put_get(number):
    return b"r" + struct.pack("<I", number), b"j" + struct.pack("<I", number)


def doubled(levels, empty, join):
    """A value that holds the one before it twice, as many times."""
    pickle = PROTO + empty
    for number in range(levels):
        put, get = put_get(number)
        pickle += put + join(get)
    return pickle + STOP


def laughs_of_lists(levels, width):
    pickle = PROTO + b"]"
    for number in range(levels):
        put, get = put_get(number)
        pickle += put + b"0](" + get * width + b"e"
    return pickle + STOP


def state(value):
    return zipped({"conv1.weight": value}, {"0": bytes(16)})


PICKLES = {
    "tuples that double 60 times": doubled(60, b")", lambda get: get + b"\x86"),
    "triples that grow 40 times": doubled(40, b")", lambda get: get + get + b"\x87"),
    "lists of 9^40": laughs_of_lists(40, 9),
    "dictionaries that double 60 times": doubled(60, b"}", lambda get: b"0}(K\1" + get + b"K\2" + get + b"u"),
    "three million opened marks": PROTO + b"(" * 3_000_000 + STOP,
    "tuples within each other, two million": PROTO + b")" + b"\x85" * 2_000_000 + STOP,
    "lists within each other, two million": PROTO + b"]" * 2_000_000 + b"a" * 1_999_999 + STOP,
    "dictionaries within each other, a million": PROTO + b"}" + b"K\1}" * 1_000_000 + b"s" * 1_000_000 + STOP,
    "a memo of 2^32 - 1": PROTO + b"]r\xff\xff\xff\xff.",
    "a memo of many numbers": PROTO + b"]" + b"".join(b"r" + struct.pack("<I", number * 4093) for number in range(500_000)) + STOP,
    "a memo that was never put": PROTO + b"j\xff\xff\xff\xff.",
    "pops of nothing": PROTO + b"0" * 1_000_000 + STOP,
    "doubled tops": PROTO + b"]" + b"2" * 4_000_000 + STOP,
    "an integer of 2^31 - 1 bytes": PROTO + b"\x8b\xff\xff\xff\x7f" + bytes(100),
    "an integer of a negative length": PROTO + b"\x8b\xff\xff\xff\xff" + bytes(100),
    "an integer of a million bytes": PROTO + b"\x8b" + struct.pack("<I", 1_000_000) + b"\x7f" * 1_000_000 + STOP,
    "an integer of two million digits": PROTO + b"I" + b"9" * 2_000_000 + b"\n.",
    "a float of two million digits": PROTO + b"F" + b"9" * 2_000_000 + b"\n.",
    "a text of 2^63 bytes": b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7f" + bytes(100),
    "a frame of 2^64 - 1 bytes": b"\x80\x04\x95" + b"\xff" * 8 + bytes(100),
    "bytes of 2^32 - 1": b"\x80\x04B\xff\xff\xff\xff" + bytes(100),
    "a name of two megabytes": PROTO + b"c" + b"a" * 2_000_000 + b"\nb\n" + STOP,
    "protocol 255": b"\x80\xff" + STOP,
    "codes of an extension": PROTO + b"\x82\1" + STOP,
    "an unknown opcode": PROTO + b"\xff" + STOP,
    "no end": PROTO + b"]" * 1000,
    "nothing": b"",
    "four million integers": PROTO + b"](" + b"K\1" * 4_000_000 + b"e" + STOP,
    "a list that holds itself": PROTO + b"]q\0h\0a" + STOP,
    "a dictionary that holds itself": PROTO + b"}q\0K\1h\0s" + STOP,
    "a state that is itself": PROTO + b"}q\0X\1\0\0\0ah\0s" + STOP,
    "strings with an escape without an end": PROTO + b"S'\\x" + STOP,
}
FILES = {
    **{"a pickle of " + what: zipped(pickle or b"\0", {"0": bytes(16)}) for what, pickle in PICKLES.items()},
    "a shape of 2^40 over a stride of 0": state(tensor(storage("0", 4), (2**20, 2**20), (0, 0))),
    "a shape whose product overflows": state(tensor(storage("0", 4), (2**33, 2**33), (1, 1))),
    "a shape of 2^63": state(tensor(storage("0", 4), (2**63,), (1,))),
    "a negative shape": state(tensor(storage("0", 4), (-4,), (1,))),
    "a negative stride": state(tensor(storage("0", 4), (4,), (-1,))),
    "strides that overflow": state(tensor(storage("0", 4), (2, 2), (2**62, 2**62))),
    "a start of 2^63": state(tensor(storage("0", 4), (1,), (1,), 2**63)),
    "a negative start": state(tensor(storage("0", 4), (1,), (1,), -1)),
    "a rank of a hundred thousand": state(tensor(storage("0", 4), (1,) * 100_000, (1,) * 100_000)),
    "a storage of 2^62 numbers": state(tensor(storage("0", 2**62), (2, 2), (2, 1))),
    "a storage that is not there": state(tensor(storage("7", 4), (2, 2), (2, 1))),
    "a storage by a path": state(tensor(storage("../../../etc/passwd", 4), (2, 2), (2, 1))),
    "a storage of an unknown kind": state(tensor(storage("0", 4, "system"), (2, 2), (2, 1))),
    "a shape that is a text": state(tensor(storage("0", 4), "abc", (1,))),
    "a tensor of itself": zipped(PROTO + b"}q\0X\1\0\0\0ah\0ctorch._utils\n_rebuild_tensor_v2\n(h\0K\0h\0h\0\x89}tRs" + STOP, {}),
    "60,000 entries": None,
    "a deflated pickle of a gigabyte": None, "a deflated storage of a gigabyte": None, "a central directory of 2^64": None,
    "overlapping entries": None,
    "a stream of 2^62 numbers": b"".join(pickled(part) for part in (0x1950A86A20F9469CFC6C, 1001, {}, {"a": TINY}, ["0"])) + struct.pack("<q", 2**62),
    "a stream of -1 numbers": b"".join(pickled(part) for part in (0x1950A86A20F9469CFC6C, 1001, {}, {"a": TINY}, ["0"])) + struct.pack("<q", -1),
    "an old archive without its members": pickles.tar({"storages": b"", "tensors": b"", "pickle": b""}),
    "an old archive of 2^62 storages": pickles.tar({"storages": pickled(2**62), "tensors": pickled(2**62), "pickle": pickled({})}),
}
RUNS_SOMETHING = [("os", "system"), ("posix", "system"), ("builtins", "eval"), ("builtins", "exec"), ("builtins", "__import__"),
    ("subprocess", "Popen"), ("builtins", "getattr"), ("operator", "attrgetter"),
                  ("runpy", "run_path"), ("webbrowser", "open"), ("torch.hub", "load"), ("torch", "load"), ("nt", "system"), ("shutil", "rmtree"),
                  ("importlib", "import_module")]


def bomb(what):
    """The pieces of the files that are made at the time."""
    if what == "60,000 entries":
        return [pickles.archive({"net/data.pkl": pickled({"a": TINY}), **{f"net/data/{number}": b"" for number in range(60_000)}})]
    if what.startswith("a deflated"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            if "storage" in what:
                file.writestr("net/data.pkl", pickled({"a": tensor(storage("0", 2**28), (2**28,), (1,))}))
            with file.open("net/data/0" if "storage" in what else "net/data.pkl", "w", force_zip64=True) as entry:
                for _ in range(1024):
                    entry.write(bytes(1 << 20))
        return [buffer.getvalue()]
    data = bytearray(zipped({"a": TINY}, {"0": bytes(16)}))
    end = data.rindex(b"PK\5\6")
    if what.startswith("a central"):
        struct.pack_into("<HHHHII", data, end + 4, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
        return [bytes(data)]
    at = data.index(b"PK\1\2")
    while at >= 0:  # every entry claims the first one's place
        struct.pack_into("<I", data, at + 42, 0)
        at = data.find(b"PK\1\2", at + 4)
    return [bytes(data)]


def refused(place, file, code=65, **limits):
    place.expect(code, "convert", file, "--output", "new.rzoo", **{**LIMITS, **limits})
    require(not place.exists("new.rzoo"), "there is an output")
    place.expect((0, 65, 66), "inspect", file, **{**LIMITS, **limits})


@GROUP.attack_each("{}", [(what,) for what in FILES])
def weights(place, what):
    place.pour("bomb.pth", [FILES[what]] if FILES[what] else bomb(what))
    refused(place, "bomb.pth")


@GROUP.attack_each("a pickle that calls {}.{}", RUNS_SOMETHING)
def called(place, module, attribute):
    value = call(module, attribute, "touch " + place.path("ran"))
    for number, data in enumerate((zipped({"a": value, "conv1.weight": TINY}, {"0": bytes(16)}), pickled({"a": value}),
        zipped({"a": Code(name(module, attribute) + b")\x81")}, {}),
                                   zipped({"a": Code(b"(S'touch " + place.path("ran").encode() + b"'\ni" + f"{module}\n{attribute}\n".encode())},
                                   {}))):
        place.put(f"{number}.pth", data)
        refused(place, f"{number}.pth")
    require(not place.exists("ran"), "it was run")


# A way through the attributes of modules that layers are in, to what they have imported, or to what their classes can do.
WAYS = [
    ("torch.nn.modules.module", "torch.serialization.pickle.loads"), ("torch.nn.modules.module", "torch.serialization.os.system"),
    ("torch.serialization", "shutil.rmtree"), ("pathlib", "Path.write_text"), ("pathlib", "PosixPath.unlink"), ("timm.models", "hub.load_state_dict_from_url"),
    ("torch.nn.modules.module", "Module.load_state_dict"), ("timm.models._builder", "load_checkpoint"), ("timm.utils", "CheckpointSaver"),
    ("torch.nn.functional", "importlib.import_module"), ("collections", "namedtuple"), ("torch." * 100 + "nn", "os.system"),
]


@GROUP.attack_each("a pickle that reaches {1} through {0}", WAYS)
def reached(place, module, attribute):
    value = Code(pickles.long_name(module, attribute) + pickles.code(("touch " + place.path("ran"),)) + b"R0")
    place.put("x.pth", zipped(b"\x80\x04" + value + pickles.code({"conv1.weight": TINY}) + b".", {"0": bytes(16)}))
    outcome = place.expect((0, 65), "inspect", "x.pth", **LIMITS)
    text = outcome.text + outcome.err
    require("suspicious       nothing" not in text and "all names are on the list" not in text, "nothing is suspicious")
    require("SUSPICIOUS" in text or "do not trust" in text, "it is not named")


def two_ends():
    """An archive whose comment holds another one, which readers take that look for the last signature."""
    inner, outer = zipped({"evil": 1}, {}), zipped({"conv1.weight": TINY}, {"0": bytes(16)})
    comment = inner + b"XXXX"
    return outer[:-2] + struct.pack("<H", len(comment)) + comment


def stream_in_tar(spelling):
    """A stream of pickles whose first block is the header of a TAR archive, as tarfile reads checksums."""
    start = pickled(0x1950A86A20F9469CFC6C) + pickled(1001) + b"\x80\x02}(" + pickles.code("x") + b"X"
    block = bytearray((start + struct.pack("<I", 512 - len(start) - 4)).ljust(512))
    block[148:156] = b" " * 8
    block[148:156] = (spelling % sum(block)).encode().ljust(8, b"\0")
    rest = pickles.code("little_endian") + b"\x88u." + pickled({"a": TINY}) + pickled(["0"]) + struct.pack("<q", 4) + bytes(16)
    return bytes(block) + rest


@GROUP.attack_each("another pickle named {}", [("net/DATA.PKL",), ("net/Data.pkl",), ("NET/data.pkl",)])
def capitals(place, entry):
    place.put("x.pth", zipped({"conv1.weight": TINY}, {"0": bytes(16)}, {entry: pickled({"evil": 1})}))
    refused(place, "x.pth")


@GROUP.attack("an archive with two ends")
def ends(place):
    place.put("x.pth", two_ends())
    refused(place, "x.pth")


def two_records(gap):
    """An archive whose locator names one zip64 record, while another one, of another directory, lies directly before it."""
    data = zipped({"conv1.weight": TINY}, {"0": bytes(16)})
    end, start = data.rindex(b"PK\5\6"), data.index(b"PK\1\2")
    count, size = struct.unpack_from("<H", data, end + 10)[0], end - start

    def record(extra, first, entries):
        return struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44 + extra, 45, 45, 0, 0, entries, entries, size, first)
    other = data[start:end] + record(0, end + 56, count)
    records = record(len(other), start, count) + other if gap else record(0, start, count - 1)
    small = (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF) if gap else (count, size, start)
    tail = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1) + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, small[0], *small, 0)
    return data[:end] + records + tail


@GROUP.attack_each("an archive with two zip64 records, {}", [("one behind the other", True), ("the second one in the end", False)])
def records(place, _, gap):
    place.put("x.pth", two_records(gap))
    refused(place, "x.pth")


@GROUP.attack_each("a stream that is a TAR archive, {}", [("%06o\0 ",), (" 0o%o",), ("+%o",), ("%o",)])
def polyglot(place, spelling):
    place.put("x.pth", stream_in_tar(spelling))
    refused(place, "x.pth")
    place.expect((65, 66), "inspect", "x.pth", says=("at once",), **LIMITS)


# Other containers


def header(size, pieces):
    return [struct.pack("<Q", size), *pieces]


def tensors_json(count):
    yield b"{"
    for number in range(count):
        yield f'"t{number}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}{"," if number + 1 < count else ""}'.encode()
    yield b"}"


def one(dtype="F32", shape=(4,), offsets=(0, 16), data=bytes(16), more=None):
    text = json.dumps({"a": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}, **(more or {})}).encode()
    return [struct.pack("<Q", len(text)), text, data]


SAFETENSORS = {
    "a header of 2^63 bytes": lambda: header(2**63, [b"{}"]), "a header of 2^64 - 1 bytes": lambda: header(2**64 - 1, [b"{}"]),
    "a header of 99 MB of blanks": lambda: header(99 << 20, [b" " * (1 << 20)] * 99),
    "a header of 99 MB of brackets": lambda: header(99 << 20, [b"[" * (1 << 20)] * 99),
    "a header of 90 MB of one name": lambda: header((90 << 20) + 1, [b'{"'] + [b"n" * (1 << 20)] * 89 + [b"n" * ((1 << 20) - 1)]),
    "a million tensors": lambda: header(sum(map(len, tensors_json(1_000_000))), tensors_json(1_000_000)),
    "a shape that overflows": lambda: one(shape=(2**33, 2**33)), "a shape of 2^64": lambda: one(shape=(2**64,)),
    "a negative extent": lambda: one(shape=(-4,)),
    "offsets beyond the end": lambda: one(offsets=(0, 2**62), shape=(2**60,)), "offsets turned round": lambda: one(offsets=(16, 0)),
    "offsets that are fractions": lambda: one(offsets=(0.5, 16.5)),
    "tensors over each other": lambda: one(more={"b": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}),
    "a rank of a hundred thousand": lambda: one(shape=(1,) * 100_000),
    "one name twice": lambda: header(len(TWICE), [TWICE, bytes(16)]),
    "a number of a megabyte": lambda: header(1 << 20, [b'{"a":' + b"9" * ((1 << 20) - 6) + b"}"]),
    "an unknown type": lambda: one(dtype="\x1b[8m"),
}
TWICE = b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'


@GROUP.attack_each("safetensors with {}", [(what,) for what in SAFETENSORS])
def safetensors(place, what):
    place.pour("bomb.safetensors", SAFETENSORS[what]())
    refused(place, "bomb.safetensors", megabytes=260 if "million" in what else 150, seconds=4)


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, content):
    """A field of protobuf that holds bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def nested(levels, number=7):
    content = b""
    for _ in range(levels):
        content = field(number, content)
    return content


def initializer(*fields):
    return b"\x08\x08" + field(7, field(5, b"".join(fields)) + field(1, field(1, b"a") + field(2, b"b") + field(4, b"Relu")))


def external(path):
    entry = field(13, field(1, b"location") + field(2, path))
    return initializer(b"\x08\x04\x10\x01", field(8, b"conv1.weight"), entry, b"\x70\x01")


ONNX = {
    "messages within each other, 10,000": nested(3000), "a length of 2^63": b"\x3a" + varint(2**63),
    "a number without an end": b"\x08" + b"\xff" * 100, "a million fields": b"\x08\x01" * 1_000_000,
    "dimensions of 2^62": initializer(b"\x08" + varint(2**62), b"\x08" + varint(2**62), b"\x10\x01", field(8, b"w"), field(9, bytes(16))),
    "negative dimensions": initializer(b"\x08" + varint(2**64 - 1), b"\x10\x01", field(8, b"w"), field(9, bytes(16))),
    "weights in /etc/passwd": external(b"/etc/passwd"), "weights in ../secret": external(b"../secret"),
    "weights in /dev/zero": external(b"/dev/zero"),
    "raw values and floats": initializer(b"\x08\x04\x10\x01", field(8, b"conv1.weight"), field(9, bytes(16)), field(4, b"\0\0\x80\x3f" * 4)),
    "raw values twice": initializer(b"\x08\x04\x10\x01", field(8, b"conv1.weight"), field(9, bytes(16)), field(9, b"\0\0\x80\x3f" * 4)),
    "floats that are joined": initializer(b"\x08\x04\x10\x01", field(8, b"conv1.weight"), field(4, bytes(8)), field(4, bytes(8))),
    "a million nodes": b"\x08\x08" + field(7, field(1, field(4, b"Relu")) * 300_000),
}


@GROUP.attack_each("ONNX with {}", [(what,) for what in ONNX])
def onnx(place, what):
    place.put("secret", bytes(1000))
    place.put("in/bomb.onnx", ONNX[what])
    refused(place, "in/bomb.onnx", megabytes=260)


NUMPY = {
    "a shape of 2^62": pickles.npy((2**62,), bytes(16)), "a shape that overflows": pickles.npy((2**33, 2**33), bytes(16)),
    "objects": pickles.npy((1,), pickled(call("os", "system", "touch ran")), "|O"),
    "a header of 2^32 - 1": b"\x93NUMPY\2\0" + b"\xff" * 4 + b"{" * 1000,
    "a header of brackets": b"\x93NUMPY\2\0" + struct.pack("<I", 1 << 20) + b"[" * (1 << 20), "a negative shape": pickles.npy((-4,), bytes(16)),
}


def header_bomb(text, version=1):
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text + bytes(16)


NUMPY |= {
    "a shape twice": header_bomb(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'shape': (4,)}"),
    "two orders": header_bomb(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'fortran_order': True}"),
    "an unknown key": header_bomb(b"{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'also': 1}"),
    "a shape that is calculated": header_bomb(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2+2,)}"),
    "a header of accents": header_bomb(b"{" + "e\u0301".encode() * 20_000 + b"}", 2),
}


@GROUP.attack("NumPy's archive of a thousand headers of accents")
def numpy_headers(place):
    array = header_bomb(b"{" + "e\u0301".encode() * 20_000 + b"'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", 2)
    members = {"room": os.urandom(1 << 20), **{f"w{number}.npy": array for number in range(1000)}}
    place.put("bomb.npz", pickles.archive(members, zipfile.ZIP_DEFLATED))
    refused(place, "bomb.npz")


@GROUP.attack_each("NumPy's file with {}", [(what,) for what in NUMPY])
def numpy(place, what):
    place.put("bomb.npz", pickles.archive({"conv1.weight.npy": NUMPY[what]}, zipfile.ZIP_DEFLATED))
    refused(place, "bomb.npz")
    place.put("bomb.npy", NUMPY[what])
    place.expect((65, 66), "run", place.kit.path("base.rzoo"), "--input", "bomb.npy", "--output", "y.npy", **LIMITS)
    require(not place.exists("ran") and not place.exists("y.npy"), "an output is there")


HDF5 = b"\x89HDF\r\n\x1a\n"


@GROUP.attack_each("HDF5 with {}",
    [("nothing", b""), ("zeros", bytes(4096)), ("ones", b"\xff" * 4096),
    ("a root that is itself", b"\0\0\0\0\0\x08\x08\0\4\0\x10\0\0\0\0\0" + bytes(8) + b"\xff" * 8 + bytes(8) + b"\xff" * 8 + bytes(40))])
def hdf5(place, _, rest):
    place.put("bomb.h5", HDF5 + rest)
    refused(place, "bomb.h5")


def hdf5_start(message, fields, size=512):
    """An HDF5 file whose root has one message, of two numbers: where its header goes on, or its tree and names."""
    start = bytearray(size)
    start[:8], start[13], start[14] = HDF5, 8, 8
    struct.pack_into("<Q", start, 64, 128)
    start[128] = 1
    struct.pack_into("<I", start, 136, 24)
    struct.pack_into("<HHIQQ", start, 144, message, 16, 0, *fields)
    return start


@GROUP.attack_each("HDF5 whose header goes on for {} bytes of a file that has none", [(size,) for size in ((4 << 30) - 512, 28 << 30, (1 << 42) - 512)])
def hdf5_endless(place, size):
    place.sparse("bomb.h5", size + 512, hdf5_start(0x10, (512, size)))
    refused(place, "bomb.h5")


@GROUP.attack("HDF5 of a tree whose nodes have sixty times the same child")
def hdf5_tree(place):
    start = hdf5_start(0x11, (512, 256), 1 << 20)
    start[256:260] = b"HEAP"
    struct.pack_into("<QQQ", start, 264, 64, 0, 300)
    for depth in range(15):
        at = 512 + depth * 65536
        struct.pack_into("<4sBBH", start, at, b"TREE", 0, 0, 60)
        for child in range(60):
            struct.pack_into("<QQ", start, at + 24 + 16 * child, 0, at + 65536)
    place.sparse("bomb.h5", 20 << 30, start)
    refused(place, "bomb.h5")


@GROUP.attack("a TAR archive that does not end for gigabytes")
def tar_endless(place):
    with tarfile.open(place.path("bomb.tar"), "w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("storages", "tensors", "pickle"):
            entry = tarfile.TarInfo(name)
            entry.size = 10
            archive.addfile(entry, io.BytesIO(bytes(10)))
    os.truncate(place.path("bomb.tar"), 20 << 30)
    refused(place, "bomb.tar")


ENDINGS = ["pth", "pt", "th", "bin", "safetensors", "onnx", "npz", "npy", "h5", "keras", "rzoo", "json", "safetensors.index.json", "tar", "csv",
    "jsonl", "png", "jpg", "tif", "gif", "bmp", "webp", "ppm", "avif", "heic"]


@GROUP.attack_each("an empty file of gigabytes, .{}", [(ending,) for ending in ENDINGS])
def sparse(place, ending):
    place.sparse("bomb." + ending, (1 + place.random.randrange(20)) << 30)
    place.expect((65, 66), "convert", "bomb." + ending, "--output", "new.rzoo", **LIMITS)
    place.expect((65, 66), "inspect", "bomb." + ending, **LIMITS)
    place.expect((1, 65, 66), "classify", place.kit.path("base.rzoo"), "bomb." + ending, **LIMITS)
    place.expect((64, 65, 66), "evaluate", place.kit.path("base.rzoo"), "bomb." + ending, **LIMITS)


@GROUP.attack_each("{} as a file of weights", [("/dev/zero",), ("/dev/null",), ("fifo",), ("loop",), (".",), ("/proc/self/mem",),
    ("/proc/self/environ",)])
def devices(place, what):
    os.mkfifo(place.path("fifo"))
    place.link("loop", "loop")
    for line in (f"convert {what} --output new.rzoo", f"inspect {what}", f"verify {what}", f"merge {what} --output new.rzoo",
        f"run {place.kit.path('base.rzoo')} --input {what} --output y", f"init --descriptor {what} --output new.rzoo",
                 f"edit {place.kit.path('base.rzoo')} --labels {what} --output new.rzoo"):
        outcome = place.run(*line.split(), patience=10)
        require(64 <= outcome.code < 128, outcome.shown())
    require(not place.exists("new.rzoo"), "there is an output")
