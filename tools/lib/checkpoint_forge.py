"""A writer of checkpoints that follows spec/FORMAT.md, and can break one rule at a time with every checksum right."""

import hashlib
import os
import struct
import sys
import zlib

sys.dont_write_bytecode = True
SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "spec")
sys.path.insert(0, os.path.join(SPEC, "reference"))
import ed25519  # noqa: E402
from basics import crc32c  # noqa: E402

MAGIC = b"\x8dRZO\r\n\x1a\n"
TYPES = {"f32": (1, 4), "f16": (2, 2), "bf16": (3, 2), "f64": (4, 8), "i64": (5, 8), "i8": (6, 1)}
ARCHITECTURE = b'{"name":"sample"}'
METADATA = b'{"labels":["cat","dog"]}'


# Streams


def deflate(data, strategy=zlib.Z_DEFAULT_STRATEGY, level=9):
    encoder = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return encoder.compress(data) + encoder.flush()


def huffman(data):
    return deflate(data, zlib.Z_HUFFMAN_ONLY)


def stored_blocks(data, size=65535):
    """A deflate stream of blocks that are not compressed."""
    parts = [data[start:start + size] for start in range(0, len(data), size)] or [b""]
    return b"".join(bytes([part is parts[-1]]) + struct.pack("<HH", len(part), len(part) ^ 0xFFFF) + part for part in parts)


def first_block_stored(data):
    """A deflate stream of a stored block and then compressed ones."""
    head = data[:50]
    return b"\0" + struct.pack("<HH", len(head), len(head) ^ 0xFFFF) + head + deflate(data[50:])


class Bits:
    """A deflate stream in the making, bit by bit."""

    def __init__(self):
        self.bits = ""

    def number(self, value, count):
        self.bits += f"{value:0{count}b}"[::-1]
        return self

    def code(self, bits):
        self.bits += bits
        return self

    @property
    def bytes(self):
        return bytes(int(self.bits[at:at + 8][::-1], 2) for at in range(0, len(self.bits), 8))


def one_letter_block(data, lengths=(1, 1), distances=(0,)):
    """A block of a single letter over and over, with the lengths of its code and of that of the end, and those of the distances' codes."""
    letter, end = data[0], 256
    bits = Bits().number(1, 1).number(2, 2).number(0, 5).number(len(distances) - 1, 5).number(14, 4)
    codes = {0: "00", 1: "01", 2: "10", 18: "11"}
    for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
        bits.number(2 if symbol in codes else 0, 3)

    def zeros(count):
        while count > 10:
            bits.code(codes[18]).number(min(count, 138) - 11, 7)
            count -= min(count, 138)
        bits.code(codes[0] * count)

    zeros(letter)
    bits.code(codes[lengths[0]])
    zeros(end - letter - 1)
    bits.code(codes[lengths[1]])
    for length in distances:
        bits.code(codes[length])
    return bits.code("0" * lengths[0] * len(data)).code("1".rjust(lengths[1], "0")).bytes


def rotate_left(data, width):
    bits = 8 * width
    elements = [int.from_bytes(data[at:at + width], "little") for at in range(0, len(data), width)]
    return b"".join(((e << 1 | e >> bits - 1) & (1 << bits) - 1).to_bytes(width, "little") for e in elements)


def grouped(data, width, stream=huffman):
    """The stored bytes of a chunk with the grouped codec, §5.2."""
    data = rotate_left(data, width) if width > 1 else data
    elements = [data[at:at + width] for at in range(0, len(data), width)]
    planes, start = b"", 0
    for part in {1: [], 2: [1], 4: [2, 1], 8: [4, 2, 1]}[width]:
        planes += b"".join(element[start:start + part] for element in elements)
        start += part
    return planes + stream(bytes(element[-1] for element in elements))


# Elements


def numbers(count, seed):
    """Numbers of 32 bits from a linear congruential generator."""
    state = seed
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 32


def weights(kind, count, seed, channels=1):
    """Elements whose exponents repeat as those of weights do; of i8 they come with a scale for each channel."""
    result = struct.pack(f"<{channels}f", *(2.0 ** -number for number in range(channels))) if kind == "i8" and count else b""
    for number in numbers(count, seed):
        value = (number - 2**31) / 2**34
        single = struct.pack("<f", value)
        result += {"f32": single, "f16": struct.pack("<e", value), "bf16": single[2:],
                   "f64": struct.pack("<d", value), "i64": struct.pack("<q", number - 2**31),
                   "i8": struct.pack("<b", int((8 * value) ** 3 * 127))}[kind]
    return result


# Files


class Chunk:
    def __init__(self, decoded, stored=None, codec=0, stored_length=None, crc=None):
        self.decoded, self.codec, self.crc = decoded, codec, crc
        self.stored = decoded if stored is None else stored
        self.stored_length = len(self.stored) if stored_length is None else stored_length


class Tensor:
    """A tensor; what is given beside its elements stands in the file whether it is right or not."""

    def __init__(self, name, kind="f32", shape=(2,), data=None, codec="raw", chunk_size=4096, stream=huffman, seed=1,
                 chunks=None, type_id=None, rank=None, reserved=0):
        self.name = name if isinstance(name, bytes) else name.encode()
        self.type_id, self.width = TYPES[kind]
        count = 1
        for extent in shape:
            count *= extent
        self.shape, self.rank, self.reserved = shape, len(shape) if rank is None else rank, reserved
        if type_id is not None:
            self.type_id = type_id
        if chunks is None:
            data = weights(kind, count, seed, shape[0] if shape else 1) if data is None else data
            parts = [data[start:start + chunk_size] for start in range(0, len(data), chunk_size)]
            codecs = [codec] * len(parts) if isinstance(codec, str) else codec
            chunks = [Chunk(part, grouped(part, self.width, stream), 1) if how == "grouped" else Chunk(part)
                      for part, how in zip(parts, codecs)]
        self.chunks = chunks

    @property
    def decoded(self):
        return b"".join(chunk.decoded for chunk in self.chunks)

    def record(self):
        return bytes([len(self.name)]) + self.name + bytes([self.type_id, self.rank, self.reserved]) + struct.pack(
            f"<{len(self.shape)}I", *self.shape)


class Section:
    """A section; as with tensors, what is given stands in the file."""

    def __init__(self, kind, content, encoding=0, flags=1, since=1, offset=None, stored_length=None, decoded_length=None,
                 crc=None, reserved=0):
        self.kind, self.content, self.encoding, self.flags, self.since = kind, content, encoding, flags, since
        self.offset, self.stored_length, self.decoded_length = offset, stored_length, decoded_length
        self.crc, self.reserved = crc, reserved


def compressed(kind, content, stream=deflate, **fields):
    return Section(kind, stream(content), encoding=1, **{"decoded_length": len(content), **fields})


def pick(value, default):
    return default if value is None else value


class Checkpoint:
    """A file in the making. `sections` replaces or adds sections; `header` and `directory` replace fields."""

    def __init__(self, tensors=(), arch=ARCHITECTURE, meta=METADATA, exponent=12, sections=(), header=None, count=None,
                 directory_reserved=b"\0\0\0", directory_tail=b"", directory=None, table=None, table_tail=b"",
                 index_padding=0, blob_padding=0, more_padding=0, order=None):
        tensors = list(tensors)
        directory = directory or (
            struct.pack("<IB", pick(count, len(tensors)), exponent) + directory_reserved
            + b"".join(tensor.record() for tensor in tensors) + directory_tail)
        chunks = [chunk for tensor in tensors for chunk in tensor.chunks]
        if table is None:
            table = b"".join(
                struct.pack("<II", chunk.stored_length | chunk.codec << 24, crc32c(chunk.stored) if chunk.crc is None else chunk.crc)
                for chunk in chunks) + table_tail
        parts = [Section("arch", arch), Section("meta", meta), Section("tens", directory), Section("chnk", table)]
        for section in sections:
            same = [number for number, part in enumerate(parts[:4]) if part.kind == section.kind and section.content != b"again"]
            if same:
                parts[same[0]] = section
            else:
                parts.append(section)
        if order:
            parts = [parts[number] for number in order]
        self.at, self.record = {}, {}
        offset, records = 96 + 32 * len(parts), b""
        for number, part in enumerate(parts):
            self.at.setdefault(part.kind, offset)
            self.record[part.kind] = 96 + 32 * number
            records += struct.pack(
                "<4sBBHQIIII", part.kind.encode("latin-1"), part.encoding, part.flags, part.since, pick(part.offset, offset),
                pick(part.stored_length, len(part.content)), pick(part.decoded_length, len(part.content)),
                crc32c(part.content) if part.crc is None else part.crc, part.reserved)
            offset += len(part.content)
        self.end = offset
        blob_offset = (offset + 63) // 64 * 64 + more_padding
        blobs, self.chunk_at, self.padding_at = bytearray(), [], []
        for tensor in tensors:
            if tensor.chunks and tensor.chunks[0].codec == 0 and len(blobs) % 64:
                self.padding_at.append(blob_offset + len(blobs))
                blobs += bytes([blob_padding]) * (-len(blobs) % 64)
            for chunk in tensor.chunks:
                self.chunk_at.append(blob_offset + len(blobs))
                blobs += chunk.stored
        fields = {"minimum": 1, "writer": 1, "count": len(parts), "file_length": blob_offset + len(blobs),
                  "blob_offset": blob_offset, "blob_length": len(blobs), "root": root_of(tensors), "reserved": bytes(16),
                  "table_crc": crc32c(records), **(header or {})}
        start = MAGIC + struct.pack("<HHIQQQ32s16sI", *fields.values())
        self.bytes = start + struct.pack("<I", crc32c(start)) + records + b"".join(part.content for part in parts)
        self.bytes += bytes([index_padding]) * (blob_offset - offset) + blobs
        self.blob_offset, self.tensors, self.directory_content = blob_offset, tensors, directory


def root_of(tensors):
    """The content root of a complete model, §7."""
    root = hashlib.sha256(b"reszoo content root 1\n" + struct.pack("<I", len(tensors)))
    for tensor in tensors:
        root.update(bytes([len(tensor.name)]) + tensor.name + bytes([tensor.type_id, len(tensor.shape)]))
        root.update(struct.pack(f"<{len(tensor.shape)}Q", *tensor.shape))
        root.update(hashlib.sha256(tensor.decoded).digest())
    return root.digest()


def directory_of(tensors):
    return struct.pack("<IB", len(tensors), 12) + bytes(3) + b"".join(tensor.record() for tensor in tensors)


def table_of(tensors):
    return b"".join(struct.pack("<II", chunk.stored_length | chunk.codec << 24, crc32c(chunk.stored))
                    for tensor in tensors for chunk in tensor.chunks)


# Deltas, §11


class Delta(Checkpoint):
    """A file of `stored` tensors that stands for `merged`; as with tensors, what is given stands in the section."""

    def __init__(self, base, stored, merged, dropped=(), header=None, sections=(), section=None, count=None, dropped_count=None,
                 length=None, tail=b"", base_root=None, content=None, **fields):
        names = [name.encode() for name in dropped]
        numbers = (pick(count, len(merged)), pick(dropped_count, len(names)), pick(length, sum(len(tensor.decoded) for tensor in merged)))
        self.base_content = pick(base_root, root_of(base)) + struct.pack("<IIQ", *numbers)
        self.base_content += b"".join(bytes([len(name)]) + name for name in names) + tail
        self.base_content = pick(content, self.base_content)
        base_section = Section("base", self.base_content, **{"since": 2, **(section or {})})
        super().__init__(stored, sections=[base_section, *sections],
                         header={"minimum": 2, "writer": 2, "root": root_of(merged), **(header or {})}, **fields)
        self.merged = merged


# Signatures, §12


def scalar_of(seed):
    """The secret number of an Ed25519 seed."""
    return int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & (1 << 254) - 8 | 1 << 254


def sign(seed, message):
    """The public key of an Ed25519 seed, and its signature (RFC 8032, section 5.1)."""
    digest, scalar = hashlib.sha512(seed).digest(), scalar_of(seed)
    key = ed25519.encode(ed25519.multiply(scalar, ed25519.BASE))
    nonce = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % ed25519.ORDER
    commitment = ed25519.encode(ed25519.multiply(nonce, ed25519.BASE))
    response = (nonce + ed25519.challenge(commitment, key, message) * scalar) % ed25519.ORDER
    return key, commitment + response.to_bytes(32, "little")


def message_of(tensors, arch=ARCHITECTURE, meta=METADATA):
    """What is signed, §12.2."""
    return b"reszoo signature 1\n" + hashlib.sha256(arch).digest() + hashlib.sha256(meta).digest() + root_of(tensors)


def signature_list(signatures, count=None):
    """The content of `sign`: signatures are triples of algorithm, public key and value."""
    return bytes([pick(count, len(signatures))]) + b"".join(
        bytes([algorithm, len(key), len(value)]) + key + value for algorithm, key, value in signatures)
