#!/usr/bin/env python3
"""Classifies a folder in local Ray with two actors, one of which is killed, and compares the rows with the command's.

usage: check_ray.py MODEL IMAGES EXPECTED.jsonl OUTPUT"""

import io
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import ray
from expected import Expected
from killing import Killer

import reszoo
import reszoo.ray

EXAMPLE = Path(__file__).resolve().parents[2] / "Examples" / "ray_classify.py"


def is_actor(process):
    """True for an actor that classifies."""
    # Ray writes what an actor does where its command line was.
    return any("MapWorker" in word or "Classifier" in word for word in process.cmdline()[:1])


def classified(table, model, size=2, **options):
    return table.map_batches(
        reszoo.ray.Classifier,
        fn_constructor_args=[model],
        fn_constructor_kwargs={"top": 3},
        batch_format=options.pop("batch_format", "pyarrow"),
        batch_size=options.pop("batch_size", 128),
        compute=ray.data.ActorPoolStrategy(size=size),
        num_cpus=1,
    )


def main():
    model_path, images, expected_path, output = sys.argv[1:]
    expected = Expected(expected_path)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    model = reszoo.Model(model_path)
    source = ray.data.read_binary_files(images, include_paths=True, override_num_blocks=40).materialize()

    for batch_format in ("pyarrow", "numpy", "pandas"):
        start = time.perf_counter()
        rows = classified(source, model, batch_format=batch_format).take_all()
        seconds = time.perf_counter() - start
        expected.compare(f"ray, {batch_format}", [(row["path"], row["top"], row["error"]) for row in rows])
        print(f"ray: {len(rows) / seconds:.0f} images a second, with the start of the actors")

    model.pickle_by_value = True
    # Slower by exact sums, so that there is a middle to kill in.
    exact = reszoo.Model(model_path, precision="exact")
    with Killer(is_actor, 1.0) as killer:
        rows = classified(source, exact, batch_size=32).take_all()
    assert killer.killed, "no actor was killed"
    print(f"ray: actor {killer.killed} was killed")
    assert sorted(os.path.basename(row["path"]) for row in rows) == sorted(expected.results)
    rows = classified(source, model).take_all()
    expected.compare("ray, the model by value", [(row["path"], row["top"], row["error"]) for row in rows])
    ray.shutdown()

    # The example, on files and on shards.
    environment = {**os.environ, "RAY_DATA_DISABLE_PROGRESS_BARS": "1"}
    paths = sorted(path for path in Path(images).rglob("*.*"))
    os.makedirs(output + "-shards")
    with tarfile.open(output + "-shards/000.tar", "w") as tar:
        for path in paths[:300]:
            data = path.read_bytes()
            entry = tarfile.TarInfo(f"{path.stem}.jpg")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    for kind, source_path, column, key in (("files", images, "bytes", "path"), ("webdataset", output + "-shards", "jpg", "__key__")):
        target = f"{output}-{kind}"
        line = [sys.executable, str(EXAMPLE), model_path, source_path, target, "--kind", kind, "--column", column, "--actors", "2", "--top", "3"]
        done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        import pyarrow.parquet

        rows = pyarrow.parquet.read_table(target).to_pylist()
        if kind == "webdataset":
            names = {path.stem: path.name for path in paths[:300]}
            expected.results = {path.name: expected.results[path.name] for path in paths[:300]}
            rows = [{**row, "path": names[row[key]]} for row in rows]
        expected.compare(f"ray, example on {kind}", [(row["path"], row["top"], row["error"]) for row in rows])


if __name__ == "__main__":
    main()
