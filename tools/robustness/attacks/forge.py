"""Checkpoints taken apart, changed, and put together again with every checksum right, as somebody who knows the format can."""

import json
import os
import struct
import sys
import zlib

LIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib")
sys.path.insert(0, LIB)
from checkpoint_forge import Checkpoint, Chunk, Section, Tensor, compressed, crc32c, deflate, sign, signature_list  # noqa: E402, F401  (for attacks)

RECORD = "<4sBBHQIIII"


class Parts:
    """The sections and blobs of a checkpoint. Section contents are decoded, and are stored when it is put together."""

    def __init__(self, data):
        (self.minimum, self.writer, count, _, blob_offset, _, self.root, _, _, _) = struct.unpack_from("<HHIQQQ32s16sII", data, 8)
        self.sections = {}
        for number in range(count):
            kind, encoding, flags, since, offset, stored, *_ = struct.unpack_from(RECORD, data, 96 + 32 * number)
            content = data[offset:offset + stored]
            content = zlib.decompress(content, -15) if encoding else content
            self.sections[kind.decode()] = Section(kind.decode(), content, flags=flags, since=since)
        self.blobs = data[blob_offset:]

    def content(self, kind):
        return self.sections[kind].content

    def replace(self, kind, content, flags=0, since=1):
        """Gives a section another content, or adds one."""
        old = self.sections.get(kind)
        self.sections[kind] = Section(kind, content, flags=old.flags if old else flags, since=old.since if old else since)
        return self

    def edit(self, kind, **members):
        """Sets members of a document; None removes one."""
        document = json.loads(self.content(kind))
        for name, value in members.items():
            if value is None:
                document.pop(name, None)
            else:
                document[name] = value
        return self.replace(kind, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())

    def sign_with(self, signatures):
        """Replaces the signatures by triples of algorithm, key and value, in any order; none removes the section."""
        self.sections.pop("sign", None)
        if signatures:
            self.replace("sign", signature_list(sorted(signatures)), since=2)
        return self

    def signatures(self):
        """Triples of algorithm, key and value."""
        content, at, found = self.content("sign"), 1, []
        for _ in range(content[0]):
            algorithm, key, value = content[at:at + 3]
            at += 3
            found.append((algorithm, content[at:at + key], content[at + key:at + key + value]))
            at += key + value
        return found

    def data(self):
        """The file."""
        first = [self.sections[kind] for kind in ("arch", "meta", "tens", "chnk")]
        parts = first + [self.sections[kind] for kind in sorted(self.sections) if self.sections[kind] not in first]
        offset, records = 96 + 32 * len(parts), b""
        for part in parts:
            records += struct.pack(RECORD, part.kind.encode(), 0, part.flags, part.since, offset, len(part.content), len(part.content),
                                   crc32c(part.content), 0)
            offset += len(part.content)
        start = (offset + 63) // 64 * 64
        return with_header(self, len(parts), records, start) + records + b"".join(part.content for part in parts) + bytes(start - offset) + self.blobs


def with_header(parts, count, records, start):
    header = b"\x8dRZO\r\n\x1a\n" + struct.pack(
        "<HHIQQQ32s16sI", parts.minimum, parts.writer, count, start + len(parts.blobs), start, len(parts.blobs), parts.root, bytes(16),
        crc32c(records))
    return header + struct.pack("<I", crc32c(header))


def claiming(data, model):
    """A file whose header claims the content root of another one."""
    data = data[:40] + model[40:72] + data[72:]
    return data[:92] + struct.pack("<I", crc32c(data[:92])) + data[96:]


def with_other_weight(data):
    """A file whose last chunk has one other bit, and the right checksum of it in the chunk table."""
    parts = Parts(data)
    table = bytearray(parts.content("chnk"))
    length = struct.unpack_from("<I", table, len(table) - 8)[0] & 0xFFFFFF
    blobs = bytearray(parts.blobs)
    blobs[-1] ^= 0x40
    struct.pack_into("<I", table, len(table) - 4, crc32c(bytes(blobs[-length:])))
    parts.blobs = bytes(blobs)
    return parts.replace("chnk", bytes(table)).data()
