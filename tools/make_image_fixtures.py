"""Draws the images of Tests/ImageInputTests/Fixtures and writes down what Pillow and torchvision make of them.

Needs Pillow 13, torchvision, timm and numpy. Everything is drawn here, from a fixed seed: no images by others.

expected.tsv, one answer a line, columns separated by tabs:
  decode  FILE  gray16  HEIGHT WIDTH CHANNELS  CRC-32 of convert("RGB")      (the last four are "-" where Pillow throws)
  pixels  FILE  RECORD  HEIGHT WIDTH CHANNELS  CRC-32 after resize and crop
  tensor  FILE  RECORD  HEIGHT WIDTH CHANNELS  CRC-32 of the normalised float32, channels last
prefixes.tsv: FILE, and for every prefix from 0 bytes to the whole the CRC-32 of the pixels, or "-" where Pillow throws.
"""

import io
import json
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import torchvision.transforms.functional as F
from PIL import Image, ImageOps
from timm.data.transforms import CenterCropOrPad, ResizeKeepRatio
from torchvision.transforms import InterpolationMode

warnings.simplefilter("ignore")
FOLDER = Path(__file__).resolve().parent.parent / "Tests/ImageInputTests/Fixtures"
ORIENTATION = 0x0112
rng = np.random.default_rng(20)


def draw(width, height, channels=3):
    """Gradients, a disc and some noise: flat parts, edges and texture."""
    y, x = np.mgrid[0:height, 0:width]
    layers = []
    for channel in range(channels):
        wave = 120 + 100 * np.sin(x / (3 + channel) + channel) * np.cos(y / (5 - channel))
        disc = (x - width / 2) ** 2 + (y - height / (2 + channel)) ** 2 < (min(width, height) / 3) ** 2
        layers.append(np.where(disc, 255 - 60 * channel, wave) + rng.integers(-12, 13, (height, width)))
    return np.clip(np.stack(layers, -1), 0, 255).astype(np.uint8)


# MARK: Writing files


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


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


def png(samples, depth, color_type, interlaced=False, before=b"", after=b"", missing_rows=0):
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, int(interlaced))
    if interlaced:
        passes = [samples[top::down, left::right] for top, left, down, right in ADAM7]
        data = b"".join(packed_rows(part, depth) for part in passes if part.size)
    else:
        data = packed_rows(samples[: height - missing_rows], depth)
    body = chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(data, 9)) + after + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def encoded(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def exif_with(orientation, order="<", kind=3):
    """A minimal EXIF block: a TIFF header and one directory of one entry."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    value = {3: "H2x", 4: "I"}[kind]
    entry = struct.pack(order + "HHI" + value, ORIENTATION, kind, 1, orientation)
    return mark + struct.pack(order + "IH", 8, 1) + entry + struct.pack(order + "I", 0)


def jpeg_images():
    photo = Image.fromarray(draw(150, 100))
    small = Image.fromarray(draw(17, 13))
    files = {}
    for name, subsampling in [("444", 0), ("422", 1), ("420", 2)]:
        files[f"{name}.jpg"] = encoded(small, "JPEG", quality=85, subsampling=subsampling)
        files[f"{name}-progressive.jpg"] = encoded(
            small, "JPEG", quality=85, subsampling=subsampling, progressive=True)
    # The same blocks in the same number of units, laid out otherwise.
    files["440.jpg"] = resampled(files["422.jpg"], 0x21, 0x12, 13, 17)
    files["411.jpg"] = resampled(files["420.jpg"], 0x22, 0x41, 29, 13)
    files["photo.jpg"] = encoded(photo, "JPEG", quality=80)
    files["restart.jpg"] = encoded(small, "JPEG", restart_marker_blocks=1)
    files["kept-rgb.jpg"] = encoded(small, "JPEG", keep_rgb=True)
    files["gray.jpg"] = encoded(photo.convert("L"), "JPEG")
    files["gray-progressive.jpg"] = encoded(small.convert("L"), "JPEG", progressive=True)
    inks = Image.fromarray(draw(17, 13, 4), "CMYK")
    files["cmyk.jpg"] = encoded(inks, "JPEG", quality=90)
    # Adobe's marker ends with the colour transform: 0 is CMYK, 2 is YCCK.
    adobe = files["cmyk.jpg"].index(b"Adobe")
    files["ycck.jpg"] = files["cmyk.jpg"][: adobe + 11] + b"\2" + files["cmyk.jpg"][adobe + 12 :]
    files["one-pixel.jpg"] = encoded(Image.fromarray(draw(1, 1)), "JPEG")
    files["damaged.jpg"] = damaged(files["photo.jpg"])
    turned = Image.fromarray(draw(24, 16))
    for orientation in range(1, 9):
        block = b"Exif\0\0" + exif_with(orientation, "<>"[orientation % 2], 3 + (orientation in (4, 7)))
        files[f"exif-{orientation}.jpg"] = encoded(turned, "JPEG", quality=85, exif=block)
    return files


def resampled(data, old, new, width, height):
    """The image with its luminance's sampling factors and its size replaced in the frame header."""
    start = data.index(b"\xff\xc0")
    assert data[start + 11] == old
    size = struct.pack(">HH", height, width)
    return data[: start + 5] + size + data[start + 9 : start + 11] + bytes([new]) + data[start + 12 :]


def damaged(data):
    """The image with a marker in its scan where none belongs: libjpeg warns and goes on."""
    start = data.index(b"\xff\xda") + 1200
    return data[:start] + b"\xff\xd0" + data[start + 2 :]


def png_images():
    files = {}
    for interlaced in (False, True):
        ending = "-interlaced.png" if interlaced else ".png"
        for name, color_type, channels in [("gray", 0, 1), ("rgb", 2, 3), ("gray-alpha", 4, 2), ("rgba", 6, 4)]:
            for depth in (1, 2, 4, 8, 16) if color_type == 0 else (8, 16):
                samples = rng.integers(0, 2**depth, (11, 13, channels))
                if name == "gray" and depth == 16:
                    samples[::2] //= 200
                files[f"{name}-{depth}{ending}"] = png(samples, depth, color_type, interlaced)
        for depth in (1, 2, 4, 8):
            palette = chunk(b"PLTE", rng.integers(0, 256, 3 * 2**depth, dtype=np.uint8).tobytes())
            transparency = chunk(b"tRNS", bytes(range(2)))
            samples = rng.integers(0, 2**depth, (11, 13, 1))
            files[f"palette-{depth}{ending}"] = png(samples, depth, 3, interlaced, palette + transparency)
    flat = draw(13, 11)
    few = rng.integers(0, 16, (11, 13, 1))
    colors = chunk(b"PLTE", bytes([250, 10, 20, 30, 240, 50, 60, 70, 230]))
    files["palette-short.png"] = png(few, 4, 3, before=colors)
    files["rgb-trns-gama.png"] = png(
        flat, 8, 2, before=chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)))
    files["gray-trns.png"] = png(flat[..., :1], 8, 0, before=chunk(b"tRNS", struct.pack(">H", 7)))
    files["exif-6.png"] = png(flat, 8, 2, before=chunk(b"eXIf", exif_with(6)))
    files["exif-8-behind.png"] = png(flat, 8, 2, after=chunk(b"eXIf", exif_with(8, ">")))
    gamma = chunk(b"gAMA", struct.pack(">I", 45455))
    files["odd-chunks.png"] = png(
        flat, 8, 2, before=gamma + gamma + chunk(b"sRGB", b"\x09") + chunk(b"pHYs", b"\0" * 9), after=gamma)
    files["filtered.png"] = encoded(Image.fromarray(draw(40, 31)), "PNG")
    files["one-pixel.png"] = png(flat[:1, :1], 8, 2)
    files["tall.png"] = encoded(Image.fromarray(draw(3, 201)), "PNG")
    files["wide.png"] = encoded(Image.fromarray(draw(301, 2)), "PNG")
    files["squarish.png"] = encoded(Image.fromarray(draw(65, 66)), "PNG")
    files["exact.png"] = encoded(Image.fromarray(draw(32, 32)), "PNG")
    return files


def broken_images(good):
    """Files that Pillow refuses."""
    image, photo = good["filtered.png"], good["444.jpg"]
    text = chunk(b"tEXt", b"Comment\0hello")
    bad_text = text[:-1] + bytes([text[-1] ^ 1])
    return {
        "bad-header-checksum.png": image[:29] + bytes([image[29] ^ 1]) + image[30:],
        "bad-text-checksum.png": image[:33] + bad_text + image[33:],
        "no-pixels.png": image[:33] + chunk(b"IEND", b""),
        "twelve-bits.jpg": photo.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"),
        "no-scan.jpg": photo[: photo.index(b"\xff\xda")] + b"\xff\xd9",
    }


# MARK: Answers


def decoded(data, gray16="clip"):
    image = Image.open(io.BytesIO(data))
    if gray16 == "scale" and image.mode == "I;16":
        return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[..., None], 3, -1)
    return np.asarray(image.convert("RGB"))


def prepared(data, record):
    image = Image.open(io.BytesIO(data))
    if record.get("exif", "apply") == "apply":
        image = ImageOps.exif_transpose(image)
    image = image.convert("RGB")
    if record["input_size"][0] == 1:
        image = image.convert("L")
    interpolation = InterpolationMode(record["interpolation"])
    resize, crop = record["resize"], record["crop"]
    if resize is None and crop is None:
        return F.resize(image, record["input_size"][1:], interpolation)
    if record["crop_mode"] == "border":
        if resize:
            image = ResizeKeepRatio(resize, longest=1.0, interpolation=record["interpolation"])(image)
        fill = [round(255 * mean) for mean in record["mean"]]
        return CenterCropOrPad(crop, fill=fill if len(fill) == 3 else fill[0])(image)
    if resize:
        image = F.resize(image, [resize, resize] if record["crop_mode"] == "squash" else resize, interpolation)
    return F.center_crop(image, [crop, crop])


def record(crop, resize, interpolation="bilinear", mode="center", channels=3, **more):
    return {
        "input_size": [channels, crop, crop], "resize": resize, "crop": crop, "crop_mode": mode,
        "interpolation": interpolation, "mean": [0.485, 0.456, 0.406][:channels],
        "std": [0.229, 0.224, 0.225][:channels], **more,
    }


def records():
    """(file, record) pairs that cover filters, directions, crops and the order of the passes."""
    filters = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
    for name in ["photo.jpg", "squarish.png", "tall.png", "wide.png", "gray.jpg"]:
        for interpolation in filters:
            for crop, resize in [(7, 8), (33, 37), (64, 65), (111, 127)]:
                if max(crop, resize) < 100 or name in ("photo.jpg", "squarish.png"):
                    yield name, record(crop, resize, interpolation)
            yield name, record(31, 35, interpolation, "squash")
    for name in ["photo.jpg", "squarish.png", "gray.jpg"]:
        yield name, record(224, 256)
        yield name, record(224, 232)
        yield name, record(90, 70)
        yield name, record(101, None)
        for resize in (None, 40, 65, 80):
            yield name, record(64, resize, "bicubic", "border")
        yield name, record(48, 51, channels=1)
        yield name, record(48, 40, mode="border", channels=1)
    for name in ["exact.png", "squarish.png", "photo.jpg", "tall.png"]:
        for interpolation in filters:
            yield name, {**record(32, None, interpolation), "crop": None}
        yield name, {**record(32, None), "crop": None, "input_size": [3, 20, 45]}
    for orientation in range(1, 9):
        for policy in ("apply", "ignore"):
            yield f"exif-{orientation}.jpg", record(20, 22, exif=policy)
    for name in ("exif-6.png", "exif-8-behind.png", "cmyk.jpg", "palette-4.png", "gray-alpha-16.png"):
        yield name, record(20, 22)
        yield name, record(20, 22, channels=1)


def crc(values):
    return f"{zlib.crc32(np.ascontiguousarray(values).tobytes()):08x}"


def answer(kind, name, argument, values):
    if values is None:
        return "\t".join([kind, name, argument, "-", "-", "-", "-"])
    return "\t".join([kind, name, argument, *map(str, values.shape), crc(values)])


def main():
    good = {**jpeg_images(), **png_images()}
    broken = broken_images(good)
    lines = []
    for name, data in good.items():
        for gray16 in ("scale", "clip") if name.startswith("gray-16") else ("scale",):
            lines.append(answer("decode", name, gray16, decoded(data, gray16)))
    for name, data in broken.items():
        try:
            decoded(data)
            raise SystemExit(f"Pillow reads {name}")
        except (OSError, SyntaxError, ValueError):
            lines.append(answer("decode", name, "scale", None))
    for name, wanted in records():
        image = prepared(good[name], wanted)
        pixels = np.asarray(image).reshape(image.height, image.width, -1)
        text = json.dumps(wanted, separators=(",", ":"))
        lines.append(answer("pixels", name, text, pixels))
        if wanted["interpolation"] == "bilinear":
            tensor = F.normalize(F.to_tensor(image), wanted["mean"], wanted["std"])
            lines.append(answer("tensor", name, text, tensor.permute(1, 2, 0).numpy()))
    prefixes = []
    for name in ("444.jpg", "420-progressive.jpg", "restart.jpg", "palette-4.png", "rgb-8-interlaced.png"):
        outcomes = []
        for count in range(len(good[name]) + 1):
            try:
                outcomes.append(crc(decoded(good[name][:count])))
            except (OSError, SyntaxError, ValueError):
                outcomes.append("-")
        prefixes.append("\t".join([name, *outcomes]))
    # Pillow leaves the missing row black; the project refuses the file.
    refused = {"short-pixels.png": png(draw(13, 11), 8, 2, missing_rows=1)}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, data in {**good, **broken, **refused}.items():
        (FOLDER / name).write_bytes(data)
    (FOLDER / "expected.tsv").write_text("\n".join(lines) + "\n")
    (FOLDER / "prefixes.tsv").write_text("\n".join(prefixes) + "\n")
    print(len(lines), "answers,", sum(path.stat().st_size for path in FOLDER.iterdir()), "bytes")


if __name__ == "__main__":
    main()
