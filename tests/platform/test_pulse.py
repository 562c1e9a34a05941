"""A PostgreSQL that hangs is found out by asking it; one that is only slow is waited for."""

import time
from collections.abc import Generator
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from django.test import Client

from config import connections
from config.postgresql.base import DatabaseWrapper
from vanguard import pulse as module
from vanguard.pulse import HANGS, Pulse, Where, watched

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.01)


def answer_after(rounds: int) -> Generator[str, int, str]:
    """As psycopg waits: it is told 0 when nothing came meanwhile."""
    for _ in range(rounds):
        yield "read"
    return "rows"


def driven(waiting: Generator[Any, Any, str]) -> str:
    try:
        next(waiting)
        while True:
            waiting.send(0)
    except StopIteration as done:
        return str(done.value)


def test_a_slow_answer_is_waited_for_while_the_server_answers_others(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def answers(_where: Where | None) -> bool:
        asked.append(1)
        return True

    monkeypatch.setattr(module, "pulse", Pulse(answers))
    assert driven(watched(answer_after(5))) == "rows"
    assert asked == [1]  # a fresh answer counts for all who wait


def test_nobody_waits_where_it_answers_no_one_until_it_does_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Event()
    beat = Pulse(lambda _where: answers.is_set())
    monkeypatch.setattr(module, "pulse", beat)
    with pytest.raises(psycopg.OperationalError, match=HANGS[:20]):
        driven(watched(answer_after(5)))
    assert beat.hangs
    answers.set()
    latest = time.monotonic() + 20
    while beat.hangs and time.monotonic() < latest:
        time.sleep(0.01)
    assert not beat.hangs


def test_no_connection_is_waited_for_meanwhile_not_even_to_leave_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.pulse, "hangs", True)
    with pytest.raises(psycopg.OperationalError, match="hangs"):
        DatabaseWrapper({"OPTIONS": {}}).get_new_connection({})


@pytest.mark.django_db
def test_meanwhile_requests_are_refused_at_once_but_for_probes_and_static_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.pulse, "hangs", True)
    client = Client()
    refused = client.get("/api/claims")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert refused.json()["errors"][0]["code"] == "unavailable"
    assert client.get("/admin/login/").status_code == 503
    assert client.get("/health/live").status_code == 200
    assert client.get("/static/admin/css/base.css").status_code != 503


def test_a_server_that_froze_is_left_where_another_has_taken_over_and_nobody_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen, other = Where("db", "10.0.0.1", 5432), Where("db", "10.0.0.2", 5432)
    asked: list[Where | None] = []

    def answers(where: Where | None) -> bool:
        asked.append(where)
        return where != frozen

    beat = Pulse(answers)
    monkeypatch.setattr(module, "pulse", beat)
    with pytest.raises(psycopg.OperationalError):
        driven(watched(answer_after(5), frozen))
    assert not beat.hangs
    assert driven(watched(answer_after(5), other)) == "rows"
    assert asked == [frozen, None, other]
    monkeypatch.setattr(connections, "pulse", beat)
    resting = Resting(frozen)
    with pytest.raises(psycopg.OperationalError, match="does not answer any more"):
        connections.check_connection(resting)
    assert resting.closed
    assert asked == [frozen, None, other]


@pytest.mark.parametrize("answers_at_last", [False, True])
def test_all_are_asked_while_one_takes_its_time(answers_at_last: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that an error comes after one such time and not after two; and who answers at last is not avoided for it."""
    slow, others_were_asked = Where("db", "10.0.0.1", 5432), Event()

    def answers(where: Where | None) -> bool:
        if where is None:
            others_were_asked.set()
            return answers_at_last
        return others_were_asked.wait(timeout=20) and answers_at_last

    monkeypatch.setattr(module, "SOON", 0.0)
    beat = Pulse(answers)
    monkeypatch.setattr(beat, "_begin_to_wait", lambda: None)
    assert beat.is_felt(slow) is answers_at_last
    assert others_were_asked.is_set()
    two = {"host": "db,other", "port": "5432,5432"}
    assert beat.others_first(two)["host"] == ("db,other" if answers_at_last else "other,db")


class Resting:
    """A connection in the pool."""

    def __init__(self, where: Where) -> None:
        self.where, self.closed = where, False

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("told", "answered"),
    [
        ("connection refused\nMultiple connection attempts failed. All failures were:\n- host: 'a': connection timeout expired", False),
        ("connection refused", True),
    ],
)
def test_of_several_addresses_ones_refusal_does_not_make_up_for_anothers_silence(
    told: str, answered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(**_wanted: Any) -> None:
        raise psycopg.OperationalError(told)

    monkeypatch.setattr(psycopg, "connect", connect)
    assert module.probe() is answered


def test_of_several_hosts_one_that_did_not_answer_is_connected_to_last(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Where | None] = []

    def answers(where: Where | None) -> bool:
        asked.append(where)
        return where is None

    beat, told = Pulse(answers), {"host": "first,second", "port": "5432,5433", "user": "maya"}
    assert beat.others_first(told) == told
    assert not beat.is_felt(Where("first", "127.0.0.1", 5432))
    assert beat.others_first(told) == {"host": "second,first", "port": "5433,5432", "user": "maya"}
    assert beat.others_first({"host": "first", "port": 5432}) == {"host": "first", "port": 5432}
    monkeypatch.setattr(module, "AVOIDED_SECONDS", 0.0)
    assert beat.others_first(told) == told


def test_a_worker_that_begins_knows_it_from_the_others_of_its_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"host": "first,second", "port": "5432,5433"}
    Pulse(lambda where: where is None, marks=lambda: tmp_path / "silent").is_felt(Where("first", "127.0.0.1", 5432))
    begun = Pulse(lambda _where: True, marks=lambda: tmp_path / "silent")
    assert begun.others_first(told) == {"host": "second,first", "port": "5433,5432"}
    monkeypatch.setattr(module, "AVOIDED_SECONDS", 0.0)
    assert begun.others_first(told) == told


def test_where_nothing_can_be_written_each_finds_out_by_itself(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    told = {"host": "first,second", "port": "5432,5433"}
    beat = Pulse(lambda where: where is None, marks=lambda: tmp_path / "a file" / "silent")
    assert not beat.is_felt(Where("first", "127.0.0.1", 5432))
    assert beat.others_first(told)["host"] == "second,first"


def test_the_pools_connections_are_made_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []
    beat = Pulse(lambda where: where is None)
    beat.is_felt(Where("first", "127.0.0.1", 5432))
    monkeypatch.setattr(module, "pulse", beat)
    monkeypatch.setattr(psycopg.Connection, "connect", classmethod(lambda _cls, _conninfo, **parameters: given.append(parameters)))
    module.WatchedConnection.connect("", host="first,second", port="5432,5432")
    assert given == [{"host": "second,first", "port": "5432,5432"}]
