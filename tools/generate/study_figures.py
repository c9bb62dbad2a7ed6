#!/usr/bin/env python3
"""Writes the figures of a study's page as SVG files, for docs/experiments.md.

usage: tools/generate/study_figures.py STUDY OUTPUT [NUMBER...]

STUDY is a folder that `reszoo study` wrote. Its figures for wide screens are counted from 1; those with a NUMBER (default: all) become
OUTPUT-NUMBER.svg, without what only the page needs: panels that stand side by side are one figure there, and files of their own here."""

import re
import sys


def figures(page):
    """The drawings for wide screens in the order of the page."""
    for figure in re.findall(r"<figure>(.*?)</figure>", page, re.S):
        wide = figure.split('<div class="phone">')[0]
        yield from re.findall(r"<svg .*?</svg>", wide, re.S)


def main(study, output, *numbers):
    with open(f"{study}/index.html", encoding="utf-8") as file:
        found = list(figures(file.read()))
    for number, svg in enumerate(found, 1):
        if not numbers or str(number) in numbers:
            with open(f"{output}-{number}.svg", "w", encoding="utf-8") as file:
                file.write(svg + "\n")
            print(f"{output}-{number}.svg: {re.search('<title>(.*?)</title>', svg).group(1)}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
