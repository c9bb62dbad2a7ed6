"""Threads, forks, signals, and the interpreter's lock."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CHECKPOINT

import reszoo


def test_sixteen_threads_on_one_handle(model: reszoo.Model, images: list[str]) -> None:
    encoded = [Path(path).read_bytes() for path in images]
    expected, logits = model.classify(encoded), model.logits(model.preprocess(images))

    def work(turn: int) -> None:
        for _ in range(6):
            assert model.classify(encoded) == expected
            assert np.array_equal(model.logits(model.preprocess(images)), logits)
            assert [result.error is None for result in model.classify([encoded[turn], None])] == [True, False]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))


def test_sixteen_threads_open_and_close(images: list[str], model: reszoo.Model) -> None:
    expected = model.classify(images[:3])

    def work(turn: int) -> None:
        for count in range(10):
            with reszoo.Model(CHECKPOINT, batch=1 + (turn + count) % 3) as opened:
                assert opened.classify(images[:3]) == expected

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))


def test_closing_while_another_thread_runs(images: list[str], model: reszoo.Model) -> None:
    expected = model.classify(images)
    opened = reszoo.Model(CHECKPOINT, batch=7)
    found: list[Any] = []
    worker = threading.Thread(target=lambda: found.append(opened.classify(images * 20)))
    worker.start()
    time.sleep(0.005)
    opened.close()
    worker.join()
    if isinstance(found[0], list):
        assert [result.top for result in found[0]] == [result.top for result in expected] * 20


def _in_child(work: Callable[[], bool]) -> int:
    """Runs `work` in a fork; 0 if it returns True within a minute."""
    child = os.fork()
    if child == 0:
        # Says where it waits, if it does.
        faulthandler.dump_traceback_later(60, exit=True)
        try:
            os._exit(0 if work() else 1)
        except BaseException:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forks_before_between_and_within_calls(images: list[str], model: reszoo.Model) -> None:
    expected = model.classify(images)
    fresh = reszoo.Model(CHECKPOINT, batch=3)
    assert _in_child(lambda: fresh.classify(images) == expected) == 0
    assert fresh.classify(images) == expected
    assert _in_child(lambda: fresh.classify(images) == expected and reszoo.Model(CHECKPOINT).classify(images) == expected) == 0
    # The first use of each part of the library is over before threads begin: a fork within one may leave the child waiting.
    with reszoo.Model(CHECKPOINT, batch=2) as other:
        other.classify(images[:1])
    stop = threading.Event()
    wrong: list[int] = []

    def run() -> None:
        while not stop.is_set():
            if fresh.classify(images) != expected:
                wrong.append(1)
            with reszoo.Model(CHECKPOINT, batch=2) as other:
                other.classify(images[:1])

    workers = [threading.Thread(target=run) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(20):
            time.sleep(0.01)
            assert (
                _in_child(lambda: fresh.classify(images) == expected and reszoo.Model(CHECKPOINT, batch=2).classify(images) == expected)
                == 0
            )
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert not wrong


def test_no_threads_between_calls(images: list[str]) -> None:
    program = (
        "import os, sys, numpy, reszoo\n"
        "count = lambda: len(os.listdir('/proc/self/task'))\n"
        "before = count(); model = reszoo.Model(sys.argv[1]); model.classify(sys.argv[2:])\n"
        # One that has just ended may still be in the list.
        "import time; deadline = time.monotonic() + 5\n"
        "while count() != before and time.monotonic() < deadline: time.sleep(0.01)\n"
        "assert count() == before, (before, count())\n"
    )
    subprocess.run([sys.executable, "-c", program, str(CHECKPOINT), *images], check=True)


def test_other_threads_go_on(images: list[str], model: reszoo.Model) -> None:
    """A thread of Python counts on while a call runs: the call does not hold the interpreter's lock."""
    encoded = [Path(path).read_bytes() for path in images] * 100
    gaps: list[float] = []
    stop = threading.Event()

    def count() -> None:
        last = time.perf_counter()
        while not stop.is_set():
            time.sleep(0.001)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    counter = threading.Thread(target=count)
    counter.start()
    start = time.perf_counter()
    batch = model.classify_arrays(encoded)
    took = time.perf_counter() - start
    stop.set()
    counter.join()
    assert (batch.statuses == 0).all()
    # With the lock held there would be one gap as long as the call.
    assert max(gaps) < max(took / 2, 0.05) and len(gaps) > min(took / 0.05, 10)


def test_control_c_ends_a_call_soon(images: list[str]) -> None:
    program = (
        "import sys, reszoo\n"
        "model = reszoo.Model(sys.argv[1], threads=1, precision='exact')\n"
        "print('begun', flush=True)\n"
        "try: model.classify(sys.argv[2:] * 5000)\n"
        "except KeyboardInterrupt: print('interrupted', len(model.classify(sys.argv[2:])), flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(CHECKPOINT), *images], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "begun\n"
    time.sleep(0.5)
    start = time.perf_counter()
    child.send_signal(signal.SIGINT)
    output = child.communicate(timeout=60)[0]
    assert output == f"interrupted {len(images)}\n" and child.returncode == 0
    assert time.perf_counter() - start < 5


def test_threads_follow_the_environment() -> None:
    program = "import sys, reszoo; print(reszoo.default_threads(), reszoo.Model(sys.argv[1]).threads)"

    def threads(**variables: str) -> str:
        clean = {name: value for name, value in os.environ.items() if name not in ("RESZOO_NUM_THREADS", "OMP_NUM_THREADS")}
        done = subprocess.run(
            [sys.executable, "-c", program, str(CHECKPOINT)], env={**clean, **variables}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert threads(OMP_NUM_THREADS="1") == "1 1"
    assert threads(OMP_NUM_THREADS="1", RESZOO_NUM_THREADS="3") == "3 3"
    default = int(threads().split()[0])
    assert 1 <= default <= len(os.sched_getaffinity(0))
