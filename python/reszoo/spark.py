"""Classifies columns of Spark's tables.

Each Python worker opens the model once and keeps it for its next tasks; workers of a machine read the same file, which Spark ships there
once. Columns of binary reach the library without a copy, and an image that cannot be read is a row with an error.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ._handles import Options, open_handle
from .model import Model

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

Ship = Literal["files", "path", "value"]

TOP_TYPE = "array<struct<label: string, index: int, probability: double, logit: float>>"
"""The type of the column with the likeliest classes."""


def classify(
    df: DataFrame,
    model: Model | str | os.PathLike[str],
    column: str = "content",
    *,
    top: int = 5,
    keep: Sequence[str] | None = None,
    batch_rows: int = 512,
    batch_bytes: int = 64 * 2**20,
    threads: int | None = None,
    ship: Ship | None = None,
) -> DataFrame:
    """A table with the likeliest classes of each row's image: `top`, `error` and `warning` beside the columns that are kept.

    - model: a model, with the options that it has, or its file.
    - column: the column of images: binary, or strings that are paths on the workers.
    - top: the number of classes.
    - keep: the columns to keep; None for all but the images.
    - batch_rows, batch_bytes: the most rows, and bytes of images, that are in a worker at once. Spark's own limits for tables that go to
      Python, spark.sql.execution.arrow.maxRecordsPerBatch and, where there is one, maxBytesPerBatch, are lowered to these for the
      session.
    - threads: processors for each task; None for those of the model, else RESZOO_NUM_THREADS on the worker, else spark.task.cpus.
    - ship: "files" sends the model's file to each machine once; "path" opens the model's path on the workers, for storage that all
      share; "value" sends it with each task. None for "files" if the model is a file here, else "path".
    """
    session = df.sparkSession
    shipped = _ship(session, model, ship, threads)
    _lower(session, "spark.sql.execution.arrow.maxRecordsPerBatch", batch_rows, 10_000)
    _lower(session, "spark.sql.execution.arrow.maxBytesPerBatch", batch_bytes, None)
    kept = [name for name in df.columns if name != column] if keep is None else list(keep)
    taken = df.select(*dict.fromkeys([*kept, column]))

    def run(batches: Iterator[Any]) -> Iterator[Any]:
        from . import arrow

        opened = shipped.open()
        for batch in batches:
            for part in arrow.slices(batch, column, batch_rows, batch_bytes):
                yield arrow.with_answers(part, opened, column, top, kept)

    from pyspark.sql.types import StringType, StructField, StructType

    fields = [
        *(taken.schema[name] for name in kept),
        _top_field(),
        StructField("error", StringType()),
        StructField("warning", StringType()),
    ]
    return taken.mapInArrow(run, StructType(fields))


def predict_batch_udf(
    session: SparkSession,
    model: Model | str | os.PathLike[str],
    output: Literal["classes", "logits", "features"] = "classes",
    *,
    top: int = 5,
    batch_size: int = 256,
    threads: int | None = None,
    ship: Ship | None = None,
) -> Callable[..., Column]:
    """A function of columns, as `pyspark.ml.functions.predict_batch_udf` makes them.

    - output: "classes" takes a column of binary and gives a struct of arrays, `labels`, `indices`, `probabilities` and `logits`, the
      likeliest class first, and `error`, where there is one with indices of -1 and NaN; "logits" takes a column of flat arrays of float,
      images that are preprocessed already, and gives an array of float; "features" gives the embedding for the same.
    """
    from pyspark.ml.functions import predict_batch_udf as of_spark
    from pyspark.sql.types import ArrayType, DoubleType, FloatType, IntegerType, StringType, StructField, StructType

    shipped = _ship(session, model, ship, threads)
    if output == "classes":

        def make_classifier() -> Any:
            opened = shipped.open()

            def classes(images: Any) -> Any:
                answers, labels = opened.classify_arrays(images, top), opened.labels
                names = np.array([*labels, None] if labels else [None], object)
                return {
                    "labels": names[answers.indices if labels else np.zeros_like(answers.indices)],
                    "indices": answers.indices,
                    "probabilities": answers.probabilities,
                    "logits": answers.logits,
                    "error": np.array([answers.error(row) for row in range(len(answers.statuses))], object),
                }

            return classes

        columns = {"labels": StringType(), "indices": IntegerType(), "probabilities": DoubleType(), "logits": FloatType()}
        fields = [StructField(name, ArrayType(each)) for name, each in columns.items()]
        kind = StructType([*fields, StructField("error", StringType())])
        return of_spark(make_classifier, return_type=kind, batch_size=batch_size)  # type: ignore[no-any-return]

    shape = list(shipped.input_size)

    def make_network() -> Any:
        opened = shipped.open()

        def run(batch: Any) -> Any:
            batch = np.asarray(batch, np.float32).reshape(-1, *shape)
            return opened.logits(batch) if output == "logits" else opened.features(batch)

        return run

    return of_spark(  # type: ignore[no-any-return]
        make_network, return_type=ArrayType(FloatType()), batch_size=batch_size, input_tensor_shapes=[shape]
    )


def _top_field() -> Any:
    from pyspark.sql.types import ArrayType, DoubleType, FloatType, IntegerType, StringType, StructField, StructType

    one = [("label", StringType()), ("index", IntegerType()), ("probability", DoubleType()), ("logit", FloatType())]
    return StructField("top", ArrayType(StructType([StructField(name, kind) for name, kind in one])))


@dataclass(frozen=True)
class _Shipped:
    """How a worker finds the model."""

    how: Ship
    name: str
    """The file's name for "files", the path for "path"."""
    checkpoint: bytes | None
    content_root: str
    options: Options
    task_threads: int
    input_size: tuple[int, int, int]

    def open(self) -> Model:
        """The model, which stays open in this worker for its next tasks."""
        threads = self.options.threads or (0 if os.environ.get("RESZOO_NUM_THREADS") else self.task_threads)
        options = replace(self.options, threads=threads)
        path = self.name if self.checkpoint is None else None
        if self.how == "files":
            from pyspark import SparkFiles

            path = SparkFiles.get(self.name)
        handle = open_handle(self.checkpoint or self.name if path is None else path, options, self.content_root, keep=True)
        model = Model.__new__(Model)
        model._begin(path, self.checkpoint, options, handle)
        return model


def _ship(session: SparkSession, model: Model | str | os.PathLike[str], ship: Ship | None, threads: int | None) -> _Shipped:
    opened = model if isinstance(model, Model) else Model(model)
    path = opened.path
    is_file = path is not None and os.path.isfile(path)
    how: Ship = ship or ("files" if is_file or path is None else "path")
    options = replace(opened._options, threads=threads or opened._options.threads, share_weights=True)
    checkpoint: bytes | None = None
    name = path or ""
    if how == "files":
        name = _add_file(session, opened)
    elif how == "value":
        if opened._bytes is not None:
            checkpoint = bytes(opened._bytes)
        else:
            with open(name, "rb") as file:
                checkpoint = file.read()
    elif path is None:
        raise ValueError("a model of bytes has no path: ship it as 'files' or by 'value'")
    task_threads = int(session.conf.get("spark.task.cpus", "1") or 1)
    return _Shipped(how, name, checkpoint, opened.content_root, options, task_threads, opened.input_size)


# What was added to which application, and the folder of links that keep it: Spark takes files by their names, and fetches them later.
_added: dict[tuple[str, str], str] = {}
_folder: str | None = None


def _add_file(session: SparkSession, model: Model) -> str:
    """Has Spark ship the model's file; returns its name there."""
    global _folder
    name = f"reszoo-{model.content_root[:16]}.rzoo"
    key = (str(id(session)), model.content_root)
    if key in _added:
        return _added[key]
    if _folder is None:
        _folder = tempfile.mkdtemp(prefix="reszoo-spark-")
        atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    target = os.path.join(_folder, name)
    if not os.path.exists(target):
        if model.path is None:
            with open(target, "wb") as file:
                file.write(model._bytes)
        else:
            shutil.copyfile(model.path, target)
    try:
        session.sparkContext.addFile(target)
    except AttributeError:  # Spark Connect
        session.addArtifact(target, file=True)
    _added[key] = name
    return name


def _lower(session: SparkSession, setting: str, limit: int, default: int | None) -> None:
    """Lowers a setting to a limit, if Spark has it."""
    try:
        text = session.conf.get(setting, None if default is None else str(default))
        current = int(text) if text is not None else 0
    except Exception:  # This Spark has no such setting, or it is a size with a unit.
        return
    if current <= 0 or current > limit:
        session.conf.set(setting, str(limit))
