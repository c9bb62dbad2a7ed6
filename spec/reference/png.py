"""Pictures as PNG files without interlacing, and what EXIF says of them: the first two steps of NETWORK.md §6.1.

A picture is a list of channels, each a list of rows of levels 0…255."""

import struct
import zlib

GREY, PALETTE, GREY_ALPHA = 0, 3, 4
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by the type of colour
ORIENTATION = 0x0112

def chunks(data):
    """The contents of a file by kind, those of one kind joined."""
    parts, at = {}, 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        parts[kind] = parts.get(kind, b"") + data[at + 8:at + 8 + length]
        at += 12 + length
    return parts

def unfiltered(data, stride, step):
    """Rows of `stride` bytes, each behind the number of its filter; `step` bytes are a pixel."""
    rows, above = [], bytes(stride)
    for start in range(0, len(data), stride + 1):
        kind, row = data[start], bytearray(data[start + 1:start + 1 + stride])
        for at in range(stride):
            left, corner = (row[at - step], above[at - step]) if at >= step else (0, 0)
            up = above[at]
            nearest = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
            row[at] = (row[at] + (0, left, up, (left + up) // 2, nearest)[kind]) % 256
        rows.append(row)
        above = row
    return rows

def samples(row, depth):
    if depth == 16:
        return struct.unpack(f">{len(row) // 2}H", row)
    return [byte >> shift & (1 << depth) - 1 for byte in row for shift in range(8 - depth, -1, -depth)]

def orientation(exif):
    """The number 1 to 8 of a block of EXIF; 1 if it has none."""
    order = "<" if exif.startswith(b"II") else ">"
    (at,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, at)
    for number in range(count):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, at + 2 + 12 * number)
        if tag == ORIENTATION:
            return value
    return 1

def read_picture(data, gray16):
    """A picture of one or three channels, and the orientation that the file states."""
    parts = chunks(data)
    width, _, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    if interlaced:
        raise ValueError("interlaced pictures are not read")
    count = SAMPLES[color]
    stride = (width * count * depth + 7) // 8
    rows = [samples(row, depth) for row in unfiltered(zlib.decompress(parts[b"IDAT"]), stride, max(count * depth // 8, 1))]

    def level(value):
        if depth == 16:
            return min(value, 255) if color == GREY and gray16 == "clip" else value >> 8
        return value * 255 // ((1 << depth) - 1)

    if color == PALETTE:
        table = parts[b"PLTE"]
        picture = [[[table[3 * value + channel] for value in row[:width]] for row in rows] for channel in range(3)]
    else:
        kept = 1 if color in (GREY, GREY_ALPHA) else 3  # alpha is the last
        picture = [[[level(value) for value in row[channel:count * width:count]] for row in rows] for channel in range(kept)]
    return picture, orientation(parts[b"eXIf"]) if b"eXIf" in parts else 1

def upright(picture, number):
    """A picture turned as an orientation says."""
    if number >= 5:
        picture = [list(zip(*rows)) for rows in picture]
    if number in (2, 3, 6, 7):
        picture = [[row[::-1] for row in rows] for rows in picture]
    if number in (3, 4, 7, 8):
        picture = [rows[::-1] for rows in picture]
    return picture
