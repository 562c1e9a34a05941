"""Which database is asked. With a real streaming replica, and what can happen to it: tests/faults/replica.py (`make faults`)."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import psycopg_pool
import pytest
from django.conf import settings
from django.db import OperationalError, transaction

from claims.models import Claim
from tests.platform.test_starting import start
from vanguard import pulse, replica
from vanguard.replica import ALIAS, Router, read_aside

pytestmark = pytest.mark.once
REPLICA = "postgres://maya:canary-7731@replica.example:5432/vanguard"


@contextmanager
def aside() -> Iterator[None]:
    """As inside `read_aside` where the replica answers."""
    token = replica._reading.set(replica._Reading())
    try:
        yield
    finally:
        replica._reading.reset(token)


def test_everything_is_the_primarys_but_what_says_that_it_may_be_read_elsewhere() -> None:
    router = Router()
    assert (router.db_for_read(Claim), router.db_for_write(Claim)) == ("default", "default")
    with aside():
        assert router.db_for_read(Claim) == ALIAS
    assert router.db_for_read(Claim) == "default"


def test_once_something_is_written_the_rest_of_the_work_reads_from_the_primary() -> None:
    router = Router()
    with aside():
        assert router.db_for_write(Claim) == "default"
        assert router.db_for_read(Claim) == "default"


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_the_primary_is_read() -> None:
    with aside(), transaction.atomic():
        assert Router().db_for_read(Claim) == "default"


def test_migrations_leave_the_replica_alone() -> None:
    assert (Router().allow_migrate(ALIAS, "claims"), Router().allow_migrate("default", "claims")) == (False, True)


@pytest.mark.django_db
def test_without_a_replica_nothing_is_asked_about_one() -> None:
    assert (ALIAS in settings.DATABASES, settings.DATABASE_ROUTERS) == (False, [])
    assert read_aside(Claim.objects.count) == 0


@pytest.mark.parametrize("database", ["", "sqlite:////tmp/one.sqlite3"])
def test_a_replica_of_sqlite_is_refused_at_the_start(database: str) -> None:
    refused = start(DATABASE_URL=database, DATABASE_REPLICA_URL=REPLICA)
    assert refused.returncode != 0
    assert "DATABASE_REPLICA_URL" in refused.stderr
    assert "canary" not in refused.stderr


@pytest.mark.parametrize(("hosts", "attrs"), [("one:5432", "None"), ("one:5432,two:5432", "prefer-standby")])
def test_its_sessions_only_read_and_take_either_host(hosts: str, attrs: str) -> None:
    shown = 'settings.DATABASES["replica"]["OPTIONS"].get("target_session_attrs"), settings.DATABASES["replica"]["OPTIONS"]["options"]'
    told = start(
        shown, DATABASE_URL="postgres://maya@first:5432,second:5432/vanguard", DATABASE_REPLICA_URL=f"postgres://maya@{hosts}/v"
    ).stdout
    assert told.startswith(f"{attrs} ")
    assert "default_transaction_read_only=on" in told


def test_reports_are_planned_alike_on_the_primary_and_on_the_replica() -> None:
    """Lists of keys that reports hold a book against are as long on either (docs/decisions/0179)."""
    for alias in ("default", ALIAS):
        shown = f'settings.DATABASES["{alias}"]["OPTIONS"]["options"]'
        told = start(shown, DATABASE_URL="postgres://maya@first:5432/v", DATABASE_REPLICA_URL=REPLICA).stdout
        assert [option in told for option in ("jit=off", "hash_mem_multiplier=16", "statement_timeout=25s")] == [True] * 3, alias


class Questions:
    """What primary and replica are asked; a pool of the replica's connections has none to give."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        monkeypatch.setattr(replica, "_asked", self.ask)
        monkeypatch.setattr(replica, "_aside", replica._Aside())

    def ask(self, alias: str, *_: str) -> tuple[object, ...]:
        self.asked.append(alias)
        if alias == ALIAS:
            raise OperationalError("couldn't get a connection after 2.00 sec") from psycopg_pool.PoolTimeout()
        return "0/1", 1


def test_one_whose_connections_others_have_is_busy_and_is_not_taken_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    Questions(monkeypatch)
    monkeypatch.setattr(replica, "_is_there", lambda: True)
    assert replica._who_answers() == "busy"
    monkeypatch.setattr(replica, "_asked", lambda alias, *_: ("0/1", 1) if alias == "default" else (True, 1, True))
    assert replica._who_answers() == ALIAS


def test_one_that_is_gone_is_left_alone_though_its_pool_says_the_same_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each reader would wait for the pool anew, for as long as the replica is away."""
    questions = Questions(monkeypatch)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and never listens
        address = {"host": "127.0.0.1", "port": nobody.getsockname()[1], "dbname": "vanguard"}
        gone = SimpleNamespace(get_connection_params=lambda: address, close=lambda: None)
        monkeypatch.setattr(replica, "connections", {ALIAS: gone})
        monkeypatch.setattr(pulse, "connections", {ALIAS: gone})
        assert [replica._who_answers(), replica._who_answers()] == ["away", "away"]
    assert questions.asked == ["default", ALIAS]
