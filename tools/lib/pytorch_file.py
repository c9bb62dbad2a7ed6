"""Reads the tensors of a PyTorch file with the standard library alone: zip archives (PyTorch 1.6 and later), the
stream before those, and the TAR files of before 0.1.10.

The pickle within is data here. `Unpickler` is a machine over the opcodes of `pickletools` that never imports or
calls anything: a name in the file becomes a `Global`, the few calls that make tensors and dictionaries are
interpreted, and every other call becomes an `Opaque` value. What a file claims is checked against the bytes that it
has before any memory is taken, and a storage is read when a tensor over it is.
"""
import array
import io
import itertools
import math
import mmap
import pickletools
import struct
import tarfile
import zipfile
import zlib

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
PICKLE_BYTES = 64 << 20
PICKLE_STEPS = 4_000_000
RANK = 64
# Deflated storages may be this many times as large as the file, and some more for small ones.
EXPANSION, EXPANSION_SLACK = 20, 64 << 20

# Element types and their bytes.
DTYPES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2, "int8": 1,
    "uint64": 8, "uint32": 4, "uint16": 2, "uint8": 1, "bool": 1, "complex128": 16, "complex64": 8,
    "float8_e4m3fn": 1, "float8_e5m2": 1, "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1, "float8_e8m0fnu": 1,
}
FLOATS = ("float32", "float64", "float16", "bfloat16")
STORAGES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool", "ComplexDoubleStorage": "complex128",
    "ComplexFloatStorage": "complex64", "UntypedStorage": None,
}


class PyTorchFileError(Exception):
    """What is wrong with the file, in one line."""


def shown(text):
    """A text of the file's as a message can hold it: short, and without control characters."""
    text = str(text)
    return (text if text.isprintable() else ascii(text))[:80]


# --- Values -----------------------------------------------------------------------------------------------


class Global:
    """A name that the file refers to. Nothing is imported for it."""
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name


class Opaque:
    """An object that is no tensor; only the name of its class or function is kept."""
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name


class Storage:
    """`size` bytes of `dtype` (None: of any), which `load()` returns as a memoryview."""
    __slots__ = ("dtype", "size", "load", "is_big_endian")

    def __init__(self, dtype, size, load, is_big_endian=False):
        self.dtype, self.size, self.load, self.is_big_endian = dtype, size, load, is_big_endian


class Tensor:
    """A strided view of a storage; `start` and `strides` count elements. It lies within the storage."""
    __slots__ = ("storage", "dtype", "start", "shape", "strides")

    def __init__(self, storage, start, shape, strides, dtype=None):
        dtype = dtype or getattr(storage, "dtype", None)
        if not isinstance(storage, Storage) or dtype is None or storage.dtype not in (None, dtype):
            raise PyTorchFileError("a tensor without a storage of its type")
        if not (is_size(start) and are_sizes(shape) and are_sizes(strides) and len(shape) == len(strides) <= RANK):
            raise PyTorchFileError("a tensor whose offset, shape or strides are not numbers that make sense")
        self.storage, self.dtype, self.start, self.shape, self.strides = storage, dtype, start, shape, strides
        end = start + sum((extent - 1) * stride for extent, stride in zip(shape, strides)) + 1
        if self.count and end * DTYPES[dtype] > storage.size:
            raise PyTorchFileError(f"a tensor reaches to element {end} of a storage of {storage.size} bytes")

    @property
    def count(self):
        return math.prod(self.shape)

    @property
    def size(self):
        return self.count * DTYPES[self.dtype]

    def float32(self):
        """The elements in order, as little-endian float32: a buffer of 4 × `count` bytes."""
        if self.count == 0:
            return b""
        width = DTYPES[self.dtype]
        elements = gathered(self.storage.load()[self.start * width:], width, self.shape, self.strides)
        if self.storage.is_big_endian:
            swapped = array.array({2: "H", 4: "I", 8: "Q"}[width], bytes(elements))
            swapped.byteswap()
            elements = memoryview(swapped).cast("B")
        return CONVERSIONS[self.dtype](elements)


def is_size(value):
    return type(value) is int and 0 <= value < 1 << 63


def are_sizes(value):
    return type(value) is tuple and all(map(is_size, value))


def gathered(data, width, shape, strides):
    """The elements of a strided view in row-major order."""
    count = math.prod(shape)
    rows = [math.prod(shape[axis + 1:]) for axis in range(len(shape))]
    if all(extent == 1 or stride == row for extent, stride, row in zip(shape, strides, rows)):
        return data[:count * width]
    # The longest axis is copied as one slice, in a loop over the others.
    longest = max(range(len(shape)), key=shape.__getitem__)
    extent, step, row = shape[longest], strides[longest], rows[longest]
    kind = {2: "H", 4: "I", 8: "Q"}[width]
    source, result = data[:len(data) // width * width].cast(kind), bytearray(count * width)
    target = memoryview(result).cast(kind)
    others = [axis for axis in range(len(shape)) if axis != longest and shape[axis] > 1]
    for position in itertools.product(*(range(shape[axis]) for axis in others)):
        a = sum(index * strides[axis] for index, axis in zip(position, others))
        b = sum(index * rows[axis] for index, axis in zip(position, others))
        if step:
            target[b:b + (extent - 1) * row + 1:row] = source[a:a + (extent - 1) * step + 1:step]
        else:
            target[b:b + (extent - 1) * row + 1:row] = array.array(kind, [source[a]]) * extent
    return memoryview(result)


def from_float64(data):
    return memoryview(array.array("f", data.cast("d"))).cast("B")


def from_float16(data):
    result = array.array("f")
    for start in range(0, len(data), 1 << 17):  # In pieces: Python's numbers take 15 times the room of these.
        piece = data[start:start + (1 << 17)]
        result.extend(struct.unpack(f"<{len(piece) // 2}e", piece))
    return memoryview(result).cast("B")


def from_bfloat16(data):
    """A bfloat16 is the upper half of a float32."""
    result = bytearray(2 * len(data))
    result[2::4] = data[0::2]
    result[3::4] = data[1::2]
    return result


CONVERSIONS = {"float32": lambda data: data, "float64": from_float64, "float16": from_float16,
               "bfloat16": from_bfloat16}


# --- Pickles ----------------------------------------------------------------------------------------------

# Opcodes whose argument is the value.
CONSTANTS = frozenset("""
    BININT BININT1 BININT2 LONG1 LONG4 BINFLOAT BINUNICODE SHORT_BINUNICODE BINUNICODE8 SHORT_BINSTRING BINSTRING
    BINBYTES SHORT_BINBYTES BINBYTES8
""".split())
SINGLETONS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def rebuild_tensor(storage, start, shape, strides, *_):
    return Tensor(storage, start, shape, strides)


def rebuild_tensor_v3(storage, start, shape, strides, requires_grad, hooks, dtype, *_):
    name = dtype.name.removeprefix("torch.") if isinstance(dtype, Global) else None
    if name not in DTYPES:
        raise PyTorchFileError(f"a tensor of the unknown type {shown(name)}")
    return Tensor(storage, start, shape, strides, name)


def rebuild_parameter(data, *_):
    if not isinstance(data, Tensor):
        raise PyTorchFileError("a parameter without a tensor")
    return data


# The calls that are interpreted, beside OrderedDict and _rebuild_from_type_v2.
CALLS = {
    "torch._utils._rebuild_tensor": rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": rebuild_tensor_v3,
    "torch._utils._rebuild_parameter": rebuild_parameter,
    "torch._utils._rebuild_parameter_with_state": rebuild_parameter,
    "torch.nn.parameter.Parameter": rebuild_parameter,
    "torch.Size": lambda sizes=(): sizes,
    "collections.defaultdict": lambda *_: {},
}


class Unpickler:
    """Runs one pickle of `file`, and leaves the file behind it."""

    def __init__(self, file, persistent_load):
        self.file, self.persistent_load, self.steps = file, persistent_load, 0

    def take_steps(self, count):
        self.steps += count
        if self.steps > PICKLE_STEPS:
            raise PyTorchFileError(f"its pickle takes more than {PICKLE_STEPS} steps")

    def load(self):
        start = self.file.tell()
        try:
            return self.run(start)
        except (ValueError, IndexError, KeyError) as error:
            # What pickletools says of bytes that are no pickle, an empty stack, a number not in the memo.
            raise PyTorchFileError(f"its pickle at byte {start} is damaged: {shown(error)}") from None

    def run(self, start):
        stack, marked, memo = [], [], {}
        for opcode, argument, position in pickletools.genops(self.file):
            self.take_steps(1)
            if position - start > PICKLE_BYTES:
                raise PyTorchFileError(f"its pickle is longer than {PICKLE_BYTES} bytes")
            name = opcode.name
            if name in CONSTANTS:
                stack.append(argument)
            elif name in ("BINPUT", "LONG_BINPUT"):
                memo[argument] = stack[-1]
            elif name == "MEMOIZE":
                memo[len(memo)] = stack[-1]
            elif name in ("BINGET", "LONG_BINGET"):
                stack.append(memo[argument])
            elif name == "MARK":
                marked.append(stack)
                stack = []
            elif name == "TUPLE":
                items, stack = stack, marked.pop()
                stack.append(tuple(items))
            elif name in TUPLES:
                items = [stack.pop() for _ in range(TUPLES[name])]
                stack.append(tuple(reversed(items)))
            elif name in SINGLETONS:
                stack.append(SINGLETONS[name])
            elif name in ("EMPTY_LIST", "EMPTY_SET"):
                stack.append([])
            elif name == "EMPTY_DICT":
                stack.append({})
            elif name in ("APPENDS", "ADDITEMS"):
                items, stack = stack, marked.pop()
                append(stack[-1], items)
            elif name == "APPEND":
                item = stack.pop()
                append(stack[-1], [item])
            elif name == "SETITEMS":
                items, stack = stack, marked.pop()
                set_items(stack[-1], items)
            elif name == "SETITEM":
                value, key = stack.pop(), stack.pop()
                set_items(stack[-1], [key, value])
            elif name == "GLOBAL":
                stack.append(Global(argument.replace(" ", ".", 1)))
            elif name == "STACK_GLOBAL":
                last, module = stack.pop(), stack.pop()
                stack.append(Global(f"{text(module)}.{text(last)}"))
            elif name in ("REDUCE", "NEWOBJ"):
                arguments, function = stack.pop(), stack.pop()
                stack.append(self.call(function, arguments))
            elif name == "NEWOBJ_EX":
                keywords, arguments, function = stack.pop(), stack.pop(), stack.pop()
                stack.append(opaque(function, (arguments, keywords)))
            elif name == "BUILD":
                stack.pop()  # The state of an opaque object, or OrderedDict's _metadata.
            elif name == "BINPERSID":
                stack.append(self.persistent_load(stack.pop()))
            elif name == "STOP":
                return stack.pop()
            elif name not in ("PROTO", "FRAME"):
                raise PyTorchFileError(f"its pickle has the opcode {name}, which PyTorch does not write")

    def call(self, function, arguments):
        """The value of a call that this reader knows, and otherwise an opaque one."""
        if not isinstance(function, (Global, Opaque)) or type(arguments) is not tuple:
            raise PyTorchFileError("its pickle calls what is no function, or with no arguments")
        if function.name == "torch._tensor._rebuild_from_type_v2" and len(arguments) == 4:
            function, _, arguments, _ = arguments
            if not isinstance(function, Global) or type(arguments) is not tuple:
                raise PyTorchFileError("a tensor of a class of its own that cannot be rebuilt")
        if function.name == "collections.OrderedDict":
            return self.ordered_dict(*arguments)
        if function.name in CALLS:
            try:
                return CALLS[function.name](*arguments)
            except TypeError:
                raise PyTorchFileError(f"a call of {function.name} with {len(arguments)} arguments") from None
        return opaque(function, arguments)

    def ordered_dict(self, pairs=(), *_):
        """Python 2 gives a list of pairs; later ones set the items afterwards."""
        if not isinstance(pairs, (list, tuple)):
            raise PyTorchFileError("an OrderedDict of what are no pairs")
        self.take_steps(len(pairs))
        result = {}
        for pair in pairs:
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                raise PyTorchFileError("an OrderedDict of what are no pairs")
            set_items(result, pair)
        return result


def text(value):
    if not isinstance(value, str):
        raise PyTorchFileError("its pickle has a name that is no text")
    return value


def opaque(function, arguments):
    """A call that is not interpreted. It must not hide a tensor."""
    name = getattr(function, "name", "what is no function")
    for argument in arguments[:RANK]:
        parts = argument[:RANK] if type(argument) is tuple else (argument,)
        if any(isinstance(part, (Tensor, Storage)) for part in parts):
            raise PyTorchFileError(f"it makes something of tensors with {shown(name)}, which is not known here")
    if name.startswith("torch._utils._rebuild"):
        raise PyTorchFileError(f"it has a tensor made with {shown(name)}; only dense tensors can be read")
    return Opaque(name)


def append(target, items):
    if isinstance(target, list):
        target.extend(items)
    elif not isinstance(target, Opaque):
        raise PyTorchFileError("its pickle appends to what is no list")


def set_items(target, items):
    if isinstance(target, Opaque):
        return
    if not isinstance(target, dict) or len(items) % 2:
        raise PyTorchFileError("its pickle sets an item of what is no dictionary")
    for key, value in zip(items[0::2], items[1::2]):
        is_plain = isinstance(key, (str, bytes, float, type(None))) or isinstance(key, int) and abs(key) < 1 << 63
        # Other keys are nobody's names, and hashing them may take what the file likes.
        target[key if is_plain else Opaque("a key")] = value


# --- Files ------------------------------------------------------------------------------------------------


class Checkpoint:
    """What a file holds: `value` is what was saved, `storage_size` the bytes of all storages unpacked."""

    def __init__(self, value, storage_size, notes=()):
        self.value, self.storage_size, self.notes = value, storage_size, list(notes)


def read(path):
    with open(path, "rb") as file:
        start = file.read(262)
        if not start:
            raise PyTorchFileError("the file is empty")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if start.startswith(b"PK\x03\x04"):
            return read_zip(file, memoryview(data))
    if start.startswith(b"\x80"):
        return read_stream(data)
    if start[257:] == b"ustar":
        return read_tar(data)
    raise PyTorchFileError(f"not a PyTorch checkpoint: it begins with {start[:8]!r}, neither a zip nor a pickle")


def storage_fields(identifier, count):
    """Key, dtype, bytes and what follows of a persistent id."""
    kind = identifier[0] if type(identifier) is tuple and identifier else None
    if kind == "module":
        raise PyTorchFileError("it holds the source of a Python class; save the model's state_dict() instead")
    if kind != "storage" or len(identifier) not in count or not isinstance(identifier[2], str):
        raise PyTorchFileError("its pickle refers to a storage in a way that PyTorch does not")
    _, storage_type, key, _, elements, *rest = identifier
    dtype = storage_dtype(storage_type)
    if not is_size(elements):
        raise PyTorchFileError(f"the storage {shown(key)} has no size that makes sense")
    return key, dtype, elements * DTYPES.get(dtype, 1), rest


def storage_dtype(storage_type):
    module, _, name = storage_type.name.rpartition(".") if isinstance(storage_type, Global) else ("", "", "")
    if module not in ("torch", "torch.cuda", "torch.storage") or name not in STORAGES:
        raise PyTorchFileError(f"a storage of the type {shown(name) or 'none'}, which is not known here")
    return STORAGES[name]


class Archive:
    """The records of a zip file, with their checksums verified when they are read."""

    def __init__(self, file, data):
        try:
            entries = zipfile.ZipFile(file).infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, struct.error) as error:
            raise PyTorchFileError(f"a damaged zip archive: {shown(error)}") from None
        self.data, self.entries, self.unpacked = data, {entry.filename: entry for entry in entries}, {}
        if len(self.entries) != len(entries):
            raise PyTorchFileError("two records of the zip archive have the same name")
        self.size = sum(entry.file_size for entry in entries)
        if self.size > EXPANSION * len(data) + EXPANSION_SLACK:
            raise PyTorchFileError(f"its records claim {self.size} bytes, unpacked from {len(data)}")
        self.starts = {entry.filename: self.start(entry) for entry in entries}
        end = 0
        for entry in sorted(entries, key=lambda entry: entry.header_offset):
            if entry.header_offset < end:
                raise PyTorchFileError("records of the zip archive overlap")
            end = self.starts[entry.filename] + entry.compress_size

    def start(self, entry):
        """Where a record's bytes begin. Its local header says where, and nothing else that counts."""
        header = bytes(self.data[entry.header_offset:entry.header_offset + 30]) if entry.header_offset >= 0 else b""
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise PyTorchFileError(f"the zip archive has no record at {entry.header_offset}")
        start = entry.header_offset + 30 + sum(struct.unpack_from("<HH", header, 26))
        if start + entry.compress_size > len(self.data):
            raise PyTorchFileError(f"the record {shown(entry.filename)} goes beyond the end of the file")
        if entry.flag_bits & 1:
            raise PyTorchFileError(f"the record {shown(entry.filename)} is encrypted")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise PyTorchFileError(f"the record {shown(entry.filename)} is compressed by an unknown method")
        if entry.compress_type == zipfile.ZIP_STORED and entry.compress_size != entry.file_size:
            raise PyTorchFileError(f"the record {shown(entry.filename)} has two sizes")
        return start

    def record_size(self, name):
        if name not in self.entries:
            raise PyTorchFileError(f"the record {shown(name)} is missing")
        return self.entries[name].file_size

    def read(self, name):
        if name in self.unpacked:
            return self.unpacked[name]
        size, entry, start = self.record_size(name), self.entries[name], self.starts[name]
        content = self.data[start:start + entry.compress_size]
        if entry.compress_type == zipfile.ZIP_DEFLATED:
            inflater = zlib.decompressobj(-zlib.MAX_WBITS)
            try:
                content = memoryview(inflater.decompress(content, size + 1))
            except zlib.error as error:
                raise PyTorchFileError(f"the record {shown(name)} is damaged: {error}") from None
            if len(content) != size or not inflater.eof:
                raise PyTorchFileError(f"the record {shown(name)} does not unpack to its {size} bytes")
        if entry.CRC and zlib.crc32(content) != entry.CRC:
            raise PyTorchFileError(f"the record {shown(name)} is damaged: its checksum is another")
        self.unpacked[name] = content
        return content


def read_zip(file, data):
    archive = Archive(file, data)
    pickles = [name for name in archive.entries if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise PyTorchFileError("a zip archive, but none of PyTorch: it has no data.pkl, or several")
    folder = pickles[0].removesuffix("data.pkl")
    order = b"little"
    if folder + "byteorder" in archive.entries:
        order = bytes(archive.read(folder + "byteorder")[:16])
    if order not in (b"little", b"big"):
        raise PyTorchFileError(f"its byte order is {order!r}")

    def persistent_load(identifier):
        key, dtype, size, _ = storage_fields(identifier, count=(5,))
        name = f"{folder}data/{key}"
        if archive.record_size(name) != size:
            raise PyTorchFileError(f"the record {shown(name)} has {archive.record_size(name)} bytes, not {size}")
        return Storage(dtype, size, lambda: archive.read(name), order == b"big")

    if archive.record_size(pickles[0]) > PICKLE_BYTES:
        raise PyTorchFileError(f"its pickle is longer than {PICKLE_BYTES} bytes")
    value = Unpickler(io.BytesIO(archive.read(pickles[0])), persistent_load).load()
    storages = [entry for name, entry in archive.entries.items() if name.startswith(folder + "data/")]
    unchecked = sum(entry.file_size > 0 and entry.CRC == 0 for entry in storages)
    notes = [f"{unchecked} of its storages have no checksum"] if unchecked else []
    return Checkpoint(value, sum(entry.file_size for entry in storages), notes)


def no_storages(_):
    raise PyTorchFileError("a storage where none belongs")


def read_block(file, data, width):
    """An element count and that many elements of `width` bytes, little-endian whatever machine wrote them."""
    header = file.read(8)
    count = struct.unpack("<q", header)[0] if len(header) == 8 else -1
    start = file.tell()
    if not 0 <= count <= (len(data) - start) // width:
        raise PyTorchFileError(f"the storage at byte {start} goes beyond the end of the file")
    file.seek(start + count * width)
    return data[start:start + count * width]


def read_stream(file):
    if Unpickler(file, no_storages).load() != LEGACY_MAGIC:
        raise PyTorchFileError("a pickle, but none of PyTorch")
    if Unpickler(file, no_storages).load() != LEGACY_PROTOCOL:
        raise PyTorchFileError("a PyTorch stream of an unknown version")
    Unpickler(file, no_storages).load()  # The sizes of C types on the machine that wrote it.
    declared, blocks = {}, {}

    def persistent_load(identifier):
        key, dtype, size, rest = storage_fields(identifier, count=(5, 6))
        width = DTYPES.get(dtype, 1)
        if declared.setdefault(key, (size, width)) != (size, width):
            raise PyTorchFileError(f"the storage {shown(key)} has two sizes")
        if not rest or rest[0] is None:
            return Storage(dtype, size, lambda: blocks[key])
        if not (type(rest[0]) is tuple and len(rest[0]) == 3 and are_sizes(rest[0][1:])
                and (rest[0][1] + rest[0][2]) * width <= size):
            raise PyTorchFileError(f"a part of the storage {shown(key)} is not within it")
        start, end = rest[0][1] * width, (rest[0][1] + rest[0][2]) * width
        return Storage(dtype, end - start, lambda: blocks[key][start:end])

    value = Unpickler(file, persistent_load).load()
    keys = Unpickler(file, no_storages).load()
    if not (isinstance(keys, list) and all(isinstance(key, str) for key in keys)
            and len(set(keys)) == len(keys) and set(keys) == set(declared)):
        raise PyTorchFileError("its storages are not those that its tensors refer to")
    data = memoryview(file)
    for key in keys:
        size, width = declared[key]
        blocks[key] = read_block(file, data, width)
        if len(blocks[key]) != size:
            raise PyTorchFileError(f"the storage {shown(key)} has {len(blocks[key])} bytes, not {size}")
    if file.tell() != len(data):
        raise PyTorchFileError(f"{len(data) - file.tell()} bytes follow its last storage")
    return Checkpoint(value, sum(size for size, _ in declared.values()))


def read_tar(data):
    try:
        with tarfile.open(fileobj=data, mode="r:") as archive:
            members = {member.name: member for member in archive.getmembers()}
    except (tarfile.TarError, ValueError, OSError, EOFError) as error:
        raise PyTorchFileError(f"a damaged TAR archive: {shown(error)}") from None
    view, objects = memoryview(data), {}

    def define(key, value):
        if not is_size(key) or key in objects:
            raise PyTorchFileError("a storage or a tensor without a number of its own")
        objects[key] = value

    def member(name):
        entry = members.get(name)
        if entry is None or not entry.isreg() or entry.issparse():
            raise PyTorchFileError(f"a TAR archive, but none of PyTorch: it has no file {name}")
        content = view[entry.offset_data:entry.offset_data + entry.size]
        return io.BytesIO(content), content

    def unpickle(file, count=None):
        value = Unpickler(file, no_storages).load()
        if count is not None and not (isinstance(value, tuple) and len(value) == count):
            raise PyTorchFileError("a description that PyTorch does not write")
        return value

    def listed(value):
        if not is_size(value):
            raise PyTorchFileError("a number that makes no sense")
        return range(value)

    def known(key, kind):
        if not is_size(key) or not isinstance(objects.get(key), kind):
            raise PyTorchFileError("its pickle refers to what is not there")
        return objects[key]

    def numbers(file, pattern):
        field = file.read(struct.calcsize(pattern))
        if len(field) < struct.calcsize(pattern):
            raise PyTorchFileError("the file of tensors ends early")
        return struct.unpack(pattern, field)

    file, content = member("storages")
    for _ in listed(unpickle(file)):
        key, _, storage_type = unpickle(file, 3)
        dtype = storage_dtype(storage_type)
        block = read_block(file, content, DTYPES.get(dtype, 1))
        define(key, Storage(dtype, len(block), lambda block=block: block))
    storage_size = sum(storage.size for storage in objects.values())
    views = unpickle(file)
    for item in views if isinstance(views, list) else []:
        if not are_sizes(item) or len(item) != 4:
            raise PyTorchFileError("a part of a storage that is not within it")
        target, root, start, count = item
        storage = known(root, Storage)
        width = DTYPES.get(storage.dtype, 1)
        if (start + count) * width > storage.size:
            raise PyTorchFileError("a part of a storage that is not within it")
        block = storage.load()[start * width:(start + count) * width]
        define(target, Storage(storage.dtype, count * width, lambda block=block: block))
    file, _ = member("tensors")
    for _ in listed(unpickle(file)):
        key, storage_key, _ = unpickle(file, 3)
        rank, _ = numbers(file, "<iI")
        if not 0 <= rank <= RANK:
            raise PyTorchFileError(f"a tensor of {rank} dimensions")
        shape, strides, (start,) = numbers(file, f"<{rank}q"), numbers(file, f"<{rank}q"), numbers(file, "<q")
        define(key, Tensor(known(storage_key, Storage), start, shape, strides))

    def persistent_load(key):
        is_number = isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 20
        return known(int(key) if is_number else key, (Tensor, Storage))

    return Checkpoint(Unpickler(member("pickle")[0], persistent_load).load(), storage_size)
