"""Image files of every format that is read, drawn here from fixed seeds: what `compare_images.py` compares with Pillow and
from which `make_image_fixtures.py` takes the tests' fixtures. Needs Pillow 13 and numpy.

`all_files()` gives (name, bytes) pairs; the part of a name before the first "/" is its group."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, PngImagePlugin

ORIENTATION = 0x0112


def draw(width, height, channels=3, seed=20):
    """Gradients, a disc and some noise: flat parts, edges and texture."""
    rng = np.random.default_rng(seed + 1000 * width + height)
    y, x = np.mgrid[0:height, 0:width]
    layers = []
    for channel in range(channels):
        wave = 120 + 100 * np.sin(x / (3 + channel) + channel) * np.cos(y / max(1, 5 - channel))
        disc = (x - width / 2) ** 2 + (y - height / (2 + channel)) ** 2 < (min(width, height) / 3) ** 2
        layers.append(np.where(disc, 255 - 60 * channel, wave) + rng.integers(-12, 13, (height, width)))
    return np.clip(np.stack(layers, -1), 0, 255).astype(np.uint8)


def noise(shape, top=256, seed=3):
    return np.random.default_rng(seed).integers(0, top, shape)


def encoded(image, kind, **options):
    stream = io.BytesIO()
    image.copy().save(stream, kind, **options)  # a save leaves settings behind
    return stream.getvalue()


RGB = Image.fromarray(draw(40, 24))
GRAY = RGB.convert("L")
SMALL = Image.fromarray(draw(17, 13))


# MARK: Metadata


def exif_with(orientation, order="<", kind=3, count=1, tag=ORIENTATION):
    """A minimal EXIF block: a TIFF header and one directory of one entry."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    value = struct.pack(order + {3: "H", 4: "I", 8: "h", 9: "i", 5: "II", 11: "f", 12: "d", 6: "b"}[kind],
                        *((orientation, 1) if kind == 5 else (orientation,))) * count
    start = mark + struct.pack(order + "IH", 8, 1) + struct.pack(order + "HHI", tag, kind, count)
    if len(value) <= 4:
        return start + value.ljust(4, b"\0") + struct.pack(order + "I", 0)
    return start + struct.pack(order + "I", 26) + struct.pack(order + "I", 0) + value


def xmp_with(orientation, form='="%d"'):
    return (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation'
            + (form % orientation).encode() + b"/></x:xmpmeta>")


def raw_profile(block):
    return "\nexif\n%8d\n%s\n" % (len(block), "\n".join(block.hex()[i:i + 72] for i in range(0, 2 * len(block), 72)))


def segment(content, marker=0xE1):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


XMP_SEGMENT = b"http://ns.adobe.com/xap/1.0/\0"


# MARK: PNG


def chunk(kind, data=b"", wrong=False):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ wrong)


def packed_rows(samples, depth):
    """Rows of a [height, width, channels] array as PNG stores them, each behind its filter byte."""
    rows = []
    for row in samples:
        flat = row.reshape(-1)
        if depth == 16:
            data = flat.astype(">u2").tobytes()
        elif depth == 8:
            data = flat.astype(np.uint8).tobytes()
        else:
            bits = ((flat[:, None] >> np.arange(depth)[::-1]) & 1).astype(np.uint8)
            data = np.packbits(bits.reshape(-1)).tobytes()
        rows.append(b"\0" + data)
    return b"".join(rows)


ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def png(samples, depth, color_type, interlaced=False, before=b"", after=b"", missing_rows=0, pieces=1, wrong=False,
        end=chunk(b"IEND")):
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, int(interlaced))
    if interlaced:
        passes = [samples[top::down, left::right] for top, left, down, right in ADAM7]
        data = b"".join(packed_rows(part, depth) for part in passes if part.size)
    else:
        data = packed_rows(samples[: height - missing_rows], depth)
    packed = zlib.compress(data, 9)
    step = -(-len(packed) // pieces)
    idat = b"".join(chunk(b"IDAT", packed[i:i + step], wrong) for i in range(0, len(packed), step))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + idat + after + end


def png_files():
    flat, gray = draw(13, 11), draw(28, 28, 1)
    for interlaced in (False, True):
        for kind, color_type, channels in [("gray", 0, 1), ("rgb", 2, 3), ("gray-alpha", 4, 2), ("rgba", 6, 4)]:
            for depth in (1, 2, 4, 8, 16) if color_type == 0 else (8, 16):
                yield f"{kind}-{depth}-{interlaced}", png(noise((11, 13, channels), 2**depth), depth, color_type, interlaced)
        for depth in (1, 2, 4, 8):
            colors = chunk(b"PLTE", noise(3 * 2**depth).astype(np.uint8).tobytes()) + chunk(b"tRNS", b"\0\1")
            yield f"palette-{depth}-{interlaced}", png(noise((11, 13, 1), 2**depth), depth, 3, interlaced, colors)
    text = chunk(b"tEXt", b"date:create\x002024-05-01T10:00:00+00:00")
    for count in (1, 2, 18, 100, 1000):
        yield f"text-{count}", png(gray, 8, 0, before=text * count)
        yield f"text-{count}-rgb-1x1", png(flat[:1, :1], 8, 2, before=text * count)
        yield f"text-{count}-behind", png(gray, 8, 0, after=text * count)
        yield f"private-{count}", png(gray, 8, 0, before=chunk(b"prVt", b"x" * 40) * count)
    for size in (0, 1, 8000, 12000, 100_000, 1_000_000):
        packed = zlib.compress(b"a" * size)
        yield f"ztxt-{size}", png(gray, 8, 0, before=chunk(b"zTXt", b"k\0\0" + packed))
        yield f"itxt-{size}", png(gray, 8, 0, before=chunk(b"iTXt", b"k\0\1\0\0\0" + packed))
        yield f"iccp-{size}", png(gray, 8, 0, before=chunk(b"iCCP", b"k\0\0" + packed))
        yield f"text-long-{size}", png(gray, 8, 0, before=chunk(b"tEXt", b"k\0" + b"a" * size))
        yield f"white-1000-{size}", png(np.full((50, 1000, 3), 255), 8, 2, before=chunk(b"zTXt", b"k\0\0" + packed))
    for name, extra in {
        "exif-empty": chunk(b"eXIf"), "exif-6": chunk(b"eXIf", exif_with(6)), "exif-signature": chunk(b"eXIf", b"Exif\0\0" + exif_with(6)),
        "exif-big-endian": chunk(b"eXIf", exif_with(8, ">")), "exif-twice": chunk(b"eXIf", exif_with(6)) + chunk(b"eXIf", exif_with(3)),
        "exif-short-signed": chunk(b"eXIf", exif_with(6, kind=8)), "exif-long-signed": chunk(b"eXIf", exif_with(6, kind=9)),
        "exif-rational": chunk(b"eXIf", exif_with(6, kind=5)), "exif-float": chunk(b"eXIf", exif_with(6, kind=11)),
        "exif-two": chunk(b"eXIf", exif_with(6, count=2)), "exif-three": chunk(b"eXIf", exif_with(6, count=3)),
        "exif-zero": chunk(b"eXIf", exif_with(0)), "exif-nine": chunk(b"eXIf", exif_with(9)),
        "exif-zero-and-xmp": chunk(b"eXIf", exif_with(0)) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_with(6)),
        "other-tag-and-xmp": chunk(b"eXIf", exif_with(1, tag=0x100)) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_with(6)),
        "xmp": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_with(6)),
        "xmp-packed": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp_with(5))),
        "xmp-element": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0en\0XMP\0" + xmp_with(8, ">%d</tiff:Orientation>")),
        "xmp-text": chunk(b"tEXt", b"XML:com.adobe.xmp\0" + xmp_with(7)),
        "xmp-nine": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_with(9)),
        "raw-profile": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw_profile(b"Exif\0\0" + exif_with(6)).encode())),
        "raw-profile-plain": chunk(b"tEXt", b"Raw profile type exif\0" + raw_profile(exif_with(3)).encode()),
        "raw-profile-and-exif": chunk(b"eXIf", exif_with(8)) + chunk(b"tEXt", b"Raw profile type exif\0" + raw_profile(exif_with(3)).encode()),
    }.items():
        yield f"orientation-{name}", png(flat, 8, 2, before=extra)
        yield f"orientation-{name}-behind", png(flat, 8, 2, after=extra)
    for name, extra in {
        "gama-twice": 2 * chunk(b"gAMA", struct.pack(">I", 45455)), "srgb": chunk(b"sRGB", b"\x09"), "time": chunk(b"tIME", b"\0" * 7),
        "sbit": chunk(b"sBIT", b"\5\6\5"), "bkgd": chunk(b"bKGD", b"\0\1\0\2\0\3"), "hist": chunk(b"hIST", b"\0" * 10),
        "splt": chunk(b"sPLT", b"n\0\10" + b"\0" * 60) * 30, "trns": chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)),
        "plte-rgb": chunk(b"PLTE", bytes(12)), "plte-rgb-bad-length": chunk(b"PLTE", bytes(11)), "offs": chunk(b"oFFs", bytes(9)),
        "text-keyword-long": chunk(b"tEXt", b"k" * 200 + b"\0v"), "text-empty": chunk(b"tEXt"), "ztxt-broken": chunk(b"zTXt", b"k\0\0garbage"),
        "iccp-broken": chunk(b"iCCP", b"k\0\0garbage"), "critical": chunk(b"ABCD", b"x"), "text-wrong-checksum": chunk(b"tEXt", b"k\0v", True),
    }.items():
        yield f"chunk-{name}", png(flat, 8, 2, before=extra)
        yield f"chunk-{name}-behind", png(flat, 8, 2, after=extra)
    yield "palette-short", png(noise((11, 13, 1), 16), 4, 3, before=chunk(b"PLTE", bytes([250, 10, 20, 30, 240, 50])))
    yield "palette-bad-length", png(noise((11, 13, 1), 4), 8, 3, before=chunk(b"PLTE", bytes(range(100, 107))))
    yield "palette-missing", png(noise((11, 13, 1), 4), 8, 3)
    yield "palette-twice", png(noise((11, 13, 1), 4), 8, 3, before=chunk(b"PLTE", bytes(12)) + chunk(b"PLTE", bytes(range(12))))
    yield "pieces", png(draw(40, 31), 8, 2, pieces=7)
    yield "wrong-pixel-checksum", png(flat, 8, 2, wrong=True)
    yield "wrong-pixel-checksum-pieces", png(draw(40, 31), 8, 2, pieces=5, wrong=True)
    yield "wrong-end-checksum", png(flat, 8, 2, end=chunk(b"IEND", b"", True))
    yield "no-end", png(flat, 8, 2, end=b"")
    yield "missing-row", png(flat, 8, 2, missing_rows=1)
    whole = png(flat, 8, 2)
    yield "flipped-pixels", whole[:60] + bytes([whole[60] ^ 4]) + whole[61:]
    frames = [Image.fromarray(draw(20, 20, seed=seed)) for seed in range(4)]
    yield "animated", encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield "pillow-text", encoded(RGB, "PNG", pnginfo=pillow_text())


def pillow_text():
    info = PngImagePlugin.PngInfo()
    info.add_text("date:create", "2024-05-01")
    info.add_text("x", "a" * 12000, zip=True)
    info.add_itxt("y", "ä" * 3000, "de", "y", zip=True)
    return info


# MARK: JPEG


def jpeg_files():
    for subsampling in (0, 1, 2):
        for progressive in (False, True):
            yield f"{subsampling}-{progressive}", encoded(SMALL, "JPEG", subsampling=subsampling, progressive=progressive)
    yield "gray", encoded(GRAY, "JPEG")
    yield "restart", encoded(SMALL, "JPEG", restart_marker_blocks=1)
    yield "rgb", encoded(SMALL, "JPEG", keep_rgb=True)
    inks = encoded(Image.fromarray(draw(17, 13, 4), "CMYK"), "JPEG", quality=90)
    adobe = inks.index(b"Adobe")
    yield "cmyk", inks
    yield "ycck", inks[: adobe + 11] + b"\2" + inks[adobe + 12:]
    for quality in (1, 10, 50, 100):
        yield f"quality-{quality}", encoded(RGB, "JPEG", quality=quality)
    plain = encoded(RGB, "JPEG", quality=85)
    for orientation in range(0, 10):
        block = exif_with(orientation, "<>"[orientation % 2], 3 + orientation % 4 // 3)
        yield f"exif-{orientation}", plain[:2] + segment(b"Exif\0\0" + block) + plain[2:]
        yield f"xmp-{orientation}", plain[:2] + segment(XMP_SEGMENT + xmp_with(orientation)) + plain[2:]
    for kind in (4, 5, 6, 8, 9, 11, 12):
        yield f"exif-type-{kind}", plain[:2] + segment(b"Exif\0\0" + exif_with(6, kind=kind)) + plain[2:]
    yield "exif-two-values", plain[:2] + segment(b"Exif\0\0" + exif_with(6, count=2)) + plain[2:]
    yield "exif-twice-signed", plain[:2] + segment(b"Exif\0\0Exif\0\0" + exif_with(6)) + plain[2:]
    yield "exif-behind-app0", plain[:20] + segment(b"Exif\0\0" + exif_with(6)) + plain[20:]
    half = exif_with(6)
    yield "exif-in-two", plain[:2] + segment(b"Exif\0\0" + half[:14]) + segment(b"Exif\0\0" + half[14:]) + plain[2:]
    yield "exif-and-xmp", plain[:2] + segment(b"Exif\0\0" + exif_with(3)) + segment(XMP_SEGMENT + xmp_with(6)) + plain[2:]
    yield "xmp-twice", plain[:2] + segment(XMP_SEGMENT + xmp_with(3)) + segment(XMP_SEGMENT + xmp_with(6)) + plain[2:]
    yield "revision-0", plain.replace(b"JFIF\0\1\1", b"JFIF\0\0\0", 1)
    yield "twelve-bits", plain.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c")
    yield "comment", plain[:2] + segment(b"hello" * 1000, 0xFE) + plain[2:]
    yield "trailing", plain + b"\0" * 50
    for share in (0.1, 0.5, 0.9):
        yield f"cut-{share}", plain[: int(len(plain) * share)]
    yield "no-end", plain[:-2]


# MARK: GIF


def lzw(indices, bits):
    """Packs indices without using any string: a clear code before the table outgrows the codes' size."""
    bits = max(2, bits)
    value, position, since = 0, 0, 0
    codes = []
    for index in indices:
        if since == 0:
            codes.append(1 << bits)
        codes.append(int(index))
        since = (since + 1) % ((1 << bits) - 2)
    codes.append((1 << bits) + 1)
    for code in codes:
        value |= code << position
        position += bits + 1
    data = value.to_bytes(-(-position // 8), "little")
    blocks = b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255))
    return bytes([bits]) + blocks + b"\0"


def gif(frame, bits=3, screen=None, origin=(0, 0), colors=None, local=None, transparent=None, interlaced=False, background=0, extra=b"",
        code_bits=None):
    height, width = frame.shape
    screen = screen or (width, height)
    data = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80 | (bits - 1) if colors is not None else 0, background, 0)
    data += bytes(colors) if colors is not None else b""
    data += extra
    if transparent is not None:
        data += b"!\xf9\4\1\0\0" + bytes([transparent]) + b"\0"
    flags = (0x80 | (bits - 1) if local is not None else 0) | (0x40 if interlaced else 0)
    data += b"," + struct.pack("<HHHHB", *origin, width, height, flags) + (bytes(local) if local is not None else b"")
    rows = list(range(height))
    if interlaced:
        rows = rows[0::8] + rows[4::8] + rows[2::4] + rows[1::2]
    return data + lzw(frame[rows].reshape(-1), code_bits or bits) + b";"


def gif_files():
    frame = noise((11, 13), 8)
    colors = noise(24, seed=5).tolist()
    other = noise(24, seed=6).tolist()
    ramp = [level for index in range(8) for level in [index] * 3]
    yield "plain", gif(frame, colors=colors)
    yield "local", gif(frame, local=colors)
    yield "local-and-global", gif(frame, colors=other, local=colors)
    yield "no-colors", gif(frame)
    yield "ramp", gif(frame, colors=ramp)
    yield "local-ramp", gif(frame, colors=colors, local=ramp)
    yield "transparent", gif(frame, colors=colors, transparent=3)
    yield "interlaced", gif(frame, colors=colors, interlaced=True)
    yield "interlaced-tall", gif(noise((37, 5), 8), colors=colors, interlaced=True)
    yield "part", gif(frame, colors=colors, screen=(30, 20), origin=(5, 4), background=2)
    yield "part-transparent", gif(frame, colors=colors, screen=(30, 20), origin=(5, 4), transparent=6)
    yield "part-no-colors", gif(frame, screen=(30, 20), origin=(5, 4))
    yield "beyond", gif(frame, colors=colors, screen=(8, 9), origin=(2, 3))
    yield "comment", gif(frame, colors=colors, extra=b"!\xfe\5hello\0" + b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0")
    yield "index-beyond", gif(noise((11, 13), 8), colors=colors[:6], bits=1, code_bits=3)
    for share in (0.3, 0.6, 0.95):
        whole = gif(frame, colors=colors)
        yield f"cut-{share}", whole[: int(len(whole) * share)]
    for colors in (2, 3, 16, 100, 256):
        yield f"pillow-{colors}", encoded(Image.fromarray(draw(60, 50)).quantize(colors), "GIF")
    yield "pillow-gray", encoded(GRAY, "GIF")
    yield "pillow-interlaced", encoded(RGB.quantize(64), "GIF", interlace=1)
    yield "pillow-large", encoded(Image.fromarray(draw(300, 200)).quantize(256), "GIF")
    yield "pillow-flat", encoded(Image.new("P", (300, 200), 1), "GIF")
    frames = [Image.fromarray(draw(30, 20, seed=seed)) for seed in range(3)]
    yield "pillow-animated", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    yield "pillow-rgba", encoded(Image.fromarray(draw(30, 20, 4), "RGBA"), "GIF")


# MARK: BMP


def bmp(rows, width, height, bits, compression=0, colors=b"", masks=b"", size=40, used=0, top_down=False, offset=None, dib=False):
    if size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", size, width, -height if top_down else height, 1, bits, compression, len(rows), 0, 0, used, 0)
        header += masks.ljust(size - 40, b"\0") if size > 40 else b""
    body = header + (masks if size == 40 else b"") + colors
    if dib:
        return body + rows
    start = 14 + len(body) if offset is None else offset
    return b"BM" + struct.pack("<IHHI", 14 + len(body) + len(rows), 0, 0, start) + body + rows


def bmp_rows(samples, bits):
    """Rows of a [height, width] array of pixels' values, from the bottom up, filled up to 4 bytes."""
    rows = []
    for row in samples[::-1]:
        if bits < 8:
            flags = ((row[:, None] >> np.arange(bits)[::-1]) & 1).astype(np.uint8)
            data = np.packbits(flags.reshape(-1)).tobytes()
        else:
            data = row.astype("<u4").view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()
        rows.append(data + b"\0" * (-len(data) % 4))
    return b"".join(rows)


def bmp_files():
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield f"pillow-{mode}", encoded(Image.fromarray(draw(17, 13, 4), "RGBA").convert(mode), "BMP")
    yield "pillow-dib", encoded(SMALL, "DIB")
    quad = noise(1024, seed=9).astype(np.uint8).tobytes()
    for bits in (1, 4, 8):
        rows = bmp_rows(noise((11, 13), 2**bits), bits)
        yield f"palette-{bits}", bmp(rows, 13, 11, bits, colors=quad[: 4 << bits])
        yield f"palette-{bits}-top-down", bmp(rows, 13, 11, bits, colors=quad[: 4 << bits], top_down=True)
        yield f"palette-{bits}-os2", bmp(rows, 13, 11, bits, colors=quad[: 3 << bits], size=12)
        yield f"palette-{bits}-dib", bmp(rows, 13, 11, bits, colors=quad[: 4 << bits], dib=True)
        yield f"palette-{bits}-short", bmp(rows, 13, 11, bits, colors=quad[:4 * 2], used=2) if bits > 1 else bmp(rows, 13, 11, 1, colors=quad[:4], used=1)
        yield f"palette-{bits}-offset-wrong", bmp(rows, 13, 11, bits, colors=quad[: 4 << bits], offset=54)
        yield f"palette-{bits}-offset-zero", bmp(rows, 13, 11, bits, colors=quad[: 4 << bits], offset=0)
    for bits in (16, 24, 32):
        rows = bmp_rows(noise((11, 13), 2**bits), bits)
        yield f"plain-{bits}", bmp(rows, 13, 11, bits)
        yield f"plain-{bits}-top-down", bmp(rows, 13, 11, bits, top_down=True)
        yield f"plain-{bits}-cut", bmp(rows[:-9], 13, 11, bits)
        yield f"plain-{bits}-v5", bmp(rows, 13, 11, bits, size=124)
    masks = {16: [(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F), (0xF00, 0xF0, 0xF)], 24: [(0xFF0000, 0xFF00, 0xFF)],
             32: [(0xFF0000, 0xFF00, 0xFF), (0xFF000000, 0xFF0000, 0xFF00), (0xFF000000, 0xFF00, 0xFF), (0, 0, 0), (0xFF, 0xFF00, 0xFF0000)]}
    for bits, choices in masks.items():
        for index, choice in enumerate(choices):
            rows = bmp_rows(noise((11, 13), 2**bits), bits)
            yield f"masks-{bits}-{index}", bmp(rows, 13, 11, bits, 3, masks=struct.pack("<III", *choice))
            for alpha in (0, 0xFF, 0xFF0000, 0xFF000000):
                yield f"masks-{bits}-{index}-{alpha}", bmp(rows, 13, 11, bits, 3, masks=struct.pack("<IIII", *choice, alpha), size=108)
            yield f"masks-{bits}-{index}-v2", bmp(rows, 13, 11, bits, 3, masks=struct.pack("<III", *choice), size=52)
    runs8 = b"\5\1\3\2\0\4\1\2\3\4\0\3\5\6\7\0\0\0" + b"\x0d\2\0\0" * 2 + b"\0\2\3\1" + b"\x14\4\0\0" * 7 + b"\0\1"
    full8 = b"".join(bytes([13, row, 0, 0]) for row in range(11)) + b"\0\1"
    runs4 = b"\5\x12\3\x21\0\5\x12\x34\x50\0\0\0" + b"\x0d\x12\0\0" * 10 + b"\0\1"
    yield "runs-8", bmp(runs8, 13, 11, 8, 1, colors=quad)
    yield "runs-8-full", bmp(full8, 13, 11, 8, 1, colors=quad)
    yield "runs-8-early-end", bmp(full8[:20] + b"\0\1", 13, 11, 8, 1, colors=quad)
    yield "runs-8-cut", bmp(full8[:20], 13, 11, 8, 1, colors=quad)
    yield "runs-4", bmp(runs4, 13, 11, 4, 2, colors=quad[:64])
    yield "bits-2", bmp(bmp_rows(noise((11, 13), 4), 2), 13, 11, 2, colors=quad[:16])
    yield "jpeg-inside", bmp(encoded(SMALL, "JPEG"), 17, 13, 24, 4)
    yield "header-41", bmp(bmp_rows(noise((11, 13), 2**24), 24), 13, 11, 24, size=41)


# MARK: TIFF


def tiff(samples, bits=8, photometric=2, order="<", planar=False, tile=None, big=False, compression=1, extra=None, sample_format=None,
         colors=None, orientation=None, rows_per_strip=None, xmp=None):
    """A TIFF file of a [height, width, channels] array."""
    height, width, channels = samples.shape

    def pack(part):
        if bits == 8:
            return part.astype(np.uint8).tobytes()
        if bits >= 16:
            return part.astype(order + ("f4" if sample_format == 3 else {1: "u", 2: "i", None: "u"}[sample_format] + str(bits // 8))).tobytes()
        lines = []
        for row in part.reshape(part.shape[0], -1).astype(np.int64):
            flags = ((row[:, None] >> np.arange(bits)[::-1]) & 1).astype(np.uint8)
            lines.append(np.packbits(flags.reshape(-1)).tobytes())
        return b"".join(lines)

    blocks = []
    for plane in [samples[..., c:c + 1] for c in range(channels)] if planar else [samples]:
        if tile:
            padded = np.zeros((-(-height // tile) * tile, -(-width // tile) * tile, plane.shape[2]), plane.dtype)
            padded[:height, :width] = plane
            blocks += [padded[y:y + tile, x:x + tile] for y in range(0, height, tile) for x in range(0, width, tile)]
        else:
            step = rows_per_strip or height
            blocks += [plane[y:y + step] for y in range(0, height, step)]
    data = [zlib.compress(pack(block)) if compression in (8, 32946) else pack(block) for block in blocks]
    entries = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * channels), 259: (3, [compression]), 262: (3, [photometric]),
               277: (3, [channels]), 284: (3, [2 if planar else 1])}
    if tile:
        entries |= {322: (3, [tile]), 323: (3, [tile]), 324: (4, None), 325: (4, [len(block) for block in data])}
    else:
        entries |= {273: (4, None), 278: (4, [rows_per_strip or height]), 279: (4, [len(block) for block in data])}
    if extra is not None:
        entries[338] = (3, extra)
    if sample_format is not None:
        entries[339] = (3, [sample_format] * channels)
    if colors is not None:
        entries[320] = (3, colors)
    if orientation is not None:
        entries[274] = (3, [orientation])
    if xmp is not None:
        entries[700] = (1, list(xmp))
    offset_tag = 324 if tile else 273
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + ("HHHQ" if big else "HI"), *((43, 8, 0, 16) if big else (42, 8)))
    word, room, step = ("Q", 8, 20) if big else ("I", 4, 12)
    directory_size = (8 if big else 2) + step * len(entries) + room
    place = len(head) + directory_size
    values, directory = b"", b""
    ends = {}
    for final in (False, True):
        values, directory, position = b"", b"", place
        for tag in sorted(entries):
            kind, content = entries[tag]
            if tag == offset_tag:
                content = ends.get("blocks", [0] * len(data))
            packed = struct.pack(order + str(len(content)) + {1: "B", 3: "H", 4: "I"}[kind], *content)
            directory += struct.pack(order + "HH" + word, tag, kind, len(content))
            if len(packed) <= room:
                directory += packed.ljust(room, b"\0")
            else:
                directory += struct.pack(order + word, position + len(values))
                values += packed + b"\0" * (len(packed) % 2)
        start = place + len(values)
        ends["blocks"] = [start + sum(map(len, data[:index])) for index in range(len(data))]
    return head + struct.pack(order + ("Q" if big else "H"), len(entries)) + directory + b"\0" * room + values + b"".join(data)


def tiff_files():
    photo = draw(40, 24)
    for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "jpeg", "lzma", "zstd"):
        yield f"pillow-rgb-{compression}", encoded(RGB, "TIFF", compression=compression)
    for mode in ("1", "L", "P", "RGBA", "CMYK", "LA", "I;16", "I", "F", "YCbCr", "LAB"):
        for compression in (None, "tiff_lzw", "packbits"):
            source = Image.fromarray((draw(17, 13, 1)[..., 0].astype(np.uint16) * 200)) if mode == "I;16" else SMALL.convert("RGBA") if mode == "LA" else SMALL
            if mode == "LAB":
                source = Image.frombytes("LAB", (17, 13), draw(17, 13).tobytes())
            image = source if source.mode == mode else source.convert(mode)
            yield f"pillow-{mode}-{compression}", encoded(image, "TIFF", compression=compression)
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield f"pillow-{compression}", encoded(RGB.convert("1"), "TIFF", compression=compression)
    yield "pillow-predictor", encoded(RGB, "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    yield "pillow-pages", encoded(RGB, "TIFF", save_all=True, append_images=[SMALL])
    yield "pillow-ycbcr-jpeg", encoded(RGB.convert("YCbCr"), "TIFF", compression="jpeg")
    yield "pillow-big", encoded(RGB, "TIFF", big_tiff=True)
    for orientation in range(0, 10):
        yield f"orientation-{orientation}", tiff(photo, orientation=orientation)
        yield f"orientation-{orientation}-deflate", tiff(photo, orientation=orientation, compression=8)
    for compression in (None, "tiff_lzw", "jpeg"):
        for orientation in (3, 5, 6):
            yield f"pillow-YCbCr-{compression}-orientation-{orientation}", encoded(
                RGB.convert("YCbCr"), "TIFF", compression=compression, tiffinfo={274: orientation})
    yield "orientation-xmp", tiff(photo, xmp=xmp_with(6))
    yield "orientation-both", tiff(photo, xmp=xmp_with(6), orientation=3)
    for order in "<>":
        for planar in (False, True):
            for tile in (None, 16):
                for compression in (1, 8):
                    name = f"{'little' if order == '<' else 'big'}-{planar}-{tile}-{compression}"
                    yield f"rgb-{name}", tiff(photo, order=order, planar=planar, tile=tile, compression=compression, rows_per_strip=7)
                    yield f"rgba-{name}", tiff(draw(40, 24, 4), order=order, planar=planar, tile=tile, compression=compression, extra=[2])
        for bits in (1, 2, 4, 8, 16):
            gray = noise((11, 13, 1), 2**bits)
            for photometric in (0, 1):
                yield f"gray-{bits}-{photometric}-{order == '<'}", tiff(gray, bits, photometric, order)
                yield f"gray-{bits}-{photometric}-{order == '<'}-deflate", tiff(gray, bits, photometric, order, compression=8, tile=16)
            if bits <= 8:
                table = noise(3 * 2**bits, 65536, seed=bits).tolist()
                yield f"palette-{bits}-{order == '<'}", tiff(gray, bits, 3, order, colors=table)
        yield f"rgb-16-{order == '<'}", tiff(noise((11, 13, 3), 65536), 16, 2, order)
        yield f"rgb-16-deflate-{order == '<'}", tiff(noise((11, 13, 3), 65536), 16, 2, order, compression=8)
        yield f"float-{order == '<'}", tiff(noise((11, 13, 1), 300) - 20.5, 32, 1, order, sample_format=3)
        yield f"int32-{order == '<'}", tiff(noise((11, 13, 1), 400) - 50, 32, 1, order, sample_format=2)
        yield f"int16-{order == '<'}", tiff(noise((11, 13, 1), 400) - 50, 16, 1, order, sample_format=2)
        yield f"cmyk-{order == '<'}", tiff(noise((11, 13, 4)), 8, 5, order)
        yield f"cmyk-planar-{order == '<'}", tiff(noise((11, 13, 4)), 8, 5, order, planar=True)
        yield f"cmyk-16-{order == '<'}", tiff(noise((11, 13, 4), 65536), 16, 5, order, compression=8)
        yield f"big-tiff-{order == '<'}", tiff(photo, order=order, big=True, rows_per_strip=5)
    for extra in ([0], [1], [2]):
        yield f"extra-{extra[0]}", tiff(draw(17, 13, 4), extra=extra)
        yield f"extra-{extra[0]}-16", tiff(noise((11, 13, 4), 65536), 16, extra=extra)
        yield f"extra-{extra[0]}-gray", tiff(draw(17, 13, 2), photometric=1, extra=extra)
    yield "extra-missing", tiff(draw(17, 13, 4))
    yield "extra-without-sample", tiff(draw(17, 13, 3), extra=[1])
    yield "extra-two", tiff(draw(17, 13, 5), extra=[0, 0])
    yield "extra-three", tiff(draw(17, 13, 6), extra=[2, 0, 0])
    yield "twelve-bits", tiff(noise((11, 13, 1), 4096), 12, 1)
    yield "rgb-float", tiff(noise((11, 13, 3), 300).astype(float), 32, 2, sample_format=3)
    whole = tiff(photo, compression=8, rows_per_strip=4)
    plain = tiff(photo)
    for share in (0.05, 0.5, 0.97):
        yield f"cut-{share}", whole[: int(len(whole) * share)]
        yield f"cut-plain-{share}", plain[: int(len(plain) * share)]


# MARK: PNM


def pnm_files():
    gray, color = noise((11, 13)), noise((11, 13, 3))
    plain = lambda values: " ".join(map(str, values.reshape(-1).tolist())).encode()
    yield "p4", b"P4\n13 11\n" + np.packbits(gray > 127, axis=1).tobytes()
    yield "p5", b"P5\n13 11\n255\n" + gray.astype(np.uint8).tobytes()
    yield "p6", b"P6\n13 11\n255\n" + color.astype(np.uint8).tobytes()
    yield "p1", b"P1\n13 11\n" + plain((gray > 127).astype(int))
    yield "p1-packed", b"P1\n13 11\n" + "\n".join("".join(map(str, row)) for row in (gray > 127).astype(int)).encode()
    yield "p2", b"P2\n13 11\n255\n" + plain(gray)
    yield "p3", b"P3\n13 11\n255\n" + plain(color)
    for top in (1, 7, 15, 100, 254, 256, 1000, 4095, 65534, 65535):
        values = noise((11, 13), top + 1)
        colors = noise((11, 13, 3), top + 1)
        kind = np.uint8 if top < 256 else ">u2"
        yield f"p5-{top}", b"P5 13 11 %d\n" % top + values.astype(kind).tobytes()
        yield f"p6-{top}", b"P6 13 11 %d\n" % top + colors.astype(kind).tobytes()
        yield f"p2-{top}", b"P2 13 11 %d\n" % top + plain(values)
        yield f"p3-{top}", b"P3 13 11 %d\n" % top + plain(colors)
    yield "p5-above", b"P5 13 11 100\n" + gray.astype(np.uint8).tobytes()
    yield "p2-above", b"P2 13 11 100\n" + plain(gray)
    yield "comments", b"P6 # a comment\n# another\n13 # width\n11\n#\n255\n" + color.astype(np.uint8).tobytes()
    yield "comments-plain", b"P2\n# x\n2 2\n9\n1 # one\n2 3 #\n4\n"
    yield "cut", b"P6\n13 11\n255\n" + color.astype(np.uint8).tobytes()[:-1]
    yield "cut-plain", b"P2\n13 11\n255\n" + plain(gray)[:-40]
    yield "cut-header", b"P6\n13 "
    yield "words", b"P2\n13 eleven\n255\n" + plain(gray)
    yield "maximum-0", b"P5\n13 11\n0\n" + gray.astype(np.uint8).tobytes()
    yield "maximum-70000", b"P5\n13 11\n70000\n" + gray.astype(np.uint8).tobytes()
    yield "p7", b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n\7"


# MARK: WebP and AVIF


def webp_files():
    rgba = Image.fromarray(draw(40, 24, 4), "RGBA")
    for name, image in {"rgb": RGB, "rgba": rgba, "gray": GRAY, "pixel": Image.fromarray(draw(1, 1)), "odd": SMALL}.items():
        yield f"lossless-{name}", encoded(image, "WEBP", lossless=True)
        yield f"lossless-exact-{name}", encoded(image, "WEBP", lossless=True, exact=True)
        for quality in (5, 80, 100):
            yield f"lossy-{quality}-{name}", encoded(image, "WEBP", quality=quality)
    for orientation in range(1, 9):
        yield f"exif-{orientation}", encoded(RGB, "WEBP", exif=b"Exif\0\0" + exif_with(orientation))
    yield "exif-bare", encoded(RGB, "WEBP", exif=exif_with(6))
    yield "xmp", encoded(RGB, "WEBP", xmp=xmp_with(6))
    frames = [Image.fromarray(draw(30, 20, seed=seed)) for seed in range(3)]
    for lossless in (False, True):
        yield f"animated-{lossless}", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=lossless)
    seen = Image.new("RGBA", (60, 40))
    seen.paste(rgba, (10, 6))
    for lossless in (False, True):
        yield f"animated-part-{lossless}", encoded(seen, "WEBP", save_all=True, append_images=[rgba.resize((60, 40))], lossless=lossless)
    whole = encoded(RGB, "WEBP")
    for share in (0.1, 0.5, 0.95):
        yield f"cut-{share}", whole[: int(len(whole) * share)]


def avif_files():
    rgba = Image.fromarray(draw(64, 48, 4), "RGBA")
    photo = Image.fromarray(draw(64, 48))
    for subsampling in ("4:4:4", "4:2:2", "4:2:0", "4:0:0"):
        yield f"{subsampling.replace(':', '')}", encoded(photo, "AVIF", subsampling=subsampling, quality=80)
    yield "alpha", encoded(rgba, "AVIF", quality=80)
    yield "odd", encoded(Image.fromarray(draw(33, 17)), "AVIF", quality=90)
    yield "limited", encoded(photo, "AVIF", range="limited")
    yield "gray", encoded(photo.convert("L"), "AVIF")
    for orientation in range(1, 9):
        yield f"exif-{orientation}", encoded(photo, "AVIF", exif=b"Exif\0\0" + exif_with(orientation))
    yield "xmp", encoded(photo, "AVIF", xmp=xmp_with(6))
    whole = encoded(photo, "AVIF")
    for share in (0.1, 0.5, 0.9):
        yield f"cut-{share}", whole[: int(len(whole) * share)]


def heic_files():
    """None without pillow_heif, which is no part of Pillow."""
    try:
        import pillow_heif
    except ImportError:
        return
    pillow_heif.register_heif_opener()
    photo = Image.fromarray(draw(64, 48))
    for chroma in (420, 422, 444):
        yield f"{chroma}", encoded(photo, "HEIF", quality=90, chroma=chroma)
    yield "odd", encoded(Image.fromarray(draw(61, 47)), "HEIF", quality=90)
    yield "gray", encoded(photo.convert("L"), "HEIF", quality=90)
    yield "alpha", encoded(Image.fromarray(draw(64, 48, 4), "RGBA"), "HEIF", quality=90)
    for orientation in range(1, 9):
        yield f"exif-{orientation}", encoded(photo, "HEIF", quality=90, exif=b"Exif\0\0" + exif_with(orientation))
    whole = encoded(photo, "HEIF", quality=90)
    for share in (0.1, 0.5, 0.9):
        yield f"cut-{share}", whole[: int(len(whole) * share)]


GROUPS = {"png": png_files, "jpg": jpeg_files, "gif": gif_files, "bmp": bmp_files, "tif": tiff_files, "pnm": pnm_files,
          "webp": webp_files, "avif": avif_files, "heic": heic_files}


def all_files(groups=GROUPS):
    for group in groups:
        for name, data in GROUPS[group]():
            yield f"{group}/{name.replace('/', '-')}.{group}", data
