"""A real gunicorn for tests, with the project's own gunicorn.conf.py, on a free port of 127.0.0.1."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
# Long: on a busy machine a start that takes three seconds has taken thirty.
START_SECONDS = 90


class Served(NamedTuple):
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def output(self) -> str:
        return self.log.read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served(application: str, *options: str, **environment: str) -> AbstractContextManager[Served]:
    """Runs `application` under gunicorn until the block ends."""
    return started([sys.executable, "-m", "gunicorn", application, *options], environment)


@contextmanager
def started(gunicorn: list[str], environment: dict[str, str]) -> Iterator[Served]:
    """Runs a command that ends in gunicorn's arguments until the block ends; what it wrote is shown if it does not come up."""
    port = free_port()
    command = [*gunicorn, "--bind", f"127.0.0.1:{port}"]
    with TemporaryDirectory() as folder:
        log = Path(folder) / "output"
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_until_it_listens(process, port)
            yield Served(port, process, log)
        except TimeoutError:
            raise AssertionError(f"gunicorn did not start:\n{log.read_text()}") from None
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=START_SECONDS)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


def exchange(port: int, *parts: bytes, pause: float = 0.0, timeout: float = 10) -> bytes:
    """Sends raw bytes, and returns everything that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        with suppress(ConnectionError):  # it has answered and closed already
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received
