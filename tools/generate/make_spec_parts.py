#!/usr/bin/env python3
"""Writes the parts of spec/FORMAT.md and spec/NETWORK.md that follow from other files: the tables of members from the schemas, the vectors of
each rule, the worked chunk, the annotated bytes, and the network that is listed whole.

usage: tools/generate/make_spec_parts.py [--check]

With --check it changes nothing and fails if a page would change, if a rule of the page is not the plain reader's, or if one has no vector."""

import json
import os
import re
import struct
import sys

sys.dont_write_bytecode = True
SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../spec")
sys.path.insert(0, os.path.join(SPEC, "reference"))
import rzoo  # noqa: E402
import schema  # noqa: E402
from basics import inflate  # noqa: E402
from model import Model  # noqa: E402

VECTORS = os.path.join(SPEC, "vectors")
SHOWN = 3
SINGLE = 2.0**128 - 2.0**103  # what rounds to no finite binary32 any more


def fail(message):
    sys.exit(f"make_spec_parts: {message}")


# The members of a document


def number(value):
    return f"{value:,}".replace("-", "−") if isinstance(value, int) and abs(value) < 10**7 else "2^64 − 1" if value == 2**64 - 1 else "2^63 − 1" if value == 2**63 - 1 else (
        "−2^63" if value == -2**63 else f"{value:g}".replace("-", "−"))


def limits(rules):
    low, high = rules.get("minimum", rules.get("exclusiveMinimum")), rules.get("maximum", rules.get("exclusiveMaximum"))
    if low is None:
        return ""
    if high == SINGLE:
        return " finite in binary32"
    words = [f"above {number(low)}" if "exclusiveMinimum" in rules else number(low), f"below {number(high)}" if "exclusiveMaximum" in rules else number(high)]
    if "exclusiveMinimum" in rules or "exclusiveMaximum" in rules:
        text = " " + (words[0] if "exclusiveMinimum" in rules else f"{words[0]} or more") + " and " + (words[1] if "exclusiveMaximum" in rules else f"at most {words[1]}")
    else:
        text = f" {words[0]}…{words[1]}"
    return text + (", odd" if "not" in rules else "")


def value_of(rules):
    """What a member may be, in words."""
    if "enum" in rules:
        return ", ".join(f"`{word}`" for word in rules["enum"])
    if "const" in rules:
        return f"`{rules['const']}`"
    if "oneOf" in rules:
        return "object"
    kind = rules["type"]
    if isinstance(kind, list):
        return " or ".join(value_of({**rules, "type": name}) for name in kind)
    if kind == "array":
        low, high = rules.get("minItems", 0), rules.get("maxItems")
        count = f"{low} " if low == high else f"{low}…{high} " if high else "1 or more " if low else ""
        return f"list of {count}{plural(value_of(rules['items']))}"
    if kind == "object" and isinstance(rules.get("additionalProperties"), dict):
        return f"object of any names and {plural(value_of(rules['additionalProperties']))}"
    if kind == "string":
        return "text" + (f" of {rules['minLength']} to {number(rules['maxLength'])} bytes" if "maxLength" in rules else "")
    return {"integer": "integer", "number": "number", "boolean": "true, false", "null": "null", "object": "object"}[kind] + ("" if kind == "null" else limits(rules))


def plural(text):
    head, *rest = text.split(" ")
    return " ".join([head + "s" if head in ("integer", "number", "object", "list", "text") else f"the words {head}"] + rest)


def default_of(name, rules, required):
    if name in required:
        return "required"
    if "default" not in rules:
        return "absent"
    return "empty" if rules["default"] == "" else f"`{json.dumps(rules['default'])}`".replace('"', "" if isinstance(rules["default"], str) else '"')


def member_rows(rules, path=""):
    for form in rules.get("oneOf", []):
        kind = form["properties"]["kind"]["const"]
        for name, inner in form["properties"].items():
            if name != "kind":
                yield from member_row(f"{path}.{name}", inner, default_of(name, inner, form.get("required", [])), f"Of `{kind}`. ")
    for name, inner in rules.get("properties", {}).items():
        yield from member_row(f"{path}.{name}" if path else name, inner, default_of(name, inner, rules.get("required", [])))


def member_row(path, rules, default, before=""):
    yield f"| `{path}` | {value_of(rules)} | {default} | {before}{rules.get('description', '')} |"
    if "oneOf" in rules:
        kinds = [form["properties"]["kind"] for form in rules["oneOf"]]
        usual = [kind["default"] for kind in kinds if "default" in kind]
        words = ", ".join(f"`{kind['const']}`" for kind in kinds)
        yield f"| `{path}.kind` | {words} | {f'`{usual[0]}`' if usual else 'required'} | The form; members of other forms are refused. |"
    items, others = rules.get("items", {}), rules.get("additionalProperties", False)
    if isinstance(others, dict) and "properties" in others:
        yield from member_rows(others, f"{path}.*")
    yield from member_rows(items if "properties" in items else rules, f"{path}[]" if "properties" in items else path)


def table(name):
    rows, seen = ["| member | value | default | meaning |", "|---|---|---|---|"], {}
    for row in member_rows(schema.load(name)):
        start = "|".join(row.split("|")[:4])
        if start in seen:  # the same member of another form
            old = rows[seen[start]]
            kind = re.search(r"Of (`\w+`)\. ", row).group(1)
            rows[seen[start]] = re.sub(r"Of ((`\w+`(, )?)+)\. ", lambda found: f"Of {found.group(1)}, {kind}. ", old)
        else:
            seen[start] = len(rows)
            rows.append(row)
    return rows


# The vectors of each rule


def rules_of_reader():
    """The codes of each rule that the plain reader knows."""
    codes = {}
    for name in sorted(os.listdir(os.path.join(SPEC, "reference"))):
        if name.endswith(".py"):
            with open(os.path.join(SPEC, "reference", name), encoding="utf-8") as file:
                for rule, code in re.findall(r'"([A-Z]\d+) ([a-zA-Z]+)"', file.read()):
                    codes.setdefault(rule, set()).add(code)
    return codes


def rule_rows(lines):
    with open(os.path.join(VECTORS, "manifest.json"), encoding="utf-8") as file:
        invalid = json.load(file)["invalid"]
    named, listed, result = {}, set(), []
    for vector in invalid:
        named.setdefault(vector["rule"], []).append(vector)
    codes = rules_of_reader()
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if not cells or not re.fullmatch(r"[A-Z]\d+", cells[0]):
            result.append(line)
            continue
        rule, vectors = cells[0], named.pop(cells[0], [])
        listed.add(rule)
        allowed = set(re.findall(r"`(\w+)`", cells[2]))
        wrong = [vector["file"] for vector in vectors if vector["error"] not in allowed] if allowed else []
        if wrong or allowed and not codes.get(rule, allowed) <= allowed:
            fail(f"rule {rule}: the page has {sorted(allowed)}, the reader {sorted(codes.get(rule, []))}, {wrong[:3]}")
        if not vectors and not cells[4].startswith("none: ") and rule != "F5":
            fail(f"rule {rule} has no vector")
        names = [vector["file"].removeprefix("invalid/").removesuffix(".rzoo") for vector in vectors]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        cells[4] = ", ".join(f"`{name}`" for name in names[:SHOWN]) + more if names else cells[4]
        result.append("| " + " | ".join(cells) + " |")
    if named:
        fail(f"vectors of rules that the page does not have: {sorted(named)}")
    if missing := set(codes) - listed:
        fail(f"rules of the reader that the page does not have: {sorted(missing)}")
    return result


def unnoticed_rows():
    with open(os.path.join(SPEC, "reference", "unnoticed.json"), encoding="utf-8") as file:
        reasons = json.load(file)
    rows = []
    for reason, mutants in reasons.items():
        texts = [text for list_ in mutants.values() for text in list_]
        rules = sorted(set(re.findall(r"\b([A-Z]\d+) [a-z]", " ".join(texts))), key=lambda rule: (rule[0], int(rule[1:])))
        rows.append(f"| {len(texts)} in {', '.join(f'`{name}.py`' for name in mutants)} | {', '.join(rules)} | {reason} |")
    return rows


# Bytes


def spaced(data):
    return " ".join(f"{byte:02x}" for byte in data)


def worked_chunk(name):
    checkpoint = rzoo.Checkpoint(os.path.join(VECTORS, "valid", f"{name}.rzoo"))
    tensor, = checkpoint.tensors
    chunk, = tensor.chunks
    checkpoint.file.seek(chunk.position)
    stored = checkpoint.file.read(chunk.stored_length)
    decoded = checkpoint.load(tensor)
    values = struct.unpack(f"<{len(decoded) // 4}f", decoded)
    words = [int.from_bytes(decoded[at:at + 4], "little") for at in range(0, len(decoded), 4)]
    turned = [(word << 1 | word >> 31) & 0xFFFFFFFF for word in words]
    count = len(words)
    rows = ["```", "element     value   as u32      rotated     top  next  half-word"]
    rows += [f"{place:7}  {value:8g}  0x{word:08x}  0x{turn:08x}  {turn >> 24:02x}   {turn >> 16 & 255:02x}    {turn & 65535:04x}"
             for place, (value, word, turn) in enumerate(zip(values, words, turned))]
    parts = [("half-words, 2n bytes", stored[:2 * count]), ("next bytes, n bytes", stored[2 * count:3 * count]), ("deflate stream of the n top bytes", stored[3 * count:])]
    top = bytes(turn >> 24 for turn in turned)
    if inflate(stored[3 * count:], count, "L2 badChunkContent", 0) != top or stored[:3 * count] != (
            b"".join(struct.pack("<H", turn & 65535) for turn in turned) + bytes(turn >> 16 & 255 for turn in turned)):
        fail(f"the chunk of {name} is not the worked one")
    rows += ["", f"decoded, {len(decoded)} bytes:  {spaced(decoded[:16])}"] + [f"{'':20}{spaced(decoded[at:at + 16])}" for at in range(16, len(decoded), 16)]
    rows += [f"stored, {len(stored)} bytes, of which"] + [f"  {what + ':':34} {spaced(part)}" for what, part in parts]
    return rows + ["```"]


def annotated(name):
    path = os.path.join(VECTORS, "valid", f"{name}.rzoo")
    with open(path, "rb") as file:
        data = file.read()
    checkpoint = rzoo.Checkpoint(path)
    rows, at = ["```"], 0

    def take(count, text):
        nonlocal at
        for start in range(at, at + count, 16):
            rows.append(f"{start:4}  {spaced(data[start:min(start + 16, at + count)]):47}  {text if start == at else ''}".rstrip())
        at += count

    for count, text in ((8, "magic"), (2, "minimum reader version"), (2, "writer version"), (4, "section count"), (8, "file length"),
                        (8, "blob offset"), (8, "blob length"), (32, "content root"), (16, "reserved"), (4, "section table CRC"), (4, "header CRC, of 0…91")):
        take(count, f"{text} {int.from_bytes(data[at:at + count], 'little')}" if count <= 8 and "CRC" not in text and text != "magic" else text)
    kinds = []
    for _ in range(checkpoint.header.section_count):
        kinds.append(data[at:at + 4].decode())
        take(4, f"kind `{kinds[-1]}`".replace("`", "'"))
        for count, text in ((1, "encoding"), (1, "flags"), (2, "since version"), (8, "offset"), (4, "stored length"), (4, "decoded length"), (4, "CRC"), (4, "reserved")):
            take(count, text if text == "CRC" else f"{text} {int.from_bytes(data[at:at + count], 'little')}")
    for kind in kinds:
        end = min([offset for offset in checkpoint.at.values() if offset > at] + [len(data)])
        if kind in ("arch", "meta"):
            take(len(checkpoint.architecture if kind == "arch" else checkpoint.metadata), f"{kind}: {(checkpoint.architecture if kind == 'arch' else checkpoint.metadata).decode()}")
        elif kind == "tens":
            for count, text in ((4, "tens: tensor count"), (1, "chunk exponent"), (3, "reserved")):
                take(count, f"{text} {int.from_bytes(data[at:at + count], 'little')}")
        elif end > at:
            take(0, kind)
    if at < len(data):
        take(len(data) - at, "padding of the index; the chunk table and the blobs are empty")
    return rows + ["```"]


def listed(name):
    stack = rzoo.Stack(os.path.join(VECTORS, "networks", f"{name}.rzoo"))
    model = Model(stack)
    with open(os.path.join(VECTORS, "networks.json"), encoding="utf-8") as file:
        entry = next(entry for entry in json.load(file)["valid"] if entry["file"] == f"networks/{name}.rzoo")
    rows = ["```", f"arch  {stack.top.architecture.decode()}", f"meta  {stack.top.metadata.decode()}", ""]
    rows += [f"{tensor.name.decode():32} {tensor.type}  {tensor.shape}" for tensor in stack.tensors]
    rows += ["", "What it computes, step by step (the plain reader's names):", ""]
    for place, node in enumerate(model.nodes):
        words = [f"{key} {node[key]}" for key in ("kernel", "stride", "padding") if key in node and node[key] not in (0,)]
        source = "" if node["inputs"] in ([], [place - 1]) else " of " + " and ".join(model.nodes[number]["name"] for number in node["inputs"])
        rows.append(f"{node['name']:24} {node['kind'].replace('_', ' ')}{source}, {node['channels']} channels{', ' if words else ''}{', '.join(words)}")
    return rows + ["", f"seed {entry['seed']}, input {entry['input_size']}: logits {entry['logits']}", "```"]


PARTS = {"table": lambda name, lines: table(name), "rules": lambda name, lines: rule_rows(lines), "unnoticed": lambda name, lines: unnoticed_rows(),
         "chunk": lambda name, lines: worked_chunk(name), "hex": lambda name, lines: annotated(name), "network": lambda name, lines: listed(name)}


def renewed(text):
    def part(found):
        kind, _, name = found.group(1).partition(" ")
        lines = PARTS[kind](name, found.group(2).split("\n")[:-1])
        return f"<!-- {found.group(1)} -->\n" + "".join(line + "\n" for line in lines) + "<!-- end -->"
    return re.sub(r"<!-- ([a-z]+(?: [\w-]+)?) -->\n(.*?)<!-- end -->", part, text, flags=re.DOTALL)


def main():
    for name in ("FORMAT.md", "NETWORK.md"):
        path = os.path.join(SPEC, name)
        with open(path, encoding="utf-8") as file:
            old = file.read()
        new = renewed(old)
        if "--check" in sys.argv[1:] and new != old:
            fail(f"spec/{name} is not what its sources say; run tools/generate/make_spec_parts.py")
        if new != old:
            with open(path, "w", encoding="utf-8") as file:
                file.write(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
