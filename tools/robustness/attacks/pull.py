"""Attacks on `pull`: servers and mirrors that lie, drip, lead elsewhere or never end, and a cache that others put things into."""

import gzip
import hashlib
import json
import os
import signal
import threading
import zlib

from .harness import Group, need, require, send, wait_until
from .kit import ROOT
from .server import Server, answer, certificate, closed_port, file_answer

GROUP = Group("pull")
BITS32 = 8
_published, _lock = {}, threading.Lock()


def published(place):
    """The bytes of a small published file."""
    with _lock:
        if not _published:
            place.make("init", "small_resnet18", "--seed", "3", "--output", "published.rzoo")
            place.make("export", "published.rzoo", "--output", "published.safetensors")
            _published["file"] = place.read("published.safetensors")
    return _published["file"]


def entry(content, digits=64, **fields):
    digest = hashlib.sha256(content).hexdigest()
    file = f"small-{digest[:8]}.safetensors"
    return {"name": "small", "aliases": ["tiny"], "framework": "torchvision", "source": "test:small", "architecture": "small_resnet18",
            "address": f"https://weights.invalid/{file}", "file": file, "sha256_prefix": digest[:digits], "license": "MIT",
            "labels": [f"class {number}" for number in range(10)], "metrics": {"acc@1": 12.5},
            "preprocessing": {"input_size": [3, 32, 32], "mean": [0, 0, 0], "std": [1, 1, 1]}, **fields}


def index(*entries):
    return json.dumps({"format": "reszoo-model-index", "version": 1, "models": list(entries)})


class Zoo:
    """A list of one published network in a place, and `pull` of it."""

    def __init__(self, place, content=None, **fields):
        self.place, self.content = place, content or published(place)
        self.entry = entry(self.content, **fields)
        self.file = self.entry["file"]
        place.put("index.json", index(self.entry))

    def pull(self, code, mirror, *more, env=None, **options):
        """Pulls from a server or an address; nothing may become a checkpoint where it must fail."""
        address = mirror if isinstance(mirror, str) else mirror.address
        options = {"seconds": 2, "megabytes": 100, **options}
        outcome = self.place.expect(code, "pull", "tiny", "--mirror", address, *more, env={"RESZOO_INDEX": "index.json", **(env or {})}, **options)
        if outcome.code != 0:
            require(not self.place.exists("cache/models/small.rzoo"), "there is a checkpoint")
        return outcome

    def again(self):
        """A sound server gives the file, whatever lies in the cache."""
        with Server(lambda request: file_answer(request, self.content)) as server:
            self.pull(0, server)
        self.sound()

    def sound(self):
        self.place.good("verify", "cache/models/small.rzoo")
        outcome = self.place.good("inspect", "cache/models/small.rzoo", "--json")
        require(hashlib.sha256(self.content).hexdigest() in outcome.text, "the checkpoint lacks the SHA-256 of its source")

    def left(self):
        return self.place.names("cache/downloads") if self.place.exists("cache/downloads") else []

    def part(self, content, version=None):
        self.place.put(f"cache/downloads/{self.file}.part", content)
        if version:
            self.place.put(f"cache/downloads/{self.file}.part.version", version)


def refused(place, respond, code, says, left=False, recovers=True, **options):
    """A server whose answer is refused. What it sent is kept only if it may be the file's."""
    zoo = Zoo(place)
    with Server(respond(zoo) if callable(respond) else lambda _: respond) as server:
        zoo.pull(code, server, says=says, **options)
        require(left or not [name for name in zoo.left() if not name.endswith(".lock")], f"left {zoo.left()}")
    if recovers:
        zoo.again()


def always(make):
    """Answers that depend on the file alone."""
    return lambda zoo: lambda request: make(zoo.content)


def broken(content):
    return content[:100] + bytes([content[100] ^ 1]) + content[101:]


def gzip_bomb(count):
    encoder = zlib.compressobj(9, wbits=31)
    return b"".join(encoder.compress(bytes(1 << 20)) for _ in range(count >> 20)) + encoder.flush()


PAGE = b"<!DOCTYPE html><html>Sign in to the wireless network</html>"
ANSWERS = [
    ("other bytes", always(lambda c: answer(200, broken(c))), 65, "SHA-256", {}),
    ("a shorter file", always(lambda c: answer(200, c[:-1])), 65, "SHA-256", {}),
    ("a longer file", always(lambda c: answer(200, c + b"x")), 65, "SHA-256", {}),
    ("an empty file", answer(200), (65, 69), "", {}),
    ("a page", answer(200, PAGE, "Content-Type: text/html"), 65, "HTML", {}),
    ("the file as gzip", always(lambda c: answer(200, gzip.compress(c), "Content-Encoding: gzip")), 65, "SHA-256", {}),
    ("a gzip bomb", always(lambda c: answer(200, gzip_bomb(200 << 20), "Content-Encoding: gzip")), 65, "", {}),
    ("a length of 2^63 - 1", always(lambda c: answer(200, c[:100], f"Content-Length: {2**63 - 1}", length=False)), (65, 69), "bytes", {}),
    ("a length of 2^64", always(lambda c: answer(200, c[:100], f"Content-Length: {2**64}", length=False)), (65, 69), "", {}),
    ("a negative length", always(lambda c: answer(200, c[:100], "Content-Length: -5", length=False)), (65, 69), "", {"left": True}),
    ("two lengths", always(lambda c: answer(200, c, "Content-Length: 5")), (0, 65, 69), "", {"left": True}),
    ("a file cut short", always(lambda c: answer(200, c[:5000], f"Content-Length: {len(c)}", length=False)), 69, "broke off", {"left": True}),
    ("200 MB and no length", lambda zoo: lambda request: [answer(200, b"", length=False)] + [bytes(1 << 20)] * 200, 65, "bytes", {}),
    ("chunks without an end",
    lambda zoo: lambda request: [answer(200, b"", "Transfer-Encoding: chunked", length=False)] + [b"100000\r\n" + bytes(1 << 20) + b"\r\n"] * 200, 65,
    "bytes", {}),
    ("a chunk of 2^64 bytes", answer(200, b"ffffffffffffffffff\r\nabc", "Transfer-Encoding: chunked", length=False), (65, 69), "", {}),
    ("60 MB of headers", lambda zoo: lambda request: [b"HTTP/1.1 200 OK\r\n"] + [b"X-Filler: " + b"y" * 8000 + b"\r\n"] * 7500, 69, "head", {}),
    ("one header without an end", lambda zoo: lambda request: [b"HTTP/1.1 200 OK\r\nX: "] + [b"y" * 65536] * 900, 69, "head", {}),
    ("a status line without an end", lambda zoo: lambda request: [b"HTTP/1.1 200 "] + [b"y" * 65536] * 900, 69, "", {}),
    ("many interim answers", lambda zoo: lambda request: [b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"] * 20000, 69, "head", {}),
    ("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n", 69, "HTTP", {}),
    ("nothing at all", b"", 69, "", {}),
    ("bytes at random", bytes(range(256)) * 40, 69, "", {}),
    ("a redirect to itself", lambda zoo: lambda request: answer(302, b"", f"Location: {request.path}"), 69, "redirected", {}),
    ("a redirect without a place", answer(302), 69, "", {}),
    ("escapes in Location", answer(302, b"", "Location: \x1b]0;x\x07http://\x9b8m"), 69, "", {}),
    ("escapes in the status", b"HTTP/1.1 200 \x1b]0;x\x07\r\n\x1b[8m: \x9b\r\n\r\nabc", (65, 69), "", {"left": True}),
    ("escapes in the ETag", always(lambda c: answer(200, c[:9000], 'ETag: "\x1b]0;x\x07"', f"Content-Length: {len(c)}", length=False)), 69, "",
    {"left": True}),
    ("a very long ETag", always(lambda c: answer(200, c[:9000], 'ETag: "' + "e" * 60000 + '"', f"Content-Length: {len(c)}", length=False)), 69, "",
    {"left": True}),
    ("a part that was not asked for", always(lambda c: answer(206, c[7:], f"Content-Range: bytes 7-{len(c) - 1}/{len(c)}")), (65, 69), "", {}),
    ("another range than it says", always(lambda c: answer(206, c[:50], "Content-Range: bytes 0-18446744073709551615/18446744073709551616")),
    (65, 69), "", {"left": True}),
    *[(f"status {status}", answer(status, b"no" if status not in (204, 304) else b""), 69, str(status), {}) for status in (204, 304, 401, 403, 404,
    410, 416, 429, 500, 503, 999)],
    *[(f"a redirect to {location[:24]}", answer(302, b"", "Location: " + location), 69, "not followed", {}) for location in (
        "file:///etc/passwd", "gopher://127.0.0.1:70/x", "ftp://127.0.0.1/x", "dict://127.0.0.1/x", "smb://127.0.0.1/x", "scp://x/y", "http://[::")],
]


@GROUP.attack_each("a server that sends {}", ANSWERS)
def hostile_answer(place, _, respond, code, says, options):
    refused(place, respond, code, says, **options)


@GROUP.attack("a server that drips")
def drip(place):
    """The longest attack: half a minute."""
    zoo = Zoo(place)

    def respond(request):
        yield answer(200, b"", f"Content-Length: {len(zoo.content)}", length=False)
        for at in range(0, len(zoo.content), 2):
            yield zoo.content[at:at + 2]
            yield 0.7

    with Server(respond) as server:
        zoo.pull(69, server, says="slow", patience=120)


@GROUP.attack("a server that says nothing")
def silent(place):
    zoo = Zoo(place)
    with Server(lambda request: [110.0]) as server:
        zoo.pull(69, server, says="slow", patience=100)
        require(not [name for name in zoo.left() if not name.endswith(".lock")], f"left {zoo.left()}")


@GROUP.attack("nobody listens")
def nobody(place):
    Zoo(place).pull(69, f"http://127.0.0.1:{closed_port()}", says="network")


# Downloads that are taken up again


@GROUP.attack("another file with another ETag behind the first part")
def changed_file(place):
    zoo = Zoo(place)
    zoo.part(bytes(40_000), '"one"')
    with Server(lambda request: file_answer(request, zoo.content, 'ETag: "two"')) as server:
        zoo.pull(0, server)
        require(server.requests[0].first == 40_000 and server.requests[-1].first is None, "the whole file was not asked for anew")
    zoo.sound()


@GROUP.attack("a part of the right size that is another file")
def stale_part(place):
    zoo = Zoo(place)
    zoo.part(broken(zoo.content))
    zoo.again()


@GROUP.attack("a part that is larger than the file")
def large_part(place):
    zoo = Zoo(place)
    zoo.part(bytes(30 << 20))
    zoo.again()


@GROUP.attack("a version file with lines for the request")
def version_lines(place):
    zoo = Zoo(place)
    zoo.part(zoo.content[:5000], '"x"\r\nX-Injected: yes\r\n\r\nGET /other HTTP/1.1')
    with Server(lambda request: file_answer(request, zoo.content)) as server:
        zoo.pull(0, server)
        require(not any("x-injected" in request.headers for request in server.requests), "a header was injected")


@GROUP.attack_each("{} in place of the part", [("a link",), ("a dangling link",), ("a folder",), ("a fifo",)])
def odd_part(place, what):
    zoo = Zoo(place)
    place.put("victim", b"precious" * 10)
    place.put("cache/downloads/x")
    path = place.path("cache", "downloads", zoo.file + ".part")
    make = {"a link": lambda: os.symlink(place.path("victim"), path), "a dangling link": lambda: os.symlink(place.path("new"), path),
            "a folder": lambda: os.mkdir(path), "a fifo": lambda: os.mkfifo(path)}
    make[what]()
    with Server(lambda request: file_answer(request, zoo.content)) as server:
        zoo.pull((66, 73, 74), server)
    require(place.read("victim") == b"precious" * 10 and not place.exists("new"), "the link was followed")


@GROUP.attack("a link in place of the lock")
def odd_lock(place):
    zoo = Zoo(place)
    place.put("victim", b"precious")
    place.put("cache/downloads/x")
    os.symlink(place.path("victim"), place.path("cache/downloads/small.lock"))
    with Server(lambda request: file_answer(request, zoo.content)) as server:
        zoo.pull((0, 66, 73, 74), server)
    require(place.read("victim") == b"precious", "the file behind the link was changed")


@GROUP.attack("a link in place of the source")
def odd_source(place):
    zoo = Zoo(place)
    place.put("victim", b"precious")
    place.put("cache/downloads/x")
    os.symlink(place.path("victim"), place.path("cache", "downloads", zoo.file))
    zoo.again()
    require(place.read("victim") == b"precious", "the file behind the link was changed")


@GROUP.attack_each("{} in place of the checkpoint", [("a fifo",), ("garbage",), ("another network",), ("a folder",)])
def odd_checkpoint(place, what):
    zoo = Zoo(place)
    path = place.path("cache/models/small.rzoo")
    os.makedirs(os.path.dirname(path))
    {"a fifo": lambda: os.mkfifo(path), "garbage": lambda: place.put("cache/models/small.rzoo", "garbage"), "a folder": lambda: os.mkdir(path),
     "another network": lambda: place.put("cache/models/small.rzoo", place.kit.read("net.rzoo"))}[what]()
    with Server(lambda request: file_answer(request, zoo.content)) as server:
        outcome = place.expect((0, 65, 66, 73, 74), "pull", "tiny", "--mirror", server.address, env={"RESZOO_INDEX": "index.json"}, seconds=2)
        if what == "garbage":
            require(outcome.code == 65 and "--force" in outcome.err, outcome.shown())


# Mirrors, redirects, certificates


@GROUP.attack("32 bits of SHA-256 from an unencrypted mirror")
def weak(place):
    zoo = Zoo(place, digits=BITS32)
    with Server(lambda request: file_answer(request, zoo.content)) as server:
        zoo.pull(64, server, says=("32 bits", "--allow-weak-check"))
        require(not server.requests, "the mirror was asked")
        zoo.pull(0, server, "--allow-weak-check", says="32 bits")
    zoo.sound()


@GROUP.attack("32 bits of SHA-256, and a file planted in the cache")
def weak_plant(place):
    zoo = Zoo(place, digits=BITS32)
    place.put(f"cache/downloads/{zoo.file}", zoo.content)
    zoo.part(zoo.content)
    zoo.pull((64, 69), "https://127.0.0.1:" + str(closed_port()))


@GROUP.attack("a file of another kind than its name says")
def wrong_kind(place):
    content = published(place)
    zoo = Zoo(place, content, file="small.pth", address="https://weights.invalid/small.pth")
    with Server(lambda request: file_answer(request, content)) as server:
        zoo.pull(65, server, says="small.pth")


@GROUP.attack("a file that has the digest, and is no network of that name")
def wrong_network(place):
    place.make("export", place.kit.path("other.rzoo"), "--output", "other.safetensors")
    zoo = Zoo(place, place.read("other.safetensors"))
    with Server(lambda request: file_answer(request, zoo.content)) as server:
        zoo.pull(65, server)


def secure(place, name="IP:127.0.0.1"):
    file, context = certificate(place.folder, name)
    need(context, "there is no openssl to make a certificate")
    return file, context


@GROUP.attack("a self-signed certificate")
def self_signed(place):
    _, context = secure(place)
    zoo = Zoo(place)
    with Server(lambda request: file_answer(request, zoo.content), context) as server:
        zoo.pull(69, server, says="right one")
        require(not server.requests, "the request was sent")


@GROUP.attack("a certificate of another name")
def wrong_name(place):
    file, context = secure(place, "DNS:elsewhere.example")
    zoo = Zoo(place)
    with Server(lambda request: file_answer(request, zoo.content), context) as server:
        zoo.pull(69, server, says="right one", env={"CURL_CA_BUNDLE": file})
        require(not server.requests, "the request was sent")


@GROUP.attack("a file of certificates that is not there")
def no_authorities(place):
    _, context = secure(place)
    zoo = Zoo(place)
    place.put("bad.pem", "no certificate")
    with Server(lambda request: file_answer(request, zoo.content), context) as server:
        for file in ("none.pem", "bad.pem"):
            zoo.pull(69, server, env={"CURL_CA_BUNDLE": place.path(file)})
        require(not server.requests, "the request was sent")


@GROUP.attack("an encrypted mirror that leads to an unencrypted one")
def downgraded(place):
    file, context = secure(place)
    for digits in (64, BITS32):
        zoo = Zoo(place, digits=digits)
        with Server(lambda request: file_answer(request, zoo.content)) as plain:
            with Server(lambda request: answer(302, b"", f"Location: {plain.address}/{zoo.file}"), context) as server:
                zoo.pull(69, server, says="not followed", env={"SSL_CERT_FILE": file})
            require(not plain.requests, "the unencrypted server was asked")


@GROUP.attack("an encrypted mirror that is trusted")
def trusted(place):
    file, context = secure(place)
    zoo = Zoo(place, digits=BITS32)
    with Server(lambda request: file_answer(request, zoo.content), context) as server:
        zoo.pull(0, server, says="32 bits", env={"CURL_CA_BUNDLE": file})
    zoo.sound()


@GROUP.attack("plain HTTP behind an https address")
def no_tls(place):
    zoo = Zoo(place)
    with Server(lambda request: file_answer(request, zoo.content)) as server:
        zoo.pull(69, f"https://127.0.0.1:{server.port}")


@GROUP.attack("a password in the mirror's address")
def password(place):
    zoo = Zoo(place)
    with Server(lambda request: file_answer(request, zoo.content)) as server:
        for mirror, code in ((f"http://user:secret@127.0.0.1:{closed_port()}", 69), ("ftp://user:secret@host", 64), ("user:secret@host", 64),
                             (f"http://user:secret@127.0.0.1:{server.port}/?key=secret", 64), (f"http://user:secret@127.0.0.1:{server.port}", 0)):
            zoo.pull(code, mirror, "--verbose", never="secret", out_never="secret")
    place.good("inspect", "cache/models/small.rzoo", "--json", out_never="secret")


@GROUP.attack_each("--mirror {!r}", [("",), ("ftp://host",), ("file:///etc",), ("http://",), ("http:///x",), ("https://host name",),
    ("http://h\r\nX: y",),
                                     ("-x",), ("http://\x1b]0;x\x07",), ("http://127.0.0.1:99999",), ("http://" + "a" * 70000,)])
def odd_mirror(place, mirror):
    Zoo(place).pull((64, 69), "--mirror=" + mirror if mirror == "-x" else mirror)


@GROUP.attack("a proxy is not asked for this machine's servers")
def proxied(place):
    zoo = Zoo(place)
    with Server(lambda request: answer(200, PAGE)) as proxy, Server(lambda request: file_answer(request, zoo.content)) as server:
        zoo.pull(0, server, env={"http_proxy": proxy.address, "https_proxy": proxy.address, "ALL_PROXY": proxy.address})
        require(not proxy.requests, "the proxy was asked")


@GROUP.attack("the index is not believed")
def bad_index(place):
    content = published(place)
    fields = [("name", "../x"), ("name", "a/b"), ("name", "a\nb"), ("name", ""), ("name", ".hidden"), ("name", "-x"), ("name", "n" * 300),
        ("file", "../../x"), ("file", "/etc/x"), ("file", "a\0b"),
              ("aliases", ["../y"]), ("address", "http://weights.invalid/x"), ("address", "file:///etc/passwd"), ("address", "https://h\r\nX: y"),
              ("sha256_prefix", "abc"), ("sha256_prefix", ""), ("sha256_prefix", "g" * 64), ("sha256_prefix", "A" * 64), ("sha256_prefix", "0" * 65),
              ("mebibytes", -1), ("mebibytes", 1e300),
              ("architecture", "\x1b[8m"), ("metrics", {"a": 1e999}), ("labels", ["x"] * 3), ("more", 1)]
    before = place.names()
    for field, value in fields:
        place.put("index.json", index(entry(content, **{field: value})))
        place.expect((64, 65), "pull", "tiny", "--mirror", f"http://127.0.0.1:{closed_port()}",
            env={"RESZOO_INDEX": "index.json"}) if field != "labels" else None
    for text in ("", "{}", "[]", "[" * 100_000, '{"format":"reszoo-model-index","version":2,"models":[]}', index(entry(content), entry(content)),
        "\xff"):
        place.put("index.json", text)
        place.expect((64, 65), "pull", "tiny", env={"RESZOO_INDEX": "index.json"})
    require(set(place.names()) <= {*before, "index.json", "cache"}, f"left {place.names()}")


@GROUP.attack("the wrong number of labels")
def labels(place):
    zoo = Zoo(place, labels=["x", "y"])
    with Server(lambda request: file_answer(request, zoo.content)) as server:
        zoo.pull(65, server)


@GROUP.attack("three pulls at once")
def together(place):
    zoo = Zoo(place)

    def respond(request):
        yield 0.3
        yield file_answer(request, zoo.content)

    outcomes = []
    with Server(respond) as server:
        threads = [threading.Thread(target=lambda: outcomes.append(place.run("pull", "tiny", "--mirror", server.address,
            env={"RESZOO_INDEX": "index.json"})))
                   for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        require([outcome.code for outcome in outcomes] == [0, 0, 0], "; ".join(outcome.shown() for outcome in outcomes))
        require(len(server.requests) == 1, f"{len(server.requests)} requests")
    require(place.names("cache/models") == ["small.rzoo"], f"{place.names('cache/models')}")
    zoo.sound()


@GROUP.attack_each("{} in the middle of a download", [("SIGTERM",), ("SIGINT",), ("SIGKILL",)])
def stopped(place, name):
    zoo = Zoo(place)
    number = getattr(signal, name)

    def respond(request):
        yield answer(200, b"", f"Content-Length: {len(zoo.content)}", 'ETag: "one"', length=False) + zoo.content[:200_000]
        yield 30.0

    part = place.path("cache", "downloads", zoo.file + ".part")
    with Server(respond) as server:
        def stop(process):
            require(wait_until(lambda: os.path.exists(part) and os.path.getsize(part) == 200_000), "the download did not begin")
            send(process, number)

        zoo.pull(-number, server, meanwhile=stop)
    require(os.path.getsize(part) == 200_000, "the part was not kept")
    with Server(lambda request: file_answer(request, zoo.content, 'ETag: "one"')) as server:
        zoo.pull(0, server)
        require(server.requests[0].first == 200_000, "the download was not taken up again")
    zoo.sound()


@GROUP.attack("a cache where no file may grow")
def no_room(place):
    zoo = Zoo(place)
    with Server(lambda request: file_answer(request, zoo.content)) as server:
        zoo.pull(74, server, shell='ulimit -f 400; exec "$@"', says="cannot grow")
    zoo.again()


@GROUP.attack("the repository's own list has no weak entry without a word")
def own_list(place):
    with open(os.path.join(ROOT, "models", "index.json"), encoding="utf-8") as file:
        entries = json.load(file)["models"]
    weak_names = [entry["name"] for entry in entries if len(entry["sha256_prefix"]) < 64]
    outcome = place.good("pull", "--list")
    require(sum("32 bits" in line for line in outcome.text.splitlines()) == len(weak_names), "the list does not say which are weak")
    for name in weak_names[:3]:
        place.expect(64, "pull", name, "--mirror", f"http://127.0.0.1:{closed_port()}", says="32 bits")
