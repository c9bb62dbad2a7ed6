#!/usr/bin/env python3
"""A plain reader of ResZoo checkpoints, written from FORMAT.md and in its order.

rzoo.py FILE [--base FILE] [--public-key TEXT] [--network]
                             checks everything, and prints the header, the documents, and each tensor with its hash;
                             with --network it checks what NETWORK.md says too, and computes the logits of a trace
rzoo.py --vectors FOLDER     runs manifest.json, networks.json and pictures.json of FOLDER

Parts of the page that stand alone are modules beside this one. It is made to be read, not to be fast: a megabyte takes a second or so."""

import argparse, hashlib, json, math, os, stat, struct, sys

import schema
from basics import Fault, Fields, check_order, crc32c, inflate, read_name, require
from deltas import Base
from documents import read_architecture, read_document
from model import Model
from preprocessing import prepare
from signatures import check_signatures, read_key, read_signatures

VERSION = 2

def align64(position):
    return (position + 63) // 64 * 64

# §1, §2: the header

MAGIC = b"\x8dRZO\r\n\x1a\n"
FILE_LIMIT, INDEX_LIMIT = 1 << 40, 1 << 26

class Header:
    def __init__(self, data, size):
        """`data`: the first 96 bytes of a file of `size` bytes, fewer if it has fewer."""
        require(size > 0, "H1 emptyFile", 0, "the file is empty")
        start = data[:8]
        if start != MAGIC[:len(start)]:
            raise Fault("H2 badMagic", 4 if start[:4] == MAGIC[:4] else 0, f"the file starts with {start!r}")
        require(size >= 96, "H3 truncated", size, "the file ends within its header")
        (self.minimum_version, self.writer_version, self.section_count, self.file_length, self.blob_offset,
         self.blob_length, self.content_root, reserved, self.table_crc, crc) = struct.unpack_from("<HHIQQQ32s16sII", data, 8)
        require(crc == crc32c(data[:92]), "H4 headerChecksum", 92, "the header is damaged")
        require(self.minimum_version <= VERSION, "H5 newerVersion", 8, f"a reader of version {self.minimum_version} is needed")
        for index, byte in enumerate(reserved):
            require(byte == 0, "H6 reservedNotZero", 72 + index, "a reserved byte of the header")
        require(1 <= self.minimum_version <= self.writer_version, "H7 badHeader", 8, "the versions contradict each other")
        require(4 <= self.section_count <= 64, "H8 badHeader", 12, f"{self.section_count} sections")
        require(self.file_length <= FILE_LIMIT, "H9 badHeader", 16, f"a file length of {self.file_length}")
        require(size >= self.file_length, "H10 truncated", size, f"{size} of {self.file_length} bytes")
        require(size == self.file_length, "H11 trailingBytes", self.file_length, "bytes behind the end")
        require(self.blob_offset + self.blob_length == self.file_length, "H12 badHeader", 24, "the lengths do not add up")
        self.table_end = 96 + 32 * self.section_count
        require(self.table_end <= self.blob_offset <= INDEX_LIMIT and self.blob_offset % 64 == 0,
                "H13 badHeader", 24, f"a blob offset of {self.blob_offset}")

# §3: the section table

STORED, DEFLATE, MUST_UNDERSTAND, EXPANSION_LIMIT = 0, 1, 1, 16
REQUIRED = [b"arch", b"meta", b"tens", b"chnk"]
KINDS = {  # flags, since version and largest decoded length of §3.1
    b"arch": (MUST_UNDERSTAND, 1, 1 << 20), b"meta": (MUST_UNDERSTAND, 1, 1 << 21), b"tens": (MUST_UNDERSTAND, 1, 1 << 21),
    b"chnk": (MUST_UNDERSTAND, 1, 1 << 20), b"base": (MUST_UNDERSTAND, 2, 1 << 21), b"sign": (0, 2, 1 << 14)}
LETTERS = {b"arch": "D", b"meta": "D", b"tens": "E", b"chnk": "K", b"base": "B", b"sign": "S"}  # of the rules in §10
NEVER_DEFLATED, OTHER_DECODED_LIMIT = (b"chnk", b"sign"), 1 << 30

class Section:
    def __init__(self, record):
        (self.kind, self.encoding, self.flags, self.since, self.offset, self.stored_length, self.decoded_length,
         self.crc, self.reserved) = struct.unpack("<4sBBHQIIII", record)

    def check_kind(self, number, previous, at):
        characters = b"abcdefghijklmnopqrstuvwxyz0123456789"
        require(all(byte in characters for byte in self.kind), "T2 badSectionTable", at, f"kind {self.kind!r}")
        if number < 4:
            require(self.kind == REQUIRED[number], "T3 badSectionTable", at, f"{self.kind!r} where {REQUIRED[number]!r} belongs")
        else:
            in_order = self.kind not in REQUIRED and (number == 4 or previous.kind < self.kind)
            require(in_order, "T4 badSectionTable", at, f"{self.kind!r} twice or out of order")
            require(self.flags & ~MUST_UNDERSTAND == 0, "T5 reservedNotZero", at + 5, "reserved flags")
        if self.kind in KINDS:
            require((self.flags, self.since) == KINDS[self.kind][:2], "T6 badSectionTable", at + 5, "flags or version of a known kind")
        else:
            require(self.since >= 1, "T7 badSectionTable", at + 6, "since version 0")
            require(self.flags == 0, "T8 unknownSection", at, f"{self.kind!r} must be understood, as by version {self.since}")

    def check_lengths(self, at):
        require(self.reserved == 0, "T9 reservedNotZero", at + 28, "a reserved field")
        limit = KINDS[self.kind][2] if self.kind in KINDS else OTHER_DECODED_LIMIT
        require(self.decoded_length <= limit, "T10 badSectionTable", at + 20, "decoded length")
        known = self.encoding == STORED or self.encoding == DEFLATE and self.kind not in NEVER_DEFLATED
        require(known, "T11 badSectionTable", at + 4, f"encoding {self.encoding}")
        if self.encoding == STORED:
            fits = self.decoded_length == self.stored_length
        else:
            fits = self.stored_length < self.decoded_length <= EXPANSION_LIMIT * self.stored_length
        require(fits, "T12 badSectionTable", at + 20, f"{self.stored_length} bytes cannot decode to {self.decoded_length}")

    def check_crc(self, index, rule):
        stored = index[self.offset:self.offset + self.stored_length]
        require(crc32c(stored) == self.crc, f"{rule} sectionChecksum", self.offset, f"section {self.kind!r} is damaged")
        return stored

    def content(self, index):
        letter = LETTERS[self.kind]
        stored = self.check_crc(index, f"{letter}1")
        if self.encoding == STORED:
            return stored
        return inflate(stored, self.decoded_length, f"{letter}2 badSectionContent", self.offset)

def read_section_table(index, header):
    table = index[96:header.table_end]
    require(crc32c(table) == header.table_crc, "T1 sectionTableChecksum", 96, "the section table is damaged")
    sections, end = [], header.table_end
    for number in range(header.section_count):
        at = 96 + 32 * number
        section = Section(index[at:at + 32])
        section.check_kind(number, sections[-1] if sections else None, at)
        section.check_lengths(at)
        require(section.offset == end, "T13 badSectionTable", at + 8, f"offset {section.offset} instead of {end}")
        end += section.stored_length
        require(end <= header.blob_offset, "T14 badSectionTable", at + 16, "a section ends beyond the index")
        sections.append(section)
    require(align64(end) == header.blob_offset, "T15 badSectionTable", 24, "the blob offset does not follow the sections")
    for section in sections[4:]:
        section.check_crc(index, "U1")
    require(not any(index[end:]), "U2 paddingNotZero", end, "padding of the index")
    return {section.kind: section for section in sections}

# §4: the tensor directory

TENSOR_LIMIT, RANK_LIMIT, ELEMENT_LIMIT, CHUNK_EXPONENTS = 32_768, 8, 1 << 40, range(12, 23)
TYPES = {1: ("f32", 4), 2: ("f16", 2), 3: ("bf16", 2), 4: ("f64", 8), 5: ("i64", 8), 6: ("i8", 1)}

class Tensor:
    def __init__(self, fields, at):
        take = fields.take
        self.name = read_name(fields, "E6", at)
        self.type_id = take(1)[0]
        require(self.type_id in TYPES, "E7 unknownElementType", at, f"element type {self.type_id}")
        self.type, self.width = TYPES[self.type_id]
        rank, reserved = take(2)
        require((self.type == "i8") <= rank <= RANK_LIMIT, "E8 badDirectory", at, f"rank {rank}")
        require(reserved == 0, "E9 reservedNotZero", at, "a reserved byte of a tensor")
        self.shape = list(struct.unpack(f"<{rank}I", take(4 * rank)))
        product = 1
        for extent in self.shape:
            product *= extent or 1
            require(product <= ELEMENT_LIMIT, "E10 shapeOverflow", at, f"shape {self.shape}")
        self.length = math.prod(self.shape) * self.width
        self.scales = self.shape[0] if self.type == "i8" and self.length else 0  # §4.3
        self.length += 4 * self.scales
        self.chunks, self.padding = [], 0

def read_directory(data, at, file_length):
    fields = Fields(data, "E3 badDirectory", "E11 badDirectory", at)
    count, exponent, reserved = struct.unpack("<IB3s", fields.take(8))
    require(count <= TENSOR_LIMIT, "E4 badDirectory", at, f"{count} tensors")
    require(not any(reserved), "E5 reservedNotZero", at, "a reserved byte of the directory")
    tensors = [Tensor(fields, at) for _ in range(count)]
    fields.end()
    require(exponent in CHUNK_EXPONENTS, "E12 badDirectory", at, f"chunk exponent {exponent}")
    for before, after in zip(tensors, tensors[1:]):
        check_order(before.name, after.name, ("E13", "E14"), at)
    total = sum(tensor.length for tensor in tensors)
    require(total <= 8 * file_length + (1 << 20), "E15 decodedSizeRefused", at, f"{total} decoded bytes")
    return tensors, 1 << exponent

# §5: the chunk table, and §6: where the chunks are

RAW, GROUPED = 0, 1

class Chunk:
    def __init__(self, record, tensor, length, at):
        word, self.crc = struct.unpack("<II", record)
        self.stored_length, self.codec, self.length = word & 0xFFFFFF, word >> 24, length
        require(self.codec == RAW or self.codec == GROUPED and tensor.type != "i64", "K3 unknownCodec", at, f"codec {self.codec}")
        least = length - length // tensor.width
        fits = self.stored_length == length if self.codec == RAW else least < self.stored_length < length
        require(fits, "K4 badChunkTable", at, f"a stored length of {self.stored_length} for {length} bytes")

def read_chunk_table(data, at, tensors, chunk_size, header):
    count = sum(-(-tensor.length // chunk_size) for tensor in tensors)
    require(len(data) == 8 * count, "K2 badChunkTable", at, f"{len(data)} bytes for {count} chunks")
    position, next_record, previous = 0, 0, None
    for tensor in tensors:
        for start in range(0, tensor.length, chunk_size):
            record = data[next_record:next_record + 8]
            chunk = Chunk(record, tensor, min(chunk_size, tensor.length - start), at + next_record)
            next_record += 8
            if start == 0:
                if chunk.codec == RAW:
                    if previous:
                        previous.padding = align64(position) - position
                    position = align64(position)
                previous = tensor
            chunk.position = header.blob_offset + position
            tensor.chunks.append(chunk)
            position += chunk.stored_length
    require(position == header.blob_length, "K5 badChunkTable", at, f"{position} bytes of {header.blob_length} in blobs")

# §5.2: the grouped codec

def rotate_right(data, width):
    """Each element of `width` bytes rotated right by one bit, all of them at once as one large number."""
    count = len(data) // width
    value = int.from_bytes(data, "little")
    lowest = value & int.from_bytes((1).to_bytes(width, "little") * count, "little")
    return ((value ^ lowest) >> 1 | lowest << 8 * width - 1).to_bytes(len(data), "little")

def decode_grouped(stored, length, width, at):
    count = length // width
    data, position, byte = bytearray(length), 0, 0
    for part in {1: [], 2: [1], 4: [2, 1], 8: [4, 2, 1]}[width]:
        for index in range(part):
            data[byte + index::width] = stored[position + index:position + part * count:part]
        position, byte = position + part * count, byte + part
    data[byte::width] = inflate(stored[position:], count, "L2 badChunkContent", at)
    return rotate_right(data, width) if width > 1 else data

# §7 to §9: reading

def regular_size(path):
    """The size of a file that can be read."""
    require(os.path.exists(path), "Q2 notFound", None, "there is no such file")
    require(stat.S_ISREG(os.stat(path).st_mode), "Q3 notARegularFile", None, "not a file")
    require(os.access(path, os.R_OK), "Q4 permissionDenied", None, "it may not be read")
    return os.path.getsize(path)

class Checkpoint:
    def __init__(self, path):
        size = regular_size(path)
        self.file = open(path, "rb")
        self.header = Header(self.file.read(96), size)
        self.file.seek(0)
        index = self.file.read(self.header.blob_offset)
        sections = read_section_table(index, self.header)
        self.at = at = {kind: section.offset for kind, section in sections.items()}

        def content(kind):
            return sections[kind].content(index)

        self.architecture = read_architecture(content(b"arch"), at[b"arch"])
        self.metadata = read_document(content(b"meta"), at[b"meta"])[0]
        self.tensors, self.chunk_size = read_directory(content(b"tens"), at[b"tens"], size)
        read_chunk_table(content(b"chnk"), at[b"chnk"], self.tensors, self.chunk_size, self.header)
        self.base = self.signatures = None
        if b"base" in sections:
            require(self.header.minimum_version >= 2, "B1 badHeader", 8, "a delta that readers of version 1 would read")
            self.base = Base(content(b"base"), at[b"base"], self.header, self.tensors)
        if b"sign" in sections:
            self.signatures = read_signatures(content(b"sign"), at[b"sign"])

    def load(self, tensor):
        """The decoded bytes of one tensor; reads its chunks and nothing else."""
        data = bytearray()
        for chunk in tensor.chunks:
            self.file.seek(chunk.position)
            stored = self.file.read(chunk.stored_length)
            require(crc32c(stored) == chunk.crc, "L1 chunkChecksum", chunk.position, f"{tensor.name!r} is damaged")
            grouped, before = chunk.codec == GROUPED, len(data)
            data += decode_grouped(stored, chunk.length, tensor.width, chunk.position) if grouped else stored
            for (scale,) in struct.iter_unpack("<I", data[before:4 * tensor.scales]):
                require(scale < 0x7F800000, "L3 badScale", chunk.position, f"a scale of {tensor.name!r}")
        if tensor.padding:
            end = self.file.tell()
            require(not any(self.file.read(tensor.padding)), "L4 paddingNotZero", end, f"padding behind {tensor.name!r}")
        return bytes(data)

    def digest(self, tensor):
        return hashlib.sha256(self.load(tensor)).digest()

def root_of(tensors, digests):
    root = hashlib.sha256(b"reszoo content root 1\n" + struct.pack("<I", len(tensors)))
    for tensor in tensors:
        root.update(bytes([len(tensor.name)]) + tensor.name + bytes([tensor.type_id, len(tensor.shape)]))
        root.update(struct.pack(f"<{len(tensor.shape)}Q", *tensor.shape) + digests[tensor.name])
    return root.digest()

# §11: deltas and their bases

CHAIN_LIMIT = 8

def root_in(path):
    """The content root in a file's header."""
    size = regular_size(path)
    with open(path, "rb") as file:
        return Header(file.read(96), size).content_root

def holds(path, root):
    try:
        return root_in(path) == root
    except Fault:
        return False

def find_base(delta, given):
    """The base of a delta: `given` if it is, else a file beside it, a complete one if there is."""
    root, folder = delta.base.root, os.path.dirname(delta.file.name)
    beside = [os.path.join(folder, name) for name in sorted(os.listdir(folder or ".")) if name.endswith(".rzoo")]
    paths = [given] if given and root_in(given) == root else [path for path in beside if holds(path, root)]
    require(paths, "F4 baseNotFound", None, f"the base {root.hex()} is not there")
    found, faults = [], []
    for path in paths:
        try:
            found.append(Checkpoint(path))
        except Fault as fault:
            faults.append(fault)
    if not found:
        raise faults[0]
    return min(found, key=lambda checkpoint: checkpoint.base is not None)

class Stack:
    """A checkpoint and what it takes to have all its tensors; a complete one stands alone."""

    def __init__(self, path, given=None):
        self.top = Checkpoint(path)
        self.layers = [self.top]
        while self.layers[-1].base:
            root = self.layers[-1].base.root
            require(root not in [layer.header.content_root for layer in self.layers], "F1 baseCycle", None, "deltas in a circle")
            require(len(self.layers) <= CHAIN_LIMIT, "F2 baseChainTooLong", None, "too many deltas upon each other")
            first = len(self.layers) == 1
            require(not given or not first or root_in(given) == root, "F3 wrongBase", None, f"{given} is not the base")
            self.layers.append(find_base(self.layers[-1], given))
        self.tensors = []
        for layer in reversed(self.layers):
            layer.model = layer.base.merge(self.tensors, layer.tensors) if layer.base else layer.tensors
            self.tensors = layer.model

    def verify(self):
        """Loads everything, compares the content roots (§7), and returns the SHA-256 of each tensor."""
        digests = {}
        for layer in reversed(self.layers):
            digests.update((tensor.name, layer.digest(tensor)) for tensor in layer.tensors)
            require(root_of(layer.model, digests) == layer.header.content_root, "R1 contentRootMismatch", 40,
                    "the tensors are others")
        return [digests[tensor.name].hex() for tensor in self.tensors]

    def find(self, name):
        found = [tensor for tensor in self.top.tensors if tensor.name == name.encode()]
        require(found, "Q5 unknownTensor", None, f"there is no tensor {name}")
        return found[0]

# The command line

def describe(stack):
    """What a file holds, as the manifest has it."""
    tensors = [{"name": tensor.name.decode(), "type": tensor.type, "shape": tensor.shape, "sha256": digest}
               for tensor, digest in zip(stack.tensors, stack.verify())]
    header = stack.top.header
    return {"minimum_reader_version": header.minimum_version, "writer_version": header.writer_version,
            "content_root": header.content_root.hex(), "tensors": tensors}

def show(path, base, text, network):
    key = None if text is None else read_key(text)
    stack = Stack(path, base)
    checkpoint, content, header = stack.top, describe(stack), stack.top.header
    print(f"{header.file_length} bytes, blobs from {header.blob_offset}, chunks of {checkpoint.chunk_size}")
    print(f"version {header.writer_version}, readable from {header.minimum_version}, content root {content['content_root']}")
    for layer in stack.layers[1:]:
        print(f"base {layer.file.name}, content root {layer.header.content_root.hex()}")
    for signer in check_signatures(checkpoint, key):
        print(f"signed by {signer.hex()}")
    print(f"architecture {checkpoint.architecture.decode()}\nmetadata {checkpoint.metadata.decode()}")
    for tensor in content["tensors"]:
        print(f"{tensor['sha256']}  {tensor['type']:4}  {tensor['name']} {tensor['shape']}")
    if network:
        model = Model(stack)
        trace = model.meta["trace"] or {"seed": 1, "input_size": model.meta["preprocessing"]["input_size"]}
        found = model.logits(trace["seed"], trace["input_size"])
        print(f"seed {trace['seed']}, input {trace['input_size']}: logits {' '.join(f'{value:.7g}' for value in found)}")

def run_vector(folder, vector):
    """What the file of a vector holds, or its fault."""
    base = os.path.join(folder, vector["base"]) if "base" in vector else None
    try:
        key = read_key(vector["public_key"]) if "public_key" in vector else None
        stack = Stack(os.path.join(folder, vector["file"]), base)
        if "tensor" in vector:
            stack.top.load(stack.find(vector["tensor"]))
        content = describe(stack)
        check_signatures(stack.top, key)
        return content
    except Fault as fault:
        return {"rule": fault.rule, "error": fault.code, "offset": fault.offset}

def run_network(folder, vector):
    """The same for a vector of networks: whether it answers as it must, or its fault with the member or tensor."""
    try:
        model = Model(Stack(os.path.join(folder, vector["file"])))
        trace = {key: vector.get(key) for key in ("seed", "input_size", "logits")}
        if not model.replays(trace):
            return {"logits": "other numbers"}
        return trace if "bits" not in vector or model.bits(trace["seed"], trace["input_size"]) == vector["bits"] else {"bits": "others"}
    except Fault as fault:
        return {"error": fault.code, "offset": fault.offset, "field": fault.field}

def run_picture(folder, vector):
    """The same for a picture: whether it becomes the input that it must."""
    with open(os.path.join(folder, vector["file"]), "rb") as file:
        picture = file.read()
    with open(os.path.join(folder, vector["input"]), "rb") as file:
        wanted = file.read()
    rules = schema.load("metadata")["properties"]["preprocessing"]
    values = prepare(picture, schema.filled(vector["preprocessing"], rules))
    return {"input": vector["input"] if struct.pack(f"<{len(values)}f", *values) == wanted else "other numbers"}

def run_vectors(folder):
    passed, failed = 0, 0
    for name, run in (("manifest", run_vector), ("networks", run_network), ("pictures", run_picture)):
        with open(os.path.join(folder, f"{name}.json"), encoding="utf-8") as file:
            lists = json.load(file)
        for vector in lists if isinstance(lists, list) else lists["valid"] + lists["invalid"]:
            found = run(folder, vector)
            wrong = [f"{vector['file']}: {key} is {value}" for key, value in found.items() if vector.get(key, "not expected") != value]
            passed += not wrong and ("error" in vector) == ("error" in found)
            failed += bool(wrong) or ("error" in vector) != ("error" in found)
            print(*wrong[:1], sep="\n", end="\n" if wrong else "")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?")
    parser.add_argument("--base")
    parser.add_argument("--public-key")
    parser.add_argument("--network", action="store_true")
    parser.add_argument("--vectors")
    options = parser.parse_args()
    if options.vectors:
        return run_vectors(options.vectors)
    try:
        show(options.file or parser.error("no file"), options.base, options.public_key, options.network)
    except Fault as fault:
        where = "" if fault.offset is None else f" at byte {fault.offset}"
        print(f"{options.file}: {fault.code}{where}: {fault.message}", file=sys.stderr)
        return 65
    return 0

if __name__ == "__main__":
    sys.exit(main())
