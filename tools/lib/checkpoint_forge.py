"""A writer of checkpoints that follows spec/FORMAT.md, and can break one rule at a time with every checksum right."""

import hashlib
import os
import struct
import sys
import zlib

sys.dont_write_bytecode = True
SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "spec")
sys.path.insert(0, os.path.join(SPEC, "reference"))
from rzoo import crc32c  # noqa: E402

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
        root = hashlib.sha256(b"reszoo content root 1\n" + struct.pack("<I", len(tensors)))
        for tensor in tensors:
            root.update(bytes([len(tensor.name)]) + tensor.name + bytes([tensor.type_id, len(tensor.shape)]))
            root.update(struct.pack(f"<{len(tensor.shape)}Q", *tensor.shape))
            root.update(hashlib.sha256(b"".join(chunk.decoded for chunk in tensor.chunks)).digest())
        fields = {"minimum": 1, "writer": 1, "count": len(parts), "file_length": blob_offset + len(blobs),
                  "blob_offset": blob_offset, "blob_length": len(blobs), "root": root.digest(), "reserved": bytes(16),
                  "table_crc": crc32c(records), **(header or {})}
        start = MAGIC + struct.pack("<HHIQQQ32s16sI", *fields.values())
        self.bytes = start + struct.pack("<I", crc32c(start)) + records + b"".join(part.content for part in parts)
        self.bytes += bytes([index_padding]) * (blob_offset - offset) + blobs
        self.blob_offset, self.tensors, self.directory_content = blob_offset, tensors, directory


def directory_of(tensors):
    return struct.pack("<IB", len(tensors), 12) + bytes(3) + b"".join(tensor.record() for tensor in tensors)


def table_of(tensors):
    return b"".join(struct.pack("<II", chunk.stored_length | chunk.codec << 24, crc32c(chunk.stored))
                    for tensor in tensors for chunk in tensor.chunks)
