#!/usr/bin/env python3
"""Measures classification in local Spark and Ray beside ONNX Runtime with Pillow and torchvision's transforms in the same engine and shape.

usage: measure_engines.py MODEL.rzoo MODEL.onnx IMAGES [--engines spark,ray] [--count 400] [--workers 2] [--rounds 3] [--crop 224 --resize 256]

Needs an environment with reszoo, pyspark, ray, onnxruntime, torch, torchvision and psutil; `tools/check_engines` makes one with the first three. The
images, encoded, are rows of a Parquet file; each of the workers (Spark's Python workers, Ray's actors) has one thread. Every run is a process of
its own, and the runs of a round come one after the other: the command `reszoo classify` with as many threads as there are workers, reszoo, the peer. Spark's
time is that of a second job, when the workers are warm, Ray's the sum over the actors, each from its first batch to its last. Memory is each worker's proportional
share (PSS) at most, sampled while it works. The medians of the rounds are printed, and on how many images both name the same class first."""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "engines"))

from watching import Watcher  # noqa: E402

PARTS = 8
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Peer:
    """ONNX Runtime behind Pillow and torchvision's transforms, as their documentation has it, in one thread."""

    def __init__(self, path, resize, crop, batch=8):
        import onnxruntime
        import torch
        from torchvision import transforms

        torch.set_num_threads(1)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.batch = batch
        self.transform = transforms.Compose(
            [transforms.Resize(resize), transforms.CenterCrop(crop), transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)]
        )

    def classes(self, encoded):
        """The five best classes of each image."""
        import torch
        from PIL import Image

        found = []
        for start in range(0, len(encoded), self.batch):
            images = [self.transform(Image.open(io.BytesIO(one)).convert("RGB")) for one in encoded[start : start + self.batch]]
            logits = self.session.run(None, {self.input: torch.stack(images).numpy()})[0]
            found += torch.from_numpy(logits).softmax(1).topk(5).indices.tolist()
        return found


_peers = {}


def peer(arguments):
    """The peer of this process, opened once."""
    if arguments not in _peers:
        _peers[arguments] = Peer(*arguments)
    return _peers[arguments]


class Sampler(Watcher):
    """Samples the memory of workers."""

    def __init__(self, is_worker):
        super().__init__(2)
        self._is_worker = is_worker
        self.most = {}

    def see(self, process):
        if self._is_worker(process):
            self.most[process.pid] = max(self.most.get(process.pid, 0), process.memory_full_info().pss / 2**20)

    def mebibytes(self, workers):
        """The mean of the workers that had most."""
        return statistics.mean(sorted(self.most.values())[-workers:])


def is_spark_worker(process):
    return "pyspark.daemon" in process.cmdline() and "pyspark.daemon" in process.parent().cmdline()


def is_ray_actor(process):
    return any("MapWorker" in word for word in process.cmdline()[:1])


def run_spark(options, table):
    from pyspark.sql import SparkSession

    import reszoo
    import reszoo.spark

    session = SparkSession.builder.master(f"local[{options.workers}]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    session = session.config("spark.sql.files.maxPartitionBytes", "2m").config("spark.sql.execution.arrow.maxRecordsPerBatch", "64").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    source = session.read.parquet(table).repartition(PARTS).cache()
    rows = source.count()
    if options.one[1] == "reszoo":
        answers = reszoo.spark.classify(source, reszoo.Model(options.model), top=5)
        first = answers.selectExpr("path", "top[0].index as best")
    else:
        settings = (options.onnx, options.resize, options.crop)

        def classify(batches):
            import pyarrow as pa

            for batch in batches:
                found = peer(settings).classes(batch.column("content").to_pylist())
                yield pa.RecordBatch.from_arrays([batch.column("path"), pa.array([one[0] for one in found], pa.int32())], ["path", "best"])

        first = source.mapInArrow(classify, "path string, best int")
    best = {row.path: row.best for row in first.collect()}
    with Sampler(is_spark_worker) as sampler:
        begun = time.perf_counter()
        first.write.format("noop").mode("overwrite").save()
        seconds = time.perf_counter() - begun
    return {"rate": rows / seconds, "mebibytes": sampler.mebibytes(options.workers), "best": best}


class TimedClassifier:
    """An actor that notes when each batch began and ended."""

    def __init__(self, model, settings):
        import reszoo.ray

        self.classifier = None if settings else reszoo.ray.Classifier(model, column="content")
        self.peer = Peer(*settings) if settings else None

    def __call__(self, batch):
        import pyarrow as pa

        begun = time.time()
        if self.peer is not None:
            best = [one[0] for one in self.peer.classes(batch.column("content").to_pylist())]
        else:
            best = [one[0]["index"] for one in self.classifier(batch).column("top").to_pylist()]
        facts = {"begun": begun, "ended": time.time(), "actor": os.getpid()}
        return pa.table({"path": batch.column("path"), "best": best, **{name: [fact] * len(best) for name, fact in facts.items()}})


def run_ray(options, table):
    import ray

    ray.init(num_cpus=options.workers, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    # Enough parts that no actor takes them all before the next one has started.
    source = ray.data.read_parquet(table).repartition(8 * PARTS).materialize()
    settings = (options.onnx, options.resize, options.crop) if options.one[1] == "peer" else None
    with Sampler(is_ray_actor) as sampler:
        rows = source.map_batches(
            TimedClassifier,
            fn_constructor_args=[options.model, settings],
            batch_format="pyarrow",
            batch_size=8,
            compute=ray.data.ActorPoolStrategy(size=options.workers),
            num_cpus=1,
        ).take_all()
    ray.shutdown()
    if len({row["actor"] for row in rows}) < options.workers:
        raise SystemExit("an actor had nothing to do: give more images with --count")
    # Actors start one after the other, and the last one waits for nothing: each has a time of its own.
    rate = 0.0
    for actor in {row["actor"] for row in rows}:
        own = [row for row in rows if row["actor"] == actor]
        rate += len(own) / (max(row["ended"] for row in own) - min(row["begun"] for row in own))
    return {"rate": rate, "mebibytes": sampler.mebibytes(options.workers), "best": {row["path"]: row["best"] for row in rows}}


def run_command(options, paths):
    """Images a second of the command, without its start."""
    from measure_python import command_seconds

    one, all_ = (command_seconds(options.model, some, options.workers)[0] for some in (paths[:1], paths))
    return (len(paths) - 1) / (all_ - one)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("onnx")
    parser.add_argument("images")
    parser.add_argument("--engines", default="spark,ray")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--resize", type=int, default=256)
    parser.add_argument("--crop", type=int, default=224)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        run = {"spark": run_spark, "ray": run_ray}[options.one[0]]
        print("RESULT " + json.dumps(run(options, options.images)))
        return

    import pyarrow as pa
    import pyarrow.parquet

    paths = [str(path) for path in sorted(Path(options.images).rglob("*")) if path.suffix.lower() in (".jpg", ".jpeg", ".png")]
    paths = paths[:: max(len(paths) // options.count, 1)][: options.count]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable, "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
                   "PYTHONPATH": str(Path(__file__).resolve().parent)}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        table = f"{folder}/images.parquet"
        pa.parquet.write_table(pa.table({"path": paths, "content": [Path(path).read_bytes() for path in paths]}), table, row_group_size=64)
        environment["RESZOO_CACHE"] = f"{folder}/cache"
        for engine in options.engines.split(","):
            rounds = []
            for _ in range(options.rounds):
                results = {"command": {"rate": run_command(options, paths)}}
                for runtime in ("reszoo", "peer"):
                    line = [sys.executable, __file__, options.model, options.onnx, table, "--one", engine, runtime, "--workers", str(options.workers),
                            "--resize", str(options.resize), "--crop", str(options.crop)]  # fmt: skip
                    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
                    answer = [text for text in done.stdout.splitlines() if text.startswith("RESULT ")]
                    if not answer:
                        raise SystemExit(f"{engine}, {runtime}: no result\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
                    results[runtime] = json.loads(answer[0][7:])
                rounds.append(results)
            report(engine, rounds, options.workers)


def report(engine, rounds, workers):
    def middle(value):
        return statistics.median(value(one) for one in rounds)

    ours, theirs = rounds[-1]["reszoo"]["best"], rounds[-1]["peer"]["best"]
    rates = {name: middle(lambda one, name=name: one[name]["rate"]) for name in ("command", "reszoo", "peer")}
    memory = {name: middle(lambda one, name=name: one[name]["mebibytes"]) for name in ("reszoo", "peer")}
    print(f"{engine}, {workers} workers of one thread, medians of {len(rounds)} rounds; the same best class for {sum(ours[path] == theirs[path] for path in ours)} of {len(ours)}")
    print(f"  images a second: command {rates['command']:.1f}, reszoo {rates['reszoo']:.1f}, peer {rates['peer']:.1f}")
    print(f"  reszoo : peer {middle(lambda one: one['reszoo']['rate'] / one['peer']['rate']):.2f}, reszoo : command {middle(lambda one: one['reszoo']['rate'] / one['command']['rate']):.2f}")
    print(f"  MiB of a worker: reszoo {memory['reszoo']:.0f}, peer {memory['peer']:.0f}, a share of {memory['reszoo'] / memory['peer']:.2f}")


if __name__ == "__main__":
    main()
