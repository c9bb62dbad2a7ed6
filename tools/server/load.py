"""Clients that ask again as soon as they have their answer, and the arguments of the tools that measure with them."""
import argparse
import http.client
import json
import os
import re
import subprocess
import tempfile
import threading
import time


def read(path):
    with open(path, "rb") as file:
        return file.read()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def argument_parser(description, seconds, rounds):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("reszoo")
    parser.add_argument("server")
    parser.add_argument("model")
    parser.add_argument("images", nargs="+")
    parser.add_argument("--seconds", type=float, default=seconds)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=rounds)
    return parser


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


WRK_SCRIPT = '''
local bodies, turn = {}, 0
for _, path in ipairs(PATHS) do
  local file = io.open(path, "rb")
  table.insert(bodies, file:read("*a"))
  file:close()
end
function request()
  turn = turn % #bodies + 1
  return wrk.format("POST", wrk.path, nil, bodies[turn])
end
'''


def wrk(port, path, images, clients, seconds):
    """Images a second of so many clients of `wrk`, one of Debian's packages, which takes less of the processors than clients in Python."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        # Lua reads JSON's texts and, with other brackets, its lists.
        paths = json.dumps([os.path.abspath(image) for image in images], ensure_ascii=False)
        script.write(WRK_SCRIPT.replace("PATHS", "{" + paths[1:-1] + "}"))
        script.flush()
        said = subprocess.run(
            ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "60s", "-s", script.name, f"http://127.0.0.1:{port}{path}"],
            capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    return float(re.search(r"Requests/sec: *([0-9.]+)", said)[1])
