"""The answers of `Model.classify`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .errors import ImageError, image_code

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Top(NamedTuple):
    """One of an image's likeliest classes.

    `label` is None where the model has no labels, `index` is the class's place among the network's outputs, and `logit` is that output.
    """

    label: str | None
    index: int  # type: ignore[assignment]  # The place of a value in the tuple is of no use here.
    probability: float
    logit: float


@dataclass(frozen=True)
class Result:
    """What became of one image."""

    top: list[Top] = field(default_factory=list)
    """The likeliest classes, the likeliest first; empty where there is an error."""
    error: str | None = None
    """Why there is no answer."""
    warning: str | None = None
    """What was wrong with an image that was decoded all the same."""
    code: str = "ok"
    """A word for the error, one of `reszoo.errors.IMAGE_CODES`."""
    position: int = -1
    """The image's place in the list that was given."""

    def raise_for_error(self) -> Result:
        """Raises `ImageError` if there is no answer; else returns the result itself."""
        if self.error is not None:
            raise ImageError(f"image {self.position}: {self.error}", index=self.position, code=self.code)
        return self


@dataclass(frozen=True)
class Answers:
    """The answers for a list of images as arrays, a row for each image. Rows without an answer have index -1 and NaN."""

    indices: NDArray[np.int32]
    probabilities: NDArray[np.float64]
    logits: NDArray[np.float32]
    statuses: NDArray[np.int32]
    """0 for an image with an answer; the place of its code in `reszoo.errors.IMAGE_CODES`."""
    messages: list[str | None]
    """The error of an image without an answer, or the warning of one with."""

    def error(self, row: int) -> str | None:
        """Why image `row` has no answer."""
        status = int(self.statuses[row])
        return (self.messages[row] or image_code(status)) if status else None

    def results(self, labels: Sequence[str] | None) -> list[Result]:
        """The same as a list of results."""
        indices, probabilities, logits = self.indices.tolist(), self.probabilities.tolist(), self.logits.tolist()
        results = []
        for row, status in enumerate(self.statuses.tolist()):
            if status:
                results.append(Result([], self.error(row), None, image_code(status), row))
                continue
            top = [
                Top(labels[index] if labels is not None else None, index, probability, logit)
                for index, probability, logit in zip(indices[row], probabilities[row], logits[row])
                if index >= 0
            ]
            results.append(Result(top, None, self.messages[row], "ok", row))
        return results

    def raise_for_errors(self) -> None:
        """Raises `ImageError` for the first image without an answer."""
        raise_for_errors(self.statuses, self.messages)


def raise_for_errors(statuses: NDArray[np.int32], messages: Sequence[str | None]) -> None:
    """Raises `ImageError` for the first image that has a status other than 0."""
    for row in np.flatnonzero(statuses)[:1].tolist():
        code = image_code(int(statuses[row]))
        raise ImageError(f"image {row}: {messages[row] or code}", index=row, code=code)
