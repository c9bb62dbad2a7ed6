"""§3.2 of FORMAT.md: documents."""

import json

from basics import Fault, require

VALUE_LIMIT, DEPTH_LIMIT, NUMBER_LIMIT = 65_536, 64, 256

class Members(list):
    """The members of a JSON object, as pairs."""

def read_document(data, offset):
    def number(text):
        require(len(text) <= NUMBER_LIMIT, "badDocument", offset, f"a number of {len(text)} bytes")
        return float(text)

    def refuse(word):
        raise Fault("badDocument", offset, f"{word} is not JSON")

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault("badText", offset, str(error)) from None
    try:
        document = json.loads(text, object_pairs_hook=Members, parse_int=number, parse_float=number, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Fault("badDocument", offset, str(error)) from None
    require(isinstance(document, Members), "badDocument", offset, "not an object")
    count, depth, level = 0, 0, [document]
    while level:  # the values that lie `depth` within each other
        depth, count, inner = depth + 1, count + len(level), []
        require(depth <= DEPTH_LIMIT and count <= VALUE_LIMIT, "badDocument", offset, "too many values")
        for value in level:
            names = [name for name, _ in value] if isinstance(value, Members) else []
            require(len(set(names)) == len(names), "badDocument", offset, "a name twice")
            texts = [value] if isinstance(value, str) else names
            require(not any("\ud800" <= c <= "\udfff" for c in "".join(texts)), "badDocument", offset, "half a pair")
            if isinstance(value, list):
                inner += [member for _, member in value] if isinstance(value, Members) else value
        level = inner
    return data
