"""Answers as columns of Arrow, which tables of any engine take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from .model import Model
from .results import Answers

CLASS_TYPE = pa.struct([("label", pa.string()), ("index", pa.int32()), ("probability", pa.float64()), ("logit", pa.float32())])
"""One of an image's likeliest classes. The label is null where the model has none."""

FIELDS = [pa.field("top", pa.list_(CLASS_TYPE)), pa.field("error", pa.string()), pa.field("warning", pa.string())]
"""The columns for the answers: `top` is null where there is an error."""


def classify(model: Model, images: Any, top: int | None = 5) -> list[Any]:
    """The answers for images, as arrays for the columns of `FIELDS`.

    - images: as `Model.classify` takes them; an array of binary is not copied.
    """
    return columns(model.classify_arrays(images, top), model.labels)


def columns(answers: Answers, labels: Sequence[str] | None) -> list[Any]:
    """Answers as arrays for the columns of `FIELDS`."""
    fine = answers.statuses == 0
    indices = answers.indices[fine].ravel()
    names = pa.array(labels, pa.string()).take(pa.array(indices)) if labels is not None else pa.nulls(len(indices), pa.string())
    values = pa.StructArray.from_arrays(
        [names, pa.array(indices), pa.array(answers.probabilities[fine].ravel()), pa.array(answers.logits[fine].ravel())],
        fields=list(CLASS_TYPE),
    )
    ends = np.concatenate([[0], np.cumsum(np.where(fine, answers.indices.shape[1], 0))]).astype(np.int32)
    # A list whose first offset is null is null itself.
    missing = np.concatenate([~fine, [False]])
    lists = pa.ListArray.from_arrays(pa.array(ends, pa.int32(), mask=missing), values)
    errors = [answers.error(row) for row in range(len(fine))]
    warnings = [message if is_fine else None for message, is_fine in zip(answers.messages, fine.tolist())]
    return [lists, pa.array(errors, pa.string()), pa.array(warnings, pa.string())]


def with_answers(batch: Any, model: Model, column: str, top: int | None, keep: Sequence[str]) -> Any:
    """A record batch or table with the columns `keep` of another one, and those of the answers for its column of images."""
    answers = classify(model, batch.column(column), top)
    arrays = [*(batch.column(name) for name in keep), *answers]
    fields = [*(batch.schema.field(name) for name in keep), *FIELDS]
    return type(batch).from_arrays(arrays, schema=pa.schema(fields))


def slices(batch: Any, column: str, rows: int, size: int) -> Iterator[Any]:
    """A record batch in parts of at most `rows` rows and, unless one image has more, `size` bytes of images. Nothing is copied."""
    lengths = _lengths(batch.column(column))
    start = 0
    while start < batch.num_rows:
        sums = np.cumsum(lengths[start : start + rows])
        count = max(int(np.searchsorted(sums, size, "right")), 1)
        yield batch.slice(start, count)
        start += count


def _lengths(images: Any) -> Any:
    """The bytes of each image; 0 where they are not known."""
    import pyarrow.compute as pc

    if pa.types.is_binary(images.type) or pa.types.is_large_binary(images.type):
        return pc.fill_null(pc.binary_length(images), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.zeros(len(images), np.int64)
