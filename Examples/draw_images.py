#!/usr/bin/env python3
"""Draws the images of this folder with the standard library alone, always the same ones.

usage: Examples/draw_images.py [FOLDER]      FOLDER is the one that holds this script

FOLDER/images:   an airplane, an automobile and a ship, which models/cifar_resnet20.rzoo knows
FOLDER/vehicles: a data set of balloons, sailboats and steamers, a folder for each class, to fine-tune on"""

import os
import random
import struct
import sys
import zlib

SAMPLES = 3  # of a pixel's side, for smooth edges


def ellipse(cx, cy, rx, ry):
    return lambda x, y: ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1


def polygon(*corners):
    def inside(x, y):
        odd = False
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1]):
            if (ay > y) != (by > y) and x < ax + (bx - ax) * (y - ay) / (by - ay):
                odd = not odd
        return odd
    return inside


def rectangle(left, top, right, bottom):
    return lambda x, y: left <= x <= right and top <= y <= bottom


def blended(a, b, share):
    return tuple(p + (q - p) * share for p, q in zip(a, b))


def save(path, size, top, bottom, shapes):
    """A PNG file of size × size pixels: a gradient from top to bottom, and on it shapes (what is inside, colour)."""
    rows = bytearray()
    for row in range(size):
        rows.append(0)  # PNG's filter "none"
        for column in range(size):
            total = [0.0, 0.0, 0.0]
            for sample in range(SAMPLES * SAMPLES):
                x = (column + (sample % SAMPLES + 0.5) / SAMPLES) / size
                y = (row + (sample // SAMPLES + 0.5) / SAMPLES) / size
                colour = blended(top, bottom, y)
                for inside, own in shapes:
                    if inside(x, y):
                        colour = own
                for channel in range(3):
                    total[channel] += colour[channel]
            rows += bytes(round(value / SAMPLES**2) for value in total)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def airplane(path):
    white, grey, dark = (236, 238, 242), (176, 184, 196), (60, 70, 90)
    save(path, 128, (96, 150, 214), (190, 216, 242), [
        (polygon((0.14, 0.30), (0.22, 0.30), (0.32, 0.48), (0.20, 0.50)), grey),
        (ellipse(0.52, 0.50, 0.38, 0.075), white),
        (polygon((0.44, 0.52), (0.60, 0.52), (0.40, 0.80), (0.32, 0.80)), grey),
        (polygon((0.48, 0.46), (0.60, 0.46), (0.48, 0.26), (0.43, 0.26)), grey),
        (ellipse(0.84, 0.485, 0.03, 0.02), dark),
    ])


def automobile(path):
    red, dark, glass, steel = (196, 30, 36), (28, 28, 30), (150, 184, 204), (190, 190, 194)
    save(path, 128, (206, 212, 216), (172, 176, 178), [
        (rectangle(0, 0.66, 1, 1), (118, 118, 120)),
        (polygon((0.28, 0.46), (0.38, 0.28), (0.66, 0.28), (0.78, 0.46)), red),
        (polygon((0.33, 0.45), (0.40, 0.32), (0.51, 0.32), (0.51, 0.45)), glass),
        (polygon((0.54, 0.45), (0.54, 0.32), (0.64, 0.32), (0.72, 0.45)), glass),
        (polygon((0.08, 0.68), (0.08, 0.52), (0.26, 0.45), (0.80, 0.45), (0.94, 0.54), (0.94, 0.68)), red),
        (ellipse(0.27, 0.68, 0.095, 0.095), dark),
        (ellipse(0.74, 0.68, 0.095, 0.095), dark),
        (ellipse(0.27, 0.68, 0.045, 0.045), steel),
        (ellipse(0.74, 0.68, 0.045, 0.045), steel),
    ])


def ship(path):
    save(path, 128, (150, 188, 224), (206, 222, 234), [
        (rectangle(0, 0.66, 1, 1), (44, 96, 140)),
        (rectangle(0.42, 0.22, 0.50, 0.42), (190, 60, 50)),
        (rectangle(0.56, 0.25, 0.63, 0.42), (190, 60, 50)),
        (rectangle(0.32, 0.40, 0.74, 0.50), (238, 238, 234)),
        (rectangle(0.24, 0.48, 0.82, 0.58), (238, 238, 234)),
        (polygon((0.06, 0.56), (0.95, 0.56), (0.84, 0.72), (0.16, 0.72)), (40, 48, 66)),
    ])


def balloon(colour, dark):
    return [(ellipse(0.50, 0.36, 0.24, 0.26), colour),
            (ellipse(0.50, 0.36, 0.09, 0.26), dark),
            (polygon((0.32, 0.53), (0.68, 0.53), (0.56, 0.72), (0.44, 0.72)), colour),
            (rectangle(0.44, 0.76, 0.56, 0.85), dark)]


def sailboat(colour, dark):
    return [(rectangle(0.49, 0.14, 0.52, 0.72), dark),
            (polygon((0.54, 0.16), (0.54, 0.66), (0.84, 0.66)), colour),
            (polygon((0.47, 0.24), (0.47, 0.66), (0.24, 0.66)), colour),
            (polygon((0.16, 0.70), (0.86, 0.70), (0.74, 0.82), (0.26, 0.82)), dark)]


def steamer(colour, dark):
    return [(rectangle(0.36, 0.30, 0.46, 0.56), dark),
            (rectangle(0.54, 0.34, 0.63, 0.56), dark),
            (rectangle(0.24, 0.52, 0.78, 0.66), colour),
            (polygon((0.06, 0.64), (0.94, 0.64), (0.84, 0.82), (0.16, 0.82)), dark)]


def scene(path, draw, chance):
    """One of a class: of another colour, place and size, before another sky, on water or in the air."""
    def colour(low, high):
        return tuple(chance.uniform(low, high) for _ in range(3))

    size, left, top = chance.uniform(0.6, 0.9), chance.uniform(0, 0.15), chance.uniform(0, 0.15)

    def moved(inside):
        return lambda x, y: inside((x - left) / size, (y - top) / size)

    shapes = [(moved(inside), own) for inside, own in draw(colour(120, 250), colour(10, 100))]
    if draw is not balloon:
        shapes.insert(0, (rectangle(0, top + 0.76 * size, 1, 1), (chance.uniform(20, 70), chance.uniform(70, 120), chance.uniform(110, 160))))
    save(path, 48, colour(110, 190), colour(190, 245), shapes)


def main():
    if len(sys.argv) > 2 or sys.argv[1:2] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    folder = sys.argv[1] if len(sys.argv) == 2 else os.path.dirname(os.path.abspath(__file__))
    for draw in (airplane, automobile, ship):
        draw(os.path.join(folder, "images", draw.__name__ + ".png"))
    chance = random.Random(1)
    for part, count in (("train", 16), ("val", 8)):
        for draw in (balloon, sailboat, steamer):
            for number in range(count):
                scene(os.path.join(folder, "vehicles", part, draw.__name__, f"{number:02}.png"), draw, chance)


if __name__ == "__main__":
    main()
