#!/usr/bin/env python3
"""Classifies the images of a folder, or of Parquet files, with Spark, into Parquet files.

usage: spark_classify.py MODEL INPUT OUTPUT [--column content] [--parts 64] [--top 5]

INPUT is a folder of images, searched to any depth, or a folder of Parquet files with a column of binary. OUTPUT is a folder that every machine
reaches; spark.read.parquet(OUTPUT) reads all of it. The work is done in parts. A part appears whole or not at all, so the same command again
after an interruption goes on with the first part that is missing. The files of each part are noted in OUTPUT/_plan.json when the work begins.

Needs `pip install reszoo[spark]` on all machines, and Java. With a cluster: spark-submit --master … spark_classify.py …
"""

import argparse
import json
import os
import sys

from pyspark.sql import SparkSession

import reszoo
import reszoo.spark

IMAGES = "*.{jpg,jpeg,png,webp,gif,bmp,tif,tiff,JPG,JPEG,PNG}"


def plan(spark, arguments, model):
    """The kind of the input and the files of each part, as they were when the work began."""
    path = os.path.join(arguments.output, "_plan.json")
    settings = {"model": model.content_root, "input": arguments.input, "column": arguments.column, "top": arguments.top}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            kept = json.load(file)
        if kept["settings"] != settings:
            sys.exit(f"{path} is of another run, {kept['settings']}: name another output, or remove it")
        return kept
    parquet = [os.path.join(arguments.input, name) for name in sorted(os.listdir(arguments.input)) if name.endswith(".parquet")]
    if parquet:
        files = parquet
    else:
        # Only the paths are read.
        table = spark.read.format("binaryFile").option("recursiveFileLookup", "true").option("pathGlobFilter", IMAGES)
        files = sorted(row.path for row in table.load(arguments.input).select("path").toLocalIterator())
    if not files:
        sys.exit(f"{arguments.input}: there are neither images nor Parquet files")
    count = min(arguments.parts, len(files))
    parts = [files[len(files) * part // count : len(files) * (part + 1) // count] for part in range(count)]
    made = {"settings": settings, "kind": "parquet" if parquet else "binaryFile", "parts": parts}
    os.makedirs(arguments.output, exist_ok=True)
    with open(path + ".partial", "w", encoding="utf-8") as file:
        json.dump(made, file)
    os.replace(path + ".partial", path)
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--column", default="content")
    parser.add_argument("--parts", type=int, default=64)
    parser.add_argument("--top", type=int, default=5)
    arguments = parser.parse_args()

    model = reszoo.Model(arguments.model)
    spark = SparkSession.builder.appName("reszoo").getOrCreate()
    made = plan(spark, arguments, model)
    for number, files in enumerate(made["parts"]):
        folder = os.path.join(arguments.output, f"part={number}")
        if os.path.exists(os.path.join(folder, "_SUCCESS")):
            continue
        table = spark.read.format(made["kind"]).load(files)
        answers = reszoo.spark.classify(table, model, arguments.column, top=arguments.top)
        answers.write.mode("overwrite").parquet(folder)
        print(f"part {number + 1} of {len(made['parts'])}: {len(files)} files", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
