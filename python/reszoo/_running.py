"""Runs lists of images through the library, into arrays of NumPy."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _structures as c
from ._handles import Handle
from ._images import ImageList, _address
from ._library import call, call_interruptibly, take_text
from .results import Answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

# reszoo_preprocess or reszoo_features: images, cancellation, output, its size in floats, outcomes.
Fill = Callable[[Any, Any, Any, int, Any], None]


class Outcomes:
    """Statuses and messages of images, in the order of the parts."""

    def __init__(self, count: int) -> None:
        self.statuses = np.full(count, 2, np.int32)
        self._addresses = np.zeros(count, np.uintp)

    def structure(self, start: int) -> c.Outcomes:
        """Where the library puts those of the images from `start` on."""
        statuses, addresses = self.statuses[start:], self._addresses[start:]
        return c.Outcomes(statuses=_address(statuses), messages=_address(addresses))

    def take_messages(self) -> list[str | None]:
        """The messages; the library's are given back."""
        messages: list[str | None] = [None] * len(self._addresses)
        for row in np.flatnonzero(self._addresses).tolist():
            messages[row] = take_text(int(self._addresses[row]))
        self._addresses[:] = 0
        return messages


def _over_parts(images: ImageList, outcomes: Outcomes, run: Callable[[Any, int, Any, Any], None]) -> list[str | None]:
    """Calls `run` with each part's images, the place of the first among all, a cancellation, and the outcomes; returns all messages."""

    def body(cancellation: int | None) -> None:
        start = 0
        for part in images.parts:
            run(ctypes.byref(part.structure), start, cancellation, ctypes.byref(outcomes.structure(start)))
            start += part.count

    try:
        call_interruptibly(body, images.count)
    finally:
        messages = outcomes.take_messages()
    return messages


def _in_order(array: NDArray[Any], images: ImageList) -> NDArray[Any]:
    if images.order is None:
        return array
    ordered = np.empty_like(array)
    ordered[images.order] = array
    return ordered


def _finish(outcomes: Outcomes, messages: list[str | None], images: ImageList) -> tuple[NDArray[np.int32], list[str | None]]:
    statuses = _in_order(outcomes.statuses, images)
    if images.order is not None:
        ordered: list[str | None] = [None] * images.count
        for place, message in zip(images.order.tolist(), messages):
            ordered[place] = message
        messages = ordered
    for place, (status, message) in images.refused.items():
        statuses[place], messages[place] = status, message
    return statuses, messages


def classify(handle: Handle, images: ImageList, top: int) -> Answers:
    """The `top` likeliest classes of each image."""
    outcomes = Outcomes(images.count)
    indices = np.full((images.count, top), -1, np.int32)
    probabilities = np.full((images.count, top), np.nan, np.float64)
    logits = np.full((images.count, top), np.nan, np.float32)

    def run(structure: Any, start: int, cancellation: Any, places: Any) -> None:
        rows = [array[start:] for array in (indices, probabilities, logits)]
        answers = c.Answers(top=top, indices=_address(rows[0]), probabilities=_address(rows[1]), logits=_address(rows[2]))
        call("reszoo_classify", handle.address, structure, cancellation, ctypes.byref(answers), places)

    messages = _over_parts(images, outcomes, run)
    statuses, messages = _finish(outcomes, messages, images)
    return Answers(_in_order(indices, images), _in_order(probabilities, images), _in_order(logits, images), statuses, messages)


def fill(images: ImageList, extents: Sequence[int], body: Fill) -> tuple[NDArray[np.float32], NDArray[np.int32], list[str | None]]:
    """An array with `extents` for each image, which `body` fills; statuses and messages."""
    outcomes = Outcomes(images.count)
    output = np.empty((images.count, *extents), np.float32)

    def run(structure: Any, start: int, cancellation: Any, places: Any) -> None:
        rows = output[start:]
        body(structure, cancellation, _address(rows), rows.size, places)

    messages = _over_parts(images, outcomes, run)
    statuses, messages = _finish(outcomes, messages, images)
    return _in_order(output, images), statuses, messages
