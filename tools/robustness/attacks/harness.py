"""What an attack is, how it is run, and what must hold of every run of the program, whatever it was given."""

import contextlib
import dataclasses
import os
import random
import re
import signal
import threading
import time

# What a run may take unless an attack says otherwise. The seconds are of processors: another program beside it changes nothing.
CPU_SECONDS, MEGABYTES, PATIENCE = 10, 160, 120
MESSAGE_BYTES = 8192
# Controls, marks of direction, separators of lines and invisible characters: no terminal sees them from this program.
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
                    "\ufeff\ufff9-\ufffb\U000e0001-\U000e007f]")
# What would change runs, were it set for whoever attacks.
FOREIGN = {"RESZOO_MIRROR", "RESZOO_INDEX", "http_proxy", "https_proxy", "ALL_PROXY", "no_proxy", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "XDG_CACHE_HOME"}
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

    @property
    def text(self):
        return self.out.decode(errors="replace")

    def shown(self):
        lines = self.err.strip().splitlines()
        first = " | ".join(line[:160] for line in lines[:1] + lines[1:][-1:])
        return f"`{self.command}` gave exit code {self.code}, {self.cpu:.1f} s, {self.megabytes:.0f} MB: {first!r} {self.text[:100]!r}"


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

    def pour(self, name, pieces):
        """Writes a large file piece by piece: this program's own memory would count as that of the runs."""
        path = self.put(name)
        with open(path, "wb") as file:
            for piece in pieces:
                file.write(piece)
        return path

    def sparse(self, name, size, start=b""):
        """A file of a size that takes no room, with some bytes in front."""
        path = self.put(name, start)
        os.truncate(path, size)
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

    def run(self, *arguments, shell=None, stdin=b"", env=None, patience=PATIENCE, meanwhile=None, umask=None, user=None):
        """Runs the program. `shell`: a script in which `"$@"` is the command line. `meanwhile` is called with the process's number
        while it runs. A run beyond its patience is broken off, and the attack has not held."""
        line = [self.binary, *map(os.fspath, arguments)]
        if shell:
            line = ["/bin/sh", "-c", shell, "sh", *line]
        environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        environment |= {"RESZOO_CACHE": self.cache, "HOME": self.folder, "LC_ALL": "C.UTF-8", **(env or {})}
        pipes = [os.pipe() for _ in range(3)]
        ours = [os.fdopen(pipes[0][1], "wb", 0), os.fdopen(pipes[1][0], "rb"), os.fdopen(pipes[2][0], "rb")]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        pid, wait = self.kit.launcher.start(line, self.folder, environment, theirs, umask, user)
        for descriptor in theirs:
            os.close(descriptor)
        pieces, late = {}, threading.Event()

        def drain(number):
            pieces[number] = ours[number].read()
            ours[number].close()

        def feed():
            with contextlib.suppress(OSError), ours[0] as stream:
                for piece in [stdin] if isinstance(stdin, bytes) else stdin:
                    stream.write(piece)

        def give_up():
            late.set()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

        threads = [threading.Thread(target=target, args=given, daemon=True) for target, given in ((drain, (1,)), (drain, (2,)), (feed, ()))]
        timer = threading.Timer(patience, give_up)
        for thread in [*threads, timer]:
            thread.start()
        try:
            if meanwhile:
                meanwhile(pid)
        finally:
            code, cpu, megabytes = wait()
            timer.cancel()
        for thread in threads[:2]:
            thread.join(10)
        shown = " ".join(os.fspath(argument) for argument in arguments).replace(self.folder + "/", "")
        outcome = Outcome(shown[:400], code, pieces.get(1, b""), pieces.get(2, b"").decode(errors="replace"), cpu, megabytes)
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


def plain(text):
    """A text on one line, without characters that steer a terminal."""
    return re.sub(HIDDEN.pattern + "|[\n\t]", lambda found: ascii(found[0])[1:-1], text).encode(errors="backslashreplace").decode()


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
    hidden = HIDDEN.search(outcome.err if raw else outcome.err + outcome.text)
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
                full, number = name.format(*row), 2
                while full in self.attacks:
                    full, number = f"{name.format(*row)} ({number})", number + 1
                self.add(full, lambda place, row=row: function(place, *row))
            return function
        return register


def send(pid, number):
    """Sends a signal to a run, which may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


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
