#!/usr/bin/env python3
"""Writes tools/fixtures/checkpoint.pt and checkpoint-legacy.pt, which test_pytorch_file.py reads. Needs PyTorch.

  tools/make_pytorch_file_fixtures.py [DIR]        DIR is tools/fixtures by default
"""
import argparse
import collections
import os
import sys

import torch


def eighths(*shape, dtype=torch.float32):
    """0, 1/8, 2/8, … in row-major order."""
    return (torch.arange(torch.Size(shape).numel()) / 8).reshape(shape).to(dtype)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
    shared = eighths(3, 4)
    state = collections.OrderedDict(
        float32=shared, transposed=shared.t(), row=shared[1], columns=shared[:, ::2],
        float64=eighths(5, dtype=torch.float64), float16=eighths(5, dtype=torch.float16),
        bfloat16=eighths(5, dtype=torch.bfloat16),
        channels_last=eighths(2, 3, 2, 2).to(memory_format=torch.channels_last),
        parameter=torch.nn.Parameter(eighths(2, 2)), expanded=eighths(2)[1:].expand(3), empty=eighths(0, 3),
        scalar=torch.tensor(0.125), count=torch.tensor(7),
    )
    state._metadata = {"": {"version": 1}}
    checkpoint = {
        "epoch": 3, "arch": "resnet18", "args": argparse.Namespace(lr=0.1, device=torch.device("cpu")),
        "state_dict": state,
        "optimizer": {"state": {0: {"momentum_buffer": eighths(3, 4)}}, "param_groups": [{"lr": 0.1, "params": [0]}]},
    }
    torch.save(checkpoint, os.path.join(folder, "checkpoint.pt"))
    torch.save(checkpoint, os.path.join(folder, "checkpoint-legacy.pt"), _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
