"""R9: Redis is stopped, and then hangs, while claims are filed, pages of the workbench are read, and somebody guesses a password."""

import signal
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.factories import PASSWORD
from tests.faults import figure
from tests.faults.load import EMAIL, Answer, counted, p99, prepare, require_whole, writers
from tests.faults.parts import Postgres, RedisServer, redis_server, signal_all, until
from tests.live import live_server

SECONDS, WRITERS, TRIES = 12.0, 4, 8


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@contextmanager
def workbench(url: str, tls: ssl.SSLContext | None = None) -> Iterator[httpx.Client]:
    """Logged in. `tls`: whose certificates count."""
    with httpx.Client(base_url=url, timeout=30, follow_redirects=True, verify=tls or True) as client:
        client.get("/admin/login/")
        form = {"username": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        assert client.post("/admin/login/?next=/admin/claims/claim/", data=form).status_code == 200
        yield client


@pytest.mark.parametrize("fault", ["stopped", "hung"])
def test_money_and_the_workbench_go_on_and_the_lock_holds(database: Postgres, redis: RedisServer, fault: str) -> None:
    variables = {"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4", "REDIS_URL": redis.url}
    with live_server(variables) as server:
        load = prepare(server, database, name=fault)
        pages: list[Answer] = []

        def read() -> None:
            with workbench(server.url) as client:
                while not load.ended.is_set():
                    began = time.monotonic()
                    status = client.get("/admin/claims/claim/").status_code
                    pages.append(Answer(began, time.monotonic() - began, status))

        reader = threading.Thread(target=read, daemon=True)
        with writers(load, WRITERS):
            reader.start()
            until(lambda: load.count() > 50 and len(pages) > 5, "work before the fault")
            if fault == "stopped":
                redis.stop()
            else:
                assert redis.process is not None
                signal_all([redis.process.pid], signal.SIGSTOP)
            since = time.monotonic()
            guesses = [
                httpx.post(
                    f"{server.url}/api/auth/token", json={"email": f"{fault}@vanguard.example", "password": "x"}, timeout=30
                ).status_code
                for _ in range(TRIES)
            ]
            health = httpx.get(f"{server.url}/health", timeout=30).json()
            ready = httpx.get(f"{server.url}/health/ready", timeout=30).status_code
            command = time.monotonic()
            server.manage("expire_policies")
            command = time.monotonic() - command
            time.sleep(max(0.0, SECONDS - (time.monotonic() - since)))
            until_now = time.monotonic()
        reader.join(timeout=60)
        during = load.between(since, until_now)
        seen = [page for page in pages if since <= page.sent <= until_now]
        whole = require_whole(load, server, database)
        told = f"{fault}: {counted(during)} writes, p99 {p99(during) * 1000:.0f} ms; {counted(seen)} pages, p99 {p99(seen) * 1000:.0f} ms"
        figure("R9", f"{told}; {TRIES} guesses: {guesses}; health is {health['status']}, a command took {command:.1f} s; {whole}")
        assert set(counted(during)) == {201}
        assert set(counted(seen)) == {200}
        assert max(p99(during), p99(seen)) <= 1.0
        assert guesses == [401] * 3 + [429] * (TRIES - 3)
        assert (health["status"], ready) == ("degraded", 200)
