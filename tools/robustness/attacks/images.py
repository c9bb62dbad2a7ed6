"""Images that would take all time or memory, in each format that is read: each is refused or read soon, and its neighbours are answered."""

import struct
import zlib

from . import pictures
from .harness import Group, require
from .pictures import PNG, bmp, chunk, gif, head, huffman_table, jpeg, jpeg_head, png, progressive_jpeg, segment, tiff, tiff_image, webp_head, zeros

GROUP = Group("images")
PIXELS = 178_956_970


def gray(width, height, stream, before=b"", depth=8, color=0, interlaced=0):
    return [PNG, head(width, height, depth, color, interlaced), before, *data_chunks(stream), chunk(b"IEND")]


def data_chunks(stream, size=1 << 20):
    return [chunk(b"IDAT", stream[at:at + size]) for at in range(0, len(stream), size)]


def exif(content):
    return segment(b"Exif\0\0" + content)


# The pieces of each file, the exit codes of classify (0: it may be read, 1: refused), and limits other than the usual.
REFUSED, EITHER = (1,), (0, 1)
LARGE = {"seconds": 8, "megabytes": 700}
def heif(items):
    """A HEIC file of items, counted from 1, the first being the primary one: the type, the payload, and the items that each is made of."""
    def box(kind, content):
        return struct.pack(">I4s", 8 + len(content), kind) + content

    def full(kind, version, content):
        return box(kind, bytes([version, 0, 0, 0]) + content)

    numbers, data, places = range(1, len(items) + 1), b"", b""
    entries = b"".join(full(b"infe", 2, struct.pack(">HH4sB", number, 0, kind, 0)) for number, (kind, _, _) in zip(numbers, items))
    references = b"".join(box(b"dimg", struct.pack(f">HH{len(parts)}H", number, len(parts), *parts))
                          for number, (_, _, parts) in zip(numbers, items) if parts)
    for number, (_, payload, _) in zip(numbers, items):
        places += struct.pack(">HHHHII", number, 1, 0, 1, len(data), len(payload))
        data += payload
    size = box(b"ipco", full(b"ispe", 0, struct.pack(">II", 64, 64)))
    owners = full(b"ipma", 0, struct.pack(">I", len(items)) + b"".join(struct.pack(">HBB", number, 1, 1) for number in numbers))
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + full(b"meta", 0, full(b"hdlr", 0, struct.pack(">I4s12sB", 0, b"pict", bytes(12), 0))
        + full(b"pitm", 0, struct.pack(">H", 1)) + full(b"iinf", 0, struct.pack(">H", len(items)) + entries) + full(b"iref", 0, references)
        + box(b"iprp", size + owners) + full(b"iloc", 1, struct.pack(">BBH", 0x44, 0, len(items)) + places) + box(b"idat", data))


def overlay(width, height, parts):
    """The payload of an image that others lie on."""
    return struct.pack(">BBHHHHII", 0, 1, 65535, 0, 0, 65535, width, height) + struct.pack(">ii", 0, 0) * parts


FILES = {
    "png": {
        "2^31 - 1 pixels a side": (lambda: [PNG, head(2**31 - 1, 2**31 - 1), chunk(b"IDAT", zeros(1000)), chunk(b"IEND")], REFUSED, {}),
        "65,536 pixels a side": (lambda: gray(65536, 1, zeros(65537)), REFUSED, {}),
        "too many pixels in all": (lambda: gray(13378, 13378, zeros(1000)), REFUSED, {}),
        "a header of 13,000 pixels a side and no data": (lambda: gray(13000, 13000, zeros(100)), REFUSED, {}),
        "no pixels": (lambda: gray(0, 5, zeros(10)), REFUSED, {}),
        "256 MB of data behind 8 pixels": (lambda: gray(8, 8, zeros(1 << 28)), EITHER, {"seconds": 3}),
        "a bomb in zTXt": (lambda: [png(before=chunk(b"zTXt", b"Raw profile type exif\0\0" + zeros(1 << 28)))], EITHER, {}),
        "a bomb in iTXt": (lambda: [png(before=chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zeros(1 << 28)))], EITHER, {}),
        "a bomb in iCCP": (lambda: [png(before=chunk(b"iCCP", b"icc\0\0" + zeros(1 << 28)))], EITHER, {}),
        "a million chunks": (lambda: [PNG, head(8, 8), chunk(b"teXt", b"") * 1_000_000, chunk(b"IDAT", zeros(200)), chunk(b"IEND")], EITHER,
        {"seconds": 4, "megabytes": 256}),
        "a million pieces of data": (lambda: [PNG, head(8, 8, 8, 0), chunk(b"IDAT", b"") * 1_000_000, chunk(b"IDAT", zeros(72)), chunk(b"IEND")],
        EITHER, {"seconds": 4, "megabytes": 256}),
        "a chunk of 2^31 - 1 bytes": (lambda: [PNG, head(8, 8), chunk(b"IDAT", b"", 2**31 - 1)], REFUSED, {}),
        "a chunk of 2^32 - 1 bytes": (lambda: [PNG, head(8, 8), chunk(b"teXt", b"", 2**32 - 1)], REFUSED, {}),
        "two headers": (lambda: [PNG, head(8, 8, 8, 0), head(60000, 2000, 8, 0), chunk(b"IDAT", zeros(72)), chunk(b"IEND")], EITHER, {}),
        "a palette of no colours": (lambda: gray(8, 8, zeros(72), color=3), EITHER, {}),
        "an unknown depth": (lambda: gray(8, 8, zeros(72), depth=7), REFUSED, {}),
        "an unknown interlacing": (lambda: gray(8, 8, zeros(72), interlaced=9), REFUSED, {}),
        "interlaced, 8,000 pixels a side": (lambda: gray(8000, 8000, zeros(8001 * 8200 * 2), interlaced=1), EITHER, LARGE),
        "EXIF that leads back to itself": (lambda: [png(before=chunk(b"eXIf", b"II*\0\x08\0\0\0\1\0\x69\x87\4\0\1\0\0\0\x08\0\0\0\x08\0\0\0"))],
        EITHER, {}),
        "a stream that is no zlib": (lambda: gray(8, 8, b"\xff" * 100), REFUSED, {}),
    },
    "jpg": {
        "2,000 scans of 16 megapixels": (lambda: scans(4000, 4000, 2000), EITHER, LARGE),
        "90 scans of 169 megapixels": (lambda: scans(13000, 13000, 90), EITHER, LARGE),
        "65,535 pixels a side": (lambda: [jpeg_head(65535, 65535), b"\xff\xd9"], REFUSED, {}),
        "a header of 13,000 pixels a side and no data": (lambda: [jpeg_head(13000, 13000), b"\xff\xd9"], EITHER, LARGE),
        "no height": (lambda: [jpeg_head(8, 0), b"\xff\xd9"], REFUSED, {}),
        "255 components": (lambda: [jpeg_head(8, 8, 0xC0, 255), b"\xff\xd9"], REFUSED, {}),
        "an arithmetic coding": (lambda: [jpeg_head(8, 8, 0xC9), b"\xff\xd9"], REFUSED, {}),
        "lossless coding": (lambda: [jpeg_head(8, 8, 0xC3), b"\xff\xd9"], REFUSED, {}),
        "a hundred thousand segments": (lambda: [jpeg(*[segment(b"x", 0xEF)] * 100_000)], EITHER, {}),
        "a hundred thousand EXIFs": (lambda: [jpeg(*[exif(b"II*\0\x08\0\0\0\0\0\0\0\0\0")] * 100_000)], EITHER, {}),
        "EXIF of 65,535 entries": (lambda: [jpeg(exif(b"II*\0\x08\0\0\0\xff\xff" + bytes(60000)))], EITHER, {}),
        "EXIF that leads back to itself": (lambda: [jpeg(exif(b"II*\0\x08\0\0\0\0\0\x08\0\0\0"))], EITHER, {}),
        "XMP without an end": (lambda: [jpeg(segment(b"http://ns.adobe.com/xap/1.0/\0" + b"<" * 60000))], EITHER, {}),
        "a thousand Huffman tables": (lambda: [jpeg(*[huffman_table(0x00, [0] * 15 + [255], bytes(255))] * 1000)], EITHER, {}),
        "a segment of no length": (lambda: [b"\xff\xd8\xff\xe1\0\0" + bytes(100)], REFUSED, {}),
        "fill bytes, 50 MB": (lambda: [b"\xff\xd8"] + [b"\xff" * (1 << 20)] * 50, REFUSED, {}),
    },
    "gif": {
        "65,535 pixels a side": (lambda: [gif(65535, 65535)], REFUSED, {}),
        "13,000 pixels a side and no data": (lambda: [gif(13000, 13000)], EITHER, LARGE),
        "100,000 frames": (lambda: [gif(8, 8)[:-1] + gif(8, 8)[19:-1] * 100_000 + b";"], EITHER, {}),
        "blocks without an end": (lambda: [gif(8, 8, b"\x02" + b"\x01\x44" * 1_000_000)], EITHER, {}),
        "codes of 13 bits": (lambda: [gif(8, 8, b"\x0d\x02\x44\x01\x00")], REFUSED, {}),
        "extensions, a million": (lambda: [b"GIF89a\x08\0\x08\0\0\0\0" + b"!\xfe\0" * 1_000_000 + b";"], REFUSED, {}),
    },
    "bmp": {
        "2^31 - 1 pixels a side": (lambda: [bmp(2**31 - 1, 2**31 - 1)], REFUSED, {}), "a height of -2^31": (lambda: [bmp(8, -2**31)], REFUSED, {}),
        "a negative width": (lambda: [bmp(-8, 8)], REFUSED, {}),
        "13,000 pixels a side and no data": (lambda: [bmp(13000, 13000)], EITHER, LARGE),
        "data at 2^32 - 1": (lambda: [bmp(8, 8)[:10] + b"\xff" * 4 + bmp(8, 8)[14:]], REFUSED, {}),
        "run lengths beyond its edges": (lambda: [bmp(8, 8, 8, b"\xff\1" * 100_000 + b"\0\2\xff\xff" * 1000, 54 + 1024, 40, 1)], EITHER, {}),
        "a header of 2^32 - 1": (lambda: [bmp(8, 8, size=2**32 - 1)], REFUSED, {}),
        "33 bits": (lambda: [bmp(8, 8, 33, bytes(1000))], REFUSED, {}),
    },
    "tif": {
        "2^32 - 1 pixels a side": (lambda: [tiff_image(2**32 - 1, 2**32 - 1)], REFUSED, {}),
        "13,000 pixels a side and no data": (lambda: [tiff_image(13000, 13000)], EITHER, LARGE),
        "a directory that is its own next": (lambda: [tiff([(256, 4, 1, 8)], b"", 8)], REFUSED, {}),
        "65,535 entries": (lambda: [b"II*\0\x08\0\0\0\xff\xff" + bytes(12 * 65535 + 4)], REFUSED, {}),
        "strips at 2^32 - 1": (lambda: [tiff_image(8, 8, t273=(4, 1, 2**32 - 1))], EITHER, {}),
        "2^32 - 1 strips": (lambda: [tiff_image(8, 8, t273=(4, 2**32 - 1, 100))], EITHER, {}),
        "65,535 samples": (lambda: [tiff_image(8, 8, t277=(3, 1, 65535))], REFUSED, {}),
        "an unknown compression": (lambda: [tiff_image(8, 8, t259=(3, 1, 50000))], REFUSED, {}),
        "tiles of 2^31": (lambda: [tiff_image(8, 8, t322=(4, 1, 2**31), t323=(4, 1, 2**31), t324=(4, 1, 8), t325=(4, 1, 8))], EITHER, {}),
        "a directory at 2^32 - 1": (lambda: [b"II*\0\xff\xff\xff\xff"], REFUSED, {}),
        "deflate that is a bomb": (lambda: [tiff_image(8, 8, t259=(3, 1, 8), t279=(4, 1, 1 << 20))[:200] + zeros(1 << 28)], EITHER, {}),
    },
    "webp": {
        "16,384 pixels a side and no data": (lambda: [webp_head(16384, 16384)], REFUSED, LARGE),
        "a length of 2^32 - 1": (lambda: [b"RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\xff" + bytes(20)], REFUSED, {}),
        "a canvas of 2^24 pixels a side": (lambda: [b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0" + b"\2\0\0\0" + b"\xff" * 6 + bytes(40)], REFUSED, {}),
        "no chunk": (lambda: [b"RIFF\4\0\0\0WEBP"], REFUSED, {}),
    },
    "ppm": {
        "65,536 pixels a side": (lambda: [b"P6 65536 65536 255\n" + bytes(100)], REFUSED, {}),
        "sizes of a million digits": (lambda: [b"P6 " + b"9" * 1_000_000 + b" 8 255\n"], REFUSED, {}),
        "a comment of 50 MB": (lambda: [b"P6 #"] + [b"x" * (1 << 20)] * 50, REFUSED, {}),
        "blanks, 50 MB": (lambda: [b"P6"] + [b" " * (1 << 20)] * 50, REFUSED, {}),
        "13,000 pixels a side and no data": (lambda: [b"P6 13000 13000 255\n"], REFUSED, LARGE),
        "a maximum of 0": (lambda: [b"P6 8 8 0\n" + bytes(192)], REFUSED, {}),
        "a maximum of 2^32": (lambda: [b"P6 8 8 4294967296\n" + bytes(400)], REFUSED, {}),
    },
    "heic": {
        "boxes within each other": (lambda: [b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + boxes(10_000)], REFUSED, {}),
        "an image made of itself": (lambda: [heif([(b"iden", b"", [1])])], REFUSED, {}),
        "images made of each other": (lambda: [heif([(b"iovl", overlay(64, 64, 1), [2]), (b"iovl", overlay(64, 64, 1), [1])])], REFUSED, {}),
        "24 images that each name the next one twice": (
            lambda: [heif([(b"iovl", overlay(64, 64, 2), [number + 2] * 2) for number in range(24)] + [(b"hvc1", b"", [])])], REFUSED, {}),
        "a canvas within a canvas": (
            lambda: [heif([(b"iden", b"", [2]), (b"iovl", overlay(30000, 20000, 1), [3]), (b"hvc1", b"", [])])], REFUSED, {}),
        "a box of 2^64 - 1": (lambda: [b"\0\0\0\x18ftypheic\0\0\0\0heicmif1\0\0\0\1meta" + b"\xff" * 8], REFUSED, {}),
        "a million items": (lambda: [b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + struct.pack(">I4sI", 60, b"meta", 0) + struct.pack(">I4sIII", 40,
        b"iloc", 0x02000000, 0x44440000, 2**32 - 1)], REFUSED, {}),
    },
}
FILES["avif"] = {what: (lambda make=make: [piece.replace(b"heic", b"avif") for piece in make()], codes,
    limits) for what, (make, codes, limits) in FILES["heic"].items()}


def boxes(levels):
    data = b""
    for _ in range(levels):
        data = struct.pack(">I4s", len(data) + 8, b"moov") + data
    return data


def scans(width, height, count):
    """Pieces of a progressive image; a scan of nothing is a few bytes, whatever its size."""
    data = progressive_jpeg(width, height, 1)
    first = data.index(b"\xff\xda")
    second = data.index(b"\xff\xda", first + 2)
    return [data[:second], *[EMPTY_SCAN] * count, b"\xff\xd9"]


# The end of the band of all blocks, of the first coefficient alone: 14 bits say that 32,767 blocks have nothing.
EMPTY_SCAN = b"\xff\xda\0\x08\1\1\0\1\1\0" + bytes(16)


@GROUP.attack_each("{0}: {1}", [(ending, what) for ending, files in FILES.items() for what in files])
def image(place, ending, what):
    make, codes, limits = FILES[ending][what]
    place.pour("bomb." + ending, make())
    place.take("photo.png")
    limits = {"seconds": 2, "megabytes": 256, **limits}
    outcome = place.expect(codes, "classify", place.kit.path("base.rzoo"), "photo.png", "bomb." + ending, "photo.png", "--format", "csv", "--top",
        "1", **limits)
    rows = [row for row in outcome.text.splitlines()[1:] if row.startswith("photo.png,,")]
    require(len(rows) == 2 and len(set(rows)) == 1, f"the neighbours were not answered alike: {outcome.shown()}")
    for line in (f"preprocess {place.kit.path('base.rzoo')} bomb.{ending} --output x.npy",
        f"augment bomb.{ending} --arch small_resnet18 --variants 1 --output s.png"):
        place.expect((0, 1, 65, 66), *line.split(), **{**limits, "megabytes": limits["megabytes"] * 2})


@GROUP.attack_each("a {} under each other ending", [(ending,) for ending in ("png", "jpg", "gif", "bmp")])
def disguised(place, ending):
    data = {"png": png(), "jpg": jpeg(), "gif": gif(8, 8), "bmp": bmp(8, 8, 24, bytes(192))}[ending]
    for other in ("png", "jpg", "gif", "bmp", "tif", "webp", "ppm", "heic", "avif"):
        place.put("i." + other, data)
        place.expect((0, 1), "classify", place.kit.path("base.rzoo"), "i." + other)


@GROUP.attack("images cut at each place")
def cut(place):
    samples = {"png": png(), "jpg": jpeg(), "gif": gif(8, 8), "bmp": bmp(8, 8, 24, bytes(192)), "tif": tiff_image(8, 8)}
    for ending, data in samples.items():
        for length in range(0, len(data), max(1, len(data) // 40)):
            place.put(f"cuts/{ending}{length}.{ending}", data[:length])
    place.expect((0, 1), "classify", place.kit.path("base.rzoo"), "cuts", message_bytes=200_000, seconds=5)


@GROUP.attack("images with a flipped bit")
def flipped(place):
    samples = {"png": png(), "jpg": jpeg(), "gif": gif(8, 8), "bmp": bmp(8, 8, 24, bytes(192)), "tif": tiff_image(8, 8), "webp": webp_head(8, 8),
        "ppm": b"P6 8 8 255\n" + bytes(192)}
    for ending, data in samples.items():
        for number in range(60):
            changed = bytearray(data)
            changed[place.random.randrange(len(data))] ^= 1 << place.random.randrange(8)
            place.put(f"flips/{ending}{number}.{ending}", changed)
    place.expect((0, 1), "classify", place.kit.path("base.rzoo"), "flips", message_bytes=400_000, seconds=10, megabytes=700)


@GROUP.attack("random bytes behind each format's first ones")
def noise(place):
    starts = {"png": PNG + head(8, 8), "jpg": jpeg_head(8, 8), "gif": gif(8, 8)[:30], "bmp": bmp(8, 8)[:54], "tif": b"II*\0\x08\0\0\0",
        "webp": webp_head(8, 8)[:20], "ppm": b"P5 8 8 255 ", "heic": b"\0\0\0\x18ftypheic", "avif": b"\0\0\0\x18ftypavif"}
    for ending, start in starts.items():
        for number in range(30):
            place.put(f"noise/{ending}{number}.{ending}", start + place.random.randbytes(400))
    place.expect((0, 1), "classify", place.kit.path("base.rzoo"), "noise", message_bytes=400_000, seconds=10, megabytes=700)
