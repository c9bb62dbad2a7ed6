"""Arrays through the network, and its weights as arrays."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _structures as c
from ._handles import Handle
from ._images import _address
from ._library import call, call_interruptibly

if TYPE_CHECKING:
    from numpy.typing import NDArray


def node_structure(path: str | None, pooled: bool) -> c.Node:
    """The place in the network whose output is wanted."""
    if path is not None and "\0" in path:
        raise ValueError("the path of a node holds no NUL")
    return c.Node(path=path.encode() if path is not None else None, pooled=int(pooled))


def node_extents(handle: Handle, node: c.Node) -> tuple[int, ...]:
    """The extents of a node's output for an image of the size that preprocessing gives."""
    shape = (ctypes.c_size_t * 3)()
    rank = ctypes.c_size_t()
    call("reszoo_model_get_node", handle.address, ctypes.byref(node), shape, ctypes.byref(rank), lookup=True)
    return tuple(shape[: rank.value])


def run(handle: Handle, batch: NDArray[np.float32], node: c.Node | None) -> NDArray[np.float32]:
    """The logits of a batch, or the output of a node."""
    images, channels, height, width = batch.shape
    tensor = c.Tensor(data=_address(batch), images=images, channels=channels, height=height, width=width)
    tensor.strides[:] = batch.strides
    place = ctypes.byref(node) if node is not None else None
    required = ctypes.c_size_t()

    def ask(cancellation: Any, output: int | None, size: int) -> None:
        arguments = (ctypes.byref(tensor), place, cancellation, output, size, ctypes.byref(required))
        call("reszoo_run", handle.address, *arguments, lookup=True)

    ask(None, None, 0)
    output = np.empty(required.value, np.float32)
    call_interruptibly(lambda cancellation: ask(cancellation, _address(output), output.size), images)
    if node is None:
        return output.reshape(images, -1) if images else output.reshape(0, int(handle.info.classes))
    return output.reshape(images, *_extents(handle, node, (height, width), output.size // max(images, 1)))


def _extents(handle: Handle, node: c.Node, size: tuple[int, int], elements: int) -> tuple[int, ...]:
    """The extents of a node's output for an input of another size than the model's own."""
    own = node_extents(handle, node)
    if len(own) == 1 or elements == 0:
        return own
    area = elements // own[0]
    # Height and width of maps are to each other as those of the input, but for rounding at each stride.
    wanted = size[0] / size[1] * (own[1] / own[2]) / (int(handle.info.height) / int(handle.info.width))
    heights = [height for height in range(1, area + 1) if area % height == 0]
    height = min(heights, key=lambda height: abs(np.log(height / (area // height) / wanted)))
    return (own[0], height, area // height)


def state_dict(handle: Handle) -> dict[str, NDArray[Any]]:
    """All tensors by their names."""
    tensors: dict[str, NDArray[Any]] = {}
    try:
        for index in range(int(handle.info.tensors)):
            info = c.TensorInfo()
            call("reszoo_model_get_tensor", handle.address, index, ctypes.byref(info))
            values = np.empty(info.shape[: info.rank], np.float32)
            call("reszoo_model_copy_tensor", handle.address, info.name, _address(values), values.size, lookup=True)
            tensors[info.name.decode()] = values.astype(np.int64) if info.type == b"i64" else values
    finally:
        # What the library keeps for a second call would take as much memory again.
        call("reszoo_model_trim", handle.address)
    return tensors
