#!/usr/bin/env python3
"""Measures what a model costs each of several processes of a machine that use it through the C interface.

usage: tools/measure/measure_processes.py LIBRARY MODEL [PROCESSES]

Processes that open the model themselves, those that share its weights through the cache, and children of one that opened it before it forked, each
with one thread; PROCESSES is 4. Each runs one image of zeros, then all wait for each other and read their proportional (PSS) and private memory from
/proc; the time is that of the opening alone. Needs Linux; sets RESZOO_CACHE to a folder of its own."""

import ctypes
import os
import sys
import tempfile
import time

size_t, pointer = ctypes.c_size_t, ctypes.c_void_p


class Options(ctypes.Structure):
    _fields_ = [("struct_size", size_t), ("threads", size_t), ("batch", size_t), ("precision", ctypes.c_int32), ("goal", ctypes.c_int32),
                ("ignore_exif", ctypes.c_int32), ("share_weights", ctypes.c_int32), ("rest", ctypes.c_uint8 * 32)]


class Tensor(ctypes.Structure):
    _fields_ = [("struct_size", size_t), ("data", pointer), ("images", size_t), ("channels", size_t), ("height", size_t), ("width", size_t),
                ("strides", ctypes.c_ssize_t * 4)]


class Info(ctypes.Structure):
    _fields_ = [("struct_size", size_t), ("channels", size_t), ("height", size_t), ("width", size_t), ("classes", size_t), ("rest", ctypes.c_uint8 * 40)]


def memory():
    """Proportional and private memory of this process in MiB."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as file:
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in file if line.endswith("kB\n")}
    return sizes["Pss"] / 1024, (sizes["Private_Clean"] + sizes["Private_Dirty"]) / 1024


def require(status):
    if status:
        raise SystemExit(f"status {status}")


class Model:
    def __init__(self, library, path, shares=False):
        self.library = ctypes.CDLL(library)
        self.handle = pointer()
        options = Options(struct_size=ctypes.sizeof(Options), threads=1, share_weights=int(shares))
        begun = time.monotonic()
        require(self.library.reszoo_model_open(path.encode(), ctypes.byref(options), ctypes.byref(self.handle), None))
        self.seconds = time.monotonic() - begun

    def run(self):
        info = Info(struct_size=ctypes.sizeof(Info))
        require(self.library.reszoo_model_get_info(self.handle, ctypes.byref(info), None))
        image = (ctypes.c_float * (info.channels * info.height * info.width))()
        tensor = Tensor(struct_size=ctypes.sizeof(Tensor), data=ctypes.addressof(image), images=1, channels=info.channels, height=info.height, width=info.width)
        output = (ctypes.c_float * info.classes)()
        require(self.library.reszoo_run(self.handle, ctypes.byref(tensor), None, None, output, size_t(info.classes), None, None))


def measure(count, model_of_child):
    """Memory of `count` children at one time, each with the model that the function gives it."""
    go, stop = os.pipe(), os.pipe()
    ready, results = os.pipe(), os.pipe()
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            model = model_of_child()
            model.run()
            os.write(ready[1], b"r")
            os.read(go[0], 1)
            os.write(results[1], ("%.1f %.1f %.4f\n" % (*memory(), model.seconds)).encode())
            os.read(stop[0], 1)
            os._exit(0)
        children.append(child)
    for _ in children:
        os.read(ready[0], 1)
    os.write(go[1], b"g" * count)
    text = b""
    while text.count(b"\n") < count:
        text += os.read(results[0], 4096)
    os.write(stop[1], b"s" * count)
    for child in children:
        os.waitpid(child, 0)
    return [tuple(map(float, line.split())) for line in text.decode().split("\n") if line]


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    library, path = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 4
    base = memory()
    print(f"Python with ctypes alone: PSS {base[0]:.0f} MiB, private {base[1]:.0f} MiB")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["RESZOO_CACHE"] = cache
        for shares, words in ((False, "open it"), (True, "share its weights")):
            for processes in (1, 1, count):
                rows = measure(processes, lambda: Model(library, path, shares))  # pylint: disable=cell-var-from-loop
                print(f"{processes} that {words}: PSS {sum(row[0] for row in rows) / processes:.0f} MiB each, "
                      f"private {max(row[1] for row in rows):.0f} MiB, opened in {1000 * max(row[2] for row in rows):.0f} ms")
    parent = Model(library, path)
    rows = measure(count, lambda: parent)
    own = memory()
    total = own[0] + sum(row[0] for row in rows)
    print(f"{count} children of one that opened it: PSS {sum(row[0] for row in rows) / count:.0f} MiB each, private {max(row[1] for row in rows):.0f} MiB; "
          f"{total / count:.0f} MiB each with the parent's share")


if __name__ == "__main__":
    main()
