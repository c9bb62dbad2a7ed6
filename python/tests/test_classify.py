"""Images in every form have the command's results."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from conftest import assert_same, classified

import reszoo


def test_paths_have_the_bits_of_the_command(model: reszoo.Model, checkpoint: str, images: list[str]) -> None:
    assert_same(model.classify(images), classified(checkpoint, images))


def test_bytes_have_the_bits_of_the_command(model: reszoo.Model, checkpoint: str, images: list[str]) -> None:
    encoded = [Path(path).read_bytes() for path in images]
    expected = classified(checkpoint, images, top=10)
    assert_same(model.classify(encoded, top=None), expected)
    assert_same(model.classify([bytearray(each) for each in encoded], top=10), expected)
    assert_same(model.classify([memoryview(each) for each in encoded], top=10), expected)
    assert_same(model.classify([np.frombuffer(each, np.uint8) for each in encoded], top=10), expected)
    assert_same(model.classify(np.array(encoded, dtype=object), top=10), expected)


@pytest.mark.parametrize(
    "options", [{"precision": "exact"}, {"precision": "bf16"}, {"precision": "auto"}, {"goal": "latency"}, {"threads": 1, "batch": 3}]
)
def test_options_have_the_bits_of_the_command(checkpoint: str, images: list[str], options: dict[str, object]) -> None:
    flags = {"exact": ["--exact"], "latency": ["--optimize", "latency"]}
    flags |= {name: ["--precision", name] for name in ("bf16", "auto")}
    given = flags.get(str(next(iter(options.values()))), [])
    with reszoo.Model(checkpoint, **options) as model:  # type: ignore[arg-type]
        assert_same(model.classify(images), classified(checkpoint, images, *given))


def test_pixels_have_the_bits_of_their_file(model: reszoo.Model, images: list[str]) -> None:
    pillow = pytest.importorskip("PIL.Image")
    opened = [pillow.open(path) for path in images]
    arrays = [np.asarray(image.convert("RGB")) for image in opened]
    expected = [result.top for result in model.classify(images)]
    assert [result.top for result in model.classify(arrays)] == expected
    assert [result.top for result in model.classify(opened)] == expected
    # Any strides: rows from below, a window of a larger image, channels first in memory.
    flipped = [np.flipud(np.ascontiguousarray(np.flipud(array))) for array in arrays]
    windows = [np.pad(array, ((3, 2), (1, 5), (0, 1)))[3:-2, 1:-5, :3] for array in arrays]
    planes = [np.ascontiguousarray(array.transpose(2, 0, 1)).transpose(1, 2, 0) for array in arrays]
    for views in (flipped, windows, planes):
        assert [result.top for result in model.classify(views)] == expected
    same_size = [array for array in arrays if array.shape == arrays[0].shape]
    assert model.classify(np.stack(same_size)) == model.classify(same_size)


def test_grey_pixels_and_palettes(model: reszoo.Model) -> None:
    pillow = pytest.importorskip("PIL.Image")
    grey = np.arange(32 * 40, dtype=np.uint8).reshape(32, 40)
    file = io.BytesIO()
    pillow.fromarray(grey).save(file, "PNG")
    palette = pillow.fromarray(np.stack([grey, grey[::-1], grey], 2)).quantize(16)
    expected = model.classify([file.getvalue(), np.asarray(palette.convert("RGB"))])
    tops = [result.top for result in expected]
    assert [result.top for result in model.classify([grey, palette])] == tops
    assert model.classify(grey[:, :, None])[0].top == tops[0]


def test_mixed_lists_keep_their_order(model: reszoo.Model, images: list[str]) -> None:
    pillow = pytest.importorskip("PIL.Image")
    a, b, c = images[:3]
    pixels = np.asarray(pillow.open(c).convert("RGB"))
    results = model.classify([pixels, a, None, Path(b).read_bytes(), "nowhere.png", float("nan"), Path(b), "nul\0.png"])
    assert [result.position for result in results] == list(range(8))
    assert [result.code for result in results] == ["ok", "ok", "missing", "ok", "not_found", "missing", "ok", "not_found"]
    expected = [result.top for result in model.classify([c, a, b, b])]
    assert [results[place].top for place in (0, 1, 3, 6)] == expected
    features, errors = model.features([pixels, a, None], errors="return")
    assert [error is None for error in errors] == [True, True, False]
    assert np.array_equal(features[:2], model.features([c, a]))
    assert np.isnan(features[2]).all()


def test_broken_images_are_results(model: reszoo.Model, images: list[str], tmp_path: Path) -> None:
    whole = Path(images[0]).read_bytes()
    huge = bytearray(whole)
    huge[16:24] = (2**30).to_bytes(4, "big") * 2
    unfinished = whole[: len(whole) // 2]
    results = model.classify([b"", b"not an image", unfinished, bytes(huge), whole, str(tmp_path), b"%PDF-1.7 \n" * 10])
    assert [result.code for result in results][:2] == ["empty", "not_an_image"]
    assert results[2].error or results[2].warning
    assert results[3].error and results[5].code == "not_a_file" and results[6].error
    assert results[4].top == model.classify(images[0])[0].top
    assert all(bool(result.top) != bool(result.error) for result in results)


def test_wrong_arrays_are_results(model: reszoo.Model) -> None:
    wrong = [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((1, 2, 3, 4, 5), np.uint8),
    ]
    results = model.classify(wrong)
    assert all(result.error and not result.top for result in results)


def test_what_is_no_image_is_a_type_error(model: reszoo.Model) -> None:
    with pytest.raises(TypeError, match="image 1 is of type int"):
        model.classify([b"", 3])
    with pytest.raises(TypeError):
        model.classify(3)
    with pytest.raises(TypeError, match="fixed width"):
        model.classify(np.array([b"abc"]))


def test_errors_can_be_raised(model: reszoo.Model, images: list[str]) -> None:
    with pytest.raises(reszoo.ImageError, match="image 1: does not exist") as caught:
        model.classify([images[0], "nowhere.png"], errors="raise")
    assert (caught.value.index, caught.value.code) == (1, "not_found")
    with pytest.raises(reszoo.ImageError):
        model.preprocess([b""], errors="raise")
    with pytest.raises(ValueError):
        model.classify([None])[0].raise_for_error()
    assert model.classify(images[0])[0].raise_for_error().top


def test_nothing_gives_nothing(model: reszoo.Model) -> None:
    assert model.classify([]) == []
    assert model.preprocess([]).shape == (0, 3, 32, 32)
    assert model.features([]).shape == (0, 64)
    assert model.classify(np.zeros((0, 8, 8, 3), np.uint8)) == []


def test_top_is_bounded_by_the_classes(model: reszoo.Model, images: list[str]) -> None:
    assert len(model.classify(images[:1], top=1000)[0].top) == 10
    assert len(model.classify(images[:1], top=1)[0].top) == 1
    with pytest.raises(ValueError):
        model.classify(images[:1], top=0)


def test_misspelt_options_are_errors(model: reszoo.Model) -> None:
    with pytest.raises(ValueError, match="'raise'"):
        model.classify([], errors="rise")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'nan'"):
        model.features([], errors="none")  # type: ignore[call-overload]
