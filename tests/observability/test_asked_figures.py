"""Figures that are asked of the database: what is late, what waits, when the books and the chain were last verified."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import AsyncClient
from django.utils import timezone
from prometheus_client import Metric

from claims.clocks.models import Clock
from claims.oversight.models import BooksRun, ExaminationPack
from policies.models import Policy
from tests import factories, needs
from tests.observability.prometheus import until
from vanguard.observability import asked
from vanguard.trail.models import Verification
from vanguard.trail.sealing import seal


def told() -> dict[str, float]:
    """By name and labels, as the page writes them: `insurance_claim_deadlines_missed{decide}`."""
    samples = [sample for family in asked.ask_all() for sample in family.samples]
    return {f"{each.name}{{{','.join(each.labels.values())}}}".replace("{}", ""): each.value for each in samples}


@pytest.mark.django_db
def test_a_deadline_that_has_passed_is_counted_until_it_is_met() -> None:
    claim = factories.submitted_claim()
    clock = Clock.objects.filter(claim=claim).running().first()
    assert clock is not None
    name = f"insurance_claim_deadlines_missed{{{clock.kind}}}"
    assert told()[name] == 0
    Clock.objects.filter(pk=clock.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    assert told()[name] == 1
    Clock.objects.filter(pk=clock.pk).update(ended_at=timezone.now(), ended_by="decision", met=True)
    assert told()[name] == 0


@pytest.mark.django_db
def test_policies_that_nobody_expired_are_counted() -> None:
    policy = factories.PolicyFactory.create()
    assert told()["insurance_policies_past_end"] == 0
    Policy.objects.filter(pk=policy.pk).update(
        start_date=timezone.now() - timedelta(days=400), end_date=timezone.now() - timedelta(days=35)
    )
    assert told()["insurance_policies_past_end"] == 1


@pytest.mark.django_db
def test_what_was_asked_for_and_waits_is_told_by_its_age() -> None:
    assert told()["vanguard_work_oldest_seconds{examination_packs}"] == 0
    ExaminationPack.objects.create(reason="Market conduct", as_of=timezone.now(), asked_at=timezone.now() - timedelta(hours=1))
    assert told()["vanguard_work_oldest_seconds{examination_packs}"] >= 3600


@pytest.mark.django_db
def test_the_books_are_told_by_when_all_of_them_were_last_verified_and_what_did_not_hold() -> None:
    assert "insurance_books_verified_timestamp_seconds" not in told()
    at = timezone.now() - timedelta(hours=2)
    BooksRun.objects.create(state="done", asked_at=at, finished_at=at, checked=40, red=3)
    BooksRun.objects.create(state="done", finished_at=timezone.now(), checked=1, only=["totals"])
    BooksRun.objects.create(state="failed", finished_at=timezone.now(), checked=1)
    assert told()["insurance_books_verified_timestamp_seconds"] == pytest.approx(at.timestamp())
    assert told()["insurance_books_broken"] == 3


@pytest.mark.django_db(transaction=True)
def test_changes_wait_for_the_chain_until_they_are_sealed() -> None:
    factories.PolicyFactory.create()
    before = told()
    assert before["vanguard_audit_unsealed_records"] > 0
    assert before["vanguard_audit_oldest_unsealed_seconds"] > 0

    def is_sealed() -> bool:
        # Transactions of other databases on this server hold the sealing up until they end.
        seal()
        return told()["vanguard_audit_unsealed_records"] == 0

    until(is_sealed, what="sealing")
    assert told()["vanguard_audit_oldest_unsealed_seconds"] == 0


@pytest.mark.django_db
def test_the_chain_is_told_by_its_last_verification() -> None:
    assert "vanguard_audit_faults" not in told()
    Verification.objects.create(from_sequence=1, to_sequence=9, seconds=0.1, faults=2)
    assert told()["vanguard_audit_faults"] == 2


@pytest.mark.django_db
def test_a_figure_that_cannot_be_had_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> asked.Values:
        raise DatabaseError("canceling statement due to statement timeout")

    monkeypatch.setitem(asked._figures, "broken", asked.Figure("broken", "Is not to be had.", broken))
    figures = told()
    assert "broken" not in figures
    assert figures["vanguard_asked_ok"] == 0
    assert "insurance_policies_past_end" in figures


@needs.postgresql
@pytest.mark.django_db
def test_no_figure_may_take_long() -> None:
    with asked._in_time(), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("1s",)


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How often the database was asked, in place of asking it."""
    times: list[int] = []

    def ask_all() -> list[Metric]:
        times.append(1)
        return [asked._ok(answered=True)]

    monkeypatch.setattr(asked, "ask_all", ask_all)
    asked.forget()
    yield times
    asked.forget()


@pytest.mark.once
async def test_many_scrapes_ask_once(asking: list[int]) -> None:
    pages = [await AsyncClient().get("/metrics") for _ in range(5)]
    assert len(asking) == 1
    assert all("vanguard_asked_ok 1.0" in page.content.decode() for page in pages)


@pytest.mark.once
async def test_a_database_that_hangs_does_not_hold_the_page(asking: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    def hangs() -> list[Metric]:
        free.wait(20)
        return []

    monkeypatch.setattr(asked, "ask_all", hangs)
    monkeypatch.setattr(asked, "WAIT_SECONDS", 0.1)
    page = await asyncio.wait_for(AsyncClient().get("/metrics"), 10)
    free.set()
    assert "vanguard_asked_ok 0.0" in page.content.decode()
    assert "vanguard_active_connections" in page.content.decode()
