"""A connection that is kept between requests is asked whether it still stands when there is a reason to, and never handed out dead."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

from config import connections
from config.connections import check_connection
from tests import needs

pytestmark = [pytest.mark.django_db, needs.postgresql]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[psycopg.Connection]:
    """The connections that were asked."""
    found: list[psycopg.Connection] = []
    ask = ConnectionPool.check_connection

    def noted(kept: psycopg.Connection) -> None:
        found.append(kept)
        ask(kept)

    monkeypatch.setattr(ConnectionPool, "check_connection", staticmethod(noted))
    return found


@pytest.fixture
def pool(asked: list[psycopg.Connection]) -> Iterator[ConnectionPool]:
    parameters = connection.get_connection_params() | {"autocommit": True}
    with ConnectionPool(kwargs=parameters, min_size=1, max_size=1, timeout=5, check=check_connection) as made:
        yield made


def number_of(kept: psycopg.Connection) -> int:
    return kept.info.backend_pid


def test_one_that_answered_just_now_is_not_asked_again(pool: ConnectionPool, asked: list[psycopg.Connection]) -> None:
    for _ in range(5):
        with pool.connection() as kept:
            kept.execute("SELECT 1")
    assert len(asked) == 1


def test_one_that_rested_is_asked(pool: ConnectionPool, asked: list[psycopg.Connection], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "TRUSTED_SECONDS", -1.0)
    for _ in range(3):
        with pool.connection():
            pass
    assert len(asked) == 3


def test_one_that_the_server_ended_meanwhile_is_replaced_before_anybody_gets_it(pool: ConnectionPool) -> None:
    with pool.connection() as kept:
        ended = number_of(kept)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [ended])
    with pool.connection() as kept:
        assert kept.execute("SELECT 1").fetchone() == (1,)
        assert number_of(kept) != ended
