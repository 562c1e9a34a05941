"""An event that nobody told, because its worker was killed after the commit: who listens is told to read anew."""

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest
from django.db import connection
from websockets.sync.client import ClientConnection

from tests.databases import own_database
from tests.live import LiveServer, live_server
from tests.realtime.book import HAROLD, MAYA, OF_HAROLD, OF_ROSA, ROSA
from tests.realtime.listening import Listener, heard

# Though only the server asks a database: each kind has its own way of telling what is new.
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.both]
# As a worker that is killed (-9) between its commit and its telling.
UNTOLD = """
from decimal import Decimal
from unittest.mock import patch
from claims import services
from claims.models import Claim
from vanguard.accounts.models import User
with patch("claims.live.announce"):
    services.{step}(User.objects.get(email={email!r}), Claim.objects.get(claim_number={number!r}).pk{options})
"""


@pytest.fixture(scope="module")
def variables(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """A database of the server's own, of the kind that this round is on."""
    if connection.vendor == "sqlite":
        yield {}
        return
    with own_database(django_db_blocker, "overlooked") as url:
        yield {"DATABASE_URL": url, "DATABASE_POOL_SIZE": "4"}


@pytest.fixture(scope="module")
def server(variables: dict[str, str]) -> Iterator[LiveServer]:
    with live_server({"WEB_CONCURRENCY": "2", **variables}, seed="from tests.realtime.book import fill; fill()") as server:
        if url := variables.get("DATABASE_URL"):
            wait_for_who_began_before(url)
        yield server


def wait_for_who_began_before(url: str) -> None:
    """What was recorded while another transaction of the cluster ran, as other tests' do, is looked at again when that has ended."""
    with psycopg.connect(url, autocommit=True) as asked:
        now = asked.execute("SELECT pg_current_xact_id()::text").fetchone()
        deadline = time.monotonic() + 300
        while asked.execute("SELECT pg_snapshot_xmin(pg_current_snapshot()) <= %s::xid8", now).fetchone() == (True,):
            assert time.monotonic() < deadline
            time.sleep(0.2)  # nobody tells when a transaction of another database ends


@pytest.fixture(scope="module")
def maya(server: LiveServer) -> Listener:
    return Listener(server, MAYA)


def untold(server: LiveServer, step: str, number: str, **options: object) -> None:
    told = "".join(f", {name}={value!r}" for name, value in options.items())
    server.manage("shell", "-c", UNTOLD.format(step=step, email=MAYA, number=number, options=told))


def within(socket: ClientConnection, seconds: float) -> list[dict[str, Any]]:
    """All that is heard in so long."""
    came, deadline = [], time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            came.append(heard(socket, left))
        except TimeoutError:
            break
    return came


def test_who_follows_the_record_reads_anew_and_who_follows_another_does_not(server: LiveServer, maya: Listener) -> None:
    of_rosa, of_harold = maya.claim(OF_ROSA)["id"], maya.claim(OF_HAROLD)["id"]
    rosa = Listener(server, ROSA)
    with maya.listen() as at_all, maya.listen(f"/ws/claims/{of_harold}") as at_other, rosa.listen(f"/ws/claims/{of_rosa}") as at_rosa:
        untold(server, "assign_claim", OF_ROSA)
        for each in (at_all, at_rosa):
            told = heard(each, 60)
            assert (told["type"], told["claimId"], told["data"]) == ("events.missed", None, {})
        assert within(at_other, 1) == []


def test_money_that_nobody_told_of_is_missed_too(server: LiveServer, maya: Listener) -> None:
    maya.post(f"/claims/{maya.claim(OF_HAROLD)['id']}/assign")
    maya.post(f"/claims/{maya.claim(OF_HAROLD)['id']}/start")
    with maya.listen() as at_maya:
        within(at_maya, 5)
        untold(server, "set_reserve", OF_HAROLD, amount=Decimal("700"), reason="First estimate")
        assert heard(at_maya, 60)["type"] == "events.missed"


def test_what_nobody_was_told_of_is_counted(server: LiveServer, maya: Listener) -> None:
    def counted() -> float:
        lines = httpx.get(f"{server.url}/metrics", timeout=10).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("vanguard_events_missed_total{"))

    with maya.listen() as at_maya:
        within(at_maya, 5)
        before = counted()
        untold(server, "set_reserve", OF_HAROLD, amount=Decimal("750"), reason="Another estimate")
        assert heard(at_maya, 60)["type"] == "events.missed"
        assert counted() >= before + 1


def test_what_was_told_is_not_called_missed(server: LiveServer, maya: Listener) -> None:
    harold = Listener(server, HAROLD)
    with maya.listen() as at_maya, harold.listen():
        claim = maya.claim(OF_HAROLD)["id"]
        maya.post(f"/claims/{claim}/reserve", {"amount": 800, "reason": "Second estimate"})
        maya.post(f"/claims/{claim}/reserve", {"amount": 900, "reason": "Third estimate"})
        came = [each["type"] for each in within(at_maya, 7)]
    assert came == ["claim.reserved", "claim.reserved"]
