"""Turns what people have as images into the lists of images that reszoo.h takes, without copying them."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arrow
from . import _structures as c
from ._arrays import array_of, is_array_like

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Part:
    """Images of one kind, which go to the library in one call."""

    structure: c.Images
    count: int
    owners: list[Any] = field(default_factory=list)
    """What the addresses in the structure point into."""


@dataclass
class ImageList:
    """All images of a call."""

    parts: list[Part]
    count: int
    order: NDArray[np.intp] | None = None
    """The places of the parts' images, one part after the other, in the list that was given; None if they are in its order."""
    refused: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Status and message of images that the library cannot be asked about, by their place in the list."""


def image_list(images: Any) -> ImageList:
    """The images in a list, an array, a Series, an Arrow array, or a single image.

    Raises TypeError for what cannot be an image at all, with its place.
    """
    if isinstance(images, (str, bytes, bytearray, memoryview, os.PathLike)) or _is_pillow(images):
        return _from_items([images])
    chunks = _arrow.chunks_of(images)
    if chunks is not None:
        return _joined([_from_arrow(chunk) for chunk in chunks])
    if isinstance(images, np.ndarray) and images.dtype.kind in "OU":
        return _from_items(images.ravel().tolist())
    if is_array_like(images):
        array = array_of(images)
        if array.ndim == 4:
            return _from_items(list(array))
        if array.dtype.kind == "S":
            raise TypeError("NumPy's bytes of fixed width lose zeros at their end: give a list, or an array of objects")
        if array.dtype.kind == "O":
            return _from_items(array.ravel().tolist())
        return _from_items([array])
    if not isinstance(images, Iterable):
        raise TypeError(f"images must be a list, an array or a Series of images, not {type(images).__name__}")
    return _from_items(list(images))


def _joined(lists: list[ImageList]) -> ImageList:
    if len(lists) == 1:
        return lists[0]
    joined = ImageList([], 0)
    orders = []
    for each in lists:
        orders.append((np.arange(each.count) if each.order is None else each.order) + joined.count)
        joined.refused.update({place + joined.count: why for place, why in each.refused.items()})
        joined.parts += each.parts
        joined.count += each.count
    if any(each.order is not None for each in lists):
        joined.order = np.concatenate(orders)
    return joined


def _from_arrow(array: Any) -> ImageList:
    layout = _arrow.binary_layout(array)
    if layout is None:
        return _from_items(_arrow.items_of(array))
    structure = c.Images(
        kind=c.IMAGES_LARGE_BINARY if layout.is_large else c.IMAGES_BINARY,
        count=layout.count,
        data=layout.data,
        data_size=layout.data_size,
        offsets=layout.offsets,
        validity=layout.validity,
        validity_offset=layout.validity_offset,
    )
    return ImageList([Part(structure, layout.count, [layout.owner])], layout.count)


def _from_items(items: list[Any]) -> ImageList:
    """Images of any kinds, each an object. Those of one kind go together."""
    if all(type(item) is bytes for item in items):
        return ImageList([_buffers(items)] if items else [], len(items))
    result = ImageList([], len(items))
    encoded: list[int] = []
    paths: list[int] = []
    pixels: list[int] = []
    values: list[Any] = list(items)
    for place, item in enumerate(items):
        if _is_missing(item):
            values[place] = None
            encoded.append(place)
        elif isinstance(item, (bytes, bytearray, memoryview)):
            encoded.append(place)
        elif isinstance(item, (str, os.PathLike)):
            name = os.fsencode(item)
            if b"\0" in name:
                result.refused[place] = (c.IMAGE_NOT_FOUND, "the path holds a NUL, which no path can")
                name = None  # type: ignore[assignment]
            values[place] = name
            paths.append(place)
        elif _is_pillow(item) or is_array_like(item):
            array = np.asarray(_plain_pillow(item)) if _is_pillow(item) else array_of(item)
            values[place] = array
            if array.dtype == np.uint8 and array.ndim == 1:
                encoded.append(place)
            elif array.dtype == np.uint8 and array.ndim in (2, 3):
                pixels.append(place)
            else:
                values[place] = None
                encoded.append(place)
                result.refused[place] = (
                    c.IMAGE_BAD_PIXELS,
                    f"pixels must be uint8 of shape (height, width, 3), not {array.dtype} of shape {array.shape}",
                )
        else:
            raise TypeError(f"image {place} is of type {type(item).__name__}, not a path, bytes, or an array of uint8")
    places: list[int] = []
    for chosen, make in ((encoded, _buffers), (paths, _paths), (pixels, _pixels)):
        if chosen:
            result.parts.append(make([values[place] for place in chosen]))
            places += chosen
    if places != list(range(len(items))):
        result.order = np.array(places, dtype=np.intp)
    return result


def _buffers(values: list[Any]) -> Part:
    """Encoded images, None for missing ones."""
    count = len(values)
    if all(value is None or type(value) is bytes for value in values):
        # ctypes puts the addresses of the bytes themselves there.
        pointers: Any = (ctypes.c_char_p * count)(*values)
        sizes = np.fromiter((0 if value is None else len(value) for value in values), np.uintp, count)
        owners: list[Any] = [values]
    else:
        arrays = [_bytes_of(value) for value in values]
        pointers = np.fromiter((0 if array is None else _address(array) for array in arrays), np.uintp, count)
        sizes = np.fromiter((0 if array is None else array.size for array in arrays), np.uintp, count)
        owners = [arrays]
    structure = c.Images(kind=c.IMAGES_BUFFERS, count=count, buffers=_address(pointers), sizes=_address(sizes))
    return Part(structure, count, [*owners, pointers, sizes])


def _bytes_of(value: Any) -> NDArray[np.uint8] | None:
    if value is None:
        return None
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value)
    view = memoryview(value)
    if not view.c_contiguous:
        view = memoryview(view.tobytes())
    # An empty one still has an address, which tells it from a missing one.
    return np.frombuffer(view, np.uint8) if view.nbytes else np.empty(1, np.uint8)[:0]


def _paths(values: list[bytes | None]) -> Part:
    pointers = (ctypes.c_char_p * len(values))(*values)
    structure = c.Images(kind=c.IMAGES_PATHS, count=len(values), paths=_address(pointers))
    return Part(structure, len(values), [values, pointers])


def _pixels(arrays: list[NDArray[np.uint8]]) -> Part:
    table = (c.Pixels * len(arrays))()
    for entry, array in zip(table, arrays):
        entry.data = _address(array)
        entry.height, entry.width = array.shape[:2]
        entry.channels = array.shape[2] if array.ndim == 3 else 1
        entry.row_stride, entry.column_stride = array.strides[:2]
        entry.channel_stride = array.strides[2] if array.ndim == 3 else 1
    structure = c.Images(kind=c.IMAGES_PIXELS, count=len(arrays), pixels=_address(table))
    return Part(structure, len(arrays), [arrays, table])


def _address(memory: Any) -> int:
    if isinstance(memory, np.ndarray):
        return int(memory.__array_interface__["data"][0])
    return ctypes.addressof(memory)


def _is_missing(item: Any) -> bool:
    """True for None, NaN and pandas.NA, which columns of tables have where there is no value."""
    return item is None or (isinstance(item, float) and item != item) or type(item).__name__ in ("NAType", "NaTType")


def _is_pillow(item: Any) -> bool:
    return type(item).__module__.startswith("PIL.") and hasattr(item, "mode")


def _plain_pillow(image: Any) -> Any:
    """The image with its pixels as they are seen: numbers of a palette, for example, mean nothing without it."""
    return image if image.mode in ("L", "RGB") else image.convert("RGB")
