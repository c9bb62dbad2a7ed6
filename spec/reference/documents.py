"""§3.2 of FORMAT.md: documents."""

import json
import math

from basics import Fault, require

VALUE_LIMIT, DEPTH_LIMIT, NUMBER_LIMIT = 65_536, 64, 256

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
    return data
