"""Clients that ask again as soon as they have their answer, and the arguments of the tools that measure with them."""
import argparse
import http.client
import threading
import time


def read(path):
    with open(path, "rb") as file:
        return file.read()


def arguments(description, seconds, rounds):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("reszoo")
    parser.add_argument("server")
    parser.add_argument("model")
    parser.add_argument("images", nargs="+")
    parser.add_argument("--seconds", type=float, default=seconds)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=rounds)
    return parser.parse_args()


def closed_loop(port, path, bodies, clients, seconds, headers={}):
    """Images a second, and the latencies, of so many clients."""
    end = time.monotonic() + seconds
    latencies = [[] for _ in range(clients)]

    def client(number):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        turn = number
        while time.monotonic() < end:
            start = time.monotonic()
            link.request("POST", path, body=bodies[turn % len(bodies)], headers=headers)
            answer = link.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise SystemExit(f"the server answers {answer.status}: {body[:200]}")
            latencies[number].append(time.monotonic() - start)
            turn += 1

    start = time.monotonic()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [one for some in latencies for one in some]
    return len(every) / (time.monotonic() - start), every
