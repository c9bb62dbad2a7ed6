"""A small process that starts others and measures them.

The peak memory that the system reports of a process is at least that of the one that started it. Attacks are made in a program that may
have become large; runs are started by one that stays small."""

import json
import os
import signal
import socket

LENGTH = 8  # bytes of a length before a message


def send(connection, message, descriptors=()):
    data = json.dumps(message).encode()
    socket.send_fds(connection, [len(data).to_bytes(LENGTH, "little")], descriptors)
    connection.sendall(data)


def receive(connection, descriptor_count=0):
    """A message and the descriptors that came with it; None at the end."""
    first, descriptors, _, _ = socket.recv_fds(connection, LENGTH, descriptor_count)
    if len(first) < LENGTH:
        return None, descriptors
    data, length = b"", int.from_bytes(first, "little")
    while len(data) < length:
        piece = connection.recv(length - len(data))
        if not piece:
            return None, descriptors
        data += piece
    return json.loads(data), descriptors


def become(request, descriptors):
    """Turns this process into the program."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)  # Python ignores some, and a shell others
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.chdir(os.fsencode(request["folder"]))
    if request["umask"] is not None:
        os.umask(request["umask"])
    if request["user"] is not None:
        os.setgroups([])
        os.setgid(request["user"])
        os.setuid(request["user"])
    os.execve(os.fsencode(request["line"][0]), [os.fsencode(word) for word in request["line"]],
        {os.fsencode(name): os.fsencode(value) for name, value in request["environment"].items()})


def attend(connection):
    """Starts one process, says its number, and what it took when it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request, descriptors = receive(connection, 3)
    pid = os.fork()
    if pid == 0:
        try:
            become(request, descriptors)
        finally:
            os._exit(126)
    for descriptor in descriptors:
        os.close(descriptor)
    send(connection, pid)
    _, status, usage = os.wait4(pid, 0)
    send(connection, [os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024])


class Launcher:
    """The process, which listens at a path as long as this program lives."""

    def __init__(self, path):
        self.path = path
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(64)
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.serve(listener, parent)
            finally:
                os._exit(0)
        listener.close()

    @staticmethod
    def serve(listener, parent):
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        listener.settimeout(1)
        while os.getppid() == parent:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(None)
            if os.fork() == 0:
                try:
                    listener.close()
                    attend(connection)
                finally:
                    os._exit(0)
            connection.close()

    def start(self, line, folder, environment, descriptors, umask=None, user=None):
        """Starts a program with three descriptors; returns its number, and a function that waits for its exit code, seconds of
        processors and megabytes."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.path)
        send(connection, {"line": line, "folder": folder, "environment": environment, "umask": umask, "user": user}, descriptors)
        pid, _ = receive(connection)

        def wait():
            result, _ = receive(connection)
            connection.close()
            return result

        return pid, wait

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)
