#!/usr/bin/env python3
"""Measures inference in f32, bf16 and int8 beside OpenVINO in the same precision, in turns.

usage: measure_precision.py BINARY [--nets resnet18,resnet50] [--precisions bf16,f32,int8 --images FOLDER] [--batches 8,1] [--rounds 5] [--seconds 2] [--threads 2] [--processor-time]

Makes the networks with `reszoo init` and exports them to ONNX. A line for each net, precision and batch: the median ratio of the rounds (above 1:
faster here), the rounds' ratios, and the least time of both. For int8 the peer's network is quantized by nncf, ours with the images of FOLDER. Batch 1 runs with `--optimize latency`, others with throughput. With --processor-time,
for machines that others use as well, one thread's processor time counts in place of the clock: that of the peer around each run, ours from the
difference of a long and a short run of `reszoo bench`, which includes making the inputs. Needs numpy and openvino, and nncf for int8."""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time

EXTENT = 224


def call(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr}")
    return done.stdout


class Peer:
    """OpenVINO with a network and a batch."""

    def __init__(self, path, precision, batch, threads):
        import numpy
        import openvino

        core = openvino.Core()
        model = core.read_model(path)
        model.reshape({0: [batch, 3, EXTENT, EXTENT]})
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
        if precision == "int8":
            model = Peer.quantized(model, numpy.random.default_rng(1).standard_normal((16, batch, 3, EXTENT, EXTENT), dtype=numpy.float32))
        else:
            settings["INFERENCE_PRECISION_HINT"] = precision
        self.request = core.compile_model(model, "CPU", settings).create_infer_request()
        self.input = numpy.random.default_rng(0).standard_normal((batch, 3, EXTENT, EXTENT), dtype=numpy.float32)
        for _ in range(2):
            self.request.infer({0: self.input})

    @staticmethod
    def quantized(model, inputs):
        import nncf

        return nncf.quantize(model, nncf.Dataset(list(inputs)), subset_size=len(inputs))

    def milliseconds(self, seconds, clock):
        """The least time of the runs in so many seconds."""
        times, start = [], time.monotonic()
        while time.monotonic() - start < seconds or len(times) < 3:
            begun = clock()
            self.request.infer({0: self.input})
            times.append(clock() - begun)
        return min(times) * 1e3


class Own:
    """The binary with a network, a precision and a batch."""

    def __init__(self, binary, path, precision, batch, threads):
        goal = "latency" if batch == 1 else "throughput"
        self.command = [binary, "bench", path, "--batch", batch, "--threads", threads, "--optimize", goal, "--json"]
        if precision != "int8":
            self.command += ["--precision", precision]

    def bench(self, seconds):
        record = json.loads(call(*self.command, "--seconds", seconds))
        return record["min_ms"], record["runs"]

    def milliseconds(self, seconds):
        return self.bench(seconds)[0]

    def processor_milliseconds(self, seconds):
        """The processor's time of a run: two numbers of runs, so that loading and packing do not count."""
        few, short = self.used(0.01)
        many, long = self.used(seconds)
        while many < 5 * few:
            seconds *= 2
            many, long = self.used(seconds)
        return (long - short) / (many - few) * 1e3

    def used(self, seconds):
        """The number of runs, and the seconds of processors that the whole process took."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        _, runs = self.bench(seconds)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return runs, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--nets", default="resnet18,resnet50")
    parser.add_argument("--precisions", default="bf16,f32")
    parser.add_argument("--images", help="folder of images that int8 needs")
    parser.add_argument("--batches", default="8,1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--processor-time", action="store_true")
    options = parser.parse_args()
    if "int8" in options.precisions.split(",") and not options.images:
        parser.error("int8 needs --images, a folder that tells the ranges of the network's maps")
    threads = 1 if options.processor_time else options.threads
    clock = time.process_time if options.processor_time else time.perf_counter
    with tempfile.TemporaryDirectory() as folder:
        for net in options.nets.split(","):
            path, graph = f"{folder}/{net}.rzoo", f"{folder}/{net}.onnx"
            call(options.binary, "init", net, "--output", path)
            call(options.binary, "export", path, "--output", graph)
            for precision in options.precisions.split(","):
                own_path = path
                if precision == "int8":
                    own_path = f"{folder}/{net}-int8.rzoo"
                    call(options.binary, "quantize", path, options.images, "--output", own_path)
                for batch in map(int, options.batches.split(",")):
                    peer, own = Peer(graph, precision, batch, threads), Own(options.binary, own_path, precision, batch, threads)
                    measure = own.processor_milliseconds if options.processor_time else own.milliseconds
                    rounds = [(measure(options.seconds), peer.milliseconds(options.seconds, clock)) for _ in range(options.rounds)]
                    ratios = sorted(theirs / ours for ours, theirs in rounds)
                    ours, theirs = (min(column) for column in zip(*rounds, strict=True))
                    print(
                        f"{net} {precision} batch {batch}: {statistics.median(ratios):.2f} times as fast as OpenVINO "
                        f"({' '.join(f'{ratio:.2f}' for ratio in ratios)}), {ours:.1f} ms against {theirs:.1f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
