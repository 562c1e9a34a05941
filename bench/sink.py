"""A collector of traces that reads what it is sent and says that it took it; on 127.0.0.1, beside the servers that are measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class _Takes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def tracing(percent: int) -> Iterator[dict[str, str]]:
    """What a server must be told so that `percent` of its requests are traced, until the block ends; nothing for 0."""
    if not percent:
        yield {}
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Takes)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {"OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}", "TRACES_PERCENT": str(percent)}
    finally:
        server.shutdown()
        server.server_close()
