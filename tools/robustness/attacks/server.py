"""A server on this machine that answers as it likes, in threads, plain or with TLS."""

import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time


class Request:
    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.path = (lines[0].split(" ") + ["", ""])[1]
        self.headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:]) if name}

    @property
    def first(self):
        """The first byte that is asked for, or None for the whole."""
        value = self.headers.get("range", "")
        return int(value[6:].split("-")[0]) if value.startswith("bytes=") else None


def answer(status=200, body=b"", *headers, length=True):
    lines = [f"HTTP/1.1 {status} X", *headers, "Connection: close"]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def file_answer(request, body, *headers):
    """What a sound server answers, also for a part."""
    first = request.first
    if first is None:
        return answer(200, body, *headers)
    if first >= len(body):
        return answer(416, b"", f"Content-Range: bytes */{len(body)}")
    return answer(206, body[first:], f"Content-Range: bytes {first}-{len(body) - 1}/{len(body)}", *headers)


class Server:
    """Serves while it is entered. `respond` gets a request and returns bytes, or pieces of bytes; a number among them is a pause in seconds."""

    def __init__(self, respond, context=None):
        self.requests, outer = [], self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    connection = context.wrap_socket(self.request, server_side=True) if context else self.request
                    connection.settimeout(100)
                    head = b""
                    while b"\r\n\r\n" not in head:
                        piece = connection.recv(65536)
                        if not piece:
                            return
                        head += piece
                    request = Request(head.split(b"\r\n\r\n")[0])
                    outer.requests.append(request)
                    result = respond(request)
                    for part in [result] if isinstance(result, bytes) else result:
                        if outer.is_over:
                            return
                        if isinstance(part, bytes):
                            connection.sendall(part)
                        else:
                            time.sleep(part)
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

        class Threads(socketserver.ThreadingTCPServer):
            daemon_threads, block_on_close, request_queue_size = True, False, 64

            def handle_error(self, request, client_address):
                pass

        self.is_over, self.scheme = False, "https" if context else "http"
        self.server = Threads(("127.0.0.1", 0), Handler)

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def address(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.server.shutdown()
        self.server.server_close()


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder, name="IP:127.0.0.1"):
    """A certificate of this machine that nobody signed, and the context of a server that has it; None without openssl."""
    if not shutil.which("openssl"):
        return None, None
    key, file = os.path.join(folder, "server.key"), os.path.join(folder, "server.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", file, "-days", "2", "-subj", "/CN=attack",
                    "-addext", "subjectAltName=" + name], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return file, context
