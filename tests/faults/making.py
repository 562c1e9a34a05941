"""What each writing operation of the API needs before it can be asked for, made by a process beside the server on the server's database.

A line with an operation's name goes in; a line with the request comes out: who asks, for what, with which body. The operations, their
records and bodies are those of the table of who may do what (tests/api/who_may.py), so that a new one is tried as well.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.delivery.servers import ROOT
from tests.live import LiveServer

# What the triggers of points.py tell this process's transactions from the server's by.
NAME = "faults-making"
MADE = "made "
WRITING = ("POST ", "PUT ", "PATCH ", "DELETE ")
FORM = "----vanguard-faults"


@dataclass(frozen=True)
class Asked:
    """One request, ready to be sent. `status`: what it is answered where nothing goes wrong."""

    operation: str
    method: str
    path: str
    content: bytes
    status: int
    headers: dict[str, str] = field(default_factory=dict)

    def sent_as(self, correlation: str, key: str = "") -> bytes:
        """The bytes of it. `key`: the Idempotency-Key of an operation that takes one."""
        own = {"Host": "localhost", "X-Correlation-ID": correlation, "Content-Length": str(len(self.content)), **self.headers}
        if key and self.takes_a_key:
            own["Idempotency-Key"] = key
        head = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in own.items()), "", ""]
        return "\r\n".join(head).encode() + self.content

    @property
    def takes_a_key(self) -> bool:
        return self.method == "POST" and not self.path.startswith("/api/auth/")


class Maker:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def make(self, operation: str) -> Asked:
        said = self._answer(operation)
        said["content"] = said["content"].encode("latin-1")
        return Asked(operation=operation, **said)

    def operations(self) -> list[str]:
        found: list[str] = self._answer("")
        return found

    def _answer(self, line: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        for said in self.process.stdout:  # among lines of the log
            if said.startswith(MADE):
                return json.loads(said.removeprefix(MADE))
        raise AssertionError(f"nothing could be made for {line}")


@contextmanager
def maker(server: LiveServer) -> Iterator[Maker]:
    variables = {**server.environment, "DATABASE_POOL_SIZE": "0"}
    command = [sys.executable, "-m", "tests.faults.making"]
    process = subprocess.Popen(command, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Maker(process)
    finally:
        process.communicate(timeout=60)


def _serve() -> None:
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["OPTIONS"]["application_name"] = NAME
    from tests.faults.writes import made, operations  # they need the settings

    for line in sys.stdin:
        name = line.strip()
        said = made(name) if name else operations()
        sys.stdout.write(f"{MADE}{json.dumps(said)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    _serve()
