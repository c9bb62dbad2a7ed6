"""The command's work on models and data sets as functions: `inspect`, `convert`, `quantize`, `evaluate`, `audit` and others."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from ._command import arguments_of, run_json, run_text
from .errors import ArgumentError
from .model import Model

_Images = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def inspect(path: str | os.PathLike[str], **options: Any) -> dict[str, Any]:
    """What a file holds, without reading its weights: a checkpoint, or weights of PyTorch, safetensors, ONNX, Keras or NumPy.

    - options: those of `reszoo inspect`, such as `prefix="encoder."`.
    """
    report: dict[str, Any] = run_json("inspect", os.fspath(path), "--json", "--tensors", *arguments_of(options))
    return report


def convert(source: str | os.PathLike[str], output: str | os.PathLike[str], **options: Any) -> dict[str, Any]:
    """Makes a checkpoint of pretrained weights, or of another checkpoint. Returns the report of `reszoo convert --json`.

    - options: those of `reszoo convert`, such as `arch="resnet50"`, `num_classes=3`, `dtype="f16"`, `force=True`.
    """
    arguments = [os.fspath(source), f"--output={os.fspath(output)}", "--json", "--quiet"]
    report: dict[str, Any] = run_json("convert", *arguments, *arguments_of(options))
    return report


def quantize(
    model: Model | str | os.PathLike[str], images: str | os.PathLike[str], output: str | os.PathLike[str], **options: Any
) -> dict[str, Any]:
    """Makes a network that computes with 8-bit integers. Returns the report of `reszoo quantize --json`: "images", "layers",
    "layers_in_floats", "bytes", and with a data set as `validation` the "effect" on its accuracy.

    - model: a model, with the key, the bases and the threads that it was opened with, or a file.
    - images: some hundred images without labels, such as the network will see: a folder, or a data set.
    - options: those of `reszoo quantize`, such as `pictures=300`, `validation="test"`, `max_drop=0.1`, `keep="conv1,fc"`.
    """
    with file_of(model) as path:
        arguments = [path, os.fspath(images), f"--output={os.fspath(output)}", "--json", "--quiet"]
        given = {**options_of(model, training=True), **options}
        report: dict[str, Any] = run_json("quantize", *arguments, *arguments_of(given))
    return report


def audit(
    dataset: str | os.PathLike[str],
    output: str | os.PathLike[str],
    model: Model | str | os.PathLike[str] | None = None,
    **options: Any,
) -> list[dict[str, Any]]:
    """Looks for copies, wrong labels, leaks and bad images in a data set. Returns the lines of `findings.jsonl`: "kind", "input", "score",
    "reason", and where they apply "label", "suggested_label", "part", "group", "others" and "suggestion".

    - dataset: a folder with a folder for each class, a manifest, shards, or a folder of images without labels.
    - output: the folder for the page and the findings.
    - model: a model, or a file, by whose features labels and outliers are looked for; None to look for what needs none.
    - options: those of `reszoo audit`, such as `validation="val"`, `mirror=True`, `seed=1`.
    """
    arguments = [os.fspath(dataset), f"--output={os.fspath(output)}", "--quiet"]
    if model is None:
        run_text("audit", *arguments, *arguments_of(options))
    else:
        with file_of(model) as path:
            given = {**options_of(model, training=True), **options}
            given.pop("ignore_exif", None)
            run_text("audit", *arguments, f"--model={path}", *arguments_of(given))
    with open(os.path.join(output, "findings.jsonl"), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def evaluate(model: Model | str | os.PathLike[str], dataset: str | os.PathLike[str], **options: Any) -> dict[str, Any]:
    """Measures a network on images whose classes are known. Returns the report of `reszoo evaluate --format json`: "images", "correct",
    "top1", "loss", "errors" (images that could not be read), and figures of each class.

    - model: a model, which is evaluated with the options that it has, or a file.
    - dataset: a folder with a folder for each class, a manifest, or shards.
    - options: those of `reszoo evaluate`, such as `tta="flip"`, `predictions="answers.csv"`.
    """
    with file_of(model) as path:
        arguments = [path, os.fspath(dataset), "--format=json", "--quiet"]
        given = {**options_of(model), **options}
        report: dict[str, Any] = run_json("evaluate", *arguments, *arguments_of(given), accept=(0, 1))
    return report


def calibrate(model: Model | str | os.PathLike[str], dataset: str | os.PathLike[str], **options: Any) -> dict[str, Any]:
    """Measures how far a network's probabilities can be believed, and fits a temperature. Returns the report of `reszoo calibrate --format
    json`: "ece", "adaptive_ece", "nll", "brier", "temperature" (missing where none is best), "ece_calibrated", "conformal", "threshold".

    - model: a model, with the options that it has, or a file.
    - dataset: images whose classes are known, and that the network was not trained on.
    - options: those of `reszoo calibrate`, such as `output="calibrated.rzoo"`, `target=0.99`, `coverage=0.9`, `report="report"`.
    """
    with file_of(model) as path:
        arguments = [path, os.fspath(dataset), "--format=json", "--quiet"]
        given = {**options_of(model), **options}
        report: dict[str, Any] = run_json("calibrate", *arguments, *arguments_of(given), accept=(0, 1))
    return report


def compare(
    models: Sequence[Model | str | os.PathLike[str]], dataset: str | os.PathLike[str], **options: Any
) -> dict[str, Any]:
    """Says which of several networks is better on the same images. Returns the report of `reszoo compare --format json`: of two models "a" and
    "b", "only_a_right", "only_b_right", "mcnemar_p", "difference" (b less a), "difference_interval", "flips"; of more "models" and "pairs".

    - models: two or more models or files. Of the options that models were opened with the key and the bases count; the key must be that of
      all of them.
    - dataset: images whose classes are known.
    - options: those of `reszoo compare`, such as `no_speed=True`, `report="report"`, `precision="bf16"`.
    """
    with ExitStack() as stack:
        paths = [stack.enter_context(file_of(model)) for model in models]
        arguments = [*paths, os.fspath(dataset), "--format=json", "--quiet"]
        given = {**_common_options(models), **options}
        report: dict[str, Any] = run_json("compare", *arguments, *arguments_of(given), accept=(0, 1))
    return report


def build_index(
    model: Model | str | os.PathLike[str], images: _Images, output: str | os.PathLike[str], **options: Any
) -> dict[str, Any]:
    """Writes an index of the embeddings of images, for `similar`. Returns the report of `reszoo similar --build --format json`: "images" in the
    index, "errors" (images that could not be read and are not in it), "width", "bytes".

    - model: a model, with the options that it has, or a file.
    - images: image files and folders of them, or one.
    - options: those of `reszoo similar`, such as `force=True`.
    """
    with file_of(model) as path:
        arguments = [path, *_paths(images), f"--build={os.fspath(output)}", "--format=json", "--quiet"]
        report: dict[str, Any] = run_json("similar", *arguments, *arguments_of({**options_of(model), **options}), accept=(0, 1))
    return report


def similar(
    model: Model | str | os.PathLike[str], images: _Images, among: str | os.PathLike[str], top: int = 5, **options: Any
) -> list[dict[str, Any]]:
    """Finds the images that are most like each of some, by the cosine of the angle between embeddings. Returns, for each image in order, the
    "input" and the "nearest" ("image", "similarity"), or the "error" of one that could not be read.

    - model: a model, with the options that it has, or a file.
    - images: image files and folders of them, or one.
    - among: a folder of images, or an index that `build_index` wrote with the same model.
    - top: how many are listed for each.
    - options: those of `reszoo similar`.
    """
    with file_of(model) as path:
        arguments = [path, *_paths(images), f"--among={os.fspath(among)}", f"--top={top}", "--format=json", "--quiet"]
        report = run_json("similar", *arguments, *arguments_of({**options_of(model), **options}), accept=(0, 1))
    results: list[dict[str, Any]] = report["results"]
    return results


def _paths(images: _Images) -> list[str]:
    return [os.fspath(images)] if isinstance(images, (str, os.PathLike)) else [os.fspath(path) for path in images]


def explain(
    model: Model | str | os.PathLike[str],
    images: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    classes: str | int | Iterable[str | int] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Shows which parts of images a network's answers rest on: a folder with a page, an image for each map, and with `array=True` the maps as
    NumPy files. Returns what its `explain.json` says: for each of "images" its "input", and the likeliest classes as "top" and "maps", or an
    "error"; of each map the explained number as "value", whether there is "evidence" for it, the sum that must come out as "check", and its
    files "image" and "array" in the folder.

    - model: a model, with the key, the bases and the threads that it was opened with, or a file.
    - images: files or folders, or one of them.
    - output: the folder. It appears whole; an earlier one of explanations is replaced.
    - classes: the classes to explain, by label or number; the likeliest by default.
    - options: those of `reszoo explain`, such as `method="classmap"`, `node="layer3"`, `size=448`, `compare_class="cat"`, `array=True`.
    """
    paths = [images] if isinstance(images, (str, os.PathLike)) else list(images)
    named = [] if classes is None else [classes] if isinstance(classes, (str, int)) else list(classes)
    with file_of(model) as path:
        arguments = [path, *map(os.fspath, paths), f"--output={os.fspath(output)}", "--format=json", "--quiet"]
        given = {**options_of(model, training=True), "class": [str(each) for each in named], **options}
        report: dict[str, Any] = run_json("explain", *arguments, *arguments_of(given), accept=(0, 1))
    return report


@contextmanager
def file_of(model: Model | str | os.PathLike[str]) -> Iterator[str]:
    """A file with the model, for the command."""
    if not isinstance(model, Model):
        yield os.fspath(model)
    elif model.path is not None:
        yield model.path
    else:
        with tempfile.NamedTemporaryFile(prefix="reszoo-", suffix=".rzoo") as file:
            file.write(model._bytes)
            file.flush()
            yield file.name


def options_of(model: Model | str | os.PathLike[str], training: bool = False) -> dict[str, Any]:
    """The options with which a model was opened, as the command's.

    - training: True for a command that makes a network, which has fewer.
    """
    if not isinstance(model, Model):
        return {}
    options = model._options
    given: dict[str, Any] = {
        "threads": options.threads or None,
        "ignore_exif": options.ignore_exif,
        "base": list(options.bases),
    }
    if not training:
        given |= {
            "batch": options.batch or None,
            "exact": options.precision == "exact",
            "precision": options.precision if options.precision in ("bf16", "auto") else None,
            "optimize": options.goal if options.goal != "throughput" else None,
        }
    if options.public_key is not None:
        given["public_key"] = _key_argument(options.public_key)
    return given


def _common_options(models: Sequence[Model | str | os.PathLike[str]]) -> dict[str, Any]:
    """The bases of all models and their key, which must be one."""
    every = [options_of(model) for model in models]
    keys = {given.get("public_key") for given in every}
    if len(keys) > 1:
        raise ArgumentError("the models were opened with different keys, or some with none; open all with the same one")
    bases = list(dict.fromkeys(base for given in every for base in given.get("base", [])))
    common: dict[str, Any] = {"base": bases}
    for key in keys - {None}:
        common["public_key"] = key
    return common


def _key_argument(text: str) -> str:
    """A key in hexadecimal digits: the command takes any other text for the name of a file."""
    if not text.lstrip().startswith("-----BEGIN"):
        return text
    body = "".join(line for line in text.splitlines() if "-----" not in line)
    # The key is the end of the structure (RFC 8410).
    return base64.b64decode(body)[-32:].hex()
