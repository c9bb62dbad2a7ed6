"""Arrays through the network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import command
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import reszoo


def test_preprocess_has_the_bits_of_the_command(model: reszoo.Model, checkpoint: str, images: list[str], tmp_path: Path) -> None:
    command("preprocess", checkpoint, *images, "--output", tmp_path / "x.npy")
    assert np.array_equal(model.preprocess(images), np.load(tmp_path / "x.npy"))


def test_logits_have_the_bits_of_the_command(model: reszoo.Model, checkpoint: str, tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((11, 3, 32, 32), np.float32)
    np.save(tmp_path / "x.npy", x)
    command("run", checkpoint, "--input", tmp_path / "x.npy", "--output", tmp_path / "y.npy")
    assert np.array_equal(model.logits(x), np.load(tmp_path / "y.npy"))


@pytest.mark.parametrize("node", [None, "layer1", "layer2.1", "layer3.2.relu", "conv1", "fc"])
@pytest.mark.parametrize("pooled", [False, True])
def test_features_have_the_bits_of_the_command(
    model: reszoo.Model, checkpoint: str, images: list[str], tmp_path: Path, node: str | None, pooled: bool
) -> None:
    options = (["--node", node] if node else []) + (["--pool"] if pooled else [])
    command("features", checkpoint, *images[:9], *options, "--output", tmp_path / "f.npy")
    expected = np.load(tmp_path / "f.npy")
    features = model.features(images[:9], node, pooled=pooled)
    assert features.shape == expected.shape and np.array_equal(features, expected)
    # The same from what preprocessing gives.
    assert np.array_equal(model.features(model.preprocess(images[:9]), node, pooled=pooled), expected)


def test_inputs_of_other_sizes(model: reszoo.Model) -> None:
    x = np.random.default_rng(1).standard_normal((2, 3, 40, 72), np.float32)
    assert model.logits(x).shape == (2, 10)
    assert model.features(x, "layer2").shape == (2, 32, 20, 36)
    assert model.features(x).shape == (2, 64)
    with pytest.raises(reszoo.Error):
        model.logits(np.zeros((1, 4, 32, 32), np.float32))
    with pytest.raises(reszoo.Error):
        model.logits(np.zeros((1, 3, 0, 32), np.float32))


def test_unknown_nodes_are_lookup_errors(model: reszoo.Model, images: list[str]) -> None:
    with pytest.raises(LookupError, match="layer9"):
        model.features(images[:1], "layer9")
    assert "layer3.2.relu" in model.nodes


def _strided(array: np.ndarray[Any, Any], how: int) -> np.ndarray[Any, Any]:
    """The same numbers in another layout of memory."""
    if how == 0:
        return array
    if how == 1:
        return np.asfortranarray(array)
    if how == 2:
        return np.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    if how == 3:
        return np.ascontiguousarray(array[:, ::-1, ::-1, ::-1])[:, ::-1, ::-1, ::-1]
    if how == 4:
        return np.repeat(array, 2, axis=3)[..., ::2]
    record = np.zeros(array.shape, np.dtype([("pad", np.uint8), ("value", np.float32)]))
    record["value"] = array
    return record["value"]  # type: ignore[no-any-return]


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(0, 5),
    height=st.integers(8, 40),
    width=st.integers(8, 40),
    how=st.integers(0, 5),
    seed=st.integers(0, 2**32 - 1),
)
def test_strides_change_nothing(model: reszoo.Model, count: int, height: int, width: int, how: int, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((count, 3, height, width), np.float32)
    x.flags.writeable = False
    expected = model.logits(x)
    assert expected.shape == (count, 10)
    assert np.array_equal(model.logits(_strided(x, how)), expected)
    # An image's logits do not depend on its neighbours.
    if count:
        assert np.array_equal(model.logits(x[-1:]), expected[-1:])


@settings(max_examples=60, deadline=None)
@given(array=npst.arrays(dtype=npst.scalar_dtypes(), shape=npst.array_shapes(min_dims=0, max_dims=5, max_side=8)))
def test_other_types_and_shapes_are_refused(model: reszoo.Model, array: np.ndarray[Any, Any]) -> None:
    if array.dtype == np.float32 and array.dtype.isnative and array.ndim == 4 and array.shape[1] == 3:
        return
    with pytest.raises((TypeError, ValueError)):
        model.logits(array)


@settings(max_examples=60, deadline=None)
@given(array=npst.arrays(dtype=npst.scalar_dtypes(), shape=npst.array_shapes(min_dims=1, max_dims=4, max_side=8)))
def test_any_array_as_images_gives_results(model: reszoo.Model, array: np.ndarray[Any, Any]) -> None:
    if array.dtype.kind in "SUO":
        return
    for result in model.classify(array):
        assert bool(result.top) != bool(result.error)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.none(), st.binary(max_size=300)), max_size=6))
def test_any_bytes_give_results(model: reszoo.Model, values: list[bytes | None]) -> None:
    results = model.classify(values)
    assert len(results) == len(values)
    assert all(bool(result.top) != bool(result.error) for result in results)


def test_repeated_numbers(model: reszoo.Model) -> None:
    repeated = np.broadcast_to(np.float32(0.5), (2, 3, 32, 32))
    assert np.array_equal(model.logits(repeated), model.logits(np.full((2, 3, 32, 32), 0.5, np.float32)))


def test_buffers_and_dlpack(model: reszoo.Model) -> None:
    x = np.random.default_rng(2).standard_normal((2, 3, 32, 32), np.float32)
    expected = model.logits(x)
    assert np.array_equal(model.logits(memoryview(x)), expected)

    class OnlyDLPack:
        def __dlpack__(self, **options: Any) -> Any:
            return x.__dlpack__(**options)

        def __dlpack_device__(self) -> Any:
            return x.__dlpack_device__()

    assert np.array_equal(model.logits(OnlyDLPack()), expected)
    with pytest.raises(TypeError):
        model.logits("x")


def test_torch(model: reszoo.Model) -> None:
    torch = pytest.importorskip("torch")
    x = torch.randn(2, 3, 32, 32)
    expected = model.logits(x.numpy())
    assert np.array_equal(model.logits(x), expected)
    assert np.array_equal(model.logits(x.clone().requires_grad_()), expected)
    channels_last = x.to(memory_format=torch.channels_last)
    assert np.array_equal(model.logits(channels_last), expected)


def test_state_dict_loads_into_torchvision(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torchvision = pytest.importorskip("torchvision")
    command("init", "resnet18", "--output", tmp_path / "r.rzoo", "--num-classes", 7)
    with reszoo.Model(tmp_path / "r.rzoo") as model:
        net = torchvision.models.resnet18(num_classes=7)
        tensors = {name: torch.from_numpy(array) for name, array in model.state_dict().items()}
        net.load_state_dict(tensors, strict=True)
        x = torch.randn(1, 3, 224, 224)
        with torch.inference_mode():
            expected = net.eval()(x).numpy()
        assert np.abs(model.logits(x) - expected).max() <= 1e-3 * np.abs(expected).max()


def test_state_dict_has_the_tensors_of_an_export(model: reszoo.Model, checkpoint: str, tmp_path: Path) -> None:
    command("export", checkpoint, "--output", tmp_path / "w.safetensors")
    data = (tmp_path / "w.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = model.state_dict()
    # An export has counters that PyTorch's own loading does not ask for.
    assert set(tensors) == {name for name in header if not name.endswith("num_batches_tracked")}
    for name in tensors:
        entry = header[name]
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        expected = np.frombuffer(data[start:end], {"F32": np.float32, "I64": np.int64}[entry["dtype"]])
        assert np.array_equal(tensors[name], expected.reshape(entry["shape"]))
