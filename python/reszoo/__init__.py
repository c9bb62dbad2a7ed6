"""Classifies images with residual networks on a CPU.

    import reszoo
    model = reszoo.Model("resnet50.rzoo")
    for result in model.classify(["cat.jpg", "dog.jpg"], top=3):
        print(result.error or result.top[0].label)

`reszoo.spark` and `reszoo.ray` run a model over tables and data sets of these engines.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._library import default_threads, library_version
from ._pickles import PICKLE_LIMIT
from .errors import (
    ArgumentError,
    CancelledError,
    ChangedError,
    ClosedError,
    Error,
    FormatError,
    ImageError,
    MissingBaseError,
    NameLookupError,
    NotFoundError,
    OutOfMemoryError,
    OutputError,
    ReadError,
    SignatureError,
    UnsupportedError,
)
from .model import Model
from .results import Answers, Result, Top

if TYPE_CHECKING:
    from . import arrow as arrow
    from . import ray as ray
    from . import spark as spark
    from .jobs import audit as audit
    from .jobs import build_index as build_index
    from .jobs import convert as convert
    from .jobs import evaluate as evaluate
    from .jobs import explain as explain
    from .jobs import inspect as inspect
    from .jobs import calibrate as calibrate
    from .jobs import compare as compare
    from .jobs import quantize as quantize
    from .jobs import similar as similar
    from .training import finetune as finetune

__version__ = "0.1.0"

# Imported when they are first used: they need more than most programs do.
_LATER = {
    "audit": "jobs",
    "build_index": "jobs",
    "convert": "jobs",
    "evaluate": "jobs",
    "explain": "jobs",
    "inspect": "jobs",
    "calibrate": "jobs",
    "compare": "jobs",
    "quantize": "jobs",
    "similar": "jobs",
    "finetune": "training",
    "arrow": None,
    "ray": None,
    "spark": None,
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'reszoo' has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_LATER[name] or name}")
    value = module if _LATER[name] is None else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


__all__ = [
    "Answers",
    "ArgumentError",
    "CancelledError",
    "ChangedError",
    "ClosedError",
    "Error",
    "FormatError",
    "ImageError",
    "MissingBaseError",
    "Model",
    "NameLookupError",
    "NotFoundError",
    "OutOfMemoryError",
    "OutputError",
    "PICKLE_LIMIT",
    "ReadError",
    "Result",
    "SignatureError",
    "Top",
    "UnsupportedError",
    "audit",
    "build_index",
    "convert",
    "default_threads",
    "evaluate",
    "explain",
    "finetune",
    "inspect",
    "library_version",
    "calibrate",
    "compare",
    "quantize",
    "similar",
]
