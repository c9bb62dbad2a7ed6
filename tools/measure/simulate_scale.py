#!/usr/bin/env python3
"""Simulates the classification of many images by many machines: hours, bytes moved, failures and what they cost.

usage: simulate_scale.py [--images 1e9] [--rate R] [--nodes 100] [--cores 32] ...        (--help lists all; docs/scale.md explains them)

The inputs are measured figures of one core and guesses about machines, which are to be replaced by one's own. Parts of the work (a task of Spark, a block of
Ray) are given to free cores in order. A core's speed varies from task to task; a node's cores share its connection to the store. Nodes fail at random, all parts
that run there are lost and done again elsewhere, and a new node comes after a while. Every image is classified at least once: a part counts when it has ended."""

import argparse
import heapq
import math
import random


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)

    def add(name, default, words):
        parser.add_argument(f"--{name}", type=float, default=default, help=f"{words} (default: {default:g})")

    add("images", 1e9, "images to classify")
    add("rate", 20, "images a second of one core, as measured by measure_engines.py")
    add("image-kilobytes", 110, "size of an encoded image")
    add("answer-bytes", 60, "size of an answer in Parquet, five classes, compressed")
    add("part", 5000, "images of a part")
    add("nodes", 100, "machines")
    add("cores", 32, "cores, each with one worker of one thread")
    add("bandwidth", 500, "megabytes a second from the store to a node")
    add("spread", 0.15, "standard deviation of the logarithm of a task's time")
    add("start", 40, "seconds until a node works: its engine, the environment, the model's file")
    add("part-overhead", 0.3, "seconds that the engine adds to a part")
    add("hours-between-failures", 200, "mean hours until a node fails; 20 for machines that may be taken away")
    add("replacement", 300, "seconds until another node is there")
    add("slow-share", 0.02, "share of nodes that have half the speed")
    add("broken", 1e-4, "share of images that cannot be read: rows with an error, no failures")
    add("model-megabytes", 90, "size of the model's file, sent to each node once")
    add("worker-mebibytes", 150, "memory of a worker, as measured")
    add("price", 1.5, "price of a node for an hour")
    add("seed", 1, "of the random numbers")
    return parser.parse_args()


class Cluster:
    """Cores that take parts, and nodes that fail."""

    def __init__(self, options):
        self.options = options
        self.random = random.Random(int(options.seed))
        self.parts = math.ceil(options.images / options.part)
        self.events = []
        self.order = 0
        self.waiting = self.parts
        self.finished = 0
        self.lost = 0
        self.lost_seconds = 0.0
        self.busy_seconds = 0.0
        self.failures = 0
        self.starts = 0
        self.running = {}
        self.now = 0.0

    def at(self, time, kind, node, life):
        self.order += 1
        heapq.heappush(self.events, (time, self.order, kind, node, life))

    def run(self):
        """The seconds until all parts have ended."""
        options = self.options
        lives = [0] * int(options.nodes)
        slow = [False] * len(lives)
        for node in range(len(lives)):
            self.at(options.start, "ready", node, 0)
        while self.finished < self.parts:
            self.now, _, kind, node, life = heapq.heappop(self.events)
            if life != lives[node]:
                continue
            if kind == "ready":
                self.starts += 1
                slow[node] = self.random.random() < options.slow_share
                self.running[node] = {}
                self.at(self.now + self.random.expovariate(1 / (options.hours_between_failures * 3600)), "fails", node, life)
                for core in range(int(options.cores)):
                    self.give(node, core, slow[node], life)
            elif kind == "fails":
                parts = self.running.pop(node)
                self.failures += 1
                self.lost += len(parts)
                self.lost_seconds += sum(self.now - begun for begun in parts.values())
                self.waiting += len(parts)
                lives[node] += 1
                self.at(self.now + options.replacement + options.start, "ready", node, lives[node])
                # Idle cores, if there are any, take what came back.
                for other, work in list(self.running.items()):
                    for core in range(int(options.cores)):
                        if core not in work:
                            self.give(other, core, slow[other], lives[other])
            else:
                self.finished += 1
                self.busy_seconds += self.now - self.running[node].pop(kind)
                self.give(node, kind, slow[node], life)
        return self.now

    def give(self, node, core, is_slow, life):
        """Gives a core the next part, if there is one."""
        if self.waiting == 0:
            return
        options = self.options
        self.waiting -= 1
        computing = options.part / options.rate * self.random.lognormvariate(0, options.spread) * (2 if is_slow else 1)
        # Reading goes on beside computing, in the engine's own threads.
        reading = options.part * options.image_kilobytes / 1000 / (options.bandwidth / options.cores)
        self.running[node][core] = self.now
        self.at(self.now + max(computing, reading) + options.part_overhead, core, node, life)


def main():
    options = parsed()
    cluster = Cluster(options)
    seconds = cluster.run()
    cores = options.nodes * options.cores
    ideal = options.images / options.rate / cores
    moved = options.images * options.image_kilobytes / 1e9
    print(f"{options.images:.3g} images in {cluster.parts:,} parts on {options.nodes:.0f} nodes of {options.cores:.0f} cores")
    print(f"time            {seconds / 3600:.2f} h, {seconds / ideal:.2f} times what {cores:.0f} cores at {options.rate:g} images a second need without any loss")
    print(f"node hours      {options.nodes * seconds / 3600:.0f}, at {options.price:g} an hour {options.nodes * seconds / 3600 * options.price:,.0f}")
    print(f"cores busy      {100 * cluster.busy_seconds / seconds / cores:.1f} %")
    print(f"read            {moved:.1f} TB; {cores * options.rate * options.image_kilobytes / 1e6:.2f} GB/s in all, "
          f"{options.cores * options.rate * options.image_kilobytes / 1000:.0f} MB/s of a node's {options.bandwidth:.0f}")
    print(f"written         {options.images * options.answer_bytes / 1e9:.0f} GB in {cluster.parts:,} pieces; model files sent {cluster.starts * options.model_megabytes / 1000:.1f} GB")
    print(f"failed nodes    {cluster.failures}, with {cluster.lost:,} parts ({100 * cluster.lost / cluster.parts:.2f} %): {cluster.lost_seconds / 3600:.1f} core hours done again, "
          f"{100 * cluster.lost_seconds / (cluster.busy_seconds + cluster.lost_seconds):.2f} % of the work; {options.replacement + options.start:.0f} s of a node each")
    print(f"rows with error {options.images * options.broken:,.0f}")
    print(f"memory          {options.cores * options.worker_mebibytes / 1024:.1f} GiB of a node for the workers")


if __name__ == "__main__":
    main()
