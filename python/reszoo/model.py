"""A model that is open, ready to run."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from . import _structures as c
from . import _tensors
from ._arrays import array_of, is_array_like, network_input
from ._handles import Handle, Options, open_handle
from ._images import image_list
from ._library import call
from ._pickles import Pickled
from ._running import classify, fill
from .errors import ClosedError, UnsupportedError
from .results import Answers, Result, raise_for_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

Errors = Literal["nan", "raise", "return"]
Precision = Literal["default", "f32", "bf16", "auto", "exact"]


class Model(Pickled):
    """A checkpoint that is open, ready to classify images.

    - path_or_name: a file (.rzoo), or, where there is none of this name, the name of a model in the cache of `reszoo pull`.
    - threads: processors that each call uses; None for `reszoo.default_threads()`.
    - batch: the most images that go through the network together on each processor; None for 8.
    - precision: the numbers that are multiplied: "f32", single precision, unless given; "bf16", bfloat16, less exact and faster where the processor has
      instructions for it; "auto", bf16 on such processors and f32 on others. "exact" sums in double precision: closest to the network's mathematics, and
      several times slower.
    - goal: "throughput" for many images in little time, "latency" for one.
    - ignore_exif: True to ignore the orientation that EXIF records.
    - share_weights: True to keep the weights, made ready to run, in files of the user's cache that processes map: a machine then holds them once, however
      many processes open the model. Opening takes a little longer, and the cache grows by the size of the weights.
    - content_root: 64 hexadecimal digits that say what all weights must be; None for any.
    - public_key: the Ed25519 key that must have signed the file: a PEM file, its text, or 64 hexadecimal digits.
    - bases: files in which the base of a delta is looked for; others are not, when there are any.

    A model may be used by any number of threads at once; no call holds the interpreter's lock. A child of fork may use its parent's. It
    pickles by its path and content root, so that other processes and machines open the same file, once in each process; see
    `pickle_by_value`. Results are the same bits whatever the threads, the batch, or the other images.
    """

    def __init__(
        self,
        path_or_name: str | os.PathLike[str],
        *,
        threads: int | None = None,
        batch: int | None = None,
        precision: Precision | None = None,
        goal: Literal["throughput", "latency"] | None = None,
        ignore_exif: bool = False,
        share_weights: bool = False,
        content_root: str | None = None,
        public_key: str | os.PathLike[str] | bytes | None = None,
        bases: Iterable[str | os.PathLike[str]] = (),
    ) -> None:
        options = _options(threads, batch, precision, goal, ignore_exif, share_weights, public_key, bases)
        path = os.fspath(path_or_name)
        if not isinstance(path, str):
            path = os.fsdecode(path)
        if os.path.exists(path):
            # A pickle, or a change of folder, must not depend on the folder of now.
            path = os.path.abspath(path)
        self._begin(path, None, options, open_handle(path, options, content_root))

    @classmethod
    def from_bytes(
        cls,
        checkpoint: bytes | bytearray | memoryview,
        *,
        threads: int | None = None,
        batch: int | None = None,
        precision: Precision | None = None,
        goal: Literal["throughput", "latency"] | None = None,
        ignore_exif: bool = False,
        share_weights: bool = False,
        content_root: str | None = None,
        public_key: str | os.PathLike[str] | bytes | None = None,
        bases: Iterable[str | os.PathLike[str]] = (),
    ) -> Model:
        """A model of the bytes of a checkpoint. It pickles by value."""
        options = _options(threads, batch, precision, goal, ignore_exif, share_weights, public_key, bases)
        model = cls.__new__(cls)
        model._begin(None, bytes(checkpoint), options, open_handle(checkpoint, options, content_root))
        return model

    def _begin(self, path: str | None, checkpoint: Any, options: Options, handle: Handle) -> None:
        self._path = path
        self._bytes = checkpoint
        self._options = options
        self._content_root = handle.content_root
        self._open_handle: Handle | None = handle
        self.pickle_by_value = path is None
        """True if a pickle of this model holds the checkpoint itself, for machines that do not have the file."""

    # -- Closing

    def close(self) -> None:
        """Gives the memory back, when no other model of the same file is open and no call runs. Closing twice does nothing."""
        self._open_handle = None

    @property
    def closed(self) -> bool:
        """True after `close`."""
        return self._open_handle is None

    def __enter__(self) -> Model:
        self._handle()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def _handle(self) -> Handle:
        """The handle, which a call holds until its end."""
        handle = self._open_handle
        if handle is None:
            raise ClosedError("the model was closed")
        return handle

    # -- Facts

    @property
    def path(self) -> str | None:
        """The file or the cached name; None for a model of bytes."""
        return self._path

    @property
    def content_root(self) -> str:
        """64 hexadecimal digits that say what all weights are."""
        return self._content_root

    @property
    def labels(self) -> list[str] | None:
        """The names of the classes; None if the model has none."""
        labels = self._handle().labels
        return None if labels is None else list(labels)

    @property
    def descriptor(self) -> dict[str, Any]:
        """What the file says of itself: "architecture", "preprocessing", "labels", "origin" and so on."""
        handle = self._handle()
        return {"architecture": json.loads(handle.text(c.TEXT_ARCHITECTURE)), **json.loads(handle.text(c.TEXT_METADATA))}

    def inspect(self) -> dict[str, Any]:
        """All that `reszoo inspect --json --tensors` prints."""
        inspection: dict[str, Any] = json.loads(self._handle().text(c.TEXT_INSPECTION))
        return inspection

    @property
    def nodes(self) -> list[str]:
        """The paths of the network's nodes, in the order in which they are computed; see `features`."""
        nodes: list[str] = json.loads(self._handle().text(c.TEXT_NODES))
        return nodes

    @property
    def num_classes(self) -> int:
        """The number of classes; 0 for a network without a head."""
        return int(self._handle().info.classes)

    @property
    def input_size(self) -> tuple[int, int, int]:
        """Channels, height and width of an image as the network takes it."""
        info = self._handle().info
        return (int(info.channels), int(info.height), int(info.width))

    @property
    def num_parameters(self) -> int:
        """The number of trainable parameters."""
        return int(self._handle().info.parameters)

    @property
    def threads(self) -> int:
        """The processors that each call uses."""
        return int(self._handle().info.threads)

    @property
    def is_untrained(self) -> bool:
        """True if weights that the answer depends on are random."""
        return bool(self._handle().info.untrained)

    def __repr__(self) -> str:
        source = "from_bytes(…)" if self._path is None else repr(self._path)
        if self._open_handle is None:
            return f"<reszoo.Model {source}, closed>"
        channels, height, width = self.input_size
        return f"<reszoo.Model {source}, {self.num_classes} classes, {channels}×{height}×{width}, {self.threads} threads>"

    # -- Images

    def classify(self, images: Any, top: int | None = 5, *, errors: Literal["return", "raise"] = "return") -> list[Result]:
        """The likeliest classes of images, as `reszoo classify` has them.

        - images: a list of paths, of bytes of image files, of arrays of uint8 (height, width, 3) or (height, width) for grey, or of
          images of Pillow; also mixed, with None for missing ones. Or a Series of them, an array of Arrow (binary, large_binary, strings),
          an array of uint8 (images, height, width, 3), or a single image. Nothing is copied but to be decoded.
        - top: the number of classes; None for all.
        - errors: "raise" to raise `ImageError` for the first image without an answer.

        Returns a result for each image, in their order. An image that cannot be read has an `error` in its result.
        """
        if errors not in ("return", "raise"):
            raise ValueError(f"errors is 'return' or 'raise', not {errors!r}")
        handle = self._handle()
        answers = self._answers(handle, images, top)
        if errors == "raise":
            answers.raise_for_errors()
        return answers.results(handle.labels)

    def classify_arrays(self, images: Any, top: int | None = 5) -> Answers:
        """The same as `classify` as arrays, without an object for each image."""
        return self._answers(self._handle(), images, top)

    @staticmethod
    def _answers(handle: Handle, images: Any, top: int | None) -> Answers:
        classes = int(handle.info.classes)
        if classes == 0:
            raise UnsupportedError("the network has no classes; features() gives its embedding")
        places = classes if top is None else int(top)
        if places < 1:
            raise ValueError(f"top must be 1 or more, or None for all, not {top}")
        return classify(handle, image_list(images), min(places, classes))

    @overload
    def preprocess(self, images: Any, *, errors: Literal["nan", "raise"] = "nan") -> NDArray[np.float32]: ...
    @overload
    def preprocess(self, images: Any, *, errors: Literal["return"]) -> tuple[NDArray[np.float32], list[str | None]]: ...
    def preprocess(self, images: Any, *, errors: Errors = "nan") -> Any:
        """What the network would see of images, after resizing, cropping and normalisation: float32 [images, channels, height, width].

        - images: as `classify` takes them.
        - errors: for an image that cannot be read, "nan" gives NaN, "raise" raises `ImageError`, and "return" gives NaN and returns a list
          of the errors beside the array, with None for the others.
        """
        _check_errors(errors)
        handle = self._handle()

        def body(structure: Any, cancellation: Any, output: Any, size: int, outcomes: Any) -> None:
            call("reszoo_preprocess", handle.address, structure, cancellation, output, size, outcomes)

        return _with_errors(fill(image_list(images), self.input_size, body), errors)

    @overload
    def features(
        self, images: Any, node: str | None = None, *, pooled: bool = False, errors: Literal["nan", "raise"] = "nan"
    ) -> NDArray[np.float32]: ...
    @overload
    def features(
        self, images: Any, node: str | None = None, *, pooled: bool = False, errors: Literal["return"]
    ) -> tuple[NDArray[np.float32], list[str | None]]: ...
    def features(self, images: Any, node: str | None = None, *, pooled: bool = False, errors: Errors = "nan") -> Any:
        """The output of a node: float32 [images, channels, height, width], or [images, channels] where there is no map.

        - images: as `classify` takes them, or an array of float32 as `logits` takes it.
        - node: one of `nodes`, a block ("layer3.5") or a stage ("layer3"), for its output; None for the embedding, the pooled features in
          front of the head.
        - pooled: True for the mean of each channel in place of the map.
        - errors: as in `preprocess`.
        """
        _check_errors(errors)
        handle = self._handle()
        structure = _tensors.node_structure(node, pooled)
        if is_array_like(images) and not isinstance(images, bytes):
            array = array_of(images)
            if array.dtype == np.float32 and array.ndim == 4:
                output = _tensors.run(handle, network_input(array), structure)
                return (output, [None] * len(output)) if errors == "return" else output
        extents = _tensors.node_extents(handle, structure)

        def body(images: Any, cancellation: Any, output: Any, size: int, outcomes: Any) -> None:
            arguments = (ctypes.byref(structure), images, cancellation, output, size, outcomes)
            call("reszoo_features", handle.address, *arguments, lookup=True)

        return _with_errors(fill(image_list(images), extents, body), errors)

    # -- Tensors

    def logits(self, batch: Any) -> NDArray[np.float32]:
        """The network's outputs for images that are preprocessed already: float32 [images, classes].

        - batch: float32 [images, channels, height, width] of any strides, in an array of NumPy or anything that offers one by DLPack or
          the buffer protocol. It is only read.
        """
        return _tensors.run(self._handle(), network_input(batch), None)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """The weights under torchvision's names: int64 for counters, float32 for all others, whatever type the file has them in.

        `net.load_state_dict({name: torch.from_numpy(array) for name, array in model.state_dict().items()})` loads them into a network of
        torchvision or timm.
        """
        return _tensors.state_dict(self._handle())


def _with_errors(filled: tuple[Any, Any, list[str | None]], errors: Errors) -> Any:
    output, statuses, messages = filled
    if errors == "raise":
        raise_for_errors(statuses, messages)
    if errors == "return":
        return output, [message if status else None for status, message in zip(statuses.tolist(), messages)]
    return output


def _check_errors(errors: str) -> None:
    if errors not in ("nan", "raise", "return"):
        raise ValueError(f"errors is 'nan', 'raise' or 'return', not {errors!r}")


def _options(
    threads: int | None,
    batch: int | None,
    precision: str | None,
    goal: str | None,
    ignore_exif: bool,
    share_weights: bool,
    public_key: str | os.PathLike[str] | bytes | None,
    bases: Iterable[str | os.PathLike[str]],
) -> Options:
    for what, value in (("threads", threads), ("batch", batch)):
        if value is not None and value < 1:
            raise ValueError(f"{what} must be 1 or more, or None, not {value}")
    if isinstance(bases, (str, os.PathLike)):
        bases = (bases,)
    return Options(
        threads=threads or 0,
        batch=batch or 0,
        precision="default" if precision in (None, "f32") else precision,
        goal=goal or "throughput",
        ignore_exif=bool(ignore_exif),
        share_weights=bool(share_weights),
        public_key=_key_text(public_key),
        bases=tuple(os.path.abspath(os.fspath(base)) for base in bases),
    )


def _key_text(key: str | os.PathLike[str] | bytes | None) -> str | None:
    """The text of a key, or of the file that is named."""
    if key is None:
        return None
    if isinstance(key, bytes):
        return key.decode("ascii", "replace")
    text = os.fspath(key)
    is_hex = len(text) == 64 and all(digit in "0123456789abcdefABCDEF" for digit in text)
    if is_hex or text.lstrip().startswith("-----BEGIN"):
        return text
    with open(text, encoding="ascii", errors="replace") as file:
        return file.read(65536)
