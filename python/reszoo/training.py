"""Fine-tuning, with a function that is called after each epoch."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ._command import arguments_of, end, raise_error, start
from .jobs import file_of, options_of
from .model import Model

OnEpoch = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Training:
    """A training that has ended, or was stopped."""

    output: str
    """The file of the trained checkpoint. If the training was stopped there is none; its state lies beside it."""
    epochs: list[dict[str, Any]] = field(default_factory=list)
    """What each epoch of this call gave: "epoch", "loss", "accuracy", "validation_loss", "validation_top1", "is_best" and so on."""
    stopped: bool = False
    """True if `on_epoch` asked for the end. `finetune` with `resume=True` continues."""

    @property
    def best(self) -> dict[str, Any] | None:
        """The best epoch of this call, by validation; the last one without validation."""
        marked = [epoch for epoch in self.epochs if epoch.get("is_best")]
        found = marked or self.epochs
        return found[-1] if found else None


def finetune(
    model: Model | str | os.PathLike[str],
    dataset: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str],
    on_epoch: OnEpoch | None = None,
    **options: Any,
) -> Training:
    """Adapts a trained network to other classes, as `reszoo finetune` does.

    - model: the network to start from.
    - dataset: a folder with a folder for each class, or a manifest.
    - output: the file for the trained checkpoint.
    - on_epoch: called after each epoch with its figures. If it returns False the training stops, with its state saved.
    - options: those of the command, such as `epochs=5`, `train="layer4,fc"`, `lr=0.01`, `validation=FOLDER`, `resume=True`, `force=True`. `precision` is
      that of the frozen layers: "f32", "bf16", "auto", or "int8" for a quantized network, whose frozen layers then stay as they are; a
      model's own precision does not count.

    Ctrl-C, or an error in `on_epoch`, ends the training with the state of the last whole epoch saved; with `resume=True` the same call
    continues, or starts if there is nothing to continue.
    """
    if "log" in options:
        raise TypeError("finetune takes no log: on_epoch gets what a log would have, and the result has it")
    target = os.path.abspath(os.fspath(output))
    epochs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="reszoo-") as folder, file_of(model) as path:
        log = os.path.join(folder, "log.jsonl")
        arguments = [path, os.fspath(dataset), f"--output={target}", f"--log={log}", "--quiet"]
        given = arguments_of({**options_of(model, training=True), **options})
        process = start("finetune", *arguments, *given, stdout=subprocess.DEVNULL)
        try:
            stopped, errors = _follow(process, _Tail(log), epochs, on_epoch)
        except BaseException:
            end(process)
            raise
    if not stopped and process.returncode != 0:
        raise_error(process.returncode, errors)
    return Training(target, epochs, stopped)


def _follow(process: subprocess.Popen[bytes], tail: _Tail, epochs: list[dict[str, Any]], on_epoch: OnEpoch | None) -> tuple[bool, str]:
    """Reports epochs until the process ends. Returns whether it was stopped, and what it printed."""
    while True:
        try:
            # Reads what is printed, too, so that the command never waits for a full pipe.
            errors = process.communicate(timeout=0.1)[1]
            has_ended = True
        except subprocess.TimeoutExpired:
            errors, has_ended = b"", False
        for line in tail.lines():
            if "epoch" not in line or "step" in line:
                continue
            epochs.append(line)
            if on_epoch is not None and on_epoch(dict(line)) is False and not has_ended:
                end(process)
                return process.returncode != 0, ""
        if has_ended:
            return False, errors.decode("utf-8", "replace")


class _Tail:
    """The lines that are added to a log."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._position = 0

    def lines(self) -> list[dict[str, Any]]:
        """The whole lines that are new."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._position)
                text = file.read()
        except FileNotFoundError:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._position += len(whole)
        return [json.loads(line) for line in whole.splitlines()]
