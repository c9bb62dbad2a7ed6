#!/usr/bin/env python3
"""Measures a server beside the bare command on the same images: throughput at saturation, latency of one client, and under a Poisson load.

    tools/server/measure_server.py RESZOO SERVER MODEL IMAGE... [--seconds 10] [--clients 16] [--rounds 3]

The rounds take turns, so that a machine that changes its speed changes both. Everything runs on this machine, the clients too: those in Python, and in turn
with them those of `wrk` where it is installed.
"""
import http.client
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from load import argument_parser, closed_loop, percentile, read, wrk
from process import Server


def command_rate(program, model, images, repeat):
    """Images a second of `classify` on so many copies of the images, its start left out."""
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(repeat):
            for index, image in enumerate(images):
                os.link(image, os.path.join(folder, f"{turn}-{index}-{os.path.basename(image)}")) if os.stat(
                    image).st_dev == os.stat(folder).st_dev else os.symlink(
                        os.path.abspath(image), os.path.join(folder, f"{turn}-{index}-{os.path.basename(image)}"))
        times = []
        for inputs in ([images[0]], [folder]):
            start = time.monotonic()
            subprocess.run([program, "classify", model, *inputs, "--format", "jsonl"], stdout=subprocess.DEVNULL, check=True)
            times.append(time.monotonic() - start)
        return (repeat * len(images) - 1) / (times[1] - times[0])


def poisson(server, bodies, rate, seconds):
    """Latencies of requests that come at random moments, from the moment at which each was due."""
    random.seed(0)
    moments, now = [], 0.0
    while now < seconds:
        now += random.expovariate(rate)
        moments.append(now)
    latencies, lock, position = [], threading.Lock(), [0]
    begin = time.monotonic() + 0.1

    def client():
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        while True:
            with lock:
                index = position[0]
                position[0] += 1
            if index >= len(moments):
                return
            due = begin + moments[index]
            time.sleep(max(0, due - time.monotonic()))
            link.request("POST", "/classify", body=bodies[index % len(bodies)])
            link.getresponse().read()
            latencies.append(time.monotonic() - due)

    threads = [threading.Thread(target=client) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return latencies


def engine_seconds(server):
    """Seconds that requests have been worked on, from the server's statistics."""
    statistics = json.loads(server.request("GET", "/v2/models/stats")[2])["model_stats"][0]["inference_stats"]
    return sum(statistics[part]["ns"] for part in ("compute_input", "compute_infer", "compute_output")) / 1e9


def main():
    given = argument_parser(__doc__.split("\n")[0], seconds=10, rounds=3).parse_args()
    bodies = [read(path) for path in given.images]
    with Server(given.server, given.model) as server:
        rate, _ = closed_loop(server.port, "/classify", bodies, given.clients, 2)
        repeat = max(1, int(rate * given.seconds / len(bodies)))
        ratios, rates, lean = [], [], []
        for turn in range(given.rounds):
            command = command_rate(given.reszoo, given.model, given.images, repeat)
            rate, latencies = closed_loop(server.port, "/classify", bodies, given.clients, given.seconds)
            ratios.append(rate / command)
            rates.append(rate)
            print(f"round {turn + 1}: classify {command:.1f} images a second, the server {rate:.1f} with {given.clients} clients, "
                  f"ratio {rate / command:.3f}; median {1e3 * statistics.median(latencies):.1f} ms, p99 {1e3 * percentile(latencies, 0.99):.1f} ms",
                  flush=True)
            if shutil.which("wrk"):
                lean.append(wrk(server.port, "/classify", given.images, given.clients, int(given.seconds)) / command)
                print(f"         with wrk's clients {lean[-1] * command:.1f}, ratio {lean[-1]:.3f}", flush=True)
        print(f"ratio, median of {given.rounds} rounds: {statistics.median(ratios):.3f}"
              + (f", with wrk's clients {statistics.median(lean):.3f}" if lean else ""))
        before = engine_seconds(server)
        _, alone = closed_loop(server.port, "/classify", bodies, 1, given.seconds)
        engine = (engine_seconds(server) - before) / len(alone)
        print(f"one client: median {1e3 * statistics.median(alone):.2f} ms; mean {1e3 * statistics.mean(alone):.2f} ms, "
              f"of which {1e3 * engine:.2f} are for decoding and the network")
        late = poisson(server, bodies, 0.8 * statistics.median(rates), given.seconds)
        print(f"Poisson at 80 %: median {1e3 * statistics.median(late):.1f} ms, p99 {1e3 * percentile(late, 0.99):.1f} ms")
        print(f"memory {server.memory() >> 20} MiB")


if __name__ == "__main__":
    sys.exit(main())
