"""§3.2 of FORMAT.md: documents."""

import json
import math

from basics import Fault, require

VALUE_LIMIT, DEPTH_LIMIT, NUMBER_LIMIT, NAME_LIMIT = 65_536, 64, 256, 255

# Code points that a name of an architecture does not have.
HIDDEN = [(0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
          (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
          (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)]

class Members(list):
    """The members of a JSON object, as pairs."""

def read_document(data, offset):
    def number(text):
        require(len(text) <= NUMBER_LIMIT, "D9 badDocument", offset, f"a number of {len(text)} bytes")
        require(math.isfinite(float(text)), "D10 badDocument", offset, f"{text} is beyond binary64")
        return float(text)

    def refuse(word):
        raise Fault("D4 badDocument", offset, f"{word} is not JSON")

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault("D3 badText", offset, str(error)) from None
    try:
        document = json.loads(text, object_pairs_hook=Members, parse_int=number, parse_float=number, parse_constant=refuse)
    except RecursionError:
        raise Fault("D7 badDocument", offset, "values too deep within each other") from None
    except ValueError as error:
        raise Fault("D4 badDocument", offset, str(error)) from None
    require(isinstance(document, Members), "D4 badDocument", offset, "not an object")
    count, depth, level = 0, 0, [document]
    while level:  # the values that lie `depth` within each other
        depth, count, inner = depth + 1, count + len(level), []
        require(depth <= DEPTH_LIMIT, "D7 badDocument", offset, "values too deep within each other")
        require(count <= VALUE_LIMIT, "D8 badDocument", offset, "too many values")
        for value in level:
            names = [name for name, _ in value] if isinstance(value, Members) else []
            require(len(set(names)) == len(names), "D5 badDocument", offset, "a name twice")
            texts = [value] if isinstance(value, str) else names
            require(not any("\ud800" <= c <= "\udfff" for c in "".join(texts)), "D6 badDocument", offset, "half a pair")
            if isinstance(value, list):
                inner += [member for _, member in value] if isinstance(value, Members) else value
        level = inner
    return data, document

def read_architecture(data, offset):
    """`arch` as a document: its name can be printed beside a verdict."""
    data, document = read_document(data, offset)
    for name, value in document:
        if name == "name" and isinstance(value, str):
            require(1 <= len(value.encode()) <= NAME_LIMIT, "D11 badDocument", offset, "a name that is empty or too long")
            hidden = any(first <= ord(c) <= last for c in value for first, last in HIDDEN)
            require(not hidden, "D11 badDocument", offset, "a name with a hidden character")
    return data
