"""A tiny application with holes, on loopback, for the scanners to find: one that finds nothing here would find nothing anywhere.

An SQL injection at `/items?id=`, a reflected script at `/hello?name=`, and a crash that its schema does not promise at `/items`.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = """<!doctype html><html><head><title>Planted</title></head><body>
<a href="/items?id=1">An item</a> <a href="/hello?name=you">Hello</a>
<form action="/hello"><input name="name" value="you"><input type="submit"></form></body></html>"""
SCHEMA = {
    "openapi": "3.1.0",
    "info": {"title": "Planted", "version": "1"},
    "paths": {
        "/items": {
            "get": {
                "parameters": [{"name": "id", "in": "query", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "The item."}},
            }
        }
    },
}


class _Rows:
    """Three items, looked up in the way that no one must."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows = sqlite3.connect(":memory:", check_same_thread=False)
        self._rows.execute("CREATE TABLE items (id INTEGER, name TEXT)")
        self._rows.executemany("INSERT INTO items VALUES (?, ?)", [(1, "bolt"), (2, "nut"), (3, "screw")])

    def named(self, given: str) -> str:
        with self._lock:
            return ", ".join(str(row[0]) for row in self._rows.execute(f"SELECT name FROM items WHERE id = {given}"))  # the hole


class _Planted(BaseHTTPRequestHandler):
    rows: _Rows

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        given = {name: values[0] for name, values in parse_qs(asked.query).items()}
        if asked.path == "/openapi.json":
            self._answer(200, json.dumps(SCHEMA), "application/json")
        elif asked.path == "/hello":
            self._answer(200, f"<html><body>Hello {given.get('name', '')}</body></html>")
        elif asked.path == "/items":
            self._item(given.get("id", "1"))
        else:
            self._answer(200 if asked.path == "/" else 404, PAGE)

    def _item(self, given: str) -> None:
        try:
            self._answer(200, f"<html><body>{self.rows.named(given)}</body></html>")
        except sqlite3.Error as error:
            self._answer(500, f"<html><body>sqlite3.{type(error).__name__}: {error}</body></html>")

    def _answer(self, status: int, text: str, kind: str = "text/html; charset=utf-8") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # the base's name
        """Nobody reads it."""


@contextmanager
def planted() -> Iterator[str]:
    """Its address, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Planted", (_Planted,), {"rows": _Rows()}))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
