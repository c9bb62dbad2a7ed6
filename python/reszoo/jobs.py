"""The command's `inspect`, `convert`, `quantize`, `evaluate` and `explain` as functions."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ._command import arguments_of, run_json
from .model import Model


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


def _key_argument(text: str) -> str:
    """A key in hexadecimal digits: the command takes any other text for the name of a file."""
    if not text.lstrip().startswith("-----BEGIN"):
        return text
    body = "".join(line for line in text.splitlines() if "-----" not in line)
    # The key is the end of the structure (RFC 8410).
    return base64.b64decode(body)[-32:].hex()
