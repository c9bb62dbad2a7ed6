"""What every section of a checkpoint is read with: faults, checksums, streams, fields and names."""

import math
import struct
import zlib

class Fault(Exception):
    """Why a file is refused: the rule and its code and offset, §10, what was found, and of a network the member at fault."""

    def __init__(self, code, offset, message, field=None):
        super().__init__(message)
        self.rule, self.code = code.split() if " " in code else (None, code)
        self.offset, self.message, self.field = offset, message, field

def require(condition, code, offset, message, field=None):
    if not condition:
        raise Fault(code, offset, message, field)

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

def single(value):
    """A number rounded to binary32; infinite beyond its range."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)

class Fields:
    """The content of a binary section, taken from its front. `short` and `long` are the rules that it is neither."""

    def __init__(self, data, short, long, at):
        self.data, self.short, self.long, self.at, self.position = data, short, long, at, 0

    def take(self, count):
        require(count <= len(self.data) - self.position, self.short, self.at, "the section ends within a field")
        self.position += count
        return self.data[self.position - count:self.position]

    def end(self):
        require(self.position == len(self.data), self.long, self.at, "bytes behind the last field")

# §4.1

def read_name(fields, rule, at):
    name = fields.take(fields.take(1)[0])
    require(all(name.split(b".")), f"{rule} badName", at, f"{name!r} has an empty component")
    require(all(0x21 <= byte <= 0x7E and byte not in b'"\\' for byte in name), f"{rule} badName", at, f"{name!r}")
    return name

def check_order(before, name, rules, at):
    require(before != name, f"{rules[0]} duplicateName", at, f"{name!r} twice")
    require(before < name, f"{rules[1]} unsortedNames", at, f"{name!r} is out of order")
