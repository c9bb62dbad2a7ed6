"""What runs as a process of its own: inspect, convert, quantize, evaluate, similar, finetune."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CHECKPOINT, ROOT, assert_same, classified, command

import reszoo

TRAIN = ROOT / "Examples" / "vehicles" / "train"
VALIDATION = ROOT / "Examples" / "vehicles" / "val"


def _finetune(output: Path, **options: Any) -> Any:
    return reszoo.finetune(CHECKPOINT, TRAIN, output=output, validation=VALIDATION, no_cache=True, **options)


def test_inspect_is_the_command_s(checkpoint: str) -> None:
    assert reszoo.inspect(checkpoint) == json.loads(command("inspect", checkpoint, "--json", "--tensors"))
    with pytest.raises(FileNotFoundError):
        reszoo.inspect("nowhere.rzoo")
    with pytest.raises(reszoo.FormatError):
        reszoo.inspect(__file__)


def test_convert(tmp_path: Path, model: reszoo.Model) -> None:
    report = reszoo.convert(CHECKPOINT, tmp_path / "h.rzoo", dtype="f16")
    assert report["storage"]["dtype"] == "f16"
    with pytest.raises(OSError, match="is not replaced"):
        reszoo.convert(CHECKPOINT, tmp_path / "h.rzoo", dtype="f16")
    reszoo.convert(CHECKPOINT, tmp_path / "h.rzoo", codec="none", force=True)
    assert reszoo.Model(tmp_path / "h.rzoo").content_root == model.content_root
    with pytest.raises(reszoo.ArgumentError):
        reszoo.convert(CHECKPOINT, tmp_path / "i.rzoo", no_such_option=3)


def test_quantize(tmp_path: Path, model: reszoo.Model) -> None:
    report = reszoo.quantize(CHECKPOINT, TRAIN, tmp_path / "q.rzoo", pictures=8, keep="fc")
    assert report["images"] == 8 and report["layers_in_floats"] == ["fc"]
    images = sorted(str(path) for path in (VALIDATION / "balloon").iterdir())[:4]
    with reszoo.Model(tmp_path / "q.rzoo") as small:
        assert small.labels == model.labels
        assert_same(list(small.classify(images)), classified(str(tmp_path / "q.rzoo"), images))
    with pytest.raises(reszoo.ArgumentError):
        reszoo.quantize(CHECKPOINT, TRAIN, tmp_path / "r.rzoo", keep="nothing")


def _examples(folder: Path) -> Path:
    """A data set of the three drawings that CHECKPOINT knows."""
    manifest = folder / "examples.csv"
    images = sorted((ROOT / "Examples" / "images").iterdir())
    manifest.write_text("path,label\n" + "".join(f"{image},{image.stem}\n" for image in images))
    return manifest


def test_calibrate(tmp_path: Path) -> None:
    examples = _examples(tmp_path)
    report = reszoo.calibrate(CHECKPOINT, examples, bins=10, resamples=20)
    # Drawings, all answered rightly: no temperature is best, and none can be written.
    assert report["images"] == 3 and "temperature" not in report and len(report["reliability"]) == 10
    with pytest.raises(reszoo.FormatError, match="no temperature is best"):
        reszoo.calibrate(CHECKPOINT, examples, output=tmp_path / "c.rzoo")
    assert not (tmp_path / "c.rzoo").exists()


def test_compare(tmp_path: Path, model: reszoo.Model) -> None:
    examples = _examples(tmp_path)
    reszoo.quantize(CHECKPOINT, TRAIN, tmp_path / "q.rzoo", pictures=4)
    report = reszoo.compare([model, tmp_path / "q.rzoo"], examples, no_speed=True)
    assert report["images"] == 3 and report["a"]["correct"] == 3
    assert report["only_a_right"] + report["only_b_right"] == len(report["flips"])
    three = reszoo.compare([model, tmp_path / "q.rzoo", CHECKPOINT], examples, no_speed=True)
    assert len(three["models"]) == 3 and len(three["pairs"]) == 3
    with pytest.raises(reszoo.ArgumentError):
        reszoo.compare([model], examples)


def test_similar(tmp_path: Path, model: reszoo.Model) -> None:
    report = reszoo.build_index(model, TRAIN, tmp_path / "train.rzindex")
    assert (report["images"], report["errors"], report["width"]) == (48, 0, 64)
    (tmp_path / "bad.png").write_bytes(b"no image")
    query = VALIDATION / "balloon" / "01.png"
    for among in (TRAIN, tmp_path / "train.rzindex"):
        found, broken = reszoo.similar(model, [query, tmp_path / "bad.png"], among, top=3)
        assert found["input"] == str(query) and "is not an image" in broken["error"]
        assert [os.path.dirname(each["image"]) for each in found["nearest"]] == [str(TRAIN / "balloon")] * 3
        similarities = [each["similarity"] for each in found["nearest"]]
        assert similarities == sorted(similarities, reverse=True) and 0.9 < similarities[0] < 1
    assert reszoo.similar(CHECKPOINT, query, query.parent, top=1)[0]["nearest"] == [{"image": str(query), "similarity": 1}]
    with reszoo.Model(CHECKPOINT, ignore_exif=True) as other, pytest.raises(reszoo.ArgumentError, match="exif"):
        reszoo.similar(other, query, tmp_path / "train.rzindex")


def test_audit(tmp_path: Path, model: reszoo.Model) -> None:
    images = tmp_path / "set"
    shutil.copytree(TRAIN, images)
    first = sorted((images / "balloon").iterdir())[0]
    shutil.copy(first, images / "balloon" / "copy.png")
    (images / "sailboat" / "broken.png").write_bytes(b"no image")
    found = reszoo.audit(images, tmp_path / "audit", no_cache=True)
    assert [each["input"] for each in found if each["kind"] == "broken"] == [str(images / "sailboat" / "broken.png")]
    copies = [each for each in found if each["kind"] == "duplicate"]
    assert {each["input"] for each in copies} == {str(first), str(images / "balloon" / "copy.png")}
    assert all(each["score"] == 1 and each["group"] == copies[0]["group"] for each in copies)
    again = reszoo.audit(images, tmp_path / "audit", model, cache=tmp_path / "cache", seed=1)
    assert {each["kind"] for each in again} >= {"broken", "duplicate"} and (tmp_path / "audit" / "index.html").exists()
    with pytest.raises(FileNotFoundError):
        reszoo.audit(tmp_path / "none", tmp_path / "other")
    with pytest.raises(reszoo.ArgumentError):
        reszoo.audit(images, tmp_path / "audit", folds=1)


def test_explain(tmp_path: Path, model: reszoo.Model) -> None:
    images = sorted((VALIDATION / "balloon").iterdir())[:2]
    assert model.labels is not None
    report = reszoo.explain(model, images, tmp_path / "why", classes=[model.labels[0], 2], method="classmap", array=True)
    assert [image["input"] for image in report["images"]] == [str(path) for path in images]
    for image in report["images"]:
        assert [found["index"] for found in image["maps"]] == [0, 2]
        for found in image["maps"]:
            array = np.load(tmp_path / "why" / found["array"])
            assert array.dtype == np.float32 and list(array.shape) == found["shape"]
            total = float(array.sum(dtype=np.float64)) + found["check"]["bias"]
            assert abs(total - found["value"]) <= 1e-5 * max(1, abs(found["value"]))
            assert (tmp_path / "why" / found["image"]).is_file()
    one = reszoo.explain(CHECKPOINT, images[0], tmp_path / "why")
    assert len(one["images"][0]["maps"]) == 1 and not (tmp_path / "why" / report["images"][0]["maps"][0]["array"]).exists()
    broken = tmp_path / "broken.png"
    broken.write_text("no image")
    assert "error" in reszoo.explain(CHECKPOINT, [broken, images[0]], tmp_path / "why")["images"][0]
    with pytest.raises(reszoo.ArgumentError, match="no class"):
        reszoo.explain(CHECKPOINT, images, tmp_path / "not", classes="nothing")


def test_the_key_of_a_model_goes_with_it(tmp_path: Path) -> None:
    file, public = tmp_path / "s.rzoo", tmp_path / "k.pub"
    file.write_bytes(Path(CHECKPOINT).read_bytes())
    command("keygen", "--key", tmp_path / "k.pem", "--public-key", public)
    command("sign", file, "--key", tmp_path / "k.pem")
    with reszoo.Model(file, public_key=public) as model:
        reszoo.quantize(model, TRAIN, tmp_path / "q.rzoo", pictures=4)
        file.write_bytes(Path(CHECKPOINT).read_bytes())
        with pytest.raises(reszoo.Error, match="sign"):
            reszoo.quantize(model, TRAIN, tmp_path / "r.rzoo", pictures=4)


def test_finetune_and_evaluate(tmp_path: Path) -> None:
    seen: list[int] = []
    training = _finetune(tmp_path / "v.rzoo", epochs=4, on_epoch=lambda epoch: seen.append(epoch["epoch"]))
    assert seen == [1, 2, 3, 4] == [epoch["epoch"] for epoch in training.epochs]
    assert not training.stopped and training.best is not None
    with reszoo.Model(training.output) as model:
        assert model.labels == ["balloon", "sailboat", "steamer"]
        report = reszoo.evaluate(model, VALIDATION)
        assert report["images"] == 24 and report["top1"] == training.best["validation_top1"]
        assert report == json.loads(command("evaluate", training.output, VALIDATION, "--format", "json"))
        copy = reszoo.Model.from_bytes(Path(training.output).read_bytes(), precision="exact")
        assert reszoo.evaluate(copy, VALIDATION)["images"] == 24


def test_finetune_takes_the_precision_of_frozen_layers(tmp_path: Path) -> None:
    rounded = _finetune(tmp_path / "b.rzoo", train="fc", epochs=1, precision="bf16", report=tmp_path / "report")
    assert reszoo.inspect(rounded.output)["recipe"]["precision"] == "bf16"
    frozen = json.loads((tmp_path / "report" / "report.json").read_text())["frozen"]
    assert frozen["precision"] == "bf16" and 0 < frozen["difference"] < 0.05
    reszoo.quantize(CHECKPOINT, TRAIN, tmp_path / "q.rzoo")
    kept = reszoo.finetune(tmp_path / "q.rzoo", TRAIN, output=tmp_path / "k.rzoo", train="fc", epochs=1, precision="int8", no_cache=True)
    assert "fc" not in reszoo.inspect(kept.output)["architecture"]["quantization"]["layers"]
    with pytest.raises(reszoo.ArgumentError, match="is not quantized"):
        _finetune(tmp_path / "n.rzoo", train="fc", epochs=1, precision="int8")


def test_a_training_that_is_stopped_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    whole = _finetune(tmp_path / "a.rzoo", epochs=30, patience=0)
    part = _finetune(tmp_path / "b.rzoo", epochs=30, patience=0, on_epoch=lambda epoch: epoch["epoch"] < 2)
    if part.stopped:
        assert not Path(part.output).exists()
        part = _finetune(tmp_path / "b.rzoo", epochs=30, patience=0, resume=True)
        assert part.epochs[0]["epoch"] > 2
    assert Path(part.output).read_bytes() == Path(whole.output).read_bytes()


def test_an_error_in_the_callback_ends_the_training(tmp_path: Path) -> None:
    def fail(epoch: dict[str, Any]) -> None:
        raise RuntimeError(f"at {epoch['epoch']}")

    with pytest.raises(RuntimeError, match="at 1"):
        _finetune(tmp_path / "e.rzoo", epochs=2000, patience=0, on_epoch=fail)
    assert not (tmp_path / "e.rzoo").exists() and list(tmp_path.glob("e.rzoo*"))
    with pytest.raises(TypeError, match="on_epoch"):
        _finetune(tmp_path / "f.rzoo", log="log.jsonl")
    with pytest.raises(FileNotFoundError):
        reszoo.finetune(CHECKPOINT, tmp_path / "none", output=tmp_path / "g.rzoo")


PROGRAM = """
import sys, reszoo
try:
    reszoo.finetune(sys.argv[1], sys.argv[2], output=sys.argv[3], epochs=5000, patience=0, no_cache=True,
                    resume=True, on_epoch=lambda epoch: print("epoch", epoch["epoch"], flush=True))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def _start(output: Path) -> subprocess.Popen[str]:
    line = [sys.executable, "-c", PROGRAM, str(CHECKPOINT), str(TRAIN), str(output)]
    child = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline().startswith("epoch")
    return child


def test_control_c_keeps_the_state(tmp_path: Path) -> None:
    child = _start(tmp_path / "c.rzoo")
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=60)[0].endswith("interrupted\n") and child.returncode == 0
    assert list(tmp_path.glob("c.rzoo*")) and not (tmp_path / "c.rzoo").exists()


@pytest.mark.skipif(not os.path.exists("/usr/bin/setpriv"), reason="needs setpriv")
def test_a_killed_parent_takes_the_training_with_it(tmp_path: Path) -> None:
    child = _start(tmp_path / "k.rzoo")
    child.kill()
    child.communicate()
    # Another one can take over at once, and goes on.
    time.sleep(0.5)
    child = _start(tmp_path / "k.rzoo")
    child.send_signal(signal.SIGINT)
    assert "interrupted" in child.communicate(timeout=60)[0]
