#!/usr/bin/env python3
"""Holds the pages of this repository against what they speak of.

usage: tools/lint/docs.py

Every relative link leads to a file; every path in backticks that begins with a folder of the repository exists; every type that a page
names in backticks occurs in the sources; the tests that SECURITY.md names are there; docs/ARCHITECTURE.md names every target, with
the imports that Package.swift gives it. Prints what is wrong and exits with 1."""

import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
FOLDERS = "Sources|Tests|docs|spec|tools|models|Examples|python"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def words_of_sources():
    """Every word of the Swift, C and Python sources."""
    words = set(re.findall(r"\w+", read("Package.swift")))
    for top in ("Sources", "Tests", "Examples", "python"):
        for folder, _, names in os.walk(top):
            for name in names:
                if name.endswith((".swift", ".h", ".c", ".py")):
                    words.update(re.findall(r"\b[A-Za-z_][A-Za-z0-9_]*", read(os.path.join(folder, name))))
    return words


def imports():
    """The targets in Sources with the targets and products that each may import, in the order of Package.swift."""
    manifest = re.sub(r"//.*", "", read("Package.swift"))
    found = {}
    for declaration in re.split(r"\n    (?=\.|library\(|tests\()", manifest.split("\n  targets: [")[1]):
        name = re.search(r'"(\w+)"', declaration)
        if name and not declaration.startswith("tests(") and os.path.isdir(os.path.join("Sources", name[1])):
            lists = re.search(r"[\[](.*?)[\]]", re.sub(r'\.product\(name: ("\w+").*?\)', r"\1", declaration), re.DOTALL)
            found[name[1]] = re.findall(r'"(\w+)"', lists[1]) if lists and re.match(r"library|.*dependencies:", declaration, re.DOTALL) else []
    return found


def helpers_of_tests():
    """The targets in Tests that hold no tests."""
    return re.findall(r'name: "(\w+)"(?:,\s+dependencies: [^)]*?)?,\s+path: "Tests/', read("Package.swift"))


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
    for target in sorted(os.listdir("Sources")) + helpers_of_tests():
        if f"`{target}`" not in map_of_targets:
            faults.append(f"docs/ARCHITECTURE.md: does not name the target {target}")
    for target, names in imports().items():
        line = f"| `{target}` | {', '.join(names)} |"
        if names and line not in map_of_targets.splitlines():
            faults.append(f"docs/ARCHITECTURE.md: lacks the line {line}")
    for test in re.findall(r"`(\w+Tests)`", read("SECURITY.md")):
        if test not in words:
            faults.append(f"SECURITY.md: there is no {test}")
    print("\n".join(faults) if faults else f"{len(pages)} pages agree with the repository")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
