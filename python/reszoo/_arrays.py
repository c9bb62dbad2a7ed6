"""Arrays of other libraries as NumPy's, without copying: DLPack, the buffer protocol, and NumPy's own protocols."""

from __future__ import annotations

from typing import Any

import numpy as np

_PROTOCOLS = ("__array_interface__", "__array__", "__dlpack__", "__array_struct__")


def is_array_like(value: Any) -> bool:
    """True if the value offers an array by one of NumPy's protocols or by DLPack."""
    return isinstance(value, np.ndarray) or any(hasattr(value, name) for name in _PROTOCOLS)


def array_of(value: Any) -> np.ndarray[Any, Any]:
    """The array that `value` is, offers by a protocol, or holds as a buffer.

    Raises TypeError for an array on another device, or for what is none.
    """
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "__dlpack__"):
        value = value.detach() if getattr(value, "requires_grad", False) else value
        try:
            return np.from_dlpack(value)
        except (BufferError, RuntimeError, TypeError) as error:
            # NumPy's protocols take some arrays that DLPack does not, such as bfloat16 or read-only ones of older versions.
            if not any(hasattr(value, name) for name in ("__array_interface__", "__array__")):
                raise TypeError(f"the array cannot be read: {error}") from None
            try:
                return np.asarray(value)
            except Exception as second:
                raise TypeError(f"the array cannot be read: {second}") from None
    if is_array_like(value):
        return np.asarray(value)
    try:
        return np.asarray(memoryview(value))
    except TypeError:
        raise TypeError(f"{type(value).__name__} is no array: neither DLPack nor the buffer protocol offers one") from None


def network_input(value: Any) -> np.ndarray[Any, Any]:
    """A batch as reszoo_run takes it: float32 [images, channels, height, width], with strides in multiples of 4."""
    array = array_of(value)
    if array.dtype != np.float32 or not array.dtype.isnative:
        raise TypeError(f"the network takes float32, not {array.dtype}: convert with astype('float32')")
    if array.ndim != 4:
        raise ValueError(f"the network takes [images, channels, height, width], and the shape is {list(array.shape)}")
    # Strides that are all 0 stand for a contiguous array in the interface; NumPy has them where one number is repeated.
    repeated = array.size > 1 and not any(array.strides)
    if repeated or not array.flags.aligned or any(stride % 4 for stride in array.strides):
        array = np.ascontiguousarray(array)
    return array
