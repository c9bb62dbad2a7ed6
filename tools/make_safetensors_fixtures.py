#!/usr/bin/env python3
"""Writes the safetensors files that Tests/WeightFilesTests reads, with the safetensors and torch packages.

The weights are those of make_import_fixtures.py: sixteenths from 1 to 2, which every floating-point type holds exactly.

  plain.safetensors    the graph's names, and a batch counter (7) beside each batch norm
  wrapped.safetensors  the same as a wrapped network of the CIFAR repositories names them; the counters differ
  f16, bf16, f64       the same in other types
  sharded/             the same in two files, with their index

  tools/make_safetensors_fixtures.py [DIR]        DIR is Tests/WeightFilesTests/Fixtures by default
"""
import json
import os
import sys

import torch
from safetensors.torch import save_file

from make_import_fixtures import foreign, shapes


def tensors(dtype=torch.float32):
    """Each tensor by the graph's name."""
    result = {}
    for position, (name, shape) in enumerate(shapes()):
        count = torch.Size(shape).numel()
        result[name] = torch.tensor([1 + (position + i) % 16 / 16 for i in range(count)], dtype=dtype).reshape(shape)
        if name.endswith("running_var"):
            result[name.replace("running_var", "num_batches_tracked")] = torch.tensor(7)
    return result


def wrapped():
    """Foreign names, and counters 0, 1, 2, … in the graph's order."""
    state = tensors()
    ours = [name for name, _ in shapes()]
    theirs = [name for name, _ in foreign(shapes()) if not name.endswith("num_batches_tracked")]
    result = {other: state[name] for name, other in zip(ours, theirs)}
    counters = [name for name in state if name.endswith("num_batches_tracked")]
    return result | {"module." + name: torch.tensor(number) for number, name in enumerate(counters)}


def write(path, state):
    save_file(state, path, metadata={"format": "pt"})
    os.chmod(path, 0o644)


def write_shards(folder):
    os.makedirs(folder, exist_ok=True)
    state = tensors()
    halves = [{name: value for name, value in state.items() if name.startswith("layer2") == second}
              for second in (False, True)]
    names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for name, half in zip(names, halves):
        write(os.path.join(folder, name), half)
    index = {"metadata": {"total_size": sum(value.nbytes for value in state.values())},
             "weight_map": {key: name for name, half in zip(names, halves) for key in half}}
    with open(os.path.join(folder, "model.safetensors.index.json"), "w", encoding="utf-8") as file:
        json.dump(index, file, indent=1)
        file.write("\n")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "Tests", "WeightFilesTests", "Fixtures")
    write(os.path.join(target, "plain.safetensors"), tensors())
    write(os.path.join(target, "wrapped.safetensors"), wrapped())
    for name, dtype in (("f16", torch.float16), ("bf16", torch.bfloat16), ("f64", torch.float64)):
        write(os.path.join(target, f"{name}.safetensors"), tensors(dtype))
    write_shards(os.path.join(target, "sharded"))


if __name__ == "__main__":
    main()
