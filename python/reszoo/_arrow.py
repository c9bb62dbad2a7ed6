"""Arrow's arrays as input. pyarrow is imported only when an object of it, or one that speaks its protocol, comes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

# The names that a struct's member with the encoded image has.
_STRUCT_BYTES = ("bytes", "content", "data")


@dataclass
class BinaryLayout:
    """The addresses of an array of `binary` or `large_binary`."""

    owner: Any
    is_large: bool
    count: int
    data: int | None
    data_size: int
    offsets: int | None
    validity: int | None
    validity_offset: int


def chunks_of(images: Any) -> list[Any] | None:
    """The Arrow arrays that an object is or holds; None if it is of another kind."""
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None:
        if isinstance(images, pyarrow.Array):
            return [images]
        if isinstance(images, pyarrow.ChunkedArray):
            return list(images.chunks)
    # A pandas Series whose values lie in Arrow's layout.
    values: Any = getattr(images, "array", None)
    if pyarrow is not None and type(images).__module__.startswith("pandas.") and type(values).__name__.startswith("Arrow"):
        array = values.__arrow_array__()
        return list(array.chunks) if isinstance(array, pyarrow.ChunkedArray) else [array]
    if type(images).__module__.startswith("polars"):
        array = images.to_arrow()
        return list(array.chunks) if hasattr(array, "chunks") else [array]
    return None


def binary_layout(array: Any) -> BinaryLayout | None:
    """The addresses of encoded images in an array; None if its values must be taken one by one."""
    import pyarrow

    array = _storage(array)
    if pyarrow.types.is_struct(array.type):
        names = [field.name for field in array.type]
        inner = next((array.flatten()[names.index(name)] for name in _STRUCT_BYTES if name in names), None)
        # Where the bytes are missing, the path counts.
        return binary_layout(inner) if inner is not None and inner.null_count == 0 else None
    is_large = pyarrow.types.is_large_binary(array.type)
    if not is_large and not pyarrow.types.is_binary(array.type):
        return None
    validity, offsets, data = array.buffers()
    width = 8 if is_large else 4
    return BinaryLayout(
        owner=array,
        is_large=is_large,
        count=len(array),
        data=data.address if data is not None else None,
        data_size=data.size if data is not None else 0,
        offsets=offsets.address + array.offset * width if offsets is not None else None,
        validity=validity.address if validity is not None else None,
        validity_offset=array.offset,
    )


def items_of(array: Any) -> list[Any]:
    """The values of an array of strings (paths), of bytes in another layout, or of structs of both as Hugging Face's data sets have
    them: {bytes, path}."""
    import pyarrow

    array = _storage(array)
    if pyarrow.types.is_struct(array.type):
        return [_item_of_struct(value) for value in array.to_pylist()]
    types = pyarrow.types
    kind = array.type.value_type if types.is_dictionary(array.type) else array.type
    if types.is_null(kind) or types.is_string(kind) or types.is_large_string(kind) or "binary" in str(kind) or "string" in str(kind):
        return list(array.to_pylist())
    raise TypeError(f"an Arrow array of {array.type} holds no images: it must be of binary, of strings (paths), or of structs of both")


def _item_of_struct(value: Any) -> Any:
    if value is None:
        return None
    for name in (*_STRUCT_BYTES, "path"):
        if value.get(name) is not None:
            return value[name]
    return None


def _storage(array: Any) -> Any:
    return getattr(array, "storage", array)
