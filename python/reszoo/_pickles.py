"""How a model travels to other processes and machines."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

from ._handles import Handle, Options, open_handle
from .errors import ChangedError, NotFoundError

if TYPE_CHECKING:
    from .model import Model

PICKLE_LIMIT = 100 * 2**20
"""The most bytes of a checkpoint that a pickle holds. Larger ones should be shipped as files, once to each machine."""


class Pickled:
    """Pickling by path and content root, or by value."""

    _path: str | None
    _bytes: Any
    _options: Options
    _content_root: str
    pickle_by_value: bool

    def __reduce_ex__(self, protocol: Any) -> Any:
        if not self.pickle_by_value:
            return _restore, (type(self), self._path, None, self._content_root, self._options)
        checkpoint = self._bytes if self._bytes is not None else self._read()
        if len(checkpoint) > PICKLE_LIMIT:
            raise pickle.PicklingError(
                f"the checkpoint has {len(checkpoint)} bytes, and a pickle holds at most {PICKLE_LIMIT}: ship the file, and pickle by path"
            )
        # From protocol 5 on, the pickler may hand the bytes on beside the pickle, without a copy.
        value = pickle.PickleBuffer(checkpoint) if int(protocol) >= 5 else bytes(checkpoint)
        return _restore, (type(self), self._path, value, self._content_root, self._options)

    def _read(self) -> bytes:
        try:
            with open(self._path or "", "rb") as file:
                return file.read(PICKLE_LIMIT + 1)
        except FileNotFoundError:
            raise pickle.PicklingError(
                f"{self._path} is no file, so its bytes cannot be pickled; a model of the cache pickles by its name"
            ) from None


def _restore(kind: type[Model], path: str | None, checkpoint: Any, content_root: str, options: Options) -> Model:
    """Opens what was pickled, or finds it open."""
    handle: Handle
    if checkpoint is not None:
        checkpoint = memoryview(checkpoint)
        handle = open_handle(checkpoint, options, content_root, keep=True)
    else:
        assert path is not None
        try:
            handle = open_handle(path, options, content_root, keep=True)
        except ChangedError as error:
            raise ChangedError(f"not the model that was pickled: {error}") from None
        except NotFoundError as error:
            raise NotFoundError(
                f"the file of a pickled model is not on this machine, {os.uname().nodename}: {error}. "
                "Ship the file, or set the model's pickle_by_value"
            ) from None
    model = kind.__new__(kind)
    model._begin(path, checkpoint, options, handle)
    return model
