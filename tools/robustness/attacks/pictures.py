"""Image files by the standard library alone, sound ones and such as no camera makes."""

import struct
import zlib

PNG = b"\x89PNG\r\n\x1a\n"


def chunk(kind, data=b"", length=None):
    return struct.pack(">I", len(data) if length is None else length) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def head(width, height, depth=8, color=2, interlaced=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced))


def png(width=32, height=32, seed=1, before=b"", after=b""):
    """A sound image of stripes, with chunks before and after its pixels."""
    rows = b"".join(b"\0" + bytes((x * seed * 37 + y * 11 + c * 80) % 256 for x in range(width) for c in range(3)) for y in range(height))
    return PNG + head(width, height) + before + chunk(b"IDAT", zlib.compress(rows)) + after + chunk(b"IEND")


def zeros(count):
    """A zlib stream of zeros, made in little memory."""
    encoder, parts = zlib.compressobj(9), []
    block = bytes(1 << 20)
    while count > 0:
        parts.append(encoder.compress(block[:count]))
        count -= len(block)
    return b"".join(parts) + encoder.flush()


def bmp(width, height, bits=24, data=b"", offset=54, size=40, compression=0):
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + struct.pack(
        "<IiiHHIIiiII", size, width, height, 1, bits, compression, 0, 0, 0, 0, 0) + data


def gif(width, height, data=b"\x02\x02\x44\x01\x00"):
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + b"," + struct.pack(
        "<HHHHB", 0, 0, width, height, 0) + data + b";"


def tiff(entries, data=b"", following=0):
    """Entries are (tag, kind, count, value)."""
    start = b"II*\0" + struct.pack("<IH", 8, len(entries))
    return start + b"".join(struct.pack("<HHII", *entry) for entry in entries) + struct.pack("<I", following) + data


def tiff_image(width, height, **others):
    tags = {256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1), 273: (4, 1, 200), 277: (3, 1, 1),
            278: (4, 1, height), 279: (4, 1, 64)}
    tags.update({int(tag[1:]): entry for tag, entry in others.items()})
    return tiff([(tag, *entry) for tag, entry in sorted(tags.items())], bytes(400))


def jpeg_head(width, height, kind=0xC0, components=3):
    frame = struct.pack(">BHHB", 8, height, width, components) + b"".join(bytes([1 + number, 0x11, 0]) for number in range(components))
    return b"\xff\xd8\xff\xdb\0\x43\0" + b"\1" * 64 + bytes([0xFF, kind]) + struct.pack(">H", len(frame) + 2) + frame


def huffman_table(place, lengths, symbols):
    return b"\xff\xc4" + struct.pack(">HB", 19 + len(symbols), place) + bytes(lengths) + bytes(symbols)


def progressive_jpeg(width, height, scans):
    """A grey progressive image of as many refining scans, whose data say that nothing changes."""
    one = [1] + [0] * 15
    start = jpeg_head(width, height, 0xC2, 1) + huffman_table(0x00, one, [0]) + huffman_table(0x10, one, [0])
    blocks = -(-width // 8) * -(-height // 8)
    first = b"\xff\xda\0\x08\1\1\0\0\0\1" + bytes(-(-blocks // 8))
    refined = b"\xff\xda\0\x08\1\1\0\0\0\x10" + bytes(-(-blocks // 8))
    return start + first + refined * scans + b"\xff\xd9"


def jpeg(*more):
    """A grey image of 8×8 pixels with further segments."""
    one = [1] + [0] * 15
    start = jpeg_head(8, 8, 0xC0, 1)
    return (start[:2] + b"".join(more) + start[2:] + huffman_table(0x00, one, [0]) + huffman_table(0x10, one, [0])
            + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\x00" + b"\xff\xd9")


def segment(content, marker=0xE1):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def webp_head(width, height):
    """A lossless image's header, and hardly any data behind it."""
    bits = (width - 1) | (height - 1) << 14
    data = b"\x2f" + struct.pack("<I", bits) + bytes(11)
    return b"RIFF" + struct.pack("<I", 12 + len(data)) + b"WEBPVP8L" + struct.pack("<I", len(data)) + data
