"""Open models of the library. Those that are the same file, opened in the same way, are open once in a process."""

from __future__ import annotations

import ctypes
import json
import os
import threading
import weakref
from collections import deque
from dataclasses import dataclass
from typing import Any

from . import _structures as c
from ._library import call, library, take_text
from .errors import ArgumentError, ChangedError, NotFoundError

Source = str | bytes | bytearray | memoryview


@dataclass(frozen=True)
class Options:
    """The way in which a model is opened: reszoo_options, but for the content root."""

    threads: int = 0
    batch: int = 0
    precision: str = "default"
    goal: str = "throughput"
    ignore_exif: bool = False
    share_weights: bool = False
    public_key: str | None = None
    bases: tuple[str, ...] = ()

    def structure(self, content_root: str | None) -> c.Options:
        bases = (ctypes.c_char_p * len(self.bases))(*(os.fsencode(base) for base in self.bases))
        structure = c.Options(
            threads=self.threads,
            batch=self.batch,
            precision=_choice("precision", self.precision, c.PRECISIONS),
            goal=_choice("goal", self.goal, c.GOALS),
            ignore_exif=int(self.ignore_exif),
            share_weights=int(self.share_weights),
            content_root=content_root.encode() if content_root is not None else None,
            public_key=self.public_key.encode() if self.public_key is not None else None,
            bases=ctypes.cast(bases, ctypes.POINTER(ctypes.c_char_p)) if self.bases else None,
            base_count=len(self.bases),
        )
        structure.owner = bases  # Lives as long as the structure that points to it.
        return structure


def _choice(what: str, value: str, choices: dict[str, int]) -> int:
    if value not in choices:
        raise ArgumentError(f"{what} is one of {', '.join(map(repr, choices))}, not {value!r}")
    return choices[value]


class Handle:
    """An open model. The library's is closed when the last reference to this is gone, so a call that holds one is safe."""

    def __init__(self, address: int) -> None:
        self.address = address
        finalizer = weakref.finalize(self, _close, address)
        finalizer.atexit = False
        self.content_root = self.text(c.TEXT_CONTENT_ROOT)
        self._labels: tuple[list[str] | None] | None = None
        self.info = c.ModelInfo()
        call("reszoo_model_get_info", address, ctypes.byref(self.info))

    @property
    def labels(self) -> list[str] | None:
        """The names of the classes; None if the model has none."""
        # No cached_property: its lock, until Python 3.11, may be held by a thread that a child of fork does not have.
        if self._labels is None:
            labels: list[str] | None = json.loads(self.text(c.TEXT_LABELS))
            self._labels = (labels,)
        return self._labels[0]

    def text(self, which: int) -> str:
        """A text about the model: one of TEXT_…."""
        text = c.Text()
        call("reszoo_model_get_text", self.address, which, ctypes.byref(text))
        return take_text(text.value)


def _close(address: int) -> None:
    library().reszoo_model_close(address, None)


_open: weakref.WeakValueDictionary[Any, Handle] = weakref.WeakValueDictionary()
# Models that came by pickling stay open for the next task of this worker.
_kept: deque[Handle] = deque(maxlen=4)
_lock = threading.RLock()


def _renew_lock() -> None:
    # The thread that held it has no copy in the child of a fork.
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_renew_lock)


def open_handle(source: Source, options: Options, content_root: str | None, keep: bool = False) -> Handle:
    """Opens a model, or finds it open.

    - source: a path, the name of a cached model, or the bytes of a checkpoint.
    - content_root: what the model must have; None for any. ChangedError else.
    - keep: True to keep it open until four others were opened so.
    """
    key = _key(source, options, content_root)
    with _lock:
        handle = _open.get(key) if key is not None else None
        if handle is None:
            handle = _open_new(source, options, content_root)
            if key is not None:
                _open[key] = handle
        elif content_root is not None and handle.content_root != content_root.lower():
            raise ChangedError(f"{source!r} holds the model {handle.content_root}, not {content_root}")
        if keep and handle not in _kept:
            _kept.append(handle)
    return handle


def _open_new(source: Source, options: Options, content_root: str | None) -> Handle:
    structure = options.structure(content_root)
    address = ctypes.c_void_p()
    if isinstance(source, str):
        name = os.fsencode(source)
        if b"\0" in name:
            raise NotFoundError("the path holds a NUL, which no path can")
        call("reszoo_model_open", name, ctypes.byref(structure), ctypes.byref(address), about=source)
    else:
        view = memoryview(source).cast("B")
        bytes_ = bytes(view) if not isinstance(source, bytes) else source
        pointer = ctypes.cast(ctypes.c_char_p(bytes_), ctypes.c_void_p)
        call("reszoo_model_open_bytes", pointer, len(bytes_), ctypes.byref(structure), ctypes.byref(address))
    return Handle(int(address.value or 0))


def _key(source: Source, options: Options, content_root: str | None) -> Any:
    """What two models have in common that are the same; None if nothing is known to be the same."""
    if not isinstance(source, str):
        return None if content_root is None else ("bytes", content_root.lower(), options)
    path = os.path.realpath(source)
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    # A file that was changed since, or a base, is opened again.
    bases = tuple(_identity(base) for base in options.bases)
    # What a model must be is proven when it is opened so: the header of one that was opened without may claim anything.
    pinned = content_root is not None
    return (path, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, options, bases, pinned)


def _identity(path: str) -> Any:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
