"""The portal as a web server hands it out: built for an API at another origin, on a free port of 127.0.0.1."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.frontend.conftest import Node

# What the server says beside the page's own policy; docs/frontend.md has the same for nginx.
HEADERS = {"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def build(node: Node, into: Path, api: str) -> Path:
    """The portal as `vite build` makes it, speaking to `api`."""
    command = ["node_modules/vite/bin/vite.js", "build", "apps/portal", "--config", "apps/portal/vite.config.ts", "--logLevel", "warn"]
    done = node(*command, PORTAL_API_URL=api, PORTAL_OUT=str(into))
    assert done.returncode == 0, done.stdout + done.stderr
    return into


class _Files(SimpleHTTPRequestHandler):
    """A page for every address that is no file, as the location in docs/frontend.md does it."""

    def do_GET(self) -> None:
        if not Path(self.translate_path(self.path)).is_file():
            self.path = "/index.html"
        super().do_GET()

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """A test's output is for what fails."""


@contextmanager
def static_server(port: int, folder: Path) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", port), partial(_Files, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
