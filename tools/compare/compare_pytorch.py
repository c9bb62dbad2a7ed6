#!/usr/bin/env python3
"""Holds `reszoo run` against PyTorch: torchvision's nets with seeded weights, several batch sizes and image sizes.

usage: compare_pytorch.py BINARY [--nets resnet18,resnet50] [--sizes 224x224,256x256,192x256] [--batches 1,3,8] [--exact]

Prints for each net and size the largest difference of a logit, over the largest logit, of three pairs: this engine and
PyTorch, this engine and PyTorch in double precision, PyTorch and itself in double precision (deep nets with random weights
amplify rounding, PyTorch's own too). Says whether all batch sizes and thread counts gave the same bits. Exits with 1 when
this engine is more than 1e-4 from PyTorch in either precision, or bits differ. Needs torch and torchvision."""
import argparse, os, subprocess, sys, tempfile
import numpy as np
import torch, torchvision

NETS = ("resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d resnext101_64x4d "
        "wide_resnet50_2 wide_resnet101_2")
LIMIT = 1e-4


def seeded_net(name, seed):
    torch.manual_seed(seed)
    return with_statistics(getattr(torchvision.models, name)(weights=None))


def with_statistics(net, ends=(), share=1.0):
    """A net with random weights, every batch norm away from its default, running statistics from real passes.

    The weights of norms whose names end in one of `ends` are so much smaller: at the ends of branches, as in trained nets, which
    amplify rounding less."""
    named = [(name, m) for name, m in net.named_modules() if isinstance(m, torch.nn.BatchNorm2d)]
    norms = [norm for _, norm in named]
    for name, norm in named:
        size = share if name.split(".")[-1] in ends else 1.0
        torch.nn.init.uniform_(norm.weight, 0.5 * size, 1.5 * size)
        torch.nn.init.uniform_(norm.bias, -0.2, 0.2)
        norm.momentum = None
    net.train()
    with torch.no_grad():
        for _ in range(2):
            net(torch.randn(2, 3, 128, 128))
    for norm in norms:
        norm.momentum = 0.1
    return net.eval()


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr[-2000:]}")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("binary")
    options.add_argument("--nets", default=NETS.replace(" ", ","))
    options.add_argument("--sizes", default="224x224,256x256,192x256", help="heights and widths")
    options.add_argument("--batches", default="1,3,8")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--exact", action="store_true", help="run with --exact")
    given = options.parse_args()
    batches = sorted(int(batch) for batch in given.batches.split(","))
    tool = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../export_pytorch.py")
    failed = False
    for name in given.nets.split(","):
        net = seeded_net(name, given.seed)
        with tempfile.TemporaryDirectory() as folder:
            path = lambda file: os.path.join(folder, file)
            torch.save(net.state_dict(), path("net.pth"))
            run(sys.executable, tool, path("net.pth"), "--arch", name, "--output", path("raw"))
            run(given.binary, "convert", path("raw"), "--output", path("net.rzoo"))
            for size in given.sizes.split(","):
                height, width = map(int, size.split("x"))
                images = torch.randn(batches[-1], 3, height, width, generator=torch.Generator().manual_seed(1))
                with torch.inference_mode():
                    single = net.float()(images).double().numpy()
                    double = net.double()(images.double()).numpy()
                results = []
                for batch in batches:
                    np.save(path("x.npy"), images[:batch].numpy())
                    for threads in (1, 2):
                        run(given.binary, "run", path("net.rzoo"), "--input", path("x.npy"), "--output", path("y.npy"),
                            "--batch", batch, "--threads", threads, *(["--exact"] if given.exact else []))
                        results.append(np.load(path("y.npy")))
                longest = results[-1]
                apart = lambda a, b: float(np.abs(a - b).max() / np.abs(double).max())
                same = all(np.array_equal(result, longest[:len(result)]) for result in results)
                errors = [apart(longest, single), apart(longest, double)]
                failed |= not same or max(errors) > LIMIT
                print(f"{name} {size}: from PyTorch {errors[0]:.1e}, from double precision {errors[1]:.1e} "
                      f"(PyTorch itself {apart(single, double):.1e}); "
                      f"{'the same bits' if same else 'OTHER BITS'} at batch {given.batches} on 1 and 2 threads", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
