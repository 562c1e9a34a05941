"""A PostgreSQL that hangs is found out by asking it; one that is only slow is waited for."""

import time
from collections.abc import Generator
from threading import Event
from typing import Any

import psycopg
import pytest
from django.test import Client

from config.postgresql.base import DatabaseWrapper
from vanguard import pulse as module
from vanguard.pulse import HANGS, Pulse, watched

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

    def answers() -> bool:
        asked.append(1)
        return True

    monkeypatch.setattr(module, "pulse", Pulse(answers))
    assert driven(watched(answer_after(5))) == "rows"
    assert asked == [1]  # a fresh answer counts for all who wait


def test_nobody_waits_where_it_answers_no_one_until_it_does_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Event()
    beat = Pulse(answers.is_set)
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
