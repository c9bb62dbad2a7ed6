#!/usr/bin/env python3
"""Writes spec/vectors: small checkpoints that every reader must read, and others that it must refuse.

usage: tools/make_vectors.py

The files under vectors/valid that are not made here are kept, and described by spec/reference/rzoo.py: other writers made them."""

import hashlib
import json
import os
import struct
import sys
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from checkpoint_forge import (  # noqa: E402
    ARCHITECTURE, METADATA, SPEC, TYPES, Checkpoint, Chunk, Delta, Section, Tensor, compressed, deflate, directory_of,
    first_block_stored, grouped, huffman, message_of, root_of, sign, signature_list, stored_blocks, table_of, weights)
import ed25519  # noqa: E402
import rzoo  # noqa: E402


PUBLISHED_KEY = "published-test-key.pub.pem"


class Vectors:
    def __init__(self, folder):
        self.folder, self.valid, self.invalid = folder, [], []
        for kind in ("valid", "invalid"):
            os.makedirs(os.path.join(folder, kind), exist_ok=True)
        for name in os.listdir(os.path.join(folder, "invalid")):
            os.remove(os.path.join(folder, "invalid", name))

    def write(self, name, data):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(data)

    def accept(self, name, about, checkpoint, **request):
        """A file that must be read. What it holds is the generator's word, not a reader's."""
        path = f"valid/{name}.rzoo"
        self.write(path, checkpoint.bytes)
        tensors = checkpoint.merged if isinstance(checkpoint, Delta) else checkpoint.tensors
        self.valid.append({"file": path, "about": about, **request, **self.described(tensors, checkpoint.bytes)})

    @staticmethod
    def described(tensors, data):
        names = {identifier: kind for kind, (identifier, _) in TYPES.items()}
        return {"minimum_reader_version": struct.unpack_from("<H", data, 8)[0],
                "writer_version": struct.unpack_from("<H", data, 10)[0], "content_root": data[40:72].hex(),
                "tensors": [{"name": tensor.name.decode(), "type": names[tensor.type_id], "shape": list(tensor.shape),
                             "sha256": hashlib.sha256(tensor.decoded).hexdigest()}
                            for tensor in tensors]}

    def keep(self, name, about, **request):
        path = f"valid/{name}.rzoo"
        content = rzoo.describe(rzoo.Stack(os.path.join(self.folder, path)))
        self.valid.append({"file": path, "about": about, **request, **content})

    def refuse(self, name, section, about, error, offset, data, **request):
        """A file that must be refused; `data` is None for one that is not written."""
        path = f"invalid/{name}.rzoo"
        if data is not None:
            self.write(path, data.bytes if isinstance(data, Checkpoint) else data)
        self.invalid.append({"file": path, "about": about, "section": section, "error": error, "offset": offset, **request})

    def finish(self):
        names = [vector["file"] for vector in self.valid + self.invalid]
        assert len(set(names)) == len(names), "a name twice"
        for kind in ("valid", "invalid"):
            for name in os.listdir(os.path.join(self.folder, kind)):
                assert f"{kind}/{name}" in names or name == PUBLISHED_KEY, f"{kind}/{name} is in no list"
        with open(os.path.join(self.folder, "manifest.json"), "w", encoding="utf-8") as file:
            lists = {"valid": self.valid, "invalid": self.invalid}
            parts = [f'"{kind}": [\n' + ",\n".join(json.dumps(vector) for vector in vectors) + "\n]"
                     for kind, vectors in lists.items()]
            file.write("{\n" + ",\n".join(parts) + "\n}\n")
        print(f"{len(self.valid)} valid, {len(self.invalid)} invalid")


# §2: the header


def header_vectors(vectors):
    simple = Checkpoint([Tensor("w")])
    data = simple.bytes

    def accept(name, about, **header):
        checkpoint = Checkpoint([Tensor("w")], header=header)
        vectors.accept(name, about, checkpoint)

    def refuse(name, about, error, offset, **header):
        vectors.refuse(name, "2", about, error, offset, Checkpoint([Tensor("w")], header=header))

    def refuse_bytes(name, about, error, offset, data):
        vectors.refuse(name, "2", about, error, offset, data)

    accept("writer-version-7", "a later writer that used nothing new", writer=7)
    accept("writer-version-65535", "the last writer version", writer=65535)
    refuse_bytes("empty", "no bytes", "emptyFile", 0, b"")
    refuse_bytes("one-other-byte", "one byte that is not the magic's", "badMagic", 0, b"P")
    refuse_bytes("other-file", "another file", "badMagic", 0, b"not a checkpoint" * 10)
    for position in (0, 3):
        changed = bytearray(data)
        changed[position] ^= 0x20
        refuse_bytes(f"magic-byte-{position}", "a changed magic", "badMagic", 0, bytes(changed))
    refuse_bytes("text-mode-crlf", "LF became CR LF", "badMagic", 4, data.replace(b"\n", b"\r\n"))
    refuse_bytes("text-mode-lf", "CR LF became LF", "badMagic", 4, data.replace(b"\r\n", b"\n"))
    refuse_bytes("seven-bit", "the highest bit of each byte was lost", "badMagic", 0, bytes(byte & 0x7F for byte in data))
    for count in (1, 8, 95, 96, simple.blob_offset, len(data) - 1):
        refuse_bytes(f"truncated-{count}", f"the first {count} bytes alone", "truncated", count, data[:count])
    refuse_bytes("trailing-byte", "a byte behind the end", "trailingBytes", len(data), data + b"\0")
    refuse_bytes("twice", "the same file twice", "trailingBytes", len(data), data + data)
    for position in (8, 20, 40, 71, 88, 92, 95):
        changed = bytearray(data)
        changed[position] ^= 1
        refuse_bytes(f"header-bit-{position}", f"a flipped bit in byte {position}", "headerChecksum", 92, bytes(changed))
    refuse("newer", "only readers of version 900 read it", "newerVersion", 8, minimum=900, writer=900)
    refuse("newest", "the last version, and every other field unknown", "newerVersion", 8, minimum=65535, writer=0, count=0,
           reserved=b"\xff" * 16, blob_offset=1)
    for position in (0, 7, 8, 15):
        reserved = bytearray(16)
        reserved[position] = 1
        refuse(f"header-reserved-{72 + position}", "a reserved byte is not zero", "reservedNotZero", 72 + position,
               reserved=bytes(reserved))
    refuse("minimum-version-0", "there is no version 0", "badHeader", 8, minimum=0)
    refuse("writer-below-minimum", "the writer followed an older version than it asks for", "badHeader", 8, writer=0)
    for count in (0, 3, 65, 2**32 - 1):
        refuse(f"section-count-{count}", "a section count out of range", "badHeader", 12, count=count)
    refuse("section-count-5", "one section more than the table's CRC covers", "sectionTableChecksum", 96, count=5)
    refuse("file-length-limit", "a file length above 2^40", "badHeader", 16, file_length=2**40 + 1)
    refuse("file-length-huge", "the largest file length", "badHeader", 16, file_length=2**64 - 1)
    refuse("file-length-more", "a file length of one byte more", "truncated", len(data), file_length=len(data) + 1)
    refuse("file-length-less", "a file length of one byte less", "trailingBytes", len(data) - 1, file_length=len(data) - 1)
    refuse("blob-length-more", "offset and length beyond the file", "badHeader", 24, blob_length=9)
    refuse("blob-length-overflow", "offset and length overflow", "badHeader", 24, blob_length=2**64 - 64)
    refuse("blob-offset-overflow", "they overflow to the file length", "badHeader", 24, blob_offset=2**64 - 64,
           blob_length=len(data) + 64)
    refuse("blob-offset-odd", "a blob offset that is not a multiple of 64", "badHeader", 24,
           blob_offset=simple.blob_offset + 1, blob_length=7)
    refuse("blob-offset-in-table", "blobs within the section table", "badHeader", 24, blob_offset=192,
           blob_length=len(data) - 192)
    refuse("blob-offset-0", "blobs from the start", "badHeader", 24, blob_offset=0, blob_length=len(data))
    refuse("blob-offset-early", "blobs within the sections", "badSectionTable", simple.record["meta"] + 16,
           blob_offset=simple.blob_offset - 64, blob_length=72)
    refuse("content-root", "another content root", "contentRootMismatch", 40, root=bytes(32))
    refuse("table-crc", "another CRC of the section table", "sectionTableChecksum", 96, table_crc=0)


# §3: sections


def section_vectors(vectors):
    tensors = [Tensor("w")]

    def accept(name, about, **fields):
        checkpoint = Checkpoint(tensors, **fields)
        vectors.accept(name, about, checkpoint)

    def refuse(name, about, error, where, plus=0, **fields):
        checkpoint = Checkpoint(tensors, **fields)
        offset = {**checkpoint.record, "blob offset": 24, "padding": checkpoint.end}[where] + plus
        vectors.refuse(name, "3", about, error, offset, checkpoint)

    def section(kind, content, **fields):
        return {"sections": [Section(kind, content, **fields)]}

    def later(*kinds, **fields):
        return {"sections": [Section(kind, b"later", **{"flags": 0, "since": 2, **fields}) for kind in kinds]}

    accept("ignorable-sections", "three sections that may be ignored", **later("aaaa", "note", "z9z9"))
    accept("ignorable-empty", "one without content", **section("note", b"", flags=0))
    accept("ignorable-since-65535", "one of the last version", **later("note", since=65535))
    accept("ignorable-not-deflate", "one whose content would not decode, which nobody needs to know",
           **section("note", b"\xff" * 9, flags=0, encoding=1, decoded_length=100))
    accept("sections-64", "as many sections as there may be", **later(*(f"n{number:03}" for number in range(60))))
    accept("index-without-padding", "an index that ends at a multiple of 64",
           meta=b"{" + b" " * (-Checkpoint(tensors, meta=b"").end - 2 & 63) + b"}")
    text = b'{"labels":[' + b",".join(b'"label %d"' % number for number in range(300)) + b"]}"
    accept("compressed-arch", "a compressed architecture", sections=[compressed("arch", text)])
    accept("compressed-meta", "compressed metadata", sections=[compressed("meta", text)])
    accept("compressed-blocks", "a stream of a stored block and compressed ones",
           sections=[compressed("meta", text, first_block_stored)])
    wide = spaces(lambda stored, decoded: decoded == 16 * stored)
    accept("expansion-16", "a section that decodes to 16 times its bytes", sections=[compressed("meta", wide)])
    accept("expansion-least", "a section that is one byte longer than its stream",
           sections=[compressed("meta", spaces(lambda stored, decoded: decoded == stored + 1))])

    flipped = bytearray(Checkpoint(tensors).bytes)
    flipped[100] ^= 1
    vectors.refuse("table-bit", "3", "a flipped bit in the table", "sectionTableChecksum", 96, bytes(flipped))
    bad = "badSectionTable"
    refuse("kind-upper-case", "a kind in upper case", bad, "ARCH", **section_instead("arch", "ARCH", ARCHITECTURE))
    refuse("kind-odd", "a kind with a full stop", bad, "no.e", **later("no.e"))
    refuse("kinds-swapped", "meta before arch", bad, "meta", order=[1, 0, 2, 3])
    refuse("kind-missing", "no chunk table", bad, "note", sections=[Section("note", b"x", flags=0)], order=[0, 1, 2, 4])
    refuse("kind-twice", "arch again", bad, "arch", sections=[Section("arch", b"again", flags=0)])
    refuse("later-kind-twice", "a later kind twice", bad, "note", **later("note", "note"))
    refuse("later-kinds-unordered", "later kinds out of order", bad, "note", **later("zzzz", "note"))
    refuse("flags-0", "arch may be ignored", bad, "arch", 5, **section("arch", ARCHITECTURE, flags=0))
    refuse("flags-3", "a reserved flag of arch", bad, "arch", 5, **section("arch", ARCHITECTURE, flags=3))
    refuse("since-2", "arch of version 2", bad, "arch", 5, **section("arch", ARCHITECTURE, since=2))
    refuse("later-flags-2", "a reserved flag", "reservedNotZero", "note", 5, **later("note", flags=2))
    refuse("later-flags-128", "a reserved flag", "reservedNotZero", "note", 5, **later("note", flags=0x80))
    refuse("later-since-0", "a section of version 0", bad, "note", 6, **later("note", since=0))
    refuse("later-must-understand", "a section that must be understood", "unknownSection", "zzzz", **later("zzzz", flags=1))
    refuse("later-must-understand-last", "the second of two must be understood", "unknownSection", "zzzz",
           sections=[Section("note", b"x", flags=0), Section("zzzz", b"x", since=900)])
    for kind in ("arch", "chnk"):
        content = ARCHITECTURE if kind == "arch" else table_of(tensors)
        refuse(f"record-reserved-{kind}", "a reserved field", "reservedNotZero", kind, 28, **section(kind, content, reserved=1))
    for kind, limit in (("arch", 2**20), ("meta", 2**21), ("tens", 2**21), ("chnk", 2**20), ("note", 2**30)):
        fields = {"flags": 0} if kind == "note" else {}
        refuse(f"decoded-limit-{kind}", "a decoded length above the limit", bad, kind, 20,
               **section(kind, b"{}" * 8, encoding=1, decoded_length=limit + 1, **fields))
    refuse("encoding-2", "an unknown encoding", bad, "meta", 4, **section("meta", METADATA, encoding=2))
    refuse("encoding-255", "an unknown encoding", bad, "meta", 4, **section("meta", METADATA, encoding=255))
    refuse("chunk-table-compressed", "a compressed chunk table", bad, "chnk", 4,
           **section("chnk", table_of(tensors), encoding=1, decoded_length=9))
    refuse("stored-lengths-differ", "a stored section with two lengths", bad, "meta", 20,
           **section("meta", METADATA, decoded_length=len(METADATA) + 1))
    refuse("deflate-not-longer", "a compressed section that is no shorter", bad, "meta", 20,
           **section("meta", METADATA, encoding=1))
    refuse("deflate-17-times", "a section that decodes to more than 16 times its bytes", bad, "meta", 20,
           sections=[compressed("meta", wide[:-1] + b" }")])
    for name, offset in (("0", 0), ("huge", 2**64 - 1), ("one-more", Checkpoint(tensors).at["meta"] + 1)):
        refuse(f"section-offset-{name}", "an offset that does not follow", bad, "meta", 8, **section("meta", METADATA, offset=offset))
    refuse("section-beyond-index", "a section that ends beyond the blob offset", bad, "chnk", 16,
           **section("chnk", table_of(tensors), stored_length=1000, decoded_length=1000))
    refuse("padding-64-more", "64 bytes of padding too many", bad, "blob offset", more_padding=64)
    refuse("index-padding", "padding that is not zero", "paddingNotZero", "padding", index_padding=1)

    def refuse_content(name, about, error, kind, **fields):
        checkpoint = Checkpoint(tensors, **fields)
        vectors.refuse(name, "3", about, error, checkpoint.at[kind], checkpoint)

    contents = {"arch": ARCHITECTURE, "meta": METADATA, "tens": directory_of(tensors), "chnk": table_of(tensors), "note": b"x"}
    for kind, content in contents.items():
        fields = {"flags": 0} if kind == "note" else {}
        refuse_content(f"section-crc-{kind}", "another CRC", "sectionChecksum", kind, **section(kind, content, crc=1, **fields))
    stream = deflate(text)
    for name, about, content, length in (
            ("damaged", "bytes that are no deflate stream", b"\xff" * 400, len(text)), ("short", "a stream of too few bytes", stream, len(text) + 1),
            ("long", "a stream of too many bytes", stream, len(text) - 1), ("followed", "a byte behind the stream", stream + b"\0", len(text)),
            ("cut", "a stream that breaks off", stream[:-1], len(text)), ("no-end", "a stream without a last block", b"\0" + stored_blocks(text)[1:200], 300)):
        for kind in ("meta", "tens"):
            refuse_content(f"{kind}-stream-{name}", about, "badSectionContent", kind,
                           **section(kind, content, encoding=1, decoded_length=length))


def spaces(is_wanted):
    """A document of spaces with the wanted lengths of its stream and of itself."""
    texts = (b"{" + b" " * count + b"}" for count in range(5000))
    return next(text for text in texts if is_wanted(len(deflate(text)), len(text)))


def section_instead(kind, other, content):
    """A table whose section `kind` has another name."""
    place = ["arch", "meta", "tens", "chnk"].index(kind)
    return {"sections": [Section(other, content)], "order": [4 if number == place else number for number in range(4)]}


# §3.2: documents


def document_vectors(vectors):
    def nested(depth):
        return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"

    def many(count):
        """A document of so many values, the object and the list included."""
        return b'{"a":[' + b",".join([b"0"] * (count - 2)) + b"]}"

    accepted = {
        "empty-object": b"{}", "white-space": b" {\t\"a\" :\r\n [ 1 , true , null ] } \n", "empty-name": b'{"":1}',
        "escapes": rb'{"\u0061\n\"\\\/":"\ud83d\ude00"}', "nested-64": nested(64), "number-256": b'{"a":' + b"1" * 256 + b"}",
        "numbers": b'{"a":[0,-0,10,-1.5,1e5,1E+05,0.25e-3]}', "utf-8": '{"ä":"猫 🐈"}'.encode(),
        "same-name-elsewhere": b'{"a":{"a":1},"b":[{"a":1},{"a":2}]}', "canonical-equivalents": '{"\u00e9":1,"e\u0301":2}'.encode(),
    }
    for name, text in accepted.items():
        vectors.accept(f"document-{name}", "metadata that is JSON", Checkpoint(meta=text))
    vectors.accept("document-values-65536", "as many values as there may be",
                   Checkpoint(sections=[compressed("meta", many(65536), huffman)]))
    refused = {
        "empty": b"", "array": b"[]", "text": b'"a"', "twice": b"{}{}", "name-twice": b'{"a":1,"b":2,"a":1}',
        "inner-name-twice": b'{"x":[{"a":1,"a":2}]}', "escaped-name-twice": rb'{"a":1,"\u0061":2}', "empty-name-twice": b'{"":1,"":2}',
        "nan": b'{"a":NaN}', "infinity": b'{"a":-Infinity}', "comma-behind": b'{"a":1,}', "leading-zero": b'{"a":01}',
        "plus": b'{"a":+1}', "no-fraction": b'{"a":1.}', "byte-order-mark": b"\xef\xbb\xbf{}", "half-pair": rb'{"a":"\ud800"}',
        "low-half-name": rb'{"\udc00":1}', "control-character": b'{"a":"\n"}', "unknown-escape": rb'{"a":"\x41"}',
        "cut": b'{"a":"b', "comment": b"{}//", "single-quotes": b"{'a':1}", "nul": b"{}\0", "nested-65": nested(65),
        "nested-100000": b'{"a":' + b"[" * 100000, "number-257": b'{"a":' + b"1" * 257 + b"}",
    }
    for name, text in refused.items():
        long = len(text) > 10000
        checkpoint = Checkpoint(sections=[compressed("meta", text, huffman)]) if long else Checkpoint(meta=text)
        vectors.refuse(f"document-{name}", "3.2", "metadata that breaks a rule", "badDocument", checkpoint.at["meta"], checkpoint)
    checkpoint = Checkpoint(sections=[compressed("meta", many(65537), huffman)])
    vectors.refuse("document-values-65537", "3.2", "a value too many", "badDocument", checkpoint.at["meta"], checkpoint)
    for kind in ("name-twice", "array"):
        checkpoint = Checkpoint(arch=refused[kind])
        vectors.refuse(f"arch-{kind}", "3.2", "an architecture that breaks a rule", "badDocument", checkpoint.at["arch"], checkpoint)
    for name, text in {"latin-1": b'{"\xe4":1}', "overlong": b'{"\xc0\xaf":1}', "surrogate": b'{"\xed\xa0\x80":1}',
                       "beyond": b'{"\xf4\x90\x80\x80":1}', "cut": b'{"a":"\xe7\x8c'}.items():
        checkpoint = Checkpoint(meta=text)
        vectors.refuse(f"text-{name}", "3.2", "metadata that is not UTF-8", "badText", checkpoint.at["meta"], checkpoint)
    checkpoint = Checkpoint(arch=b"\xff")
    vectors.refuse("text-arch", "3.2", "an architecture that is not UTF-8", "badText", checkpoint.at["arch"], checkpoint)


# §4: the directory


def directory_vectors(vectors):
    def accept(name, about, tensors, **fields):
        checkpoint = Checkpoint(tensors, **fields)
        vectors.accept(name, about, checkpoint)

    def refuse(name, section, about, error, tensors=None, **fields):
        checkpoint = Checkpoint([Tensor("w")] if tensors is None else tensors, **fields)
        vectors.refuse(name, section, about, error, checkpoint.at["tens"], checkpoint)

    for kind in TYPES:
        accept(f"raw-{kind}", f"a raw tensor of {kind}", [Tensor("w", kind, (3, 5))])
        if kind != "i8":
            accept(f"scalar-{kind}", f"a scalar of {kind}", [Tensor("w", kind, ())])
        accept(f"empty-{kind}", f"no elements of {kind}", [Tensor("w", kind, (3, 0))])
    accept("integers", "the ends of i64", [Tensor("w", "i64", (4,), struct.pack("<4q", -2**63, 2**63 - 1, -1, 0))])
    accept("i8-ends", "the ends of i8, and the ends of scales",
           [Tensor("w", "i8", (4, 2), struct.pack("<4I8b", 0, 1, 0x7F7FFFFF, 0x3F800000, -128, 127, -127, 1, -1, 0, 2, -2))])
    accept("i8-rank-1", "a scale for each element", [Tensor("w", "i8", (5,))])
    accept("rank-8", "eight extents", [Tensor("w", "f32", (1, 2, 1, 3, 1, 1, 2, 1))])
    accept("extents-around-0", "2^40 elements but for an extent of 0", [Tensor("w", "f32", (2**20, 0, 2**20))])
    accept("extent-largest", "the largest extent beside one of 0", [Tensor("w", "f64", (0, 2**32 - 1))])
    accept("name-255", "the longest name", [Tensor("x" * 255)])
    accept("name-characters", "every character that a name may have",
           [Tensor(bytes(byte for byte in range(0x21, 0x7F) if byte not in b'"\\'))])
    accept("names-in-byte-order", "names in the order of their bytes",
           [Tensor(name, seed=number) for number, name in enumerate(["A", "Z", "a", "a-b", "a.b", "aa", "b", "~"])])
    accept("exponent-22", "the largest chunks", [Tensor("w")], exponent=22)
    accept("exponent-18", "chunks of 256 KiB", [Tensor("w")], exponent=18)

    bad = "badDirectory"
    for count in (0, 2, 32769, 2**32 - 1):
        refuse(f"tensor-count-{count}", "4", "another number of tensors than there are", bad, count=count)
    for exponent in (0, 11, 23, 255):
        refuse(f"exponent-{exponent}", "4", "a chunk exponent out of range", bad, exponent=exponent)
    for position in range(3):
        reserved = bytes(position == other for other in range(3))
        refuse(f"directory-reserved-{position}", "4", "a reserved byte", "reservedNotZero", directory_reserved=reserved)
    record = directory_of([Tensor("w")])
    for count in (1, 7, 8, 10, 12, len(record) - 1):
        refuse(f"directory-{count}-bytes", "4", "a directory that ends early", bad, directory=record[:count])
    refuse("directory-longer", "4", "a byte behind the directory", bad, directory_tail=b"\0")
    refuse("rank-9", "4", "a rank of 9", bad, [Tensor("w", shape=(1,) * 9)])
    refuse("rank-more", "4", "more extents than there are", bad, [Tensor("w", rank=2)])
    refuse("rank-less", "4", "fewer extents than there are", bad, [Tensor("w", rank=0)])
    refuse("rank-0-i8", "4.2", "a scalar with scales for its channels", bad, [Tensor("w", "i8", (), b"\0")])
    refuse("tensor-reserved", "4", "a reserved byte of a tensor", "reservedNotZero", [Tensor("w", reserved=1)])
    names = {"empty": b"", "dot": b".", "leading-dot": b".a", "trailing-dot": b"a.", "two-dots": b"a..b", "space": b"a b", "quote": b'a"b',
             "backslash": b"a\\b", "newline": b"a\nb", "nul": b"a\0", "delete": b"a\x7f", "not-ascii": "ä".encode()}
    for name, text in names.items():
        refuse(f"name-{name}", "4.1", "a name that is no path", "badName", [Tensor(text)])
    refuse("name-twice", "4", "a name twice", "duplicateName", [Tensor("a"), Tensor("a")])
    refuse("names-unsorted", "4", "names out of order", "unsortedNames", [Tensor("b"), Tensor("a")])
    refuse("names-unsorted-prefix", "4", "a name before its prefix", "unsortedNames", [Tensor("aa"), Tensor("a")])
    for identifier in (0, 7, 200, 255):
        refuse(f"type-{identifier}", "4.2", "an unknown element type", "unknownElementType", [Tensor("w", type_id=identifier)])
    largest = 2**32 - 1
    for name, shape in {"two": (largest, 257), "eight": (largest,) * 8, "around-0": (0, largest, largest), "just": (2**20, 2**20, 2)}.items():
        refuse(f"shape-overflow-{name}", "4", "more than 2^40 elements", "shapeOverflow", [Tensor("w", shape=shape, chunks=[])])
    for name, shape in {"one": (largest,), "2-to-40": (2**20, 2**20)}.items():
        refuse(f"decoded-size-{name}", "4", "far more elements than the file can hold", "decodedSizeRefused", [Tensor("w", shape=shape, chunks=[])])
    refuse("decoded-size-sum", "4", "too many elements together", "decodedSizeRefused",
           [Tensor(f"w{number}", shape=(2**16,), chunks=[]) for number in range(5)])


# §5 and §6: chunks and blobs


def chunk_vectors(vectors):
    def accept(name, about, tensors, **fields):
        checkpoint = Checkpoint(tensors, **fields)
        vectors.accept(name, about, checkpoint)

    for kind, width in (("f32", 4), ("f16", 2), ("bf16", 2), ("f64", 8), ("i8", 1)):
        accept(f"grouped-{kind}", f"a grouped tensor of {kind}", [Tensor("w", kind, (400,), codec="grouped")])
        accept(f"grouped-chunks-{kind}", f"grouped chunks of {kind}, the last one shorter",
               [Tensor("w", kind, (4096 // width + 100,), codec="grouped")])
    patterns = struct.pack("<8I", 0, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00001, 0xFFFFFFFF, 1, 0x80000001)
    accept("bit-patterns", "zeros, infinities, NaN and the smallest numbers", [Tensor("w", "f32", (8,), patterns)])
    accept("bit-patterns-grouped", "the same, grouped", [Tensor("w", "f32", (512,), patterns * 64, "grouped")])
    accept("grouped-fixed-code", "a stream with deflate's fixed code",
           [Tensor("w", "f32", (512,), patterns * 64, "grouped", stream=lambda data: deflate(data, zlib.Z_FIXED))])
    accept("grouped-matches", "a stream with matches", [Tensor("w", "f32", (512,), patterns * 64, "grouped", stream=deflate)])
    accept("grouped-blocks", "a stream of a stored block and compressed ones",
           [Tensor("w", "f32", (512,), patterns * 64, "grouped", stream=first_block_stored)])
    accept("i8-scales-in-two-chunks", "scales that take a chunk and more, and grouped chunks behind",
           [Tensor("w", "i8", (1100, 3), codec=["raw", "grouped"])])
    accept("i8-scales-exactly", "scales that take exactly a chunk", [Tensor("w", "i8", (1024, 2))])
    accept("chunk-exactly", "exactly one chunk", [Tensor("w", "f32", (1024,))])
    accept("chunk-and-one", "a chunk and one element", [Tensor("w", "f32", (1025,))])
    accept("raw-then-grouped", "a tensor whose first chunk alone is raw",
           [Tensor("a"), Tensor("w", "f32", (2048,), codec=["raw", "grouped"])])
    accept("grouped-then-raw", "a tensor whose first chunk alone is grouped",
           [Tensor("a"), Tensor("w", "f32", (2048,), codec=["grouped", "raw"])])
    accept("alignment", "raw and grouped blobs in turns, and empty ones between",
           [Tensor("a", shape=(3,)), Tensor("b", shape=(400,), codec="grouped"), Tensor("c", shape=(0,)), Tensor("d", shape=(16,)),
            Tensor("e", shape=(5,)), Tensor("f", shape=(400,), codec="grouped", seed=3), Tensor("g", "i64", ()), Tensor("h", shape=(0, 2))])

    weight = weights("f32", 1000, 5)
    good = grouped(weight, 4)
    raw = weights("f32", 2, 1)

    def refuse_record(name, about, error, tensors, number=0, **fields):
        checkpoint = Checkpoint(tensors, **fields)
        vectors.refuse(name, "5", about, error, checkpoint.at["chnk"] + 8 * number, checkpoint)

    def one(kind="f32", shape=(2,), data=raw, **fields):
        return [Tensor("w", kind, shape, chunks=[Chunk(data, **fields)])]

    bad = "badChunkTable"
    refuse_record("chunk-table-byte-more", "a byte behind the chunk table", bad, [Tensor("w")], table_tail=b"\0")
    refuse_record("chunk-table-record-more", "a record too many", bad, [Tensor("w")], table_tail=bytes(8))
    refuse_record("chunk-table-empty", "no record", bad, [Tensor("w")], table=b"")
    refuse_record("chunk-table-of-nothing", "a record, and no tensor", bad, [], table=bytes(8))
    for length in (0, 7, 9, 2**24 - 1):
        refuse_record(f"raw-length-{length}", "a raw chunk of another length", bad, one(stored_length=length))
    refuse_record("raw-length-second", "the second chunk of another length", bad,
                  [Tensor("w", shape=(1025,), chunks=[Chunk(bytes(4096)), Chunk(bytes(4), stored_length=5)])], 1)
    for length in (0, 3000, 4000):
        refuse_record(f"grouped-length-{length}", "a grouped chunk of a length that cannot be", bad,
                      one(shape=(1000,), data=weight, stored=good, codec=1, stored_length=length))
    refuse_record("blobs-longer", "64 bytes that no chunk needs", bad, [Tensor("w", chunks=[Chunk(raw, raw + bytes(64), stored_length=8)])])
    refuse_record("blobs-shorter", "a chunk that is not there", bad, [Tensor("w", chunks=[Chunk(raw, b"", stored_length=8)])])
    for length in (4, 9, 13):
        refuse_record(f"i8-length-{length}", "a raw chunk of i8 of another length, its scales counted or not", bad,
                      one("i8", (2, 2), weights("i8", 4, 1, 2), stored_length=length))
    for codec in (200, 255):
        refuse_record(f"codec-{codec}", "an unknown codec", "unknownCodec", one(codec=codec))
    refuse_record("codec-grouped-i64", "a codec that is not for integers", "unknownCodec",
                  one("i64", (1,), weights("i64", 1, 1), stored=bytes(7), codec=1))
    refuse_record("codec-second", "an unknown codec of the second tensor", "unknownCodec",
                  [Tensor("a"), Tensor("b", chunks=[Chunk(raw, codec=200)])], 1)

    def refuse_chunk(name, about, error, tensors, number=0):
        checkpoint = Checkpoint(tensors)
        vectors.refuse(name, "5", about, error, checkpoint.chunk_at[number], checkpoint)

    refuse_chunk("chunk-crc", "another CRC", "chunkChecksum", one(crc=1))
    refuse_chunk("chunk-crc-second", "another CRC of the second chunk", "chunkChecksum",
                 [Tensor("w", shape=(1026,), chunks=[Chunk(bytes(4096)), Chunk(raw, crc=1)])], 1)
    refuse_chunk("chunk-crc-grouped", "another CRC of a chunk that would decode", "chunkChecksum",
                 one(shape=(1000,), data=weight, stored=good, codec=1, crc=1))
    scales = {"nan": 0x7FC00000, "infinite": 0x7F800000, "negative": 0xBF800000, "negative-zero": 0x80000000, "negative-nan": 0xFFFFFFFF}
    for name, bits in scales.items():
        refuse_chunk(f"scale-{name}", f"a scale that is {name}", "badScale",
                     [Tensor("w", "i8", (2, 3), struct.pack("<fI6b", 1, bits, 1, 2, 3, 4, 5, 6))])
    data = struct.pack("<1100I", *[0] * 1099, 0x80000000) + bytes(1100)
    for codec in ("raw", "grouped"):
        refuse_chunk(f"scale-second-chunk-{codec}", "a bad scale in the second chunk", "badScale",
                     [Tensor("w", "i8", (1100,), data, codec)], 1)
    refuse_chunk("i8-crc", "another CRC of a chunk with a bad scale", "chunkChecksum",
                 one("i8", (1,), struct.pack("<Ib", 0x7FC00000, 1), crc=1))
    refuse_chunk("i8-stream-short", "a stream of too few bytes", "badChunkContent",
                 one("i8", (100,), bytes(500), stored=huffman(bytes(499)), codec=1))
    planes = good[:3000]
    top = zlib.decompress(good[3000:], -15)
    streams = {
        "damaged": ("bytes that are no deflate stream", b"\xff" * 500), "short": ("a stream of too few bytes", huffman(top[:-1])),
        "long": ("a stream of too many bytes", huffman(top + b"\0")), "followed": ("a byte behind the stream", huffman(top) + b"\0"),
        "cut": ("a stream that breaks off", huffman(top)[:-1]), "reserved-block": ("deflate's reserved block type", b"\x07" + huffman(top)),
        "no-end": ("a stream without a last block", b"\0" + struct.pack("<HH", 500, 500 ^ 0xFFFF) + top[:500]),
        "bomb": ("a stream of a thousand times too many bytes", deflate(bytes(500000))),
        "distance": ("a match before the start", bytes([0x63, 0x04, 0x22, 0x00])),
    }
    for name, (about, stream) in streams.items():
        refuse_chunk(f"chunk-stream-{name}", about, "badChunkContent", one(shape=(1000,), data=weight, stored=planes + stream, codec=1))
    for number, checkpoint in enumerate([Checkpoint([Tensor("a"), Tensor("b")], blob_padding=1),
                                         Checkpoint([Tensor("a", shape=(400,), codec="grouped"), Tensor("b")], blob_padding=128)]):
        vectors.refuse(f"blob-padding-{number}", "6", "padding between blobs", "paddingNotZero", checkpoint.padding_at[0], checkpoint)


# §7: the content root, and what is asked for


def root_vectors(vectors):
    data = Checkpoint([Tensor("w", "f16", (8,))]).bytes[40:72]
    vectors.refuse("root-of-another-type", "7", "the root of the same bytes as f16", "contentRootMismatch", 40,
                   Checkpoint([Tensor("w", "bf16", (8,), weights("f16", 8, 1))], header={"root": data}))
    data = Checkpoint([Tensor("w", shape=(8,))]).bytes[40:72]
    vectors.refuse("root-of-another-shape", "7", "the root of the same elements in another shape", "contentRootMismatch", 40,
                   Checkpoint([Tensor("w", shape=(2, 4), data=weights("f32", 8, 1))], header={"root": data}))
    vectors.refuse("root-of-another-name", "7", "the root of the same tensor under another name", "contentRootMismatch", 40,
                   Checkpoint([Tensor("v", shape=(8,))], header={"root": data}))
    vectors.refuse("no-such-tensor", "10", "a tensor that is not there", "unknownTensor", None, Checkpoint([Tensor("w")]), tensor="v")
    vectors.refuse("no-such-file", "10", "a file that is not there", "notFound", None, None)
    vectors.refuse("..", "10", "a folder", "notARegularFile", None, None)
    vectors.invalid[-1]["file"] = "invalid"


# §11: deltas

BASE = [Tensor("a"), Tensor("b", shape=(3,), seed=2), Tensor("c.d", "f16", (400,), codec="grouped", seed=3)]


def delta_vectors(vectors):
    def accept(name, about, delta, base="delta-base"):
        vectors.accept(name, about, delta, base=f"valid/{base}.rzoo")

    a, b, c = BASE
    head = Tensor("b", shape=(5, 2), seed=4)
    vectors.accept("delta-base", "the base of the deltas beside it", Checkpoint(BASE))
    accept("delta-changed", "a tensor of other elements", Delta(BASE, [Tensor("a", seed=9)], [Tensor("a", seed=9), b, c]))
    accept("delta-shape", "a tensor of another shape", Delta(BASE, [head], [a, head, c]))
    other = Tensor("c.d", "i64", (2,), seed=5)
    accept("delta-type", "a tensor of another type", Delta(BASE, [other], [a, b, other]))
    accept("delta-added", "a tensor that the base does not have, before all of its", Delta(BASE, [Tensor("A")], [Tensor("A"), *BASE]))
    accept("delta-dropped", "two tensors dropped, and nothing stored", Delta(BASE, [], [b], ["a", "c.d"]))
    accept("delta-all-dropped", "a model of no tensors", Delta(BASE, [], [], ["a", "b", "c.d"]))
    accept("delta-all-replaced", "nothing taken from the base",
           Delta(BASE, [Tensor(t.name, seed=7) for t in BASE], [Tensor(t.name, seed=7) for t in BASE]))
    chained = [a, head, Tensor("z", "f64", ())]
    shaped = [a, head, c]
    accept("delta-chain", "a delta on a delta, whose base is beside it", Delta(shaped, chained[2:], chained, ["c.d"]), "delta-shape")
    accept("delta-of-newer-writer", "a later writer's", Delta(BASE, [head], [a, head, c], header={"writer": 9}))
    many = [Tensor(f"layer{number}.weight", shape=(1,)) for number in range(100, 160)]
    vectors.accept("delta-base-many", "60 tensors", Checkpoint(many))
    content = Delta(many, [a], [a], [tensor.name.decode() for tensor in many]).base_content
    accept("delta-compressed", "a compressed list of dropped tensors",
           Delta(many, [a], [a], content=deflate(content), section={"encoding": 1, "decoded_length": len(content)}), "delta-base-many")


def base_vectors(vectors):
    a, b, c = BASE
    w = Tensor("w", seed=4)

    def make(stored=(w,), merged=(a, b, c, w), dropped=(), **fields):
        return Delta(BASE, list(stored), list(merged), dropped, **fields)

    def refuse(name, about, error, delta=None, where=None, **fields):
        delta = delta or make(**fields)
        offset = delta.at["base"] if where is None else 8 if where == "header" else delta.record["base"] + where
        vectors.refuse(f"base-{name}", "11.1" if where is None else "3.1", about, error, offset, delta, base="valid/delta-base.rzoo")

    bad, table = "badBase", "badSectionTable"
    good = make().base_content
    for count in (0, 1, 31, 47):
        refuse(f"{count}-bytes", "a section that ends early", bad, content=good[:count])
    refuse("longer", "a byte behind the section", bad, tail=b"\0")
    refuse("name-cut", "a name that ends early", bad, dropped_count=1, tail=b"\5c.d")
    refuse("dropped-count-more", "a name more than there are", bad, merged=[a, b, w], dropped=["c.d"], dropped_count=2)
    refuse("dropped-count-less", "a name less than there are", bad, merged=[a, b, w], dropped=["c.d"], dropped_count=0)
    for number in (32769, 2**32 - 1):
        refuse(f"dropped-count-{number}", "a number of dropped tensors above the limit", bad, dropped_count=number)
        refuse(f"count-{number}", "a number of merged tensors above the limit", bad, count=number)
    for length in (2**43 + 1, 2**64 - 1):
        refuse(f"length-{length}", "a merged length above the limit", bad, length=length)
    refuse("count-too-small", "fewer merged tensors than are stored", bad, count=0)
    refuse("length-too-small", "a shorter merged length than that of what is stored", bad, length=7)
    refuse("own-root", "the file's own root", bad, base_root=root_of([a, b, c, w]))
    refuse("stored-and-dropped", "a tensor both stored and dropped", bad, dropped=["w"])
    names = {"empty": "", "space": "a b", "two-dots": "a..b"}
    for name, text in names.items():
        refuse(f"name-{name}", "a dropped name that is no path", "badName", dropped=[text])
    refuse("name-twice", "a name dropped twice", "duplicateName", merged=[b, c, w], dropped=["a", "a"])
    refuse("names-unsorted", "dropped names out of order", "unsortedNames", merged=[c, w], dropped=["b", "a"])
    refuse("crc", "another CRC", "sectionChecksum", section={"crc": 1})
    refuse("stream-damaged", "bytes that are no deflate stream", "badSectionContent", content=b"\xff" * 40,
           section={"encoding": 1, "decoded_length": 48})
    refuse("version-1", "a delta that says that readers of version 1 read it", "badHeader", where="header", header={"minimum": 1})
    refuse("flags-0", "a section that may be ignored", table, where=5, section={"flags": 0})
    refuse("flags-3", "a reserved flag", "reservedNotZero", where=5, section={"flags": 3})
    for since in (0, 1, 3):
        refuse(f"since-{since}", "another since version", table, where=5, section={"since": since})
    refuse("decoded-limit", "a decoded length above the limit", table, where=20, section={"encoding": 1, "decoded_length": 2**21 + 1})
    refuse("encoding-2", "an unknown encoding", table, where=4, section={"encoding": 2})
    refuse("twice", "two bases", table, where=0, sections=[Section("base", good, since=2)])

    def mismatch(name, about, error, offset=None, **fields):
        vectors.refuse(f"base-{name}", "11.3", about, error, offset, make(**fields), base="valid/delta-base.rzoo")

    mismatch("dropped-nothing", "a dropped tensor that the base does not have", "baseMismatch", dropped=["x"])
    mismatch("count-wrong", "another number of merged tensors", "baseMismatch", count=3)
    mismatch("length-wrong", "another merged length", "baseMismatch", length=2**43)
    mismatch("merged-root", "the merged model is another than the root names", "contentRootMismatch", 40, header={"root": bytes(32)})


def chain_vectors(vectors):
    def refuse(name, about, error, data, offset=None, **request):
        vectors.refuse(name, "11.3", about, error, offset, data, **request)

    a, b, c = BASE
    refuse("base-not-found", "a base that is nowhere", "baseNotFound", Delta([Tensor("nowhere")], [a], [a], ["nowhere"]))
    refuse("wrong-base", "another base than the one that is named", "wrongBase", Delta(BASE, [], [b], ["a", "c.d"]),
           base="valid/one-scalar.rzoo")
    models = [[Tensor("w", seed=100 + number)] for number in range(10)]
    for number, (base, model) in enumerate(zip(models, models[1:])):
        name, data, under = f"chain-{number + 1}", Delta(base, model, model), f"valid/chain-{number}.rzoo"
        if number < 8:
            vectors.accept(name, f"deltas upon each other: {number + 1}", data, base=under)
        else:
            refuse(name, "nine deltas upon each other", "baseChainTooLong", data, base=under)
    vectors.accept("chain-0", "the complete file below eight deltas", Checkpoint(models[0]))
    circle = [[Tensor("w", seed=seed)] for seed in (201, 202, 203)]
    for number, name in enumerate(("three-1", "three-2", "three-3")):
        refuse(f"circle-{name}", "three deltas, each from the next", "baseCycle",
               Delta(circle[(number + 1) % 3], circle[number], circle[number]))
    liar = Checkpoint([Tensor("a", seed=8), b, c], header={"root": root_of(BASE)})
    refuse("base-of-another-root", "a base whose tensors are others than its root says", "contentRootMismatch", liar, 40)
    refuse("base-is-damaged", "a delta whose base is other than its root says", "contentRootMismatch",
           Delta(BASE, [], [b], ["a", "c.d"]), 40, base="invalid/base-of-another-root.rzoo")


# §12: signatures

SIGNED = [Tensor("w")]
SEED = bytes(31) + b"\1"


def signed(content, **fields):
    return Checkpoint(SIGNED, sections=[Section("sign", content, **{"flags": 0, "since": 2, **fields})])


def signature_vectors(vectors):
    key, value = sign(SEED, message_of(SIGNED))
    one = (1, key, value)
    other = (1, *sign(bytes(32), message_of(SIGNED)))
    both = sorted([one, other])
    text = key.hex()
    vectors.accept("signed", "a signature by the published key, without metadata of its own", signed(signature_list([one])), public_key=text)
    vectors.accept("signed-twice", "two signatures", signed(signature_list(both)), public_key=text)
    vectors.accept("signed-later-algorithm", "a signature of a later algorithm beside one", signed(signature_list([one, (2, b"", b"later")])),
                   public_key=text)
    vectors.accept("signed-later-algorithm-alone", "signatures of later algorithms, of which no reader of version 2 can say more",
                   signed(signature_list([(2, b"", b""), (255, b"\0" * 255, b"\0" * 255)])))
    vectors.accept("signed-16", "as many signatures as there may be",
                   signed(signature_list([(2, bytes([number]), b"") for number in range(16)])))
    delta = Delta(BASE, [], BASE[1:], ["a"], sections=[
        Section("sign", signature_list([(1, *sign(SEED, message_of(BASE[1:])))]), flags=0, since=2)])
    vectors.accept("signed-delta", "a signed delta", delta, base="valid/delta-base.rzoo", public_key=text)

    def refuse(name, about, error, content, where=None, **fields):
        checkpoint = signed(content, **fields)
        offset = checkpoint.at["sign"] if where is None else checkpoint.record["sign"] + where
        vectors.refuse(f"sign-{name}", "12.1" if where is None else "3.1", about, error, offset, checkpoint)

    bad, table, good = "badSignatures", "badSectionTable", signature_list([one])
    for count in (0, 1, 2, 3, 4, 35, 36, 99):
        refuse(f"{count}-bytes", "a section that ends early", bad, good[:count])
    refuse("longer", "a byte behind the section", bad, good + b"\0")
    refuse("count-0", "no signatures", bad, b"\0")
    refuse("count-17", "a signature too many", bad, signature_list([(2, bytes([number]), b"") for number in range(17)]))
    refuse("count-more", "a signature more than there are", bad, signature_list([one], count=2))
    refuse("algorithm-0", "the algorithm that is never used", bad, signature_list([(0, key, value)]))
    refuse("key-31", "a key of 31 bytes", bad, signature_list([(1, key[1:], value)]))
    refuse("value-65", "a value of 65 bytes", bad, signature_list([(1, key, value + b"\0")]))
    refuse("unsorted", "keys out of order", bad, signature_list(both[::-1]))
    refuse("algorithms-unsorted", "algorithms out of order", bad, signature_list([(2, b"", b""), one]))
    refuse("key-twice", "a key twice", bad, signature_list([one, one]))
    refuse("crc", "another CRC", "sectionChecksum", good, crc=1)
    refuse("flags-1", "a section that must be understood", table, good, 5, flags=1)
    refuse("flags-2", "a reserved flag", "reservedNotZero", good, 5, flags=2)
    for since in (0, 1, 3):
        refuse(f"since-{since}", "another since version", table, good, 5, since=since)
    refuse("too-long", "more than 2^14 bytes", table, bytes(2**14 + 1), 20)
    refuse("compressed", "a compressed section", table, deflate(bytes(400)), 4, encoding=1, decoded_length=100)


def signed_vectors(vectors):
    key, value = sign(SEED, message_of(SIGNED))

    def refuse(name, about, error, checkpoint, text=key.hex()):
        request = {} if text is None else {"public_key": text}
        vectors.refuse(f"signed-{name}", "12.3", about, error, None, checkpoint, **request)

    good = signed(signature_list([(1, key, value)]))
    refuse("not", "a file without signatures, asked for one", "unsigned", Checkpoint(SIGNED))
    refuse("by-another", "a signature by another key", "wrongKey", good, bytes(range(32)).hex())
    refuse("by-later-algorithm", "a signature of a later algorithm alone", "unknownSignatureAlgorithm", signed(signature_list([(2, key, value)])))
    refuse("key-cut", "a key that is none", "badKey", good, key.hex()[:-2])
    refuse("key-private", "a private key", "badKey", good, "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")
    changed = bytes([value[0] ^ 1]) + value[1:]
    more = (int.from_bytes(value[32:], "little") + ed25519.ORDER).to_bytes(32, "little")
    for name, about, values in (("value-changed", "a flipped bit of a signature", (key, changed)),
                                ("not-reduced", "a signature whose number is above the order", (key, value[:32] + more)),
                                ("other-message", "a signature of another message", sign(SEED, b"another message"))):
        refuse(name, about, "signatureMismatch", signed(signature_list([(1, *values)])), None)
    sections = [Section("sign", signature_list([(1, key, value)]), flags=0, since=2)]
    refuse("meta-changed", "metadata that was changed after signing", "signatureMismatch", Checkpoint(SIGNED, meta=b"{}", sections=sections), None)
    refuse("arch-changed", "an architecture that was changed after signing", "signatureMismatch",
           Checkpoint(SIGNED, arch=b"{}", sections=sections), None)
    refuse("tensors-changed", "a tensor that was changed after signing", "signatureMismatch",
           Checkpoint([Tensor("w", seed=2)], sections=sections), None)


# §13: metadata


def trace_vectors(vectors):
    text = b'{"notes":"seen","recipe":{"optimizer":"sgd"},"trace":{"input_size":[3,8,8],"logits":[0.5,-1.25],"seed":18446744073709551615}}'
    vectors.accept("metadata-trace", "a golden trace of the largest seed, a recipe and notes", Checkpoint(meta=text))


def main():
    vectors = Vectors(os.path.join(SPEC, "vectors"))
    for name, about in {
            "every-type": "every element type", "every-type-raw": "the same, raw", "no-tensors": "no tensors", "one-scalar": "one scalar",
            "several-chunks": "several chunks of each type", "compressed-directory": "200 tensors in a compressed directory",
            "small-chunks": "raw chunks", "ignorable-section": "a section that may be ignored", "network": "a network"}.items():
        vectors.keep(name, f"{about}; written by ResZoo")
    with open(os.path.join(SPEC, "vectors", "valid", PUBLISHED_KEY), encoding="ascii") as file:
        key = file.read()
    vectors.keep("network-changed", "another head, signed and traced; written by ResZoo", public_key=key)
    vectors.keep("network-delta", "the same as a delta, signed and traced; written by ResZoo", base="valid/network.rzoo", public_key=key)
    for part in (header_vectors, section_vectors, document_vectors, directory_vectors, chunk_vectors, root_vectors, delta_vectors,
                 base_vectors, chain_vectors, signature_vectors, signed_vectors, trace_vectors):
        part(vectors)
    vectors.finish()


if __name__ == "__main__":
    main()
