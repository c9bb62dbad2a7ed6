#!/usr/bin/env python3
"""Checks a server from outside: answers beside the command line's, many clients, bad clients, life cycle.

    tools/server/check_server.py RESZOO SERVER MODEL IMAGE... [--long]

RESZOO and SERVER are the programs `reszoo` and `reszoo-server`, MODEL a checkpoint, and the IMAGEs any that it classifies. With `--long` what happens under
load happens more often, and to more connections: for a release, on a machine that does nothing else.
"""
import argparse
import gzip
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

from load import closed_loop, percentile, read
from process import Server

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def expect(condition, *facts):
    if not condition:
        raise AssertionError(" ".join(str(fact)[:300] for fact in facts))


def main():
    global RESZOO, SERVER, MODEL, IMAGES, NAME, LONG
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("reszoo", "server", "model"):
        parser.add_argument(name)
    parser.add_argument("images", nargs="+")
    parser.add_argument("--long", action="store_true", help="more of what happens under load")
    given = parser.parse_args()
    RESZOO, SERVER, MODEL, IMAGES, LONG = given.reszoo, given.server, given.model, given.images, given.long
    NAME = os.path.basename(MODEL).removesuffix(".rzoo")
    failed = 0
    for function in CHECKS:
        start = time.monotonic()
        try:
            function()
            word = "passed"
        except AssertionError as error:
            failed += 1
            word = f"FAILED: {error}"
        print(f"{function.__name__.replace('_', ' ')}: {word} ({time.monotonic() - start:.1f} s)", flush=True)
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} checks passed")
    return failed > 0


def logits(server, image, connection=None):
    """The bytes of the logits of an image."""
    status, headers, body = server.request(
        "POST", f"/v2/models/{NAME}/infer", read(image), {"Inference-Header-Content-Length": "0"}, connection)
    expect(status == 200, status, body)
    length = int(headers["Inference-Header-Content-Length"])
    size = json.loads(body[:length])["outputs"][0]["parameters"]["binary_data_size"]
    return body[length:length + size]


def raw(server, data, seconds=20, half_close=False):
    """What a socket gets for some bytes, until the server closes it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as link:
        try:
            link.sendall(data)
            if half_close:
                link.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = b""
        try:
            while part := link.recv(1 << 16):
                answer += part
        except OSError:
            pass
        return answer


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else None


@check
def answers_are_those_of_the_command():
    wanted = json.loads(subprocess.run(
        [RESZOO, "classify", MODEL, *IMAGES, "--format", "json"], capture_output=True, check=True).stdout)
    with Server(SERVER, MODEL) as server:
        for image, result in zip(IMAGES, wanted["results"]):
            status, _, body = server.request("POST", "/classify", read(image))
            expect(status == 200 and json.loads(body)["top"] == result["top"], image, status, body, result)
        expect(server.end() == 0, "exit status")


@check
def many_clients_get_the_bits_of_one():
    turns = 100 if LONG else 30
    with Server(SERVER, MODEL, "--max-delay", "2000") as server:
        alone = [logits(server, image) for image in IMAGES]
        faults = []

        def client(number):
            link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            for turn in range(turns):
                index = (number * 7 + turn) % len(IMAGES)
                if logits(server, IMAGES[index], link) != alone[index]:
                    faults.append((number, turn))

        clients = [threading.Thread(target=client, args=(number,)) for number in range(32)]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
        expect(not faults, faults)
        stats = json.loads(server.request("GET", f"/v2/models/{NAME}/stats")[2])["model_stats"][0]
        expect(stats["inference_count"] == len(IMAGES) + 32 * turns, stats)
        expect(stats["execution_count"] < stats["inference_count"], "nothing ran together", stats)


@check
def bad_requests_are_refused_and_others_served():
    image = read(IMAGES[0])
    post = b"POST /classify HTTP/1.1\r\nHost: localhost\r\n"
    with Server(SERVER, MODEL, "--max-body", "1", "--transfer-seconds", "2") as server:
        cases = {
            "a body of a gigabyte": (post + b"Content-Length: 1073741824\r\n\r\n", 413),
            "a body of a gigabyte in chunks": (
                post + b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"a" * 65536 + b"\r\n" + (
                    b"10000\r\n" + b"a" * 65536 + b"\r\n") * 20, 413),
            "a gzip bomb": (
                (lambda bomb: post + b"Content-Encoding: gzip\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                 % len(bomb) + bomb)(gzip.compress(bytes(100 << 20))), 413),
            "100,000 fields": (post + b"".join(b"X-%d: a\r\n" % n for n in range(100_000)) + b"\r\n", 400),
            "a field of a megabyte": (post + b"X: " + b"a" * (1 << 20) + b"\r\n\r\n", 400),
            "two lengths": (post + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
            "a negative length": (post + b"Content-Length: -1\r\n\r\n", 400),
            "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
            "a body that does not come": (post + b"Content-Length: 1000\r\n\r\nabc", 408),
            "another machine's name": (
                b"GET /v2 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 421),
            "another page": (
                b"GET /v2 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n", 403),
            "no image": (post + b"Content-Length: 3\r\nConnection: close\r\n\r\nabc", 400),
            "an image of too many pixels": (
                (lambda image: post + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(image) + image)(
                    png_of(60_000, 60_000)), 400),
        }
        for name, (data, wanted) in cases.items():
            answer = raw(server, data)
            expect(status_of(answer) == wanted, name, "has", answer[:300], "and not", wanted)
            expect(b"/tmp" not in answer and b"/root" not in answer and b"/home" not in answer, name, answer)
        # Requests one behind the other on a connection, of which the last one closes it.
        one = post + b"Content-Length: %d\r\n\r\n" % len(image) + image
        last = post + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(image) + image
        answer = raw(server, one * 9 + last)
        expect(answer.count(b"HTTP/1.1 200 OK") == 10, "ten requests one behind the other:", answer[-300:])
        # A client that closes its half has nothing to lose: it gets its answer, or hears that it was given up.
        answer = raw(server, last, half_close=True)
        expect(status_of(answer) in (200, 499), "a half-closed connection has", answer[:300])
        status, _, _ = server.request("POST", "/classify", image)
        expect(status == 200, "afterwards", status)


def png_of(width, height):
    """The head of a PNG."""
    import zlib

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))


@check
def a_token_keeps_others_out():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token")
        with open(path, "w") as file:
            file.write("0123456789abcdef\n")
        with Server(SERVER, MODEL, "--token-file", path) as server:
            expect(server.request("GET", "/v2/health/ready")[0] == 200, "probes")
            for header in ({}, {"Authorization": "Bearer 0123456789abcdeF"}, {"Authorization": "Basic x"},
                           {"Authorization": "Bearer "}):
                expect(server.request("GET", "/v2", headers=header)[0] == 401, header)
            expect(server.request("GET", "/v2", headers={"Authorization": "Bearer 0123456789abcdef"})[0] == 200, "token")


@check
def connections_are_encrypted():
    if not shutil.which("openssl"):
        print("openssl is not here: TLS was not checked")
        return
    with tempfile.TemporaryDirectory() as folder:

        def path(name):
            return os.path.join(folder, name)

        def certificate(name, *options):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                 "-keyout", path(f"{name}.key"), "-out", path(f"{name}.pem"), *options], check=True, capture_output=True)

        certificate("server", "-addext", "subjectAltName=IP:127.0.0.1")
        certificate("client")
        certificate("stranger")
        files = ["--certificate", path("server.pem"), "--private-key", path("server.key")]

        def ready(server, client=None):
            context = ssl.create_default_context(cafile=path("server.pem"))
            if client:
                context.load_cert_chain(path(f"{client}.pem"), path(f"{client}.key"))
            link = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=20, context=context)
            try:
                link.request("GET", "/v2/health/ready")
                return link.getresponse().status
            except (OSError, http.client.HTTPException):
                return None

        with Server(SERVER, MODEL, *files) as server:
            expect(ready(server) == 200, "TLS")
            expect(not raw(server, b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 200"), "without TLS")
        with Server(SERVER, MODEL, *files, "--client-authorities", path("client.pem")) as server:
            found = [ready(server), ready(server, "stranger"), ready(server, "client")]
            expect(found == [None, None, 200], "with certificates of clients:", found)


@check
def work_of_a_client_that_went_away_is_not_done():
    image = read(IMAGES[0])
    with Server(SERVER, MODEL, "--max-batch", "64", "--max-delay", "3000000") as server:
        head = b"POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(image)
        links = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(8)]
        for link in links:
            link.sendall(head + image)
        time.sleep(0.5)
        for link in links:
            link.close()
        time.sleep(3.5)
        stats = json.loads(server.request("GET", f"/v2/models/{NAME}/stats")[2])["model_stats"][0]
        expect(stats["inference_count"] == 0, stats)
        expect(stats["inference_stats"]["fail"]["count"] == 8, stats)


@check
def the_queue_is_bounded():
    image = read(IMAGES[0])
    with Server(SERVER, MODEL, "--max-batch", "64", "--max-delay", "1500000", "--queue", "4") as server:
        found = []

        def client():
            status, headers, _ = server.request("POST", "/classify", image)
            found.append((status, headers.get("Retry-After")))

        clients = [threading.Thread(target=client) for _ in range(10)]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
        expect(sorted(found, key=str) == sorted([(200, None)] * 4 + [(429, "1")] * 6, key=str), found)


class Load:
    """Clients that ask again and again, each on a connection of its own that it opens anew when it is told to."""

    def __init__(self, server, count=8):
        self.server = server
        self.counts = {}
        self.faults = []
        self.stopping = False
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        image = read(IMAGES[number % len(IMAGES)])
        link = None
        while not self.stopping:
            try:
                if link is None:
                    link = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
                    link.connect()
            except OSError:
                return  # The server listens no more: that is no accepted request.
            try:
                link.request("POST", "/classify", body=image)
                answer = link.getresponse()
                answer.read()
                self.counts[answer.status] = self.counts.get(answer.status, 0) + 1
                if answer.status not in (200, 503):
                    self.faults.append(answer.status)
                if answer.getheader("Connection") == "close":
                    link.close()
                    link = None
            except (OSError, http.client.HTTPException) as error:
                self.faults.append(repr(error))
                link = None

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()


@check
def told_to_end_under_load_it_fails_no_request():
    for _ in range(20 if LONG else 3):
        with Server(SERVER, MODEL, "--drain-seconds", "1") as server:
            load = Load(server)
            time.sleep(1)
            expect(server.request("GET", "/v2/health/ready")[0] == 200, "before")
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            expect(server.request("GET", "/v2/health/ready")[0] == 503, "ready while it drains")
            expect(server.request("GET", "/v2/health/live")[0] == 200, "live while it drains")
            status = server.process.wait(30)
            load.stop()
            expect(status == 0, "exit status", status)
            expect(not load.faults and load.counts.get(200, 0) > 10, load.faults[:5], load.counts)


@check
def read_again_under_load_it_fails_no_request():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"{NAME}.rzoo")
        shutil.copy(MODEL, path)
        with Server(SERVER, path, "--model-control", "explicit") as server:
            load = Load(server)
            for _ in range(50 if LONG else 5):
                server.process.send_signal(signal.SIGHUP)
                server.wait_for(f"{NAME}: ready", count=1)
                status, _, body = server.request("POST", f"/v2/repository/models/{NAME}/load")
                expect(status == 200, status, body)
            with open(path, "wb") as file:
                file.write(b"damaged")
            status, _, body = server.request("POST", f"/v2/repository/models/{NAME}/load")
            expect(status == 400 and folder.encode() not in body, status, body)
            server.wait_for("the network that was loaded before still answers")
            time.sleep(0.5)
            load.stop()
            expect(not load.faults and load.counts.get(200, 0) > 10, load.faults[:5], load.counts)
            expect(server.request("GET", "/v2/health/ready")[0] == 200, "ready")


@check
def answers_that_nobody_takes_do_not_pile_up():
    with Server(SERVER, MODEL) as server:
        before = server.memory()
        with socket.create_connection(("127.0.0.1", server.port)) as link:
            link.settimeout(0.5)
            end = time.monotonic() + 4
            try:
                while time.monotonic() < end:
                    link.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)
            except OSError:
                pass
            grown = server.memory() - before
            expect(grown < 64 << 20, "memory grew by", grown >> 20, "MiB")
            expect(server.request("GET", "/v2/health/live")[0] == 200, "live")
        for start in (b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                      b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            answer = raw(server, start + bytes(1 << 20), seconds=5)
            expect(status_of(answer) in (501, None), answer[:100])
        body = json.dumps({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1 << 22],
                                       "parameters": {"binary_data_size": 1 << 24}}]}).encode()
        status, _, answer = server.request(
            "POST", f"/v2/models/{NAME}/infer", gzip.compress(body + bytes(1 << 24)),
            {"Content-Encoding": "gzip", "Inference-Header-Content-Length": str(len(body))})
        expect(status == 413, "four million empty rows", status, answer)
        grown = server.memory() - before
        expect(grown < 128 << 20, "memory grew by", grown >> 20, "MiB")


@check
def slow_clients_do_not_slow_others():
    body = read(IMAGES[0])
    idle_count, slow_count, patience = (2000, 200, 20) if LONG else (500, 50, 5)
    with Server(SERVER, MODEL, "--transfer-seconds", str(patience)) as server:

        def late():
            """The latency that 99 of 100 answers have, of some clients that ask again and again."""
            return percentile(closed_loop(server.port, "/classify", [body], 4, 10 if LONG else 2)[1], 0.99)

        before = late()
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(idle_count)]
        slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(slow_count)]
        for link in slow:
            link.sendall(b"POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\na")
        after = late()
        time.sleep(patience + 1)
        for link in slow:
            link.settimeout(5)
            expect(status_of(link.recv(1000)) == 408, "a slow client")
        for link in idle + slow:
            link.close()
        # A machine with other work can only be asked for less.
        limit = 1.5 * before if LONG else 3 * before + 0.01
        expect(after <= limit, "99 of 100 answers took", before, "and then", after)


if __name__ == "__main__":
    sys.exit(main())
