#!/usr/bin/env python3
"""Classifies a folder through Spark Connect, and compares the rows with the command's.

usage: check_connect.py MODEL IMAGES EXPECTED.jsonl"""

import sys
from pathlib import Path

from expected import Expected
from pyspark.sql import SparkSession

import reszoo
import reszoo.spark

COUNT = 500


def main():
    model, images, expected_path = sys.argv[1:]
    expected = Expected(expected_path)
    paths = sorted(path for path in Path(images).rglob("*.*") if path.is_file())[:COUNT]
    expected.results = {path.name: expected.results[path.name] for path in paths}
    session = SparkSession.builder.remote("local[2]").getOrCreate()
    table = session.createDataFrame([(str(path), bytearray(path.read_bytes())) for path in paths], "path string, content binary")
    rows = reszoo.spark.classify(table, model, top=3).collect()
    expected.compare("spark, connect", [(row.path, row.top, row.error) for row in rows])
    session.stop()


if __name__ == "__main__":
    main()
