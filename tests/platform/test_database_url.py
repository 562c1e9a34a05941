"""DATABASE_URL may name several hosts; connections then go to the one that takes writes."""

import pytest
from django.core.checks import run_checks
from django.db import InternalError
from django.db import connections as of_django
from django.test import RequestFactory
from psycopg import OperationalError
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction
from pytest_django import Settings

from config import connections
from config.databases import parsed
from vanguard.http import pool
from vanguard.http.errors import answer_to

pytestmark = pytest.mark.once


def test_one_host_is_read_as_ever() -> None:
    found = parsed("postgres://maya:p%40ss@db.example:6432/vanguard?sslmode=require")
    assert (found["HOST"], found["PORT"], found["USER"], found["PASSWORD"], found["NAME"]) == (
        "db.example",
        6432,
        "maya",
        "p@ss",
        "vanguard",
    )
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_of_several_the_one_that_takes_writes_is_meant() -> None:
    found = parsed("postgres://maya:p%40ss@one.example:6432,two.example,[2001:db8::7]:5433/vanguard?sslmode=require")
    assert (found["HOST"], found["PORT"]) == ("one.example,two.example,2001:db8::7", "6432,5432,5433")
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("maya", "p@ss", "vanguard")
    assert found["OPTIONS"] == {"sslmode": "require", "target_session_attrs": "read-write"}


def test_who_wants_another_kind_of_host_says_so() -> None:
    assert parsed("postgres://one,two/vanguard?target_session_attrs=any")["OPTIONS"]["target_session_attrs"] == "any"


def test_the_pool_of_reads_finds_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sessions are read-only by their own choice, for which libpq would take every host for a replica (`make faults ROWS=R8`)."""
    monkeypatch.setattr(of_django["default"], "get_connection_params", lambda: {"host": "one,two", "target_session_attrs": "read-write"})
    found = pool.parameters()
    assert (found["host"], found["target_session_attrs"]) == ("one,two", "primary")
    assert "default_transaction_read_only=on" in found["options"]


@pytest.mark.parametrize(("hosts", "warned"), [("127.0.0.1,::1", False), ("127.0.0.1,db.example", True)])
def test_each_of_several_lines_is_looked_at_for_tls(monkeypatch: pytest.MonkeyPatch, settings: Settings, hosts: str, warned: bool) -> None:
    for name, value in {"ENGINE": "config.postgresql", "HOST": hosts, "OPTIONS": {}}.items():
        monkeypatch.setitem(settings.DATABASES["default"], name, value)
    found = [message.id for message in run_checks(include_deployment_checks=True, tags=["security"])]
    assert ("vanguard.W001" in found) is warned


def test_a_server_that_was_demoted_is_away_and_not_our_fault() -> None:
    demoted, other = InternalError("read-only"), InternalError("something else")
    demoted.__cause__, other.__cause__ = ReadOnlySqlTransaction(), InsufficientPrivilege()
    request = RequestFactory().post("/api/claims")
    assert answer_to(request, demoted).status_code == 503
    assert answer_to(request, other).status_code == 500


class Demoted:
    """A connection to a server that takes no writes any more."""

    class info:  # psycopg's name
        transaction_status = 0

    closed = False
    autocommit = True

    def fileno(self) -> int:
        raise AssertionError("its age is known")

    def execute(self, statement: str) -> "Demoted":
        return self

    def fetchone(self) -> tuple[str]:
        return ("on",)

    def close(self) -> None:
        self.closed = True


def test_a_connection_to_a_server_that_was_demoted_is_not_handed_out() -> None:
    with pytest.raises(OperationalError, match="takes no writes"):
        connections.check_writable(Demoted())
