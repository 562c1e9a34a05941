"""Requirement 1.7: gunicorn as it really starts with the project's file."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from pytest_django import Settings

from config.server import events_that_stay_here, whole_number, worker_count
from tests import needs
from tests.delivery.servers import ROOT, served
from vanguard.observability import workers as figures


@pytest.fixture(scope="module")
def settings_in_force() -> dict[str, str]:
    """What gunicorn itself says that it will do."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PORT", "WEB_CONCURRENCY")}
    command = [sys.executable, "-m", "gunicorn", "--print-config", "tests.delivery.echo:application"]
    printed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in printed.splitlines())}


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bind", "['0.0.0.0:8000']"),
        ("backlog", "2048"),
        ("worker_connections", "1000"),
        ("max_requests", "1000"),
        ("max_requests_jitter", "50"),
        ("timeout", "30"),
        ("keepalive", "2"),
        ("limit_request_line", "4094"),
        ("limit_request_fields", "100"),
        ("limit_request_field_size", "8190"),
        ("proc_name", "vanguardai"),
        ("preload_app", "True"),
        ("accesslog", "-"),
        ("errorlog", "-"),
        ("control_socket_disable", "True"),
    ],
)
def test_a_setting_is_as_required(settings_in_force: dict[str, str], name: str, value: str) -> None:
    assert settings_in_force[name] == value


@pytest.mark.once
def test_there_are_twice_the_processors_and_one_workers(settings_in_force: dict[str, str]) -> None:
    assert settings_in_force["workers"] == str(2 * (os.cpu_count() or 1) + 1)


@pytest.mark.once
def test_web_concurrency_and_port_have_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    monkeypatch.setenv("PORT", "9123")
    assert worker_count() == 4
    assert whole_number("PORT", 8000) == 9123


@pytest.mark.once
@pytest.mark.parametrize("value", ["0", "-1", "four", "4.5", "٤"])
def test_a_mistaken_number_stops_the_start_and_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", value)
    with pytest.raises(SystemExit, match="WEB_CONCURRENCY"):
        worker_count()


@pytest.mark.slow
@pytest.mark.once
def test_figures_of_an_earlier_start_are_emptied(tmp_path: Path) -> None:
    left_over = tmp_path / "counter_4711.db"
    left_over.write_bytes(b"")
    with served("tests.delivery.echo:application", WEB_CONCURRENCY="1", **{figures.VARIABLE: str(tmp_path)}):
        assert not left_over.exists()


def pooled_postgresql(**more: str) -> dict[str, str]:
    """The tests' PostgreSQL with a pool, as in production; its `postgres` database, because nothing is written."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
    return {"DATABASE_URL": url, "ENVIRONMENT": "development", "DATABASE_POOL_SIZE": "2", "DATABASE_POOL_OVERFLOW": "4", **more}


@needs.postgresql
@pytest.mark.slow
def test_workers_share_no_connection_though_the_application_asked_before_the_fork() -> None:
    with (
        served("tests.delivery.querying:application", **pooled_postgresql(WEB_CONCURRENCY="2")) as server,
        ThreadPoolExecutor(16) as clients,
    ):

        def ask(number: int) -> list[str]:
            with urlopen(f"http://127.0.0.1:{server.port}/{number}", timeout=30) as answer:
                return str(answer.read().decode()).split()

        answers = list(clients.map(ask, range(300)))
    assert [int(answer[0]) for answer in answers] == list(range(300))
    backends = {(backend, worker) for _, backend, worker, _ in answers}
    assert len({backend for backend, _ in backends}) == len(backends), "two workers spoke through one connection"
    assert answers[0][3] not in {backend for backend, _ in backends}


@needs.postgresql
@pytest.mark.parametrize(("pool", "warned"), [("5000", True), ("2", False)])
@pytest.mark.slow
def test_the_start_says_so_when_the_pools_do_not_fit_postgresql(pool: str, warned: bool) -> None:
    environment = pooled_postgresql(WEB_CONCURRENCY="1", DATABASE_POOL_SIZE=pool)
    with served("tests.delivery.querying:application", **environment) as server:
        time.sleep(0.5)
        assert ("can ask" in server.output()) is warned


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
def test_told_to_end_it_ends_at_once_though_its_master_alone_was_told(number: signal.Signals) -> None:
    with served("tests.delivery.echo:application", WEB_CONCURRENCY="2") as server:
        urlopen(f"http://127.0.0.1:{server.port}/", timeout=10).close()
        started = time.monotonic()
        os.kill(server.pid, number)
        server.process.wait(timeout=15)
    # Killed workers would have taken the thirty seconds of graceful_timeout.
    assert time.monotonic() - started < 15


FORKED_AND_TOLD = """
import os, signal, sys
from config.server import lose_no_signal_at_a_fork
queue = []
signal.signal(signal.SIGTERM, lambda number, frame: queue.append(number))
os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGTERM))
if sys.argv[1] == "with":
    lose_no_signal_at_a_fork()
child = os.fork()
if child == 0:
    os._exit(0)
os.kill(os.getpid(), signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(queue))
"""


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize(("hook", "printed"), [("with", f"{-signal.SIGTERM} 1"), ("without", "0 1")])
def test_a_worker_told_to_end_while_it_is_being_made_ends(hook: str, printed: str) -> None:
    """The second case is the test's own test: without the hook the child goes on."""
    command = [sys.executable, "-c", FORKED_AND_TOLD, hook]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() == printed


def test_several_machines_without_redis_are_warned_of(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert events_that_stay_here() is None
    monkeypatch.setenv("NODES", "3")
    assert "REDIS_URL is not set" in str(events_that_stay_here())
    settings.REDIS_URL = "redis://127.0.0.1:6379/1"
    assert events_that_stay_here() is None
