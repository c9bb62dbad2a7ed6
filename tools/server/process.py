"""The server as a child process, and the plainest client of it."""
import http.client
import os
import re
import signal
import subprocess
import threading
import time


class Server:
    """`reszoo-server` on a free port, with the lines that it logs."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen(
            [program, *arguments, "--port", "0", "--grpc-port", "0"], stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.port = None
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.wait_for("listening")
        if "--no-wait" not in arguments:
            self.wait_for(r"\b(ready|not ready)\. ")

    def read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                if match := re.search(r"https?://.*:(\d+): listening", line):
                    self.port = int(match[1])
                self.changed.notify_all()
        with self.changed:
            self.lines.append("(end)")
            self.changed.notify_all()

    def wait_for(self, pattern, seconds=120, count=1):
        """Waits for as many lines in which the pattern is."""
        end = time.monotonic() + seconds
        with self.changed:
            while sum(bool(re.search(pattern, line)) for line in self.lines) < count:
                if self.lines[-1:] == ["(end)"] or time.monotonic() > end:
                    raise SystemExit(f"no '{pattern}' in what the server says:\n" + "\n".join(self.lines))
                self.changed.wait(1)

    def request(self, method, path, body=None, headers={}, connection=None):
        """The status, headers and body of an answer."""
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        own.request(method, path, body=body, headers=headers)
        answer = own.getresponse()
        result = answer.status, dict(answer.getheaders()), answer.read()
        if connection is None:
            own.close()
        return result

    def memory(self):
        """Bytes that the server has in memory."""
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def end(self, number=signal.SIGTERM, seconds=60):
        """Tells the server to end, and gives its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
