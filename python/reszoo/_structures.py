"""The structures and constants of reszoo.h, and the types of its functions."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, c_char, c_char_p, c_int32, c_size_t, c_ssize_t, c_void_p

ABI_VERSION = 1

PRECISIONS = {"default": 0, "exact": 1, "f32": 0, "bf16": 2, "auto": 3}
GOALS = {"throughput": 0, "latency": 1}

TEXT_INSPECTION, TEXT_ARCHITECTURE, TEXT_METADATA, TEXT_LABELS, TEXT_CONTENT_ROOT, TEXT_NODES = range(1, 7)

IMAGES_BINARY, IMAGES_LARGE_BINARY, IMAGES_BUFFERS, IMAGES_PATHS, IMAGES_PIXELS = range(1, 6)

IMAGE_OK, IMAGE_MISSING, IMAGE_NOT_RUN, IMAGE_NOT_FOUND = range(4)
IMAGE_BAD_PIXELS = 18


class Sized(Structure):
    """A structure that begins with its own size."""

    def __init__(self, **members: object) -> None:
        super().__init__(**members)
        self.struct_size = ctypes.sizeof(self)


class Options(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("threads", c_size_t),
        ("batch", c_size_t),
        ("precision", c_int32),
        ("goal", c_int32),
        ("ignore_exif", c_int32),
        ("share_weights", c_int32),
        ("content_root", c_char_p),
        ("public_key", c_char_p),
        ("bases", POINTER(c_char_p)),
        ("base_count", c_size_t),
    ]


class ModelInfo(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("channels", c_size_t),
        ("height", c_size_t),
        ("width", c_size_t),
        ("classes", c_size_t),
        ("parameters", c_size_t),
        ("tensors", c_size_t),
        ("threads", c_size_t),
        ("exclusive_classes", c_int32),
        ("has_labels", c_int32),
        ("untrained", c_int32),
        ("reserved", c_int32),
    ]


class Pixels(Structure):
    _fields_ = [
        ("data", c_void_p),
        ("height", c_size_t),
        ("width", c_size_t),
        ("channels", c_size_t),
        ("row_stride", c_ssize_t),
        ("column_stride", c_ssize_t),
        ("channel_stride", c_ssize_t),
    ]


class Images(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("kind", c_int32),
        ("reserved", c_int32),
        ("count", c_size_t),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("offsets", c_void_p),
        ("validity", c_void_p),
        ("validity_offset", c_size_t),
        ("buffers", c_void_p),
        ("sizes", c_void_p),
        ("paths", c_void_p),
        ("pixels", c_void_p),
    ]


class Outcomes(Sized):
    _fields_ = [("struct_size", c_size_t), ("statuses", c_void_p), ("messages", c_void_p)]


class Answers(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("top", c_size_t),
        ("indices", c_void_p),
        ("probabilities", c_void_p),
        ("logits", c_void_p),
    ]


class Node(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("path", c_char_p),
        ("pooled", c_int32),
        ("reserved", c_int32),
        ("height", c_size_t),
        ("width", c_size_t),
    ]


class Tensor(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("data", c_void_p),
        ("images", c_size_t),
        ("channels", c_size_t),
        ("height", c_size_t),
        ("width", c_size_t),
        ("strides", c_ssize_t * 4),
    ]


class TensorInfo(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char * 256),
        ("type", c_char * 8),
        ("rank", c_size_t),
        ("shape", c_size_t * 8),
        ("elements", c_size_t),
    ]


# A text that the library gives: a plain address, since it must be given back.
Text = c_void_p
_message = POINTER(Text)

# The parameters of each function that returns a reszoo_status.
FUNCTIONS: dict[str, list[object]] = {
    "reszoo_cancellation_create": [POINTER(c_void_p), _message],
    "reszoo_cancellation_cancel": [c_void_p, _message],
    "reszoo_cancellation_close": [c_void_p, _message],
    "reszoo_model_open": [c_char_p, POINTER(Options), POINTER(c_void_p), _message],
    "reszoo_model_open_bytes": [c_void_p, c_size_t, POINTER(Options), POINTER(c_void_p), _message],
    "reszoo_model_close": [c_void_p, _message],
    "reszoo_model_get_info": [c_void_p, POINTER(ModelInfo), _message],
    "reszoo_model_get_text": [c_void_p, c_int32, POINTER(Text), _message],
    "reszoo_classify": [c_void_p, POINTER(Images), c_void_p, POINTER(Answers), POINTER(Outcomes), _message],
    "reszoo_preprocess": [c_void_p, POINTER(Images), c_void_p, c_void_p, c_size_t, POINTER(Outcomes), _message],
    "reszoo_model_get_node": [c_void_p, POINTER(Node), POINTER(c_size_t), POINTER(c_size_t), _message],
    "reszoo_features": [
        c_void_p,
        POINTER(Node),
        POINTER(Images),
        c_void_p,
        c_void_p,
        c_size_t,
        POINTER(Outcomes),
        _message,
    ],
    "reszoo_run": [
        c_void_p,
        POINTER(Tensor),
        POINTER(Node),
        c_void_p,
        c_void_p,
        c_size_t,
        POINTER(c_size_t),
        _message,
    ],
    "reszoo_model_get_tensor": [c_void_p, c_size_t, POINTER(TensorInfo), _message],
    "reszoo_model_copy_tensor": [c_void_p, c_char_p, c_void_p, c_size_t, _message],
    "reszoo_model_trim": [c_void_p, _message],
}
