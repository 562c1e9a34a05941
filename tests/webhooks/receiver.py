"""A partner's receiver: a real HTTP server on loopback that does as it is told, and keeps what came."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Got:
    """One request: what its program would see."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def told(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said


@dataclass
class Receiver:
    """`answers` are given one after the other, the last one to all that follow."""

    answers: list[Callable[["Handler"], None]] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def types(self) -> list[str]:
        return [got.told["type"] for got in self.got]

    def answer(self, *answers: "Callable[[Handler], None] | int") -> None:
        self.answers = [status(each) if isinstance(each, int) else each for each in answers]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with self.receiver.lock:
            self.receiver.got.append(Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            answers = self.receiver.answers
            answer = (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else status(200)
        answer(self)

    def do_GET(self) -> None:
        with self.receiver.lock:
            self.receiver.got.append(Got(self.path, {}, b"{}"))
        self.say(200)

    def say(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        with suppress(OSError):  # who asked has gone
            super().handle()

    def log_message(self, *_args: Any) -> None:
        """Nothing."""


def status(code: int, body: bytes = b"ok", **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.say(code, body, **headers)


def slow(seconds: float) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        time.sleep(seconds)
        handler.say(200)

    return answer


def hangs_up(handler: Handler) -> None:
    """The connection is gone before there is an answer."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def endless(handler: Handler) -> None:
    """A body that goes on for as long as somebody reads it."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
    except OSError:
        handler.close_connection = True


def drips(handler: Handler) -> None:
    """A byte of the head at a time: each in time, the whole never."""
    try:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 1000:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.05)
    except OSError:
        handler.close_connection = True


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()
    handler = type("Its", (Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
