#!/usr/bin/env python3
"""Makes the manual pages reszoo.1 and reszoo-COMMAND.1 of what the program's own help says.

    tools/generate/make_manual.py PROGRAM OUTDIR
"""
import json
import re
import subprocess
import sys
from pathlib import Path


def text(words):
    """Text as roff takes it: no escape, no request."""
    words = words.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in words.split("\n"))


def discussion(words):
    """Paragraphs; lines that are indented stay as they are, lines in capitals are headings."""
    lines = []
    isVerbatim = False
    for line in words.split("\n"):
        isIndented = line.startswith("  ")
        if isIndented != isVerbatim:
            lines.append(".nf\n.RS" if isIndented else ".RE\n.fi")
            isVerbatim = isIndented
        if not line.strip():
            lines.append(".PP")
        elif re.fullmatch(r"[A-Z][A-Z ]+", line):
            lines.append(".SS " + line)
        else:
            lines.append(text(line[2:] if isIndented else line))
    return lines + ([".RE\n.fi"] if isVerbatim else [])


def argument(record):
    value = f"<{record['valueName']}>"
    if record["kind"] == "positional":
        term = f"\\fI{text(value)}\\fR"
    else:
        dashes = {"long": "--", "short": "-", "longWithSingleDash": "-"}
        names = sorted((dashes[n["kind"]] + n["name"] for n in record["names"]), key=len)
        term = ", ".join(f"\\fB{text(name)}\\fR" for name in names)
        if record["kind"] == "option":
            term += f" \\fI{text(value)}\\fR"
    words = record.get("abstract", "")
    if record.get("allValues"):
        words += f" One of {', '.join(record['allValues'])}."
    if record.get("defaultValue") is not None and "(default:" not in words:
        words += f" The default is {record['defaultValue']}."
    return [".TP", term, text(words)]


def usage(program, names):
    shown = subprocess.run([program, *names, "--help"], capture_output=True, text=True, check=True).stdout
    lines = shown.split("\nUSAGE: ", 1)[1].split("\n\n", 1)[0].split("\n")
    return [".nf"] + [text(line.strip()) for line in lines] + [".fi"]


def page(program, command, parents, version):
    names = parents + [command["commandName"]]
    name = "-".join(names)
    lines = [
        f'.TH "{name.upper()}" 1 "" "{version}" "ResZoo"',
        ".ad l",
        ".SH NAME",
        f"{text(name)} \\- {text(command['abstract'].rstrip('.'))}",
        ".SH SYNOPSIS",
        *usage(program, names[1:]),
    ]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION", *discussion(command["discussion"])]
    sections = {}
    for record in command.get("arguments", []):
        if record.get("shouldDisplay", True):
            title = record.get("sectionTitle") or ("ARGUMENTS" if record["kind"] == "positional" else "OPTIONS")
            sections.setdefault(title.upper(), []).append(record)
    for title in sorted(sections, key=lambda title: (title != "ARGUMENTS", title == "OPTIONS")):
        lines.append(f".SH {title}")
        for record in sections[title]:
            lines += argument(record)
    others = [c for c in command.get("subcommands", []) if c["commandName"] != "help"]
    if others:
        lines.append(".SH COMMANDS")
        for other in others:
            lines += [".TP", f"\\fB{text(name + ' ' + other['commandName'])}\\fR", text(other["abstract"])]
    related = [f"{text(name)}\\-{text(c['commandName'])}(1)" for c in others] if others else ["reszoo(1)"]
    lines += [".SH SEE ALSO", ", ".join(related)]
    return {name + ".1": "\n".join(lines) + "\n"} | {
        file: page_text for c in others for file, page_text in page(program, c, names, version).items()
    }


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, folder = sys.argv[1], Path(sys.argv[2])
    dump = subprocess.run([program, "--experimental-dump-help"], capture_output=True, text=True, check=True)
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    folder.mkdir(parents=True, exist_ok=True)
    pages = page(program, json.loads(dump.stdout)["command"], [], version.split(",")[0].strip())
    for name, words in pages.items():
        (folder / name).write_text(words)
    print(f"{folder}: {len(pages)} manual pages")


main()
