"""The part of JSON Schema (draft 2020-12) that the schemas beside NETWORK.md use: what is wrong with a document, and where."""

import json
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")

def load(name):
    with open(os.path.join(FOLDER, f"{name}.schema.json"), encoding="utf-8") as file:
        return json.load(file)

def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)

TYPES = {"object": lambda value: isinstance(value, dict), "array": lambda value: isinstance(value, list),
         "string": lambda value: isinstance(value, str), "boolean": lambda value: isinstance(value, bool),
         "number": is_number, "integer": lambda value: is_number(value) and value == int(value), "null": lambda value: value is None}
LIMITS = {"minimum": lambda value, limit: value >= limit, "maximum": lambda value, limit: value <= limit,
          "exclusiveMinimum": lambda value, limit: value > limit, "exclusiveMaximum": lambda value, limit: value < limit}

class Misfit(Exception):
    """A member that does not fit: its path, such as `stages[1].width`, and why."""

    def __init__(self, path, message):
        super().__init__(message)
        self.path, self.message = path, message

def below(path, name):
    return f"{path}.{name}" if path else name

def choice(value, schema):
    """Of several forms of an object, the one whose `kind` it has."""
    def kind(form):
        return form["properties"]["kind"]
    for form in schema["oneOf"]:
        found = value.get("kind")
        if (kind(form).get("default") if found is None else found) == kind(form)["const"]:
            return form
    return None

def filled(value, schema, path=""):
    """A document with the defaults of members that are absent, None for those that have none. Raises `Misfit`."""
    if "oneOf" in schema:
        if not isinstance(value, dict):
            raise Misfit(path, "not an object")
        form = choice(value, schema)
        if form is None:
            raise Misfit(below(path, "kind"), "none of the forms")
        schema = form
    types = schema.get("type", [])
    if types and not any(TYPES[name](value) for name in ([types] if isinstance(types, str) else types)):
        raise Misfit(path, f"not of type {types}")
    if "enum" in schema and value not in schema["enum"]:
        raise Misfit(path, f"{value!r} is none of {schema['enum']}")
    if is_number(value):
        for word, keeps in LIMITS.items():
            if word in schema and not keeps(value, schema[word]):
                raise Misfit(path, f"{value} is beyond {schema[word]}")
        if "not" in schema and value % schema["not"]["multipleOf"] == 0:
            raise Misfit(path, f"{value} is not odd")
    if types == "integer":
        return int(value)
    if isinstance(value, str) and not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        raise Misfit(path, f"a text of {len(value)} characters")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            raise Misfit(path, f"{len(value)} elements")
        return [filled(item, schema.get("items", {}), f"{path}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, dict):
        return filled_object(value, schema, path)
    return value

def filled_object(value, schema, path):
    known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    result = {}
    for name, member in value.items():
        if name not in known and others is False:
            raise Misfit(below(path, name), "no such member")
        if member is not None or name not in known:
            result[name] = filled(member, known.get(name, others), below(path, name))
    for name, rules in known.items():
        if name not in result and name in schema.get("required", []):
            raise Misfit(below(path, name), "missing")
        if name not in result:
            result[name] = filled(rules["default"], rules, below(path, name)) if "default" in rules else None
    return result
