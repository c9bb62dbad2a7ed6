#!/usr/bin/env python3
"""A plain reader of ResZoo checkpoints, written from FORMAT.md and in its order.

rzoo.py FILE                 checks everything, and prints the header, the documents, and each tensor with its hash
rzoo.py --vectors FOLDER     runs FOLDER/manifest.json

It is made to be read, not to be fast: a megabyte takes a second or so."""

import hashlib, json, math, os, stat, struct, sys, zlib

VERSION = 1

class Fault(Exception):
    """Why a file is refused: a code and an offset of §10, and what was found."""

    def __init__(self, code, offset, message):
        super().__init__(message)
        self.code, self.offset, self.message = code, offset, message

def require(condition, code, offset, message):
    if not condition:
        raise Fault(code, offset, message)

def align64(position):
    return (position + 63) // 64 * 64

def crc_of_byte(value):
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)  # 0x1EDC6F41 with its bits reversed
    return value

CRC_TABLE = [crc_of_byte(byte) for byte in range(256)]

def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = CRC_TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF

def inflate(stream, length, code, offset):
    """One complete deflate stream of `length` bytes that ends where `stream` does."""
    decoder = zlib.decompressobj(-15)
    try:
        data = decoder.decompress(stream, length + 1)
    except zlib.error as error:
        raise Fault(code, offset, f"not a deflate stream: {error}") from None
    require(len(data) == length and decoder.eof and not decoder.unused_data, code, offset,
            f"a deflate stream does not give {length} bytes, or does not end where it should")
    return data

# §1, §2: the header

MAGIC = b"\x8dRZO\r\n\x1a\n"
FILE_LIMIT, INDEX_LIMIT = 1 << 40, 1 << 26

class Header:
    def __init__(self, data, size):
        """`data`: the first 96 bytes of a file of `size` bytes, fewer if it has fewer."""
        require(size > 0, "emptyFile", 0, "the file is empty")
        start = data[:8]
        if start != MAGIC[:len(start)]:
            raise Fault("badMagic", 4 if start[:4] == MAGIC[:4] else 0, f"the file starts with {start!r}")
        require(size >= 96, "truncated", size, "the file ends within its header")
        (self.minimum_version, self.writer_version, self.section_count, self.file_length, self.blob_offset,
         self.blob_length, self.content_root, reserved, self.table_crc, crc) = struct.unpack_from("<HHIQQQ32s16sII", data, 8)
        require(crc == crc32c(data[:92]), "headerChecksum", 92, "the header is damaged")
        require(self.minimum_version <= VERSION, "newerVersion", 8, f"a reader of version {self.minimum_version} is needed")
        for index, byte in enumerate(reserved):
            require(byte == 0, "reservedNotZero", 72 + index, "a reserved byte of the header")
        require(1 <= self.minimum_version <= self.writer_version, "badHeader", 8, "the versions contradict each other")
        require(4 <= self.section_count <= 64, "badHeader", 12, f"{self.section_count} sections")
        require(self.file_length <= FILE_LIMIT, "badHeader", 16, f"a file length of {self.file_length}")
        require(size >= self.file_length, "truncated", size, f"{size} of {self.file_length} bytes")
        require(size == self.file_length, "trailingBytes", self.file_length, "bytes behind the end")
        require(self.blob_offset + self.blob_length == self.file_length, "badHeader", 24, "the lengths do not add up")
        self.table_end = 96 + 32 * self.section_count
        require(self.table_end <= self.blob_offset <= INDEX_LIMIT and self.blob_offset % 64 == 0,
                "badHeader", 24, f"a blob offset of {self.blob_offset}")

# §3: the section table

STORED, DEFLATE, MUST_UNDERSTAND, EXPANSION_LIMIT = 0, 1, 1, 16
REQUIRED = [b"arch", b"meta", b"tens", b"chnk"]
DECODED_LIMIT = {b"arch": 1 << 20, b"meta": 1 << 21, b"tens": 1 << 21, b"chnk": 1 << 20}
OTHER_DECODED_LIMIT = 1 << 30

class Section:
    def __init__(self, record):
        (self.kind, self.encoding, self.flags, self.since, self.offset, self.stored_length, self.decoded_length,
         self.crc, self.reserved) = struct.unpack("<4sBBHQIIII", record)

    def check_kind(self, number, previous, at):
        bad = "badSectionTable"
        require(all(byte in b"abcdefghijklmnopqrstuvwxyz0123456789" for byte in self.kind), bad, at, f"kind {self.kind!r}")
        if number < 4:
            require(self.kind == REQUIRED[number], bad, at, f"{self.kind!r} where {REQUIRED[number]!r} belongs")
            require(self.flags == MUST_UNDERSTAND and self.since == 1, bad, at + 5, "flags or version of a required section")
            return
        require(self.kind not in REQUIRED, bad, at, f"{self.kind!r} twice")
        require(number == 4 or previous.kind < self.kind, bad, at, f"{self.kind!r} is out of order")
        require(self.flags & ~MUST_UNDERSTAND == 0, "reservedNotZero", at + 5, "reserved flags")
        require(self.since >= 1, bad, at + 6, "since version 0")
        require(self.flags == 0, "unknownSection", at, f"{self.kind!r} must be understood, as by version {self.since}")

    def check_lengths(self, at):
        bad = "badSectionTable"
        require(self.reserved == 0, "reservedNotZero", at + 28, "a reserved field")
        require(self.decoded_length <= DECODED_LIMIT.get(self.kind, OTHER_DECODED_LIMIT), bad, at + 20, "decoded length")
        if self.encoding == STORED:
            require(self.decoded_length == self.stored_length, bad, at + 20, "a stored section with two lengths")
        else:
            require(self.encoding == DEFLATE and self.kind != b"chnk", bad, at + 4, f"encoding {self.encoding}")
            require(self.stored_length < self.decoded_length <= EXPANSION_LIMIT * self.stored_length, bad, at + 20,
                    f"{self.stored_length} bytes cannot decode to {self.decoded_length}")

    def check_crc(self, index):
        stored = index[self.offset:self.offset + self.stored_length]
        require(crc32c(stored) == self.crc, "sectionChecksum", self.offset, f"section {self.kind!r} is damaged")
        return stored

    def content(self, index):
        stored = self.check_crc(index)
        if self.encoding == STORED:
            return stored
        return inflate(stored, self.decoded_length, "badSectionContent", self.offset)

def read_section_table(index, header):
    table = index[96:header.table_end]
    require(crc32c(table) == header.table_crc, "sectionTableChecksum", 96, "the section table is damaged")
    sections, end = [], header.table_end
    for number in range(header.section_count):
        at = 96 + 32 * number
        section = Section(index[at:at + 32])
        section.check_kind(number, sections[-1] if sections else None, at)
        section.check_lengths(at)
        require(section.offset == end, "badSectionTable", at + 8, f"offset {section.offset} instead of {end}")
        end += section.stored_length
        require(end <= header.blob_offset, "badSectionTable", at + 16, "a section ends beyond the index")
        sections.append(section)
    require(align64(end) == header.blob_offset, "badSectionTable", 24, "the blob offset does not follow the sections")
    for section in sections[4:]:
        section.check_crc(index)
    require(not any(index[end:]), "paddingNotZero", end, "padding of the index")
    return sections[:4]

# §3.2: documents

VALUE_LIMIT, DEPTH_LIMIT, NUMBER_LIMIT = 65_536, 64, 256

class Members(list):
    """The members of a JSON object, as pairs."""

def read_document(data, offset):
    def number(text):
        require(len(text) <= NUMBER_LIMIT, "badDocument", offset, f"a number of {len(text)} bytes")
        return float(text)

    def refuse(word):
        raise Fault("badDocument", offset, f"{word} is not JSON")

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault("badText", offset, str(error)) from None
    try:
        document = json.loads(text, object_pairs_hook=Members, parse_int=number, parse_float=number, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Fault("badDocument", offset, str(error)) from None
    require(isinstance(document, Members), "badDocument", offset, "not an object")
    count, depth, level = 0, 0, [document]
    while level:  # the values that lie `depth` within each other
        depth, count, inner = depth + 1, count + len(level), []
        require(depth <= DEPTH_LIMIT and count <= VALUE_LIMIT, "badDocument", offset, "too many values")
        for value in level:
            names = [name for name, _ in value] if isinstance(value, Members) else []
            require(len(set(names)) == len(names), "badDocument", offset, "a name twice")
            texts = [value] if isinstance(value, str) else names
            require(not any("\ud800" <= c <= "\udfff" for c in "".join(texts)), "badDocument", offset, "half a pair")
            if isinstance(value, list):
                inner += [member for _, member in value] if isinstance(value, Members) else value
        level = inner
    return text

# §4: the tensor directory

TENSOR_LIMIT, RANK_LIMIT, ELEMENT_LIMIT, CHUNK_EXPONENTS = 32_768, 8, 1 << 40, range(12, 23)
TYPES = {1: ("f32", 4), 2: ("f16", 2), 3: ("bf16", 2), 4: ("f64", 8), 5: ("i64", 8), 6: ("i8", 1)}

class Tensor:
    def __init__(self, take, at):
        self.name = take(take(1)[0])
        parts = self.name.split(b".")
        require(all(parts), "badName", at, f"{self.name!r} has an empty component")
        require(all(0x21 <= byte <= 0x7E and byte not in b'"\\' for byte in self.name), "badName", at, f"{self.name!r}")
        self.type_id = take(1)[0]
        require(self.type_id in TYPES, "unknownElementType", at, f"element type {self.type_id}")
        self.type, self.width = TYPES[self.type_id]
        rank, reserved = take(2)
        require((self.type == "i8") <= rank <= RANK_LIMIT, "badDirectory", at, f"rank {rank}")
        require(reserved == 0, "reservedNotZero", at, "a reserved byte of a tensor")
        self.shape = list(struct.unpack(f"<{rank}I", take(4 * rank)))
        product = 1
        for extent in self.shape:
            product *= extent or 1
            require(product <= ELEMENT_LIMIT, "shapeOverflow", at, f"shape {self.shape}")
        self.length = math.prod(self.shape) * self.width
        self.scales = self.shape[0] if self.type == "i8" and self.length else 0  # §4.3
        self.length += 4 * self.scales
        self.chunks, self.padding = [], 0

def read_directory(data, at, file_length):
    position = 0

    def take(count):
        nonlocal position
        position += count
        require(position <= len(data), "badDirectory", at, "the directory ends early")
        return data[position - count:position]

    count, exponent, reserved = struct.unpack("<IB3s", take(8))
    require(count <= TENSOR_LIMIT, "badDirectory", at, f"{count} tensors")
    require(not any(reserved), "reservedNotZero", at, "a reserved byte of the directory")
    tensors = [Tensor(take, at) for _ in range(count)]
    require(position == len(data), "badDirectory", at, "bytes behind the directory")
    require(exponent in CHUNK_EXPONENTS, "badDirectory", at, f"chunk exponent {exponent}")
    for before, after in zip(tensors, tensors[1:]):
        require(before.name != after.name, "duplicateName", at, f"{after.name!r} twice")
        require(before.name < after.name, "unsortedNames", at, f"{after.name!r} is out of order")
    total = sum(tensor.length for tensor in tensors)
    require(total <= 8 * file_length + (1 << 20), "decodedSizeRefused", at, f"{total} decoded bytes")
    return tensors, 1 << exponent

# §5: the chunk table, and §6: where the chunks are

RAW, GROUPED = 0, 1

class Chunk:
    def __init__(self, record, tensor, length, at):
        word, self.crc = struct.unpack("<II", record)
        self.stored_length, self.codec, self.length = word & 0xFFFFFF, word >> 24, length
        require(self.codec == RAW or self.codec == GROUPED and tensor.type != "i64", "unknownCodec", at, f"codec {self.codec}")
        least = length - length // tensor.width
        fits = self.stored_length == length if self.codec == RAW else least < self.stored_length < length
        require(fits, "badChunkTable", at, f"a stored length of {self.stored_length} for {length} bytes")

def read_chunk_table(data, at, tensors, chunk_size, header):
    count = sum(-(-tensor.length // chunk_size) for tensor in tensors)
    require(len(data) == 8 * count, "badChunkTable", at, f"{len(data)} bytes for {count} chunks")
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
    require(position == header.blob_length, "badChunkTable", at, f"{position} bytes of {header.blob_length} in blobs")

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
    data[byte::width] = inflate(stored[position:], count, "badChunkContent", at)
    return rotate_right(data, width) if width > 1 else data

# §7 to §9: reading

class Checkpoint:
    def __init__(self, path):
        require(os.path.exists(path), "notFound", None, "there is no such file")
        require(stat.S_ISREG(os.stat(path).st_mode), "notARegularFile", None, "not a file")
        require(os.access(path, os.R_OK), "permissionDenied", None, "it may not be read")
        self.file = open(path, "rb")
        size = os.fstat(self.file.fileno()).st_size
        self.header = Header(self.file.read(96), size)
        self.file.seek(0)
        index = self.file.read(self.header.blob_offset)
        arch, meta, tens, chnk = read_section_table(index, self.header)
        self.architecture = read_document(arch.content(index), arch.offset)
        self.metadata = read_document(meta.content(index), meta.offset)
        self.tensors, self.chunk_size = read_directory(tens.content(index), tens.offset, size)
        read_chunk_table(chnk.content(index), chnk.offset, self.tensors, self.chunk_size, self.header)

    def load(self, tensor):
        """The decoded bytes of one tensor; reads its chunks and nothing else."""
        data = bytearray()
        for chunk in tensor.chunks:
            self.file.seek(chunk.position)
            stored = self.file.read(chunk.stored_length)
            require(crc32c(stored) == chunk.crc, "chunkChecksum", chunk.position, f"{tensor.name!r} is damaged")
            grouped, before = chunk.codec == GROUPED, len(data)
            data += decode_grouped(stored, chunk.length, tensor.width, chunk.position) if grouped else stored
            for (scale,) in struct.iter_unpack("<I", data[before:4 * tensor.scales]):
                require(scale < 0x7F800000, "badScale", chunk.position, f"a scale of {tensor.name!r}")
        if tensor.padding:
            end = self.file.tell()
            require(not any(self.file.read(tensor.padding)), "paddingNotZero", end, f"padding behind {tensor.name!r}")
        return bytes(data)

    def verify(self):
        """Loads everything, compares the content root (§7), and returns the SHA-256 of each tensor."""
        digests = [hashlib.sha256(self.load(tensor)).digest() for tensor in self.tensors]
        root = hashlib.sha256(b"reszoo content root 1\n" + struct.pack("<I", len(self.tensors)))
        for tensor, digest in zip(self.tensors, digests):
            root.update(bytes([len(tensor.name)]) + tensor.name + bytes([tensor.type_id, len(tensor.shape)]))
            root.update(struct.pack(f"<{len(tensor.shape)}Q", *tensor.shape) + digest)
        require(root.digest() == self.header.content_root, "contentRootMismatch", 40, "the tensors are others")
        return [digest.hex() for digest in digests]

    def find(self, name):
        for tensor in self.tensors:
            if tensor.name == name.encode():
                return tensor
        raise Fault("unknownTensor", None, f"there is no tensor {name}")

# The command line

def describe(checkpoint):
    """What a file holds, as the manifest has it."""
    tensors = [{"name": tensor.name.decode(), "type": tensor.type, "shape": tensor.shape, "sha256": digest}
               for tensor, digest in zip(checkpoint.tensors, checkpoint.verify())]
    header = checkpoint.header
    return {"minimum_reader_version": header.minimum_version, "writer_version": header.writer_version,
            "content_root": header.content_root.hex(), "tensors": tensors}

def show(path):
    checkpoint = Checkpoint(path)
    content, header = describe(checkpoint), checkpoint.header
    print(f"{header.file_length} bytes, blobs from {header.blob_offset}, chunks of {checkpoint.chunk_size}")
    print(f"version {header.writer_version}, readable from {header.minimum_version}, content root {content['content_root']}")
    print(f"architecture {checkpoint.architecture}\nmetadata {checkpoint.metadata}")
    for tensor in content["tensors"]:
        print(f"{tensor['sha256']}  {tensor['type']:4}  {tensor['name']} {tensor['shape']}")

def fault_of(path, tensor):
    try:
        checkpoint = Checkpoint(path)
        if tensor is not None:
            checkpoint.load(checkpoint.find(tensor))
        checkpoint.verify()
    except Fault as fault:
        return fault.code, fault.offset
    return None, None

def run_vectors(folder):
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    failures = []
    for vector in manifest["valid"]:
        try:
            content = describe(Checkpoint(os.path.join(folder, vector["file"])))
        except Fault as fault:
            failures.append(f"{vector['file']}: {fault.code} at {fault.offset}: {fault.message}")
            continue
        failures += [f"{vector['file']}: {key} is {content[key]}" for key in content if content[key] != vector[key]][:1]
    for vector in manifest["invalid"]:
        found = fault_of(os.path.join(folder, vector["file"]), vector.get("tensor"))
        if found != (vector["error"], vector["offset"]):
            failures.append(f"{vector['file']}: {found} instead of {vector['error']} at {vector['offset']}")
    print(*failures, sep="\n", end="\n" if failures else "")
    print(f"{len(manifest['valid']) + len(manifest['invalid']) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0

def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--vectors":
        return run_vectors(arguments[1])
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__)
        return 64
    try:
        show(arguments[0])
    except Fault as fault:
        where = "" if fault.offset is None else f" at byte {fault.offset}"
        print(f"{arguments[0]}: {fault.code}{where}: {fault.message}", file=sys.stderr)
        return 65
    return 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
