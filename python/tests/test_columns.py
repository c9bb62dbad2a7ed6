"""Answers as columns of tables, as Spark and Ray get them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reszoo

pa = pytest.importorskip("pyarrow")


def _table(images: list[str]) -> Any:
    values: list[bytes | None] = [Path(path).read_bytes() for path in images[:10]]
    values[2] = None
    values[5] = b"broken"
    return pa.table({"name": images[:10], "bytes": pa.array(values, pa.binary()), "number": range(10)})


def _check(model: reszoo.Model, table: Any, rows: list[dict[str, Any]]) -> None:
    for row, result in zip(rows, model.classify(table.column("bytes"), 3)):
        assert row["error"] == result.error and row["warning"] == result.warning
        found = None if row["top"] is None else [reszoo.Top(**each) for each in row["top"]]
        assert found == (result.top or None)


def test_rays_classifier_in_every_format(model: reszoo.Model, images: list[str]) -> None:
    pytest.importorskip("pandas")
    table = _table(images)
    classifier = reszoo.ray.Classifier(model, top=3, batch_bytes=3000)
    for batch in (table, {name: np.array(table.column(name).to_pylist(), object) for name in table.column_names}, table.to_pandas()):
        answers = classifier(batch)
        assert answers.column_names == ["name", "number", "top", "error", "warning"]
        _check(model, table, answers.to_pylist())
    assert reszoo.ray.Classifier(model, keep=["number"])(table).column_names == ["number", "top", "error", "warning"]
    assert reszoo.ray.Classifier(model)(table.slice(0, 0)).num_rows == 0
    by_name = reszoo.ray.Classifier(str(model.path), column="name", top=3)(table.select(["name"]))
    assert [row["top"][0]["index"] for row in by_name.to_pylist()] == [result.top[0].index for result in model.classify(images[:10])]


def test_record_batches(model: reszoo.Model, images: list[str]) -> None:
    table = _table(images)
    rows: list[dict[str, Any]] = []
    for batch in table.to_batches(max_chunksize=4):
        for part in reszoo.arrow.slices(batch, "bytes", 3, 10**9):
            assert part.num_rows <= 3
            rows += reszoo.arrow.with_answers(part, model, "bytes", 3, ["number"]).to_pylist()
    assert [row["number"] for row in rows] == list(range(10))
    _check(model, table, rows)


def test_models_without_labels(tmp_path: Path, images: list[str]) -> None:
    from conftest import command

    command("init", "cifar_resnet20", "--output", tmp_path / "u.rzoo")
    with reszoo.Model(tmp_path / "u.rzoo") as model:
        assert model.is_untrained
        top, error, _ = reszoo.arrow.classify(model, images[:2], 1)
        assert error.null_count == 2 and len(top) == 2


@settings(max_examples=100, deadline=None)
@given(
    lengths=st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=30),
    start=st.integers(0, 5),
    rows=st.integers(1, 8),
    size=st.integers(1, 60),
)
def test_slices_hold_the_limits(lengths: list[int | None], start: int, rows: int, size: int) -> None:
    values = [None if length is None else bytes(length) for length in lengths]
    batch = pa.record_batch({"b": pa.array(values, pa.binary())}).slice(start)
    parts = list(reszoo.arrow.slices(batch, "b", rows, size))
    assert [value for part in parts for value in part.column("b").to_pylist()] == values[start:]
    for part in parts:
        held = [len(value or b"") for value in part.column("b").to_pylist()]
        assert 1 <= len(held) <= rows and (len(held) == 1 or sum(held) <= size)


def test_spark_s_description_of_a_model_pickles(model: reszoo.Model) -> None:
    from reszoo.spark import _Shipped

    shipped = _Shipped("path", str(model.path), None, model.content_root, model._options, 1, model.input_size)
    opened = pickle.loads(pickle.dumps(shipped)).open()
    assert opened.threads == 1 and opened.content_root == model.content_root
