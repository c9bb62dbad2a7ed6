"""Classifies Ray's data sets with a pool of actors, and reports trainings to Ray Tune.

ds = ray.data.read_binary_files("photos", include_paths=True)
ds = ds.map_batches(reszoo.ray.Classifier, fn_constructor_args=["resnet50.rzoo"], batch_format="pyarrow",
                    compute=ray.data.ActorPoolStrategy(size=4), batch_size=256)
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from . import arrow as _arrow
from .model import Model


class Classifier:
    """A callable class for `map_batches` with an actor pool: each actor opens the model once.

    - model: a model, which travels as its pickle does, or a file that each machine has.
    - column: the column of images: bytes, or strings that are paths.
    - top: the number of classes.
    - keep: the columns to keep; None for all but the images.
    - threads: processors of each actor; None for those of the model, else RESZOO_NUM_THREADS, else the actor's `num_cpus`.
    - batch_bytes: the most bytes of images in one call.

    Batches come as "pyarrow" (best: the images are taken where they lie in the object store, read-only), "numpy" or "pandas", and go as
    pyarrow tables with the columns `top` (a list of label, index, probability, logit; null where there is an error), `error` and
    `warning`.
    """

    def __init__(
        self,
        model: Model | str | os.PathLike[str],
        column: str = "bytes",
        *,
        top: int | None = 5,
        keep: Sequence[str] | None = None,
        threads: int | None = None,
        batch_bytes: int = 64 * 2**20,
    ) -> None:
        if not isinstance(model, Model):
            # Ray sets OMP_NUM_THREADS of an actor to its num_cpus, and the library follows it.
            model = Model(model, threads=threads, share_weights=True)
        self.model = model
        self.column = column
        self.top = top
        self.keep = None if keep is None else list(keep)
        self.batch_bytes = batch_bytes

    def __call__(self, batch: Any) -> Any:
        import pyarrow as pa

        table = _table(batch)
        keep = [name for name in table.column_names if name != self.column] if self.keep is None else self.keep
        parts = []
        for record_batch in table.to_batches():
            for part in _arrow.slices(record_batch, self.column, record_batch.num_rows, self.batch_bytes):
                parts.append(_arrow.with_answers(part, self.model, self.column, self.top, keep))
        schema = pa.schema([*(table.schema.field(name) for name in keep), *_arrow.FIELDS])
        return pa.Table.from_batches(parts, schema)


def _table(batch: Any) -> Any:
    """A batch in any of Ray's formats as a table."""
    import pyarrow as pa

    if isinstance(batch, pa.Table):
        return batch
    if isinstance(batch, dict):
        return pa.table({name: pa.array(list(values)) for name, values in batch.items()})
    return pa.Table.from_pandas(batch, preserve_index=False)
