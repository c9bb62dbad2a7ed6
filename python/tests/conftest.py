"""What the tests share. They need a model and images beside the installed package, and no other file.

In the repository these lie beside python/, in the source distribution below source/.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reszoo
from reszoo._command import command_path

# In the background of a script Ctrl-C is ignored, and so it would be in the processes that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

_PACKAGE = Path(__file__).resolve().parents[1]
ROOT = _PACKAGE / "source" if (_PACKAGE / "source").is_dir() else _PACKAGE.parent
CHECKPOINT = ROOT / "models" / "cifar_resnet20.rzoo"
IMAGES = sorted((ROOT / "Examples" / "images").glob("*.png")) + sorted((ROOT / "Examples" / "vehicles").rglob("*.png"))


@pytest.fixture(scope="session", autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Python looks for what `-c` imports where it starts first; the sources that lie there have no library."""
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(before)


@pytest.fixture(scope="session")
def checkpoint() -> str:
    return str(CHECKPOINT)


@pytest.fixture(scope="session")
def model() -> reszoo.Model:
    return reszoo.Model(CHECKPOINT)


@pytest.fixture
def copy(tmp_path: Path) -> str:
    """A copy of the checkpoint that a test may damage."""
    return str(shutil.copy(CHECKPOINT, tmp_path / "model.rzoo"))


@pytest.fixture(scope="session")
def images() -> list[str]:
    return [str(path) for path in IMAGES]


def command(*arguments: object) -> str:
    """What the command prints; its exit code may be 1, for images that failed."""
    done = subprocess.run([command_path(), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def classified(checkpoint: str, paths: Iterable[str], *options: str, top: int = 5) -> list[dict[str, Any]]:
    """The results of `reszoo classify`."""
    text = command("classify", checkpoint, *paths, "--format", "json", "--top", top, *options)
    results: list[dict[str, Any]] = json.loads(text)["results"]
    return results


def assert_same(results: list[reszoo.Result], expected: list[dict[str, Any]]) -> None:
    """Every probability has the same bits as in the command's results, every logit too, and errors have the same words."""
    assert len(results) == len(expected)
    for result, wanted in zip(results, expected):
        assert result.error == wanted.get("error")
        tops = [(top.label, top.index, top.probability, np.float32(top.logit)) for top in result.top]
        assert tops == [(top.get("label"), top["index"], top["probability"], np.float32(top["logit"])) for top in wanted.get("top", [])]


def resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
