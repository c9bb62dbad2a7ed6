#!/usr/bin/env python3
"""Holds event files against the tensorboard package (pip install tensorboard).

usage: tensorboard_events.py fixture                 writes Tests/TrainingReportsTests/Fixtures/events.tfevents
       tensorboard_events.py read FOLDER             prints what TensorBoard's reader finds in a run's folder
"""
import os, sys

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

FIXTURE = os.path.join(os.path.dirname(__file__), "..", "Tests", "TrainingReportsTests", "Fixtures", "events.tfevents")


def fixture():
    value = summary_pb2.Summary.Value
    image = summary_pb2.Summary.Image(height=2, width=300, colorspace=3, encoded_image_string=b"\x89PNG")
    shape = tensor_shape_pb2.TensorShapeProto(dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=1)])
    text = tensor_pb2.TensorProto(dtype=7, tensor_shape=shape, string_val=[b"| a | b |"])
    plugin = summary_pb2.SummaryMetadata(plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="text"))
    events = [
        event_pb2.Event(wall_time=1_700_000_000.25, file_version="brain.Event:2"),
        event_pb2.Event(wall_time=1_700_000_001.5, step=300, summary=summary_pb2.Summary(value=[
            value(tag="step/loss", simple_value=2.25), value(tag="step/accuracy", simple_value=0)])),
        event_pb2.Event(wall_time=1_700_000_002, step=201,
                        session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)),
        event_pb2.Event(wall_time=1_700_000_003, step=1 << 40,
                        summary=summary_pb2.Summary(value=[value(tag="sample", image=image)])),
        event_pb2.Event(wall_time=1_700_000_004, summary=summary_pb2.Summary(value=[
            value(tag="options", tensor=text, metadata=plugin)])),
    ]
    with open(FIXTURE, "wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())
        writer.flush()


def read(folder):
    run = event_accumulator.EventAccumulator(folder, size_guidance={name: 0 for name in ("scalars", "images", "tensors")})
    run.Reload()
    tags = run.Tags()
    for tag in sorted(tags["scalars"]):
        points = run.Scalars(tag)
        steps = [point.step for point in points]
        if steps != sorted(set(steps)):
            sys.exit(f"{tag}: the steps {steps} are not in order, or come twice")
        print(f"scalar {tag}: {len(points)} points, steps {steps[0]} to {steps[-1]}, last {points[-1].value:.6g}")
    for tag in sorted(tags["images"]):
        images = run.Images(tag)
        first = images[0]
        if not first.encoded_image_string.startswith(b"\x89PNG\r\n\x1a\n"):
            sys.exit(f"{tag}: is no PNG image")
        print(f"image {tag}: {len(images)} images, {first.width}x{first.height}")
    for tag in sorted(tags["tensors"]):
        tensors = run.Tensors(tag)
        text = tensors[-1].tensor_proto.string_val[0].decode()
        print(f"text {tag}: {len(tensors)}, the last of {len(text.splitlines())} lines")


def main():
    match sys.argv[1:]:
        case ["fixture"]:
            fixture()
        case ["read", folder]:
            read(folder)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
