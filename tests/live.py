"""The real platform for tests that need a server: gunicorn with its workers, on a free port of 127.0.0.1, with a database of its own.

    from tests.live import live_server

    @pytest.fixture(scope="module")
    def server() -> Iterator[LiveServer]:
        with live_server(
            {"WEB_CONCURRENCY": "2"},                        # more variables, or other values for the ones below
            commands=[["import_claims", "data/small.csv"]],  # management commands, run after `migrate`
            seed="from tests.factories import adjuster; adjuster(email='maya@vanguard.example')",  # Python, after those
        ) as server:
            yield server

    httpx.get(f"{server.url}/health")
    server.log_lines()       # what the server has logged so far, each line as a dictionary
    server.crashes()         # those among them that tell of an error

Each server has its own SQLite file and its own folders for documents, static files and figures, below a temporary folder that goes
with it. `DATABASE_URL` in `environment` takes another database (then the caller makes and drops it). ENVIRONMENT is "test": sessions and
the API work over plain HTTP, passwords are hashed quickly, and lines are logged as JSON. Starting takes about four seconds on two
processors; the first of a test run migrates, which takes as long again, and the others copy its empty database.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests import migrated
from tests.delivery.servers import ROOT, free_port

START_SECONDS = 180.0
STOP_SECONDS = 60.0
# For loads that come from one account and one address.
COUNTED = ("REQUESTS", "PAGES", "COSTLY_REQUESTS", "REFUSED_TOKENS", "ANONYMOUS_REQUESTS")
WITHOUT_END = dict.fromkeys((f"{each}_A_MINUTE" for each in COUNTED), "0")
COMMAND_SECONDS = 300.0
# As the platform's lines spell it (vanguard.observability.logs).
OF_CRASHES = frozenset({"error", "critical"})


@dataclass(frozen=True)
class LiveServer:
    """A running platform."""

    url: str
    port: int
    pid: int
    environment: Mapping[str, str]
    log: Path

    def log_lines(self) -> list[dict[str, Any]]:
        """Everything logged so far. A line that is not JSON fails the test: no logger may fall back to plain text."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.strip()]

    def crashes(self) -> list[dict[str, Any]]:
        return crashes_among(self.log_lines())

    def wait_for_line(self, seconds: float = 30.0, **fields: object) -> dict[str, Any]:
        """The first logged line with these fields. Raises AssertionError when none comes in time."""
        deadline = time.monotonic() + seconds
        while True:
            for line in self.log_lines():
                if all(line.get(name) == value for name, value in fields.items()):
                    return line
            if time.monotonic() > deadline:
                raise AssertionError(f"No line with {fields} in:\n{self.log.read_text()}")
            time.sleep(0.05)

    def manage(self, *arguments: str) -> str:
        """Runs `manage.py` against the server's database, and returns what it wrote."""
        return manage(self.environment, *arguments)


def crashes_among(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line.get("level") in OF_CRASHES]


@contextmanager
def live_server(
    environment: Mapping[str, str] | None = None, *, commands: Sequence[Sequence[str]] = (), seed: str = ""
) -> Iterator[LiveServer]:
    """The platform until the block ends, migrated and seeded, answering `/health/ready`. Ended by its process id, workers and all."""
    with TemporaryDirectory(prefix="vanguard-live-") as folder:
        port = free_port()
        own = server_environment(Path(folder), port)
        variables = own | dict(environment or {})
        if variables["DATABASE_URL"] == own["DATABASE_URL"]:
            shutil.copyfile(migrated.on_sqlite(), sqlite_file(Path(folder)))
        else:
            manage(variables, "migrate", "--verbosity", "0")
        for command in commands:
            manage(variables, *command)
        if seed:
            manage(variables, "shell", "--verbosity", "0", "--command", seed)
        log = Path(folder) / "server.log"
        with log.open("wb") as output:
            command_line = [sys.executable, "-m", "gunicorn", "config.asgi:application", "--bind", f"127.0.0.1:{port}"]
            process = subprocess.Popen(
                command_line, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
            try:
                server = LiveServer(f"http://127.0.0.1:{port}", port, process.pid, variables, log)
                _wait_until_ready(server, process)
                yield server
            finally:
                _stop(process)


def server_environment(folder: Path, port: int) -> dict[str, str]:
    """This process's variables with those that keep the server to itself."""
    own = {
        "ENVIRONMENT": "test",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"sqlite:///{sqlite_file(folder)}",
        "VAR_DIR": str(folder),
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "figures"),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "PYTHONUNBUFFERED": "1",
    }
    (folder / "figures").mkdir(parents=True)
    return {**os.environ, "REDIS_URL": "", **own}


def sqlite_file(folder: Path) -> Path:
    return folder / "live.sqlite3"


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    if done.returncode != 0:
        raise AssertionError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _wait_until_ready(server: LiveServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/health/ready", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"The server did not become ready:\n{server.log.read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """As an operator would; and whatever is left of its own process group afterwards, so that no worker outlives a test."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=STOP_SECONDS)
