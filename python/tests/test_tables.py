"""Images in Arrow's arrays and in Series are taken where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import assert_same, classified

import reszoo

pa = pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def values(images: list[str]) -> list[bytes | None]:
    encoded: list[bytes | None] = [Path(path).read_bytes() for path in images[:12]]
    encoded[3] = None
    encoded[7] = b"broken"
    return encoded


@pytest.mark.parametrize("kind", ["binary", "large_binary", "binary_view"])
def test_arrays_of_bytes(model: reszoo.Model, values: list[bytes | None], kind: str) -> None:
    if not hasattr(pa, kind):
        pytest.skip(f"this pyarrow has no {kind}")
    expected = model.classify(values)
    array = pa.array(values, getattr(pa, kind)())
    assert model.classify(array) == expected
    assert [result.code for result in expected if result.error] == ["missing", "not_an_image"]
    for start in range(1, 12):
        part = model.classify(array[start : start + 4])
        assert [result.top for result in part] == [result.top for result in expected[start : start + 4]]
    chunked = pa.chunked_array([array[:5], array[5:5], array[5:]])
    assert model.classify(chunked) == expected
    assert model.classify(array[:0]) == [] and model.classify(pa.chunked_array([], array.type)) == []


def test_arrays_of_paths(model: reszoo.Model, checkpoint: str, images: list[str]) -> None:
    expected = classified(checkpoint, images)
    for array in (pa.array(images), pa.array(images, pa.large_string()), pa.array(images).dictionary_encode()):
        assert_same(model.classify(array), expected)


def test_structs_as_data_sets_have_them(model: reszoo.Model, values: list[bytes | None], images: list[str]) -> None:
    expected = model.classify(values)
    structs = pa.array([{"bytes": value, "path": None} for value in values])
    assert model.classify(structs) == expected
    whole = [value for value in values if value is not None]
    array = pa.array([{"bytes": value, "path": "p"} for value in whole])
    assert [each.top for each in model.classify(array)[2:]] == [each.top for each in model.classify(whole[2:])]
    paths = pa.array([{"bytes": None, "path": path} for path in images])
    assert model.classify(paths) == model.classify(images)


def test_other_arrays_are_type_errors(model: reszoo.Model) -> None:
    with pytest.raises(TypeError, match="int64"):
        model.classify(pa.array([1, 2]))


def test_series(model: reszoo.Model, values: list[bytes | None], images: list[str]) -> None:
    pd = pytest.importorskip("pandas")
    expected = model.classify(values)
    assert model.classify(pd.Series(values)) == expected
    assert model.classify(pd.Series(values, dtype=pd.ArrowDtype(pa.binary()))) == expected
    assert model.classify(pd.Series(images)) == model.classify(images)
    assert model.classify(pd.Series(images, dtype="string")) == model.classify(images)
    assert model.classify(pd.Series([values[0], pd.NA, float("nan")]))[1].code == "missing"


def test_arrow_columns_are_not_copied(model: reszoo.Model, images: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    array = pa.array([Path(images[0]).read_bytes()] * 4)

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("the values were made objects of Python")

    import reszoo._images as module

    monkeypatch.setattr(module, "_from_items", fail)
    assert len(model.classify(array)) == 4
