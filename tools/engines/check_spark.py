#!/usr/bin/env python3
"""Classifies a folder in local Spark with two workers, one of which is killed, and compares the rows with the command's.

usage: check_spark.py MODEL IMAGES EXPECTED.jsonl OUTPUT"""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
from expected import Expected
from killing import Killer
from pyspark.sql import SparkSession

import reszoo
import reszoo.spark

EXAMPLE = Path(__file__).resolve().parents[2] / "Examples" / "spark_classify.py"


def is_worker(process):
    """True for a Python worker: a child of the daemon."""
    try:
        return "pyspark.daemon" in process.cmdline() and "pyspark.daemon" in process.parent().cmdline()
    except psutil.Error:  # It has ended.
        return False


def main():
    model_path, images, expected_path, output = sys.argv[1:]
    expected = Expected(expected_path)
    # Spark's sources of files leave empty ones out.
    empty = {path.name for path in Path(images).rglob("*.*") if path.stat().st_size == 0}
    expected.results = {name: result for name, result in expected.results.items() if name not in empty}
    # A task that is lost is tried again, up to four times.
    session = (
        SparkSession.builder.master("local[2,4]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.files.maxPartitionBytes", "2m")
        .config("spark.sql.files.openCostInBytes", "16k")
        .config("spark.driver.memory", "1g")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    model = reszoo.Model(model_path)
    source = session.read.format("binaryFile").option("recursiveFileLookup", "true").load(images)
    print(f"spark: {source.rdd.getNumPartitions()} partitions, {reszoo.default_threads()} processors")

    start = time.perf_counter()
    answers = reszoo.spark.classify(source.select("path", "content"), model, top=3).collect()
    seconds = time.perf_counter() - start
    expected.compare("spark, mapInArrow", [(row.path, row.top, row.error) for row in answers])
    workers = [process for process in psutil.Process().children(recursive=True) if is_worker(process)]
    resident = [f"{process.memory_full_info().pss / 2**20:.0f}" for process in workers]
    print(f"spark: {len(answers) / seconds:.0f} images a second with the first start of workers; each worker's share of memory: {', '.join(resident)} MiB")
    start = time.perf_counter()
    reszoo.spark.classify(source.select("path", "content"), model, top=3).write.format("noop").mode("overwrite").save()
    print(f"spark: {len(answers) / (time.perf_counter() - start):.0f} images a second with workers that are reused")

    with Killer(is_worker, 0.0) as killer:
        # Slower by exact sums, so that there is a middle to kill in.
        exact = reszoo.Model(model_path, precision="exact")
        rows = reszoo.spark.classify(source.select("path", "content"), exact, top=3, batch_rows=64).collect()
    assert killer.killed, "no worker was killed"
    print(f"spark: worker {killer.killed} was killed")
    assert sorted(os.path.basename(row.path) for row in rows) == sorted(expected.results)

    classes = reszoo.spark.predict_batch_udf(session, model, top=3)
    rows = source.select("path", classes("content").alias("found")).limit(600).collect()
    results = dict(expected.results)
    expected.results = {os.path.basename(row.path): results[os.path.basename(row.path)] for row in rows}
    names = ("label", "index", "probability")
    tops = [
        [dict(zip(names, each)) for each in zip(row.found.labels, row.found.indices, row.found.probabilities) if each[1] >= 0] for row in rows
    ]
    expected.compare("spark, predict_batch_udf", [(row.path, top, row.found.error) for row, top in zip(rows, tops)])
    expected.results = results

    inputs = model.preprocess([str(path) for path in sorted(Path(images).rglob("*.*"))[:40]])
    table = session.createDataFrame([(place, array.ravel().tolist()) for place, array in enumerate(inputs)], "place int, input array<float>")
    logits = reszoo.spark.predict_batch_udf(session, model, "logits")
    rows = table.select("place", logits("input").alias("logits")).collect()
    for row in rows:
        assert row.logits == model.logits(inputs[row.place : row.place + 1])[0].tolist() or row.logits[0] != row.logits[0]
    print(f"spark, tensors: {len(rows)} rows have the bits of Model.logits")
    session.stop()

    # The example, killed in the middle and started again.
    line = [sys.executable, str(EXAMPLE), model_path, images, output, "--parts", "10", "--top", "3"]
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": "--master local[2] --conf spark.ui.enabled=false pyspark-shell"}
    first = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    for text in first.stdout:
        if text.startswith("part 3"):
            break
    for process in [*psutil.Process(first.pid).children(recursive=True), psutil.Process(first.pid)]:
        process.kill()
    first.wait()
    second = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    assert second.returncode == 0, second.stderr[-3000:]
    print(f"spark, example: killed after part 3; the second run did {second.stdout.count('part ')} parts of 10")
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    rows = session.read.parquet(output).collect()
    expected.compare("spark, example", [(row.path, row.top, row.error) for row in rows])
    session.stop()

    # Spark Connect, which has neither a context nor RDDs, in a process of its own, as one has sessions of one kind alone.
    subprocess.run([sys.executable, str(Path(__file__).with_name("check_connect.py")), model_path, images, expected_path], check=True)


if __name__ == "__main__":
    main()
