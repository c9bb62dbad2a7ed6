#!/usr/bin/env python3
"""Every call of Triton's own client that applies to such a server, and KServe's version 1, against any server that speaks them.

    tools/server/conformance.py URL MODEL IMAGE...

URL is host:port, MODEL a name there. The server is asked for the model's inputs `image` (BYTES) and `input` (FP32), and for `logits` and `probabilities`.
With --grpc host:port the same calls are made over gRPC too. With --control, the server was started with --model-control explicit. Needs numpy and
tritonclient[http,grpc], and grpcio-health-checking for --grpc.
"""
import argparse
import asyncio
import base64
import json
import sys
import urllib.request

import numpy
import tritonclient.http as triton
import tritonclient.http.aio as aio
from tritonclient.utils import InferenceServerException


def expect(condition, *facts):
    if not condition:
        raise AssertionError(" ".join(str(fact)[:300] for fact in facts))


def image_input(module, images):
    given = module.InferInput("image", [len(images)], "BYTES")
    given.set_data_from_numpy(numpy.array(images, dtype=object))
    return given


def refused(call, *words):
    try:
        call()
    except InferenceServerException as error:
        text = f"{error.status()} {error.message()}"
        expect(all(word in text for word in words), "the error", text, "lacks", words)
        return
    raise AssertionError("no error")


def facts(client, name):
    expect(client.is_server_live() and client.is_server_ready(), "live and ready")
    expect(client.is_model_ready(name) and client.is_model_ready(name, "1"), "model ready")
    expect(not client.is_model_ready("no-such-model"), "an unknown model is ready")
    server = client.get_server_metadata()
    expect({"name", "version", "extensions"} <= set(server), server)
    model = client.get_model_metadata(name)
    expect(model["name"] == name and {"image", "input"} <= {one["name"] for one in model["inputs"]}, model)
    config = client.get_model_config(name)
    expect(config["name"] == name and config["max_batch_size"] > 0, config)
    expect({one["name"] for one in config["input"]} <= {one["name"] for one in model["inputs"]}, config)
    for stats in (client.get_inference_statistics(), client.get_inference_statistics(name)):
        one = next(one for one in stats["model_stats"] if one["name"] == name)
        for stage in ("success", "fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss"):
            expect(set(one["inference_stats"][stage]) == {"count", "ns"}, stage, one)
    index = client.get_model_repository_index()
    expect(any(one["name"] == name and one["state"] == "READY" for one in index), index)
    refused(lambda: client.get_model_metadata("no-such-model"), "404")
    refused(lambda: client.get_model_metadata(name, "7"), "404")


def inference(client, name, images):
    answer = client.infer(name, [image_input(triton, images)], request_id="a-1")
    expect(answer.get_response()["id"] == "a-1", answer.get_response())
    logits, probabilities = answer.as_numpy("logits"), answer.as_numpy("probabilities")
    expect(logits.dtype == numpy.float32 and logits.shape == probabilities.shape and len(logits) == len(images), logits.shape)
    powers = numpy.exp(logits.astype(numpy.float64) - logits.max(axis=1, keepdims=True))
    expect(numpy.allclose(powers / powers.sum(axis=1, keepdims=True), probabilities, atol=1e-6), "probabilities")
    for options in (
            {"request_compression_algorithm": "gzip"}, {"request_compression_algorithm": "deflate"},
            {"response_compression_algorithm": "gzip"}, {"response_compression_algorithm": "deflate"},
            {"priority": 1, "timeout": 60_000_000}, {"query_params": {"a": "b"}}, {"headers": {"X-Request-Id": "7"}}):
        again = client.infer(name, [image_input(triton, images)], **options)
        expect((again.as_numpy("logits") == logits).all(), options)
    for binary in (True, False):
        wishes = [triton.InferRequestedOutput("logits", binary_data=binary),
                  triton.InferRequestedOutput("probabilities", binary_data=binary, class_count=2)]
        again = client.infer(name, [image_input(triton, images)], outputs=wishes)
        expect((again.as_numpy("logits") == logits).all(), "binary", binary)
        texts = again.as_numpy("probabilities")
        expect(texts.shape == (len(images), 2), texts)
        for row, text in zip(probabilities, texts):
            # From bytes the client makes bytes, from JSON texts.
            value, index = (text[0] if isinstance(text[0], str) else text[0].decode()).split(":")[:2]
            expect(int(index) == row.argmax() and abs(float(value) - row.max()) < 1e-6, text, row.max())
    alone = client.infer(name, [image_input(triton, images[:1])])
    expect((alone.as_numpy("logits")[0] == logits[0]).all(), "an image alone has other bits")
    pending = [client.async_infer(name, [image_input(triton, [image])]) for image in images]
    expect(all((one.get_result().as_numpy("logits")[0] == row).all() for one, row in zip(pending, logits)), "async")
    extents = next(one for one in client.get_model_metadata(name)["inputs"] if one["name"] == "input")["shape"][1:]
    tensor = numpy.random.default_rng(0).standard_normal([2, *extents]).astype(numpy.float32)
    answers = []
    for binary in (True, False):
        given = triton.InferInput("input", list(tensor.shape), "FP32")
        given.set_data_from_numpy(tensor, binary_data=binary)
        answers.append(client.infer(name, [given]).as_numpy("logits"))
    expect((answers[0] == answers[1]).all(), "a tensor as JSON has other bits than as bytes")


def errors(client, name, images):
    refused(lambda: client.infer("no-such-model", [image_input(triton, images)]), "404")
    refused(lambda: client.infer(name, [image_input(triton, [b"no image"])]), "400")
    wrong = triton.InferInput("input", [1, 3, 2, 2], "FP32")
    wrong.set_data_from_numpy(numpy.zeros([1, 3, 2, 2], numpy.float32))
    refused(lambda: client.infer(name, [wrong]), "400")
    refused(lambda: client.infer(name, [image_input(triton, images)], outputs=[triton.InferRequestedOutput("none")]), "400")
    half = triton.InferInput("input", [1], "FP16")
    half.set_data_from_numpy(numpy.zeros([1], numpy.float16))
    refused(lambda: client.infer(name, [half]), "400")


def control(client, name):
    client.unload_model(name)
    expect(not client.is_model_ready(name), "ready after unload")
    refused(lambda: client.get_model_metadata(name), "503")
    client.load_model(name)
    expect(client.is_model_ready(name), "not ready after load")


async def asynchronous(url, name, images):
    async with aio.InferenceServerClient(url) as client:
        expect(await client.is_server_ready() and await client.is_model_ready(name), "ready")
        answers = await asyncio.gather(*(client.infer(name, [image_input(aio, [image])]) for image in images))
        whole = await client.infer(name, [image_input(aio, images)])
        rows = numpy.concatenate([answer.as_numpy("logits") for answer in answers])
        expect((rows == whole.as_numpy("logits")).all(), "one by one and together")


def version1(url, name, images):
    body = json.dumps({"instances": [{"b64": base64.b64encode(image).decode()} for image in images]}).encode()
    request = urllib.request.Request(
        f"http://{url}/v1/models/{name}:predict", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        predictions = json.load(answer)["predictions"]
    expect(len(predictions) == len(images), predictions)


def over_grpc(url, name, images, rest):
    """gRPC gives the bits of REST."""
    import grpc
    import tritonclient.grpc as remote
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with remote.InferenceServerClient(url) as client:
        expect(client.is_server_live() and client.is_server_ready() and client.is_model_ready(name), "ready")
        expect(not client.is_model_ready("no-such-model"), "an unknown model is ready")
        expect(client.get_server_metadata().name, "metadata")
        facts = client.get_model_metadata(name, as_json=True)
        wanted = rest.get_model_metadata(name)
        for part in ("inputs", "outputs"):
            found = [(one["name"], one["datatype"], [int(extent) for extent in one["shape"]]) for one in facts[part]]
            expect(found == [(one["name"], one["datatype"], one["shape"]) for one in wanted[part]], found, wanted)
        config = client.get_model_config(name).config
        expect(config.max_batch_size == rest.get_model_config(name)["max_batch_size"], config)
        expect(any(one.name == name and one.state == "READY" for one in client.get_model_repository_index().models), "index")
        logits = rest.infer(name, [image_input(triton, images)]).as_numpy("logits")
        answer = client.infer(name, [image_input(remote, images)], request_id="a-1")
        expect(answer.get_response().id == "a-1" and (answer.as_numpy("logits") == logits).all(), "other bits than REST")
        texts = client.infer(name, [image_input(remote, images)], outputs=[
            remote.InferRequestedOutput("probabilities", class_count=2)]).as_numpy("probabilities")
        expect(texts.shape == (len(images), 2) and texts[0][0].split(b":")[1] == str(logits[0].argmax()).encode(), texts)
        found = []
        client.start_stream(lambda result, error: found.append((result, error)))
        for image in images + [b"no image"]:
            client.async_stream_infer(name, [image_input(remote, [image])])
        client.stop_stream()
        expect(all((one.as_numpy("logits")[0] == row).all() for (one, _), row in zip(found, logits)), "a stream")
        expect(found[-1][1] is not None and len(found) == len(images) + 1, "an error within a stream", found)
        stats = client.get_inference_statistics(name).model_stats[0]
        expect(stats.inference_stats.success.count > 0 and stats.inference_count > 0, stats)
        for model, given, code in (("no-such-model", images, "NOT_FOUND"), (name, [b"no image"], "INVALID_ARGUMENT")):
            try:
                client.infer(model, [image_input(remote, given)])
                raise AssertionError("no error")
            except InferenceServerException as error:
                expect(code in error.status(), error)
    with grpc.insecure_channel(url) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", "inference.GRPCInferenceService"):
            expect(health.Check(health_pb2.HealthCheckRequest(service=service)).status == 1, "health of", service)
        for service, status in (("", 1), ("no-such-service", 3)):
            watch = health.Watch(health_pb2.HealthCheckRequest(service=service))
            expect(next(watch).status == status, "watched health of", service)
            watch.cancel()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("url")
    parser.add_argument("model")
    parser.add_argument("images", nargs="+")
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--grpc")
    given = parser.parse_args()
    images = []
    for path in given.images:
        with open(path, "rb") as file:
            images.append(file.read())
    client = triton.InferenceServerClient(given.url, concurrency=4)
    checks = [
        ("facts", lambda: facts(client, given.model)), ("inference", lambda: inference(client, given.model, images)),
        ("errors", lambda: errors(client, given.model, images)),
        ("asynchronous", lambda: asyncio.run(asynchronous(given.url, given.model, images))),
        ("version 1", lambda: version1(given.url, given.model, images))]
    if given.grpc:
        checks.append(("gRPC", lambda: over_grpc(given.grpc, given.model, images, client)))
    if given.control:
        checks.append(("control", lambda: control(client, given.model)))
    failed = 0
    for name, check in checks:
        try:
            check()
            print(f"{name}: passed")
        except (AssertionError, InferenceServerException, OSError) as error:
            failed += 1
            print(f"{name}: FAILED: {error}")
    print(f"{len(checks) - failed} of {len(checks)} parts passed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
