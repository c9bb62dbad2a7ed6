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


def node_extents(handle: Handle, node: c.Node, height: int = 0, width: int = 0) -> tuple[int, ...]:
    """The extents of a node's output for an image of a size, by default the one that preprocessing gives."""
    node = c.Node(path=node.path, pooled=node.pooled, height=height, width=width)
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
    return output.reshape(images, *node_extents(handle, node, height, width))


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
