"""Workers killed in the middle of filing: what was acknowledged is there, once; what was not is done by the second try, once."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests import needs
from tests.databases import own_database
from tests.factories import PASSWORD
from tests.live import LiveServer, live_server

pytestmark = [pytest.mark.slow, needs.postgresql]
EMAIL = "admin@vanguard.example"
SEED = f"from tests.factories import PolicyFactory, superuser; superuser(email='{EMAIL}'); PolicyFactory.create(); PolicyFactory.create()"
WRITERS, KILLS, PAUSE, TRIES = 6, 5, 0.8, 120
# On a slow machine the first who are killed are still being made, and have nothing in hand.
MOST_SECONDS = 120.0


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with own_database(django_db_blocker, "killed_workers") as url:
        yield url


@pytest.fixture
def server(database: str) -> Iterator[LiveServer]:
    with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database, "DATABASE_POOL_SIZE": "4"}, seed=SEED) as server:
        yield server


def workers_of(server: LiveServer) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()]


def kill_workers(server: LiveServer, was_met: Callable[[], bool]) -> int:
    """So many, and on until one of them had a request in hand."""
    killed, latest = 0, time.monotonic() + MOST_SECONDS
    while (killed < KILLS or not was_met()) and time.monotonic() < latest:
        time.sleep(PAUSE)  # the next is made, and gets something in hand
        if pids := workers_of(server):
            os.kill(pids[killed % len(pids)], signal.SIGKILL)
            killed += 1
    return killed


def filed(url: str, headers: dict[str, str], body: dict[str, Any], key: str) -> tuple[str, int]:
    """The id that the claim was acknowledged under, and how often it had to be tried."""
    for attempt in range(TRIES):
        try:
            answer = httpx.post(url, json=body, headers=headers | {"Idempotency-Key": key}, timeout=10)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if answer.status_code == 201:
            return str(answer.json()["data"]["id"]), attempt + 1
        assert answer.status_code >= 500, answer.text
    raise AssertionError(f"{key} was never acknowledged")


def test_nothing_that_was_acknowledged_is_lost_and_nothing_is_done_twice(server: LiveServer, database: str) -> None:
    token = httpx.post(f"{server.url}/api/auth/token", json={"email": EMAIL, "password": PASSWORD}).json()["data"]["accessToken"]
    headers = {"Authorization": f"Bearer {token}"}
    with psycopg.connect(database, autocommit=True) as rows:
        policies = [str(row[0]) for row in rows.execute("SELECT id FROM policies_policy")]
        begun = rows.execute("SELECT now() - interval '2 days'").fetchone()
    loss = begun[0].isoformat() if begun else ""
    acknowledged: dict[str, tuple[str, int]] = {}
    done = threading.Event()

    def write(writer: int) -> None:
        number = 0
        while not done.is_set():
            key = f"writer-{writer}-{number}"
            # A type of its own: a second notice of one policy, day and type would be held for a person.
            what = {"claimType": f"hail {key}", "claimAmount": 1, "incidentDate": loss, "description": key}
            body = {"policyId": policies[number % 2]} | what
            acknowledged[key] = filed(f"{server.url}/api/claims", headers, body, key)
            number += 1

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, number) for number in range(WRITERS)]
        try:
            killed = kill_workers(server, lambda: any(tries > 1 for _, tries in list(acknowledged.values())))
        finally:
            done.set()
        for writer in writers:
            writer.result()
    with psycopg.connect(database) as rows:
        found: dict[str, str] = dict(rows.execute("SELECT description, id::text FROM claims_claim").fetchall())
        counts = rows.execute(
            "SELECT (SELECT count(*) FROM claims_claim), (SELECT count(*) FROM claims_claimtransition),"
            " (SELECT count(*) FROM auditlog_logentry WHERE object_repr LIKE 'CLM-%'), (SELECT count(*) FROM vanguard_idempotencykey)"
        ).fetchone()
    assert found == {key: pk for key, (pk, _) in acknowledged.items()}
    assert counts == (len(acknowledged),) * 4
    assert killed >= KILLS
    assert any(tries > 1 for _, tries in acknowledged.values())
