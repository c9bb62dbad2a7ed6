#!/usr/bin/env python3
"""Classifies images with Ray, into Parquet files.

usage: ray_classify.py MODEL INPUT OUTPUT [--kind files|parquet|webdataset] [--column bytes] [--actors 4] [--cpus 1] [--top 5]

INPUT is a folder of images, of Parquet files with a column of binary, or of WebDataset's shards (.tar), whose column is that of a suffix,
such as jpg. Each actor opens the model once; actors of a machine share the file. An image that cannot be read is a row with an error.

Needs `pip install reszoo[ray]` on all machines, and the model at the same path on each, or a model of less than 100 MB with --by-value.
"""

import argparse

import ray

import reszoo
import reszoo.ray


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--kind", choices=["files", "parquet", "webdataset"], default="files")
    parser.add_argument("--column", default="bytes")
    parser.add_argument("--actors", type=int, default=4)
    parser.add_argument("--cpus", type=int, default=1, help="processors of each actor")
    parser.add_argument("--top", type=int, default=5)
    parser.add_argument("--by-value", action="store_true", help="send the model to the actors instead of its path")
    arguments = parser.parse_args()

    model = reszoo.Model(arguments.model)
    model.pickle_by_value = arguments.by_value
    if arguments.kind == "files":
        table = ray.data.read_binary_files(arguments.input, include_paths=True)
    elif arguments.kind == "parquet":
        table = ray.data.read_parquet(arguments.input)
    else:
        # Without a decoder, the members of the shards stay bytes.
        table = ray.data.read_webdataset(arguments.input, decoder=None)
    answers = table.map_batches(
        reszoo.ray.Classifier,
        fn_constructor_args=[model, arguments.column],
        fn_constructor_kwargs={"top": arguments.top},
        batch_format="pyarrow",
        batch_size=256,
        # Reading and writing need processors, too: the pool grows into those that they leave.
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=arguments.actors),
        num_cpus=arguments.cpus,
    )
    answers.write_parquet(arguments.output)


if __name__ == "__main__":
    main()
