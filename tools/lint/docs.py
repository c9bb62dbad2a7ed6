#!/usr/bin/env python3
"""Holds the pages of this repository against what they speak of.

usage: tools/lint/docs.py

Every relative link leads to a file, every path in backticks that begins with a folder of the repository exists, every target is
named in docs/ARCHITECTURE.md, and every type that docs/ARCHITECTURE.md, docs/adding.md and docs/kernels.md name in backticks
occurs in Sources. Prints what is wrong and exits with 1."""

import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
FOLDERS = "Sources|Tests|docs|spec|tools|models|Examples"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def words_of_sources():
    """Every word of the Swift and C sources."""
    words = set(re.findall(r"\w+", read("Package.swift")))
    for top in ("Sources", "Tests", "Examples"):
        for folder, _, names in os.walk(top):
            for name in names:
                if name.endswith((".swift", ".h", ".c")):
                    words.update(re.findall(r"\b[A-Za-z_][A-Za-z0-9_]*", read(os.path.join(folder, name))))
    return words


def main():
    os.chdir(ROOT)
    pages = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], capture_output=True, text=True, check=True).stdout.split()
    faults = []
    words = words_of_sources()
    for page in filter(os.path.exists, pages):
        text = read(page)
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in link and not os.path.exists(os.path.join(os.path.dirname(page), link)):
                faults.append(f"{page}: the link to {link} leads nowhere")
        for path in re.findall(rf"`((?:{FOLDERS})/[\w./-]*\w)/?[^`\w./-]?", text):
            if not os.path.exists(path):
                faults.append(f"{page}: there is no {path}")
        for name in re.findall(r"`([A-Z]+[a-z]+[A-Za-z]*[A-Z][A-Za-z]*)(?:\.[\w.]+)?`", text) if page != "CHANGELOG.md" else []:
            if name not in words and not os.path.exists(os.path.join("Sources", name)):
                faults.append(f"{page}: nothing is called {name}")
    map_of_targets = read("docs/ARCHITECTURE.md")
    for target in sorted(os.listdir("Sources")):
        if f"`{target}`" not in map_of_targets:
            faults.append(f"docs/ARCHITECTURE.md: does not name the target {target}")
    print("\n".join(faults) if faults else f"{len(pages)} pages agree with the repository")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
