#!/usr/bin/env python3
"""Writes the PyTorch files that Tests/WeightFilesTests reads, and what they hold.

Each file holds the weights of the network of Fixtures/tiny, or a few tensors of a special kind. `expected.json` has for
each file the names, shapes and the SHA-256 of the row-major little-endian float32 elements, as PyTorch loads them.
PyTorch can no longer write TAR archives: that one is made after the format's description.

  tools/make_pytorch_fixtures.py --digest FILE  prints one hash over all tensors of a file
  tools/make_pytorch_fixtures.py [DIR]          DIR is Tests/WeightFilesTests/Fixtures/pytorch by default; needs torch
"""
import argparse
import hashlib
import io
import json
import os
import pickle
import struct
import sys
import tarfile
import zipfile
from collections import OrderedDict

import torch

from make_import_fixtures import shapes


def network(dtype=torch.float32):
    generator = torch.Generator().manual_seed(7)
    state = OrderedDict()
    for name, shape in shapes():
        state[name] = (torch.rand(shape, generator=generator) + 0.5).to(dtype)
    return state


def rezip(data, method):
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as out:
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            out.writestr(info, source.read(entry))
    return target.getvalue()


def save(state, **options):
    target = io.BytesIO()
    torch.save(state, target, **options)
    return target.getvalue()


def big_endian(state):
    """The same with the elements' bytes reversed, and `byteorder` saying so."""
    source, target = zipfile.ZipFile(io.BytesIO(save(state))), io.BytesIO()
    with zipfile.ZipFile(target, "w") as out:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename.endswith("byteorder"):
                data = b"big"
            elif "/data/" in entry.filename:
                count = len(data) // 4
                data = struct.pack(f">{count}I", *struct.unpack(f"<{count}I", data))
            out.writestr(zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0)), data)
    return target.getvalue()


class TarKey:
    """What the TAR form's pickle names by a persistent id."""

    def __init__(self, key):
        self.key = key


class TarPickler(pickle._Pickler):
    def persistent_id(self, value):
        return str(value.key) if isinstance(value, TarKey) else None


def tar(state):
    """PyTorch before 0.1.10: all tensors look into two storages, one of them through a view."""
    def dump(value):
        return pickle.dumps(value, 2)

    flat = torch.cat([tensor.contiguous().reshape(-1) for tensor in state.values()])
    middle = 100
    storages = dump(2)
    for key, part in ((11, flat), (22, flat[:middle])):
        storages += dump((key, "cpu", torch.FloatStorage)) + struct.pack("<q", part.numel()) + part.numpy().tobytes()
    storages += dump([(33, 11, middle, flat.numel() - middle)])
    tensors, table, offset = dump(len(state)), OrderedDict(), 0
    for number, (name, tensor) in enumerate(state.items()):
        storage, start = (33, offset - middle) if offset >= middle else (11, offset)
        key = 1000 + number
        tensors += dump((key, storage, torch.FloatTensor)) + struct.pack("<ii", tensor.dim(), 0)
        tensors += struct.pack(f"<{tensor.dim()}q", *tensor.shape) + struct.pack(f"<{tensor.dim()}q", *tensor.stride())
        tensors += struct.pack("<q", start)
        table[name] = TarKey(key)
        offset += tensor.numel()
    body = io.BytesIO()
    TarPickler(body, 2).dump(table)
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:", format=tarfile.USTAR_FORMAT) as out:
        for name, data in (("sys_info", dump({"little_endian": True})), ("pickle", body.getvalue()),
                           ("tensors", tensors), ("storages", storages)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return target.getvalue()


def described(state):
    return [{"name": name, "shape": list(tensor.shape),
             "sha256": hashlib.sha256(tensor.detach().to(torch.float32).contiguous().numpy().tobytes()).hexdigest()}
            for name, tensor in state.items() if isinstance(tensor, torch.Tensor)]


def files():
    """Names, bytes and the state dict that they hold."""
    state = network()
    yield "zip.pth", save(state), state
    yield "stream.pth", save(state, _use_new_zipfile_serialization=False), state
    yield "tar.pth", tar(state), state
    yield "deflated.pth", rezip(save(state), zipfile.ZIP_DEFLATED), state
    yield "big-endian.pth", big_endian(state), state
    yield "protocol4.pth", save(state, pickle_protocol=4), state
    yield "stream4.pth", save(state, pickle_protocol=4, _use_new_zipfile_serialization=False), state
    torch.serialization.set_crc32_options(False)
    yield "no-checksums.pth", save(state), state
    torch.serialization.set_crc32_options(True)
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        half = network(dtype)
        yield f"{str(dtype)[6:]}.pth", save(half), half
    parameters = OrderedDict((name, torch.nn.Parameter(tensor)) for name, tensor in state.items())
    yield "parameters.pth", save(parameters), state
    parallel = OrderedDict(("module." + name, tensor) for name, tensor in state.items())
    optimizer = torch.optim.SGD(list(parameters.values()), lr=0.1, momentum=0.9)
    yield "checkpoint.pth", save({
        "epoch": 3, "arch": "tiny", "best_prec1": torch.tensor(71.5), "state_dict": parallel,
        "optimizer": optimizer.state_dict(), "args": argparse.Namespace(lr=0.1, names=["a", "b"]),
    }), parallel
    yield "nested.pth", save({"model": {"state_dict": state, "extra": [1, 2.5, None, True, 2 ** 70]},
                              "model_ema": network(torch.float16)}), state
    last = OrderedDict((name, tensor.to(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor)
                       for name, tensor in state.items())
    yield "channels-last.pth", save(last), state
    yield "channels-last-stream.pth", save(last, _use_new_zipfile_serialization=False), state

    # Tensors of special kinds, not a network.
    base = torch.arange(48, dtype=torch.float32)
    special = OrderedDict(
        whole=base, part=base[5:17], transposed=base.view(6, 8).t(), every_third=base[::3], scalar=torch.tensor(2.5),
        empty=torch.empty(0, 3), expanded=torch.tensor([1.5]).expand(7), same=base,
        cube=base.view(2, 4, 6).permute(2, 0, 1)[1:4])
    yield "views.pth", save(special), special
    yield "views-stream.pth", save(special, _use_new_zipfile_serialization=False), special
    yield "views-deflated.pth", rezip(save(special), zipfile.ZIP_DEFLATED), special
    integers = OrderedDict((str(dtype)[6:], torch.tensor([1, 0, 100], dtype=dtype)) for dtype in (
        torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.float64))
    integers["inexact"] = torch.tensor([0.1], dtype=torch.float64)
    yield "types.pth", save(integers), integers
    yield "types-stream.pth", save(integers, _use_new_zipfile_serialization=False), integers


def refused():
    """Files that PyTorch writes, and that must be refused; the codes stand in the tests."""
    yield "module.pth", save(torch.nn.Linear(2, 2))
    yield "quantised.pth", save({"weight": torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8)})
    yield "sparse.pth", save({"weight": torch.eye(3).to_sparse()})
    yield "complex.pth", save({"weight": torch.ones(2, dtype=torch.complex64)})
    yield "meta.pth", save({"weight": torch.empty(2, device="meta")})
    yield "tensor.pth", save(torch.ones(2))
    yield "list.pth", save([torch.ones(2)])
    yield "numbers.pth", save({"epoch": 1})
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), script)
    yield "script.pt", script.getvalue()


def digest(path):
    """SHA-256 over all tensors of a file, one after the other, as float32."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    state = state.get("state_dict", state)
    total = hashlib.sha256()
    for tensor in state.values():
        total.update(tensor.to(torch.float32).contiguous().numpy().tobytes())
    return total.hexdigest()


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--digest":
        print(digest(sys.argv[2]))
        return
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        here, "..", "Tests", "WeightFilesTests", "Fixtures", "pytorch")
    os.makedirs(os.path.join(target, "refused"), exist_ok=True)
    expected = {}
    for name, data, state in files():
        with open(os.path.join(target, name), "wb") as file:
            file.write(data)
        expected[name] = described(state)
    with open(os.path.join(target, "expected.json"), "w", encoding="utf-8") as file:
        rows = ",\n".join(f"{json.dumps(name)}: [\n  " + ",\n  ".join(json.dumps(row) for row in rows) + "]"
                          for name, rows in expected.items())
        file.write("{" + rows + "}\n")
    for name, data in refused():
        with open(os.path.join(target, "refused", name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
