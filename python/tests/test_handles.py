"""Models are opened once, closed safely, and travel to other processes."""

from __future__ import annotations

import copy as copies
import multiprocessing
import os
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import CHECKPOINT, ROOT, command, resident_bytes

import reszoo
from reszoo import _handles


def test_facts(model: reszoo.Model, checkpoint: str) -> None:
    assert model.labels is not None and model.labels[8] == "ship"
    assert model.num_classes == 10 and model.input_size == (3, 32, 32) and model.num_parameters == 269_722
    assert model.descriptor["architecture"]["name"] == "cifar_resnet20"
    assert model.descriptor["preprocessing"]["input_size"] == [3, 32, 32]
    assert model.inspect()["content_root"] == model.content_root
    assert model.path == checkpoint and checkpoint in repr(model)
    assert not model.is_untrained and model.threads >= 1
    model.labels.clear()
    assert len(model.labels) == 10


def test_the_package_has_the_version_of_its_library() -> None:
    assert reszoo.__version__ == reszoo.library_version()
    assert command("--version").startswith(f"reszoo {reszoo.__version__}")


def test_inspect_is_the_command_s(model: reszoo.Model, checkpoint: str) -> None:
    assert model.inspect() == reszoo.inspect(checkpoint)


def test_the_same_file_is_open_once(checkpoint: str, copy: str, tmp_path: Path) -> None:
    a, b, other = reszoo.Model(checkpoint), reszoo.Model(checkpoint), reszoo.Model(checkpoint, threads=1)
    assert a._handle() is b._handle() and a._handle() is not other._handle()
    os.symlink(checkpoint, tmp_path / "link.rzoo")
    assert reszoo.Model(tmp_path / "link.rzoo")._handle() is a._handle()
    first = reszoo.Model(copy)
    shutil.copy(checkpoint, copy + ".new")
    os.replace(copy + ".new", copy)
    assert reszoo.Model(copy)._handle() is not first._handle()


def test_shared_weights(checkpoint: str, images: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESZOO_CACHE", str(tmp_path))
    wanted = reszoo.Model(checkpoint).classify_arrays(images[:4])
    model = reszoo.Model(checkpoint, share_weights=True)
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    files = sorted((tmp_path / "shared-weights").iterdir())
    assert len(files) >= 3 and all(str(file) in maps for file in files)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for got in (model.classify_arrays(images[:4]), pool.submit(_classified, model, images[:4]).result()):
            np.testing.assert_array_equal(got.probabilities, wanted.probabilities)
    assert sorted((tmp_path / "shared-weights").iterdir()) == files


def _classified(model: reszoo.Model, images: list[str]) -> reszoo.Answers:
    return model.classify_arrays(images)


def test_closing(checkpoint: str) -> None:
    with reszoo.Model(checkpoint) as model, reszoo.Model(checkpoint) as other:
        model.close()
        model.close()
        assert model.closed and "closed" in repr(model)
        for use in (lambda: model.classify([]), lambda: model.num_classes, lambda: model.logits([]), model.__enter__):
            with pytest.raises((reszoo.ClosedError, TypeError)):
                use()
        assert other.classify([]) == []
    assert pickle.loads(pickle.dumps(model)).num_classes == 10


def test_ten_thousand_openings_do_not_grow(checkpoint: str) -> None:
    def turn() -> None:
        model = reszoo.Model(checkpoint, threads=1, batch=1)
        assert model._handle().address
        model.close()

    for _ in range(300):
        turn()
    files, before = len(os.listdir("/proc/self/fd")), resident_bytes()
    count = int(os.environ.get("RESZOO_TEST_OPENINGS", "10000"))
    for _ in range(count):
        turn()
    assert len(os.listdir("/proc/self/fd")) == files
    assert resident_bytes() - before < 8 * 2**20


def test_missing_damaged_and_other_files(copy: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        reszoo.Model(tmp_path / "none.rzoo")
    assert isinstance(missing.value, reszoo.Error) and missing.value.code == "not_found" and "none.rzoo" in str(missing.value)
    data = bytearray(Path(copy).read_bytes())
    data[len(data) // 2] ^= 1
    Path(copy).write_bytes(data)
    for attempt in (lambda: reszoo.Model(copy), lambda: reszoo.Model.from_bytes(data), lambda: reszoo.Model(__file__)):
        with pytest.raises(reszoo.FormatError):
            attempt()
    with pytest.raises(OSError):
        reszoo.Model(tmp_path)
    with pytest.raises(ValueError):
        reszoo.Model(CHECKPOINT, threads=-1)
    with pytest.raises(ValueError):
        reszoo.Model(CHECKPOINT, precision="float8")  # type: ignore[arg-type]
    with pytest.raises(reszoo.ChangedError):
        reszoo.Model(CHECKPOINT, content_root="0" * 64)


def test_a_model_that_must_be_proven_shares_no_handle_with_one_that_was_not() -> None:
    plain = reszoo.Model(CHECKPOINT)
    pinned = reszoo.Model(CHECKPOINT, content_root=plain.content_root)
    assert pinned._open_handle is not plain._open_handle
    assert reszoo.Model(CHECKPOINT)._open_handle is plain._open_handle
    assert reszoo.Model(CHECKPOINT, content_root=plain.content_root)._open_handle is pinned._open_handle


@pytest.mark.parametrize("damage", ["cut", "flip", "replace", "remove"])
def test_a_file_damaged_after_opening(copy: str, images: list[str], damage: str, tmp_path: Path) -> None:
    model = reszoo.Model(copy)
    expected = model.classify(images)
    if damage == "cut":
        os.truncate(copy, 100)
    elif damage == "flip":
        with open(copy, "r+b") as file:
            file.seek(-2000, 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 0x40]))
    elif damage == "replace":
        command("init", "resnet18", "--output", tmp_path / "other.rzoo")
        os.replace(tmp_path / "other.rzoo", copy)
    else:
        os.remove(copy)
    # What was opened goes on; what must be read again is right or an error.
    assert model.classify(images) == expected
    right = reszoo.Model(CHECKPOINT)
    for use in (lambda m: m.features(images[:2], "layer1"), lambda m: m.state_dict()["conv1.weight"]):
        try:
            found = use(model)
        except (reszoo.ChangedError, reszoo.FormatError):
            assert damage in ("cut", "flip")
        else:
            assert (found == use(right)).all()


def test_signatures(copy: str, tmp_path: Path) -> None:
    with pytest.raises(reszoo.SignatureError):
        reszoo.Model(copy, public_key="ab" * 32)
    private, public = tmp_path / "key.pem", tmp_path / "public.pem"
    command("keygen", "--key", private, "--public-key", public)
    command("sign", copy, "--key", private)
    for key in (public, public.read_text(), str(public)):
        with reszoo.Model(copy, public_key=key) as model:
            assert model.num_classes == 10
            assert pickle.loads(pickle.dumps(model)).num_classes == 10


def test_deltas_find_their_named_bases(copy: str, tmp_path: Path) -> None:
    delta = tmp_path / "away" / "delta.rzoo"
    delta.parent.mkdir()
    vehicles = ROOT / "Examples" / "vehicles"
    reszoo.finetune(copy, vehicles / "train", output=delta, train="fc", delta=True, epochs=1, no_cache=True)
    with pytest.raises(reszoo.MissingBaseError):
        reszoo.Model(delta)
    with reszoo.Model(delta, bases=[copy]) as model:
        assert pickle.loads(pickle.dumps(model)).content_root == model.content_root


# -- Pickles


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("by_value", [False, True])
def test_pickles_classify_alike(model: reszoo.Model, images: list[str], protocol: int, by_value: bool) -> None:
    expected = model.classify(images)
    original = reszoo.Model(CHECKPOINT)
    original.pickle_by_value = by_value
    text = pickle.dumps(original, protocol)
    assert (len(text) > 500_000) == by_value
    assert pickle.loads(text).classify(images) == expected
    again = pickle.loads(pickle.dumps(pickle.loads(text), protocol))
    assert again.classify(images) == expected
    assert copies.deepcopy(original).classify(images) == expected


def test_bytes_pickle_by_value(images: list[str], model: reszoo.Model) -> None:
    opened = reszoo.Model.from_bytes(CHECKPOINT.read_bytes(), threads=1)
    assert opened.path is None and opened.classify(images) == model.classify(images)
    buffers: list[pickle.PickleBuffer] = []
    text = pickle.dumps(opened, 5, buffer_callback=buffers.append)
    assert len(text) < 2000 and len(buffers) == 1
    restored = pickle.loads(text, buffers=buffers)
    assert restored.classify(images) == model.classify(images) and restored.threads == 1
    assert pickle.loads(pickle.dumps(restored)).classify([]) == []


def test_a_pickle_of_a_changed_file_is_an_error(copy: str, tmp_path: Path) -> None:
    text = pickle.dumps(reszoo.Model(copy))
    command("init", "cifar_resnet20", "--output", tmp_path / "other.rzoo")
    os.replace(tmp_path / "other.rzoo", copy)
    with pytest.raises(reszoo.ChangedError, match="model.rzoo"):
        pickle.loads(text)
    # Also when the other model is open.
    other = reszoo.Model(copy)
    with pytest.raises(reszoo.ChangedError, match="model.rzoo"):
        pickle.loads(text)
    other.close()
    os.remove(copy)
    with pytest.raises(FileNotFoundError, match="pickle_by_value"):
        pickle.loads(text)


def test_large_models_do_not_pickle_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    import reszoo._pickles as module

    monkeypatch.setattr(module, "PICKLE_LIMIT", 1000)
    model = reszoo.Model(CHECKPOINT)
    model.pickle_by_value = True
    with pytest.raises(pickle.PicklingError, match="ship the file"):
        pickle.dumps(model)


def test_tasks_of_one_process_share_what_was_pickled(checkpoint: str) -> None:
    text = pickle.dumps(reszoo.Model(checkpoint, batch=5))
    models = [pickle.loads(text) for _ in range(16)]
    assert len({id(model._handle()) for model in models}) == 1
    address = models[0]._handle().address
    del models
    # The next task of the worker finds it open.
    assert pickle.loads(text)._handle().address == address
    assert len(_handles._kept) <= 4


def test_errors_pickle() -> None:
    for error in (reszoo.ImageError("x", index=3, code="empty"), reszoo.NotFoundError("y"), reszoo.Error("z", code="q")):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error) and str(again) == str(error) and again.code == error.code
        assert getattr(again, "index", None) == getattr(error, "index", None)


def _classify(model: reszoo.Model, paths: list[str]) -> list[reszoo.Result]:
    return model.classify(paths)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_process_pools(model: reszoo.Model, images: list[str], method: str) -> None:
    expected = model.classify(images)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        for found in pool.map(_classify, [model] * 6, [images] * 6):
            assert found == expected


def test_dask_and_cloudpickle(model: reszoo.Model, images: list[str]) -> None:
    bag = pytest.importorskip("dask.bag")
    expected = model.classify(images)
    for scheduler in ("threads", "processes"):
        found = (
            bag.from_sequence(images, npartitions=4).map_partitions(lambda part: model.classify(list(part))).compute(scheduler=scheduler)
        )
        assert [result.top for result in found] == [result.top for result in expected]
