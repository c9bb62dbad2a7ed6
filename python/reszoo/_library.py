"""Finds libreszoo and calls it. ctypes gives up the interpreter's lock for the time of each call."""

from __future__ import annotations

import _thread
import ctypes
import os
import threading
from collections.abc import Callable

from . import _structures as c
from .errors import error_of_status

FOLDER = os.path.dirname(os.path.abspath(__file__))

_loaded: ctypes.CDLL | None = None


def library() -> ctypes.CDLL:
    """The library, loaded on first use."""
    global _loaded
    if _loaded is None:
        _loaded = _load()
    return _loaded


def _load() -> ctypes.CDLL:
    path = os.environ.get("RESZOO_LIBRARY") or os.path.join(FOLDER, "native", "libreszoo.so")
    try:
        loaded = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"the library of ResZoo cannot be loaded: {error}. Install a wheel for this platform, or build one with tools/wheel"
        ) from None
    loaded.reszoo_abi_version.restype = ctypes.c_int32
    version = loaded.reszoo_abi_version()
    if version < c.ABI_VERSION:
        raise ImportError(f"{path} has interface {version}, and this package needs {c.ABI_VERSION}: install both from one release")
    loaded.reszoo_version.restype = ctypes.c_char_p
    loaded.reszoo_default_threads.restype = ctypes.c_size_t
    loaded.reszoo_free.argtypes = [ctypes.c_void_p]
    loaded.reszoo_free.restype = None
    for name, parameters in c.FUNCTIONS.items():
        function = getattr(loaded, name)
        function.argtypes = parameters
        function.restype = ctypes.c_int32
    return loaded


def take_text(address: int | None) -> str:
    """A text of the library as a string; the library's is given back."""
    if not address:
        return ""
    try:
        return ctypes.string_at(address).decode("utf-8", "replace")
    finally:
        library().reszoo_free(address)


def call(name: str, *arguments: object, about: str = "", lookup: bool = False) -> None:
    """Calls a function of the library.

    - about: the file that the call is about, for the text of an error.
    - lookup: True if it looks for a name within a model.

    Raises the error that belongs to its status.
    """
    message = c.Text()
    status = getattr(library(), name)(*arguments, ctypes.byref(message))
    text = take_text(message.value)
    if status != 0:
        raise error_of_status(status, f"{about}: {text}" if about else text, lookup)


def call_interruptibly(body: Callable[[int | None], None], count: int) -> None:
    """Runs `body` so that Ctrl-C ends it soon.

    - body: makes one call of the library, with the cancellation that it is given.
    - count: images of the call. For a handful nothing is done, they end soon by themselves.

    Python handles signals in its main thread alone, and not while that is within a call. So there the call goes on in a thread of its
    own, and the main thread waits for it.
    """
    if count <= 8 or threading.current_thread() is not threading.main_thread():
        body(None)
        return
    cancellation = ctypes.c_void_p()
    call("reszoo_cancellation_create", ctypes.byref(cancellation))
    try:
        _run_beside(lambda: body(cancellation.value), lambda: call("reszoo_cancellation_cancel", cancellation))
    finally:
        call("reszoo_cancellation_close", cancellation)


def _run_beside(body: Callable[[], None], cancel: Callable[[], None]) -> None:
    # A thread's join is not used: in some versions of Python an interrupted one takes the thread for finished.
    ended: list[BaseException | None] = []
    waiting = _thread.allocate_lock()
    waiting.acquire()

    def run() -> None:
        outcome: BaseException | None = None
        try:
            body()
        except BaseException as error:
            outcome = error
        ended.append(outcome)
        waiting.release()

    try:
        _thread.start_new_thread(run, ())
    except RuntimeError:  # There are as many threads as the system allows.
        body()
        return
    interruption: BaseException | None = None
    while not ended:
        try:
            waiting.acquire(timeout=3600)
        except BaseException as error:
            # The call still writes into memory of ours, so its end is waited for in any case.
            if interruption is None:
                interruption = error
                cancel()
    if interruption is not None:
        raise interruption
    outcome = ended[0]
    if outcome is not None:
        raise outcome


def default_threads() -> int:
    """The threads of a model that is opened without a number: RESZOO_NUM_THREADS, else OMP_NUM_THREADS, else the processors that this
    process may use, with regard to its affinity and the quota of its control group."""
    return int(library().reszoo_default_threads())


def library_version() -> str:
    """The version of the library that runs."""
    return str(library().reszoo_version().decode("utf-8"))
