#!/usr/bin/env python3
"""Breaks each rule of the plain reader in turn, and demands that some vector notices.

usage: tools/robustness/mutate_reader.py [--list] [--log FILE] [WORD]

A rule is broken by leaving it out, by moving a limit by one, by turning < into <= and the like, by dropping one of several conditions,
and by changing places with the rule behind it. What no vector notices must be in spec/reference/unnoticed.json with a reason, and what is there must go
unnoticed. With WORD, only mutants whose description has it are tried. --list prints all of them. --log keeps what was noticed, a line for each
mutant, and what is noticed there is not tried again: new vectors take nothing back, and a run that was stopped goes on."""

import argparse
import ast
import collections
import importlib.abc
import importlib.util
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../spec")
REFERENCE, VECTORS = os.path.join(SPEC, "reference"), os.path.join(SPEC, "vectors")
CONTAINER = ["basics", "documents", "rzoo", "deltas", "signatures"]
NETWORK = ["schema", "descriptor", "network", "model"]
PICTURES = ["png", "preprocessing"]
MODULES = CONTAINER + NETWORK + PICTURES + ["ed25519", "layers", "integers"]
# Calls that check rules, so that their order counts.
CHECKS = {"require", "build", "read_metadata", "check_kind", "check_lengths", "read_document", "read_architecture", "read_directory", "read_chunk_table", "content", "inflate", "take", "end",
          "read_name", "check_order", "Base", "read_signatures", "Header", "read_section_table", "find_base", "check_crc"}
OTHERS = {ast.Lt: [ast.LtE], ast.LtE: [ast.Lt], ast.Gt: [ast.GtE], ast.GtE: [ast.Gt], ast.Eq: [ast.LtE, ast.GtE]}
RULES = {"documents": "D", "deltas": "BF", "signatures": "SGQ"}  # letters of FORMAT §10 by module
RUNNERS = {"manifest": "run_vector", "networks": "run_network", "pictures": "run_picture"}
PATIENCE = 60  # seconds of the processor for all vectors
BODIES = ("body", "orelse", "finalbody")


def source_of(name):
    with open(os.path.join(REFERENCE, f"{name}.py"), encoding="utf-8") as file:
        return file.read()


def is_check(statement):
    return not isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)) and any(
        isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", None)) in CHECKS for node in ast.walk(statement))


def outcome(statement):
    """The code and offset that a single rule gives; two of the same may change places."""
    call = getattr(statement, "value", None)
    if not isinstance(call, ast.Call) or len(call.args) < 3:
        return [ast.unparse(statement)]
    return [ast.unparse(call.args[1]).strip("'f").split()[-1], ast.unparse(call.args[2])]


def is_limit(node):
    """A number of an assignment outside of functions, or 1 << n."""
    return isinstance(node, ast.Constant) and type(node.value) is int or (
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift) and isinstance(node.left, ast.Constant))


def put(container, key, value):
    """Replaces an element, and returns a function that puts it back."""
    before, container[key] = container[key], value
    return lambda: container.__setitem__(key, before)


def swap(body, number):
    body.insert(number, body.pop(number + 1))
    return lambda: body.insert(number, body.pop(number + 1))


def mutations(tree):
    """Pairs of a description and a function that changes the tree in place, and returns one that changes it back."""
    # Behind the rules stands the command line.
    tree.body = [node for node in tree.body if getattr(node, "name", "") not in ("main", "show", "run_picture", "run_vectors") and "__main__" not in ast.unparse(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("require", "fail", "fail_at") and node.args:
            place = node.args[0]
            yield f"without {ast.unparse(node)[:150]}", lambda node=node: put(node.args, 0, ast.Constant(True))
            for inner in ast.walk(place):
                yield from conditions(inner, node)
        elif isinstance(node, (ast.If, ast.While, ast.IfExp)):
            for inner in ast.walk(node.test):
                yield from conditions(inner, node)
        elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.Compare, ast.BoolOp)):
            for inner in ast.walk(node.value):
                yield from conditions(inner, node)
        for name in BODIES:
            body = getattr(node, name, None)
            for number in range(len(body) - 1 if isinstance(body, list) else 0):
                if is_check(body[number]) and is_check(body[number + 1]) and outcome(body[number]) != outcome(body[number + 1]):
                    text = f"{ast.unparse(body[number + 1])[:110]} / before / {ast.unparse(body[number])[:110]}"
                    yield text, lambda body=body, number=number: swap(body, number)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and "range(256)" not in ast.unparse(statement):
            for node in ast.walk(statement.value):
                for field, value in list(ast.iter_fields(node)):
                    values = value if isinstance(value, list) else [value]
                    for number, inner in enumerate(values):
                        if is_limit(inner) and not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift)):
                            yield from moved(inner, ast.unparse(statement)[:100], (node, field, number, isinstance(value, list)))
            if is_limit(statement.value):
                yield from moved(statement.value, ast.unparse(statement)[:100], (statement, "value", 0, False))


def has_word(comparison):
    """Words have no order that could be mistaken."""
    return any(isinstance(inner, ast.Constant) and isinstance(inner.value, (str, bytes)) for inner in [comparison.left, *comparison.comparators])


def conditions(node, around):
    """Changes of a comparison or of a chain of conditions."""
    text = ast.unparse(around).split("\n")[0][:130]
    if isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            for other in [ast.NotEq] if has_word(node) and type(operator) is ast.Eq else OTHERS.get(type(operator), []):
                yield (f"{type(operator).__name__} as {other.__name__} {number} of {ast.unparse(node)[:60]} in {text}",
                       lambda number=number, other=other: put(node.ops, number, other()))
        for number, inner in enumerate([node.left] + node.comparators):
            if isinstance(inner, ast.Constant) and type(inner.value) is int:
                for step in (-1, 1):
                    yield (f"{inner.value} as {inner.value + step} of {ast.unparse(node)[:60]} in {text}",
                           lambda inner=inner, step=step: put(inner.__dict__, "value", inner.value + step))
    elif isinstance(node, ast.BoolOp):
        for number, value in enumerate(node.values):
            yield f"without condition {ast.unparse(value)[:60]} in {text}", lambda number=number: put(node.values, number, ast.Constant(isinstance(node.op, ast.And)))


def moved(node, text, place):
    owner, field, number, in_list = place
    for step in (-1, 1):
        def change(step=step):
            new = ast.BinOp(node, ast.Add(), ast.Constant(step))
            return put(getattr(owner, field), number, new) if in_list else put(owner.__dict__, field, new)
        yield f"{ast.unparse(node)} moved by {step} in {text}", change


class Endless(BaseException):
    """A changed reader that does not come to an end."""


def end(*_):
    raise Endless


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the reader's modules, one of them changed."""

    def __init__(self):
        self.sources = {name: source_of(name) for name in MODULES}
        self.codes = {name: compile(source, f"{REFERENCE}/{name}.py", "exec") for name, source in self.sources.items()}
        self.changed = {}

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name in self.codes else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__file__ = f"{REFERENCE}/{module.__name__}.py"
        exec(self.changed.get(module.__name__, self.codes[module.__name__]), module.__dict__)


def load(finder, name, code):
    finder.changed = {name: code} if code else {}
    for module in MODULES:
        sys.modules.pop(module, None)
    return importlib.import_module("rzoo")


def agrees(run, vector):
    found = run(VECTORS, vector)
    expected = {key: vector[key] for key in found if key in vector}
    return found == expected and ("error" in found) == ("error" in vector)


def likely_first(name, text, vectors):
    """The vectors with those of the rules and members that a text names in front, then those of the module's rules."""
    words = set(re.findall(r"\b[A-Z]\d+\b", text)) | set(re.findall(r"\w+", text))

    def distance(vector):
        rule = vector.get("rule") or " "
        named = rule in words or words & set(re.findall(r"[a-z_]{4,}", vector.get("field") or ""))
        return (not named, rule[0] not in RULES.get(name, ""))
    return sorted(vectors, key=distance)  # of the rest the quickest come first


def kind_of(module):
    return "pictures" if module in PICTURES else "networks" if module in NETWORK else "manifest"


def sort_vectors(reader, vectors, kinds):
    """Puts the quickest vectors first, when the reader has passed all of them as it is."""
    for kind in kinds or RUNNERS:
        times = {}
        for vector in vectors[kind]:
            start = time.process_time()
            if not agrees(getattr(reader, RUNNERS[kind]), vector):
                sys.exit(f"mutate_reader: the reader does not pass {vector['file']} as it is")
            times[id(vector)] = time.process_time() - start
        vectors[kind].sort(key=lambda vector: times[id(vector)])


def is_noticed(finder, name, code, vectors, text=""):
    """Whether a vector tells the changed reader from the true one; a reader that ends with an error of its own is told too."""
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
        run = getattr(load(finder, name, code), RUNNERS[kind_of(name)])
        return not all(agrees(run, vector) for vector in likely_first(name, text, vectors[kind_of(name)]))
    except (Exception, Endless):  # noqa: BLE001
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def logged(path):
    """How many mutants of each description a log has as noticed."""
    if not path or not os.path.exists(path):
        return collections.Counter()
    with open(path, encoding="utf-8") as file:
        return collections.Counter(map(json.loads, file))


def main():
    global VECTORS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word", nargs="?", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--log")
    options = parser.parse_args()
    with open(os.path.join(REFERENCE, "unnoticed.json"), encoding="utf-8") as file:
        reasons = {f"{module}: {text}": reason for reason, mutants in json.load(file).items() for module, texts in mutants.items() for text in texts}
    vectors = {}
    for name in ("manifest", "networks", "pictures"):
        with open(os.path.join(VECTORS, f"{name}.json"), encoding="utf-8") as file:
            lists = json.load(file)
            vectors[name] = lists if isinstance(lists, list) else lists["invalid"] + lists["valid"]
    signal.signal(signal.SIGVTALRM, end)
    finder = Finder()
    with tempfile.TemporaryDirectory() as folder:  # whoever makes vectors meanwhile disturbs nothing
        VECTORS = shutil.copytree(VECTORS, os.path.join(folder, "vectors"))
        return try_all(finder, vectors, reasons, options)


def try_all(finder, vectors, reasons, options):
    sys.meta_path.insert(0, finder)
    if not options.list:
        sort_vectors(load(finder, "rzoo", None), vectors, {kind_of(name) for name in CONTAINER + NETWORK + PICTURES if name.startswith(options.word.split(":")[0])})
    tried, wrong, excused, known = 0, [], 0, logged(options.log)
    for name in CONTAINER + NETWORK + PICTURES:
        tree = ast.parse(finder.sources[name])
        for text, change in list(mutations(tree)):
            key = f"{name}: {text}"
            if options.word not in key:
                continue
            tried += 1
            if options.list:
                print(key)
                continue
            noticed = known[key] > 0
            known[key] -= 1
            if not noticed:
                undo = change()
                noticed = is_noticed(finder, name, compile(ast.fix_missing_locations(tree), name, "exec"), vectors, text)
                undo()
                if noticed and options.log:
                    with open(options.log, "a", encoding="utf-8") as file:
                        file.write(json.dumps(key) + "\n")
            excused += not noticed and key in reasons
            if noticed == (key in reasons):
                wrong.append(f"{'noticed, and excused' if noticed else 'not noticed'}: {key}")
                print(wrong[-1], flush=True)
    print(f"{tried} mutants, {excused} that no vector can notice, {len(wrong)} at fault")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
