#!/usr/bin/env python3
"""Many requests to one server, sound ones and mutated ones: none of them may crash it, leak, or have an answer that is no HTTP.

    tools/server/endure.py SERVER MODEL IMAGE... [--requests 100000] [--mutated 100000] [--seed 0]

Prints the server's memory after each tenth: that after the last may be 2 % above that after the first.
"""
import argparse
import http.client
import json
import random
import socket
import struct
import sys
import threading

from load import read
from process import Server


def sound(server, bodies, count, clients=8):
    """Sends sound requests, and gives the statuses that are none of success."""
    bad = []

    def client(number):
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for turn in range(number, count, clients):
            link.request("POST", "/classify", body=bodies[turn % len(bodies)])
            answer = link.getresponse()
            answer.read()
            if answer.status != 200:
                bad.append(answer.status)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return bad


def seeds(name, image):
    """Requests as bytes, one of each kind."""
    def request(path, body, *fields):
        head = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", "Connection: close", *fields]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    tensor = struct.pack("<4f", 1, 2, 3, 4)
    inputs = {"inputs": [
        {"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": len(image) + 4}}],
        "outputs": [{"name": "logits", "parameters": {"classification": 2, "binary_data": True}}], "id": "a"}
    text = json.dumps(inputs).encode()
    small = json.dumps({"inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 1, 2, 2],
                                    "parameters": {"binary_data_size": 16}}]}).encode()
    infer = f"/v2/models/{name}/infer"
    return [
        request("/classify?top=3", image),
        request(infer, text + struct.pack("<I", len(image)) + image, f"Inference-Header-Content-Length: {len(text)}"),
        request(infer, small + tensor, f"Inference-Header-Content-Length: {len(small)}"),
        request(infer, b'{"inputs":[{"name":"input","datatype":"FP32","shape":[1,1,2,2],"data":[[1,2],[3,4e5]]}]}'),
        request(infer, image, "Inference-Header-Content-Length: 0"),
        request(f"/v1/models/{name}:predict", b'{"instances":[{"b64":"YWJj"}]}'),
        request("/v2/repository/index", b'{"ready":true}'),
        b"GET /v2/models/%s/stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % name.encode(),
        b"POST /classify HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"]


def mutate(data, random):
    """Some bytes changed, taken out, repeated, or put in."""
    data = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        # Half of the changes go to the head, where most is decided.
        end = min(len(data), 300) if random.random() < 0.5 else len(data)
        place = random.randrange(end or 1)
        kind = random.randrange(5)
        if kind == 0 and data:
            data[place % len(data)] = random.randrange(256)
        elif kind == 1:
            del data[place:place + random.choice((1, 4, 50))]
        elif kind == 2:
            data[place:place] = data[place:place + random.choice((1, 8, 100))]
        elif kind == 3:
            data[place:place] = random.choice((b"\r\n", b"\0", b"-1", b"99999999999999999999", b"\xff\xfe", b"%00", b"[" * 100, b'"', b"e999"))
        elif data:
            data[place % len(data)] ^= 1 << random.randrange(8)
    return bytes(data)


def is_http(answer):
    """True for nothing, or whole answers one behind the other."""
    while answer:
        head, end, rest = answer.partition(b"\r\n\r\n")
        if not end or not head.startswith(b"HTTP/1."):
            return False
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if b" 100 " in head.split(b"\r\n")[0]:
            length = 0
        if len(rest) < length:
            return False
        answer = rest[length:]
    return True


def mutated(server, originals, count, seed, clients=8):
    """Sends mutated requests, and gives those whose answers are no HTTP."""
    bad = []

    def client(number):
        own = random.Random(seed * 1000 + number)
        for _ in range(number, count, clients):
            data = mutate(own.choice(originals), own)
            answer = b""
            try:
                with socket.create_connection(("127.0.0.1", server.port), timeout=20) as link:
                    link.sendall(data)
                    link.shutdown(socket.SHUT_WR)
                    while part := link.recv(1 << 16):
                        answer += part
            except ConnectionError:
                continue  # The server had enough of it.
            except OSError as error:
                bad.append((repr(error), data[:400]))
                continue
            if not is_http(answer):
                bad.append((answer[:200], data[:400]))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("server")
    parser.add_argument("model")
    parser.add_argument("images", nargs="+")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--mutated", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    bodies = [read(path) for path in given.images]
    name = given.model.split("/")[-1].removesuffix(".rzoo")
    failed = False
    with Server(given.server, given.model, "--transfer-seconds", "5") as server:
        memory = []
        for tenth in range(10):
            bad = sound(server, bodies, given.requests // 10)
            memory.append(server.memory())
            failed |= bool(bad)
            print(f"{(tenth + 1) * given.requests // 10} requests: {len(bad)} failed, {memory[-1] / (1 << 20):.1f} MiB", flush=True)
        growth = memory[-1] / memory[0] - 1
        failed |= growth > 0.02
        print(f"memory after the last tenth: {100 * growth:+.1f} % of that after the first")
        before = server.memory()
        bad = mutated(server, seeds(name, min(bodies, key=len)), given.mutated, given.seed)
        alive = server.process.poll() is None and server.request("POST", "/classify", bodies[0])[0] == 200
        failed |= bool(bad) or not alive
        print(f"{given.mutated} mutated requests: {len(bad)} answers that are no HTTP; the server {'answers' if alive else 'IS GONE'}, "
              f"{before / (1 << 20):.1f} and then {server.memory() / (1 << 20):.1f} MiB")
        for answer, data in bad[:5]:
            print("  ", answer, "to", data)
    return failed


if __name__ == "__main__":
    sys.exit(main())
