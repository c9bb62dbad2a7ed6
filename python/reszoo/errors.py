"""The errors of this package. Each has a `code`, a short word that does not change with the wording."""

from __future__ import annotations

import errno


class Error(Exception):
    """Something that ResZoo could not do. `str(error)` says what, and what would help."""

    code: str = "failed"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class ArgumentError(Error, ValueError):
    """An option or an array is out of its range, or contradicts another."""

    code = "invalid_argument"


class ClosedError(Error, ValueError):
    """The model was closed."""

    code = "closed"


class NotFoundError(Error, FileNotFoundError):
    """There is no such file, and no model of this name in the cache."""

    code = "not_found"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.errno = errno.ENOENT


class NameLookupError(Error, LookupError):
    """The model has no such node, tensor or class."""

    code = "not_found"


class ReadError(Error, OSError):
    """The system does not let a file be read."""

    code = "unreadable"


class OutputError(Error, OSError):
    """An output could not be created or written."""

    code = "output"


class FormatError(Error, ValueError):
    """A file is damaged, or is of another kind than was expected."""

    code = "damaged"


class ChangedError(Error, ValueError):
    """A file holds another model than it did when it was opened or pickled."""

    code = "changed"


class SignatureError(Error, ValueError):
    """A file is not signed by the key that was asked for."""

    code = "not_signed"


class MissingBaseError(Error, ValueError):
    """The base of a delta is missing, or is another model."""

    code = "no_base"


class UnsupportedError(Error, ValueError):
    """The network does not do this: it has no classes, or takes no images of this size."""

    code = "unsupported"


class OutOfMemoryError(Error, MemoryError):
    """There is not enough memory."""

    code = "no_memory"


class CancelledError(Error):
    """The call was cancelled."""

    code = "cancelled"


class ImageError(Error, ValueError):
    """An image has no result. `index` is its place in the list that was given."""

    code = "image"
    index: int = -1

    def __init__(self, message: str = "", *, index: int | None = None, code: str | None = None) -> None:
        super().__init__(message, code=code)
        if index is not None:
            self.index = index


# By RESZOO_… of reszoo.h.
_BY_STATUS: dict[int, type[Error]] = {
    1: ArgumentError,
    2: ClosedError,
    3: NotFoundError,
    4: ReadError,
    5: FormatError,
    6: ChangedError,
    7: SignatureError,
    8: MissingBaseError,
    9: UnsupportedError,
    10: ArgumentError,
    11: OutOfMemoryError,
    12: CancelledError,
    13: Error,
}

# By RESZOO_IMAGE_… of reszoo.h: the `code` of a result.
IMAGE_CODES: tuple[str, ...] = (
    "ok",
    "missing",
    "not_run",
    "not_found",
    "no_permission",
    "not_a_file",
    "unreadable",
    "empty",
    "not_an_image",
    "other_format",
    "unsupported_kind",
    "missing_library",
    "truncated",
    "corrupt",
    "dimensions",
    "too_large",
    "no_memory",
    "not_finite",
    "bad_pixels",
    "failed",
)


def image_code(status: int) -> str:
    """The word for a RESZOO_IMAGE_…, "failed" for one of a later library."""
    return IMAGE_CODES[status] if 0 <= status < len(IMAGE_CODES) else "failed"


def error_of_status(status: int, message: str, lookup: bool = False) -> Error:
    """The error for a reszoo_status. `lookup` says that a name within a model was asked for, not a file."""
    kind = NameLookupError if lookup and status == 3 else _BY_STATUS.get(status, Error)
    return kind(message or f"reszoo failed with status {status}")
