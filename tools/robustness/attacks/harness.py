"""What an attack is, how it is run, and what must hold of every run of the program, whatever it was given."""

import dataclasses
import os
import random
import re
import signal
import subprocess
import threading
import time

# What a run may take unless an attack says otherwise. The seconds are of processors: another program beside it changes nothing.
CPU_SECONDS, MEGABYTES, PATIENCE = 10, 160, 60
MESSAGE_BYTES = 8192
# Controls, marks of direction, separators of lines and invisible characters: no terminal sees them from this program.
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001-\U000e007f]")
INSIDES = ("Fatal error", "Error(", "Optional(", "Swift.", "Assertion", "Traceback", "terminate called", "AddressSanitizer")


class Broken(Exception):
    """What happened in place of what must."""


class Skipped(Exception):
    """Why an attack cannot be tried on this machine."""


@dataclasses.dataclass
class Outcome:
    """What a run of the program left."""
    command: str
    code: int
    out: bytes
    err: str
    cpu: float
    megabytes: float
    output_kind: str = "text"

    @property
    def text(self):
        return self.out.decode(errors="replace")

    def shown(self):
        first = " | ".join(self.err.strip().splitlines()[:3])
        return f"`{self.command}` gave exit code {self.code}, {self.cpu:.1f} s, {self.megabytes:.0f} MB: {first[:300]!r} {self.text[:100]!r}"


def require(condition, what):
    if not condition:
        raise Broken(what)


class Place:
    """A folder of one attack, and the program that is attacked in it."""

    def __init__(self, folder, kit, binary, name):
        self.folder, self.kit, self.binary = folder, kit, binary
        self.random = random.Random(name)
        self.cache = self.path("cache")

    # Files

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def put(self, name, content=b""):
        """Writes a file, and the folders that it lies in; returns its path."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def take(self, *names, **others):
        """Copies files of the kit here: under their names, or `new="old"`, where a double underscore is a point."""
        for new, old in [(name, name) for name in names] + [(new.replace("__", "."), old) for new, old in others.items()]:
            self.put(new, self.kit.read(old))

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def names(self, folder="."):
        return sorted(os.listdir(self.path(folder)))

    def exists(self, name):
        return os.path.lexists(self.path(name))

    def link(self, name, target):
        os.symlink(target, self.path(name))

    # Runs

    def run(self, *arguments, shell=None, stdin=b"", env=None, patience=PATIENCE, meanwhile=None, binary_out=False, **options):
        """Runs the program. `shell`: a script in which `"$@"` is the command line. `meanwhile` is called with the process
        while it runs. A run beyond its patience is broken off, and the attack has not held."""
        line = [self.binary, *map(os.fspath, arguments)]
        if shell:
            line = ["/bin/sh", "-c", shell, "sh", *line]
        environment = {**os.environ, "RESZOO_CACHE": self.cache, "HOME": self.folder, "LC_ALL": "C.UTF-8", **(env or {})}
        for name in ("RESZOO_MIRROR", "RESZOO_INDEX", "http_proxy", "https_proxy", "ALL_PROXY", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            if name not in (env or {}):
                environment.pop(name, None)
        process = subprocess.Popen(line, cwd=self.folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True, **options)
        pieces = {}

        def drain(stream, name):
            pieces[name] = stream.read()

        def feed():
            try:
                for piece in [stdin] if isinstance(stdin, bytes) else stdin:
                    process.stdin.write(piece)
                process.stdin.close()
            except (BrokenPipeError, OSError):
                pass

        threads = [threading.Thread(target=drain, args=(process.stdout, "out"), daemon=True),
                   threading.Thread(target=drain, args=(process.stderr, "err"), daemon=True), threading.Thread(target=feed, daemon=True)]
        for thread in threads:
            thread.start()
        late = threading.Event()

        def give_up():
            late.set()
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

        timer = threading.Timer(patience, give_up)
        timer.start()
        try:
            if meanwhile:
                meanwhile(process)
        finally:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            timer.cancel()
        for thread in threads[:2]:
            thread.join(10)
        shown = " ".join(os.fspath(argument) for argument in arguments).replace(self.folder + "/", "")
        outcome = Outcome(shown[:400], process.returncode, pieces.get("out", b""), pieces.get("err", b"").decode(errors="replace"),
                          usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, "bytes" if binary_out else "text")
        require(not late.is_set(), f"not ended after {patience} s: {outcome.shown()}")
        return outcome

    def expect(self, code, *arguments, says=(), never=(), out=(), out_never=(), seconds=CPU_SECONDS, megabytes=MEGABYTES,
               message_bytes=MESSAGE_BYTES, raw=False, **options):
        """Runs the program, and demands what was given and what holds always. `code` is an exit code or several."""
        outcome = self.run(*arguments, **options)
        check(outcome, code, says, never, out, out_never, seconds, megabytes, message_bytes, raw)
        return outcome

    def good(self, *arguments, **options):
        """A run that must succeed."""
        return self.expect(0, *arguments, **options)

    def make(self, *arguments, **options):
        """A run that prepares an attack."""
        outcome = self.run(*arguments, **options)
        if outcome.code != 0:
            raise Broken(f"the preparation failed: {outcome.shown()}")
        return outcome


def words(value):
    return (value,) if isinstance(value, str) else tuple(value)


def check(outcome, code, says=(), never=(), out=(), out_never=(), seconds=CPU_SECONDS, megabytes=MEGABYTES, message_bytes=MESSAGE_BYTES,
          raw=False):
    """Demands an exit code, words and limits of a run; and of any run that it did not crash, show its insides or steer a terminal."""
    codes = (code,) if isinstance(code, int) else tuple(code)
    require(0 <= outcome.code < 128 or outcome.code in codes, f"it crashed: {outcome.shown()}")
    require(outcome.code in codes, f"exit code {outcome.code}, not {' or '.join(map(str, codes))}: {outcome.shown()}")
    for word in words(says):
        require(word in outcome.err, f"the message lacks {word!r}: {outcome.shown()}")
    for word in words(never):
        require(word not in outcome.err, f"the message has {word!r}: {outcome.shown()}")
    for word in words(out):
        require(word in outcome.text, f"the output lacks {word!r}: {outcome.shown()}")
    for word in words(out_never):
        require(word not in outcome.text, f"the output has {word!r}: {outcome.shown()}")
    require(outcome.cpu <= seconds, f"{outcome.cpu:.1f} s of processors, at most {seconds}: {outcome.shown()}")
    require(outcome.megabytes <= megabytes, f"{outcome.megabytes:.0f} MB, at most {megabytes}: {outcome.shown()}")
    require(len(outcome.err) <= message_bytes, f"a message of {len(outcome.err)} bytes: {outcome.shown()}")
    for inside in INSIDES:
        require(inside not in outcome.err, f"it shows its insides: {outcome.shown()}")
    hidden = HIDDEN.search(outcome.err if raw or outcome.output_kind == "bytes" else outcome.err + outcome.text)
    require(not hidden, f"it prints U+{ord(hidden[0]) if hidden else 0:04X}: {outcome.shown()}")


class Group:
    """Attacks of one kind, by name."""

    def __init__(self, name):
        self.name, self.attacks = name, {}

    def add(self, name, function):
        if name in self.attacks:
            raise ValueError(f"{self.name}: there are two attacks named '{name}'")
        self.attacks[name] = function

    def attack(self, name):
        """Names a function of a place as an attack."""
        def register(function):
            self.add(name, function)
            return function
        return register

    def attack_each(self, name, rows):
        """Makes an attack of a function for each row; `name` is formatted with its members."""
        def register(function):
            for row in rows:
                row = row if isinstance(row, tuple) else (row,)
                self.add(name.format(*row), lambda place, row=row: function(place, *row))
            return function
        return register


def send(process, number):
    """Sends a signal to a process that nobody has waited for; `Popen.send_signal` would wait for it first."""
    os.kill(process.pid, number)


def wait_until(condition, seconds=30):
    """Waits until something is true; returns whether it became so."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


def need(condition, why):
    if not condition:
        raise Skipped(why)
