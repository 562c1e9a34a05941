"""A claim as it was known on another day: state, money, facts, owner, file; on the page and by the API. Nothing is done there."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import Settings

from claims.models import Claim, ClaimDocument, ClaimNote, ClaimTransition, EarlierDescription, LedgerEntry, Stage
from claims.past import claim_known_at, notes_for, payments_at
from claims.services import (
    add_note,
    appeal_claim,
    approve_claim,
    assign_claim,
    attach_document,
    clear_payment,
    close_claim,
    correct_jurisdiction,
    deny_claim,
    issue_payment,
    pay_claim,
    reopen_claim,
    set_reserve,
    update_claim,
)
from claims.services.proving import basis_of
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, staff, started_claim, submitted_claim, supervisor
from tests.policies.test_coverages import bound, loss
from tests.workbench.desk import claim_url, desk_of, source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db
NOW_COMPARED = (
    "status", "stage", "closed_at", "reopened_at", "processed_date", "approved_amount", "paid_amount", "proposed_amount", "proposed_by_id",
    "appealed_at", "first_decided_by_id", "depreciation", "jurisdiction",
    "assignee_id", "claim_amount", "claim_type", "description", "incident_date", "reported_date", "due_at",
)  # fmt: skip


@pytest.fixture
def maya(db: None) -> User:
    return adjuster(first_name="Maya", last_name="Okafor")


def days_earlier(claim: Claim, days: int) -> None:
    """All that has happened on the claim until now, so many days earlier; so that a day lies between it and what follows."""
    shift = timedelta(days=days)
    tables: list[tuple[Any, tuple[str, ...]]] = [
        (ClaimTransition.objects.filter(claim=claim), ("at",)),
        (LogEntry.objects.filter(object_pk=str(claim.pk)), ("timestamp",)),
        (ClaimNote.objects.filter(claim=claim), ("created_at",)),
        (ClaimDocument.objects.filter(claim=claim), ("created_at",)),
        (EarlierDescription.objects.filter(claim=claim), ("until",)),
    ]
    for rows, names in tables:
        for row in rows:
            rows.filter(pk=row.pk).update(**{name: getattr(row, name) - shift for name in names})


def end_of_day(days_ago: int) -> datetime:
    return timezone.now() - timedelta(days=days_ago)


def test_now_is_the_claim_as_it_stands_whatever_happened(maya: User) -> None:
    daniel, finance = supervisor(), staff("Finance")
    policy = PolicyFactory.create(coverage_amount=Decimal("90000.00"))
    pending, denied = submitted_claim(policy), started_claim(maya, policy)
    waiting = started_claim(maya, policy, claim_amount=Decimal("50000.00"))
    approve_claim(maya, waiting.pk)
    paid = started_claim(maya, policy)
    approve_claim(maya, paid.pk)
    pay_claim(finance, paid.pk, amount=Decimal("1500.00"))
    again = started_claim(maya, policy)
    approve_claim(maya, again.pk, amount=Decimal("100.00"))
    pay_claim(finance, again.pk)
    clear_payment(finance, again.payments.get().pk)
    close_claim(maya, again.pk)
    reopen_claim(daniel, again.pk, reason="More damage")
    approve_claim(maya, again.pk, amount=Decimal("50.00"))
    for claim in (pending, denied, waiting, paid, again):
        claim.refresh_from_db()
        past = claim_known_at(claim, timezone.now())
        assert past is not None
        assert past.later == 0
        assert {name: getattr(past.claim, name) for name in NOW_COMPARED} == {name: getattr(claim, name) for name in NOW_COMPARED}


def test_each_day_knows_what_had_happened_by_then(maya: User) -> None:
    claim = submitted_claim()
    days_earlier(claim, 2)
    assign_claim(maya, claim.pk)
    days_earlier(claim, 2)
    update_claim(maya, claim.pk, version=None, changes={"claim_amount": Decimal("7000.00"), "description": "The ceiling too."})
    days_earlier(claim, 2)
    claim = Claim.objects.get(pk=claim.pk)
    first, second, third = (claim_known_at(claim, end_of_day(ago)) for ago in (5, 3, 1))
    assert first is not None
    assert second is not None
    assert third is not None
    assert [each.claim.stage for each in (first, second, third)] == [Stage.TRIAGED, Stage.ASSIGNED, Stage.ASSIGNED]
    assert [each.claim.assignee for each in (first, second, third)] == [None, maya, maya]
    assert [each.claim.claim_amount for each in (first, second, third)] == [Decimal("5000.00"), Decimal("5000.00"), Decimal("7000.00")]
    assert (first.claim.description, third.claim.description) == ("", "The ceiling too.")
    assert [each.later for each in (first, second, third)] == [2, 1, 0]
    assert claim_known_at(claim, end_of_day(30)) is None
    assert claim.stage == Stage.ASSIGNED  # the copy changed, the record did not


def test_a_reopened_claim_was_closed_before(maya: User) -> None:
    claim = started_claim(maya)
    approve_claim(maya, claim.pk)
    days_earlier(claim, 3)
    reopen_claim(supervisor(), claim.pk, reason="More damage")
    claim.refresh_from_db()
    past = claim_known_at(claim, end_of_day(1))
    assert past is not None
    assert (past.claim.status, past.claim.approved_amount, past.claim.reopened_at) == ("approved", Decimal("4000.00"), None)
    assert claim.approved_amount is None


def test_depreciation_and_jurisdiction_are_those_of_the_day_on_the_page_and_by_the_api(maya: User) -> None:
    claim = started_claim(maya)
    update_claim(maya, claim.pk, version=None, changes={"depreciation": Decimal("300.00")})
    correct_jurisdiction(maya, claim.pk, jurisdiction="US-TX", reason="The house is in Austin")
    days_earlier(claim, 3)
    update_claim(maya, claim.pk, version=None, changes={"depreciation": Decimal("800.00")})
    correct_jurisdiction(maya, claim.pk, jurisdiction="US-IA", reason="It is in Ames")
    claim.refresh_from_db()
    past = claim_known_at(claim, end_of_day(1))
    assert past is not None
    assert (past.claim.depreciation, past.claim.jurisdiction) == (Decimal("300.00"), "US-TX")
    page = words(desk_of(maya).get(f"{claim_url(claim)}?known={end_of_day(1).date()}"))
    assert "Depreciation 300.00 800.00" in page
    assert "Jurisdiction US-TX US-IA" in page
    told = Caller(maya).get(f"/claims/{claim.pk}?known_at={end_of_day(1).date()}").data
    assert (told["depreciation"], told["jurisdiction"]) == (300, "US-TX")


def test_an_appeal_is_open_from_its_step_to_the_next_decision(maya: User) -> None:
    claim = deny_claim(maya, started_claim(maya).pk, reason="Rust", reason_code="excluded_peril")
    days_earlier(claim, 3)
    appeal_claim(None, claim.pk, reason="No rust")
    days_earlier(claim, 3)
    approve_claim(supervisor(), claim.pk)
    days_earlier(claim, 3)
    claim.refresh_from_db()
    found = [claim_known_at(claim, end_of_day(ago)) for ago in (7, 4, 1)]
    assert [each and (each.claim.appealed_at is not None, each.claim.first_decided_by_id) for each in found] == [
        (False, None), (True, maya.pk), (False, None),
    ]  # fmt: skip


def test_the_cover_of_the_past_is_that_of_the_coverage_that_answers_the_loss(maya: User) -> None:
    claim = loss(bound(), "theft", 900_000)
    assert basis_of(claim).cover.limit == Decimal(50_000)
    page = words(desk_of(maya).get(f"{claim_url(claim)}?known={timezone.now().date()}"))
    assert re.search(r"Limit \$?50,000\.00", page)


def test_money_is_that_of_the_ledger_by_then(maya: User) -> None:
    finance, claim = staff("Finance"), started_claim(maya)
    set_reserve(maya, claim.pk, amount=Decimal("4000.00"), reason="First estimate")
    approve_claim(maya, claim.pk)
    pay_claim(maya, claim.pk, amount=Decimal("1000.00"))
    before = timezone.now()
    issue_payment(finance, claim.payments.get().pk)
    past = claim_known_at(Claim.objects.get(pk=claim.pk), before)
    assert past is not None
    assert (past.claim.paid_amount, past.claim.stage) == (Decimal("0.00"), "payment_pending")
    balance = past.entries.balance()
    assert (balance.outstanding, balance.paid) == (Decimal("4000.00"), Decimal("0.00"))
    [then], [now] = payments_at(claim, before), payments_at(claim, timezone.now())
    assert (then.status, then.paid_at, now.status) == ("approved", None, "issued")
    assert LedgerEntry.objects.filter(claim=claim).count() == 2


def test_the_page_of_another_day_says_so_and_offers_nothing(maya: User, tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    claim = submitted_claim(description="Water came in.")
    add_note(maya, claim.pk, text="Called the insured.")
    days_earlier(claim, 4)
    assign_claim(maya, claim.pk)
    add_note(maya, claim.pk, text="Surveyor booked.")
    attach_document(maya, claim.pk, upload=SimpleUploadedFile("estimate.pdf", b"%PDF-1.7\n%%EOF\n"))
    update_claim(maya, claim.pk, version=None, changes={"description": "Water came through the roof."})
    desk = desk_of(maya)
    day = (timezone.now() - timedelta(days=2)).date().isoformat()
    page = words(desk.get(f"{claim_url(claim)}?known={day}"))
    assert "As it was known on" in page
    assert "2 later steps are left out. Changes are off" in page
    assert "Called the insured." in page
    assert "Surveyor booked." not in page
    assert "estimate.pdf" not in page
    assert "Water came in." in page
    shown = source(desk.get(f"{claim_url(claim)}?known={day}"))
    assert "<form" not in shown.partition("<main")[2].partition("</main>")[0].replace('<form class="wb-time"', "")
    assert "Surveyor booked." in words(desk.get(claim_url(claim)))
    assert notes_for(claim, maya).count() == 2
    assert not notes_for(claim, policyholder()).exists()


def test_commands_that_come_from_the_past_are_refused_by_the_server(maya: User) -> None:
    claim = started_claim(maya)
    desk, version = desk_of(maya), claim.version
    for command in ("approve", "deny", "note", "reserve", "edit", "assign"):
        answer = desk.post(f"{claim_url(claim, command)}?known=2026-01-01", {"text": "x", "reason": "x", "version": version}, follow=True)
        assert "where nothing can be changed" in source(answer), command
    assert claim.notes.count() == 0
    assert Claim.objects.get(pk=claim.pk).version == version
    assert "was not known on 1 Jan 2020 yet" in source(desk.get(f"{claim_url(claim)}?known=2020-01-01", follow=True))
    assert desk.get(f"{claim_url(claim)}?known=nonsense").status_code == 200
    assert "As it was known" not in words(desk.get(f"{claim_url(claim)}?known=nonsense"))


def test_the_page_of_the_past_takes_a_fixed_number_of_queries(maya: User, django_assert_max_num_queries: Any) -> None:
    claim = started_claim(maya)
    for index in range(5):
        add_note(maya, claim.pk, text=f"Note {index}")
    day = timezone.localdate().isoformat()
    desk = desk_of(maya)
    desk.get(f"{claim_url(claim)}?known={day}")
    with django_assert_max_num_queries(31):
        assert desk.get(f"{claim_url(claim)}?known={day}").status_code == 200


def test_the_api_answers_as_known_at_a_moment(maya: User) -> None:
    claim = started_claim(maya)
    before = claim.transitions.get(command="start").at - timedelta(microseconds=1)
    caller = Caller(maya)
    then = caller.get(f"/claims/{claim.pk}?known_at={before.isoformat().replace('+00:00', 'Z')}")
    assert (then.status, then.data["status"], then.data["stage"]) == (200, "pending", "triaged")
    assert "ETag" not in then.headers
    assert "assigneeId" not in then.data
    assert caller.get(f"/claims/{claim.pk}").data["status"] == "processing"
    early = caller.get(f"/claims/{claim.pk}?known_at=2020-01-01")
    assert (early.status, early.errors) == (404, {"knownAt": "not_known_yet"})
    assert caller.get(f"/claims/{claim.pk}?known_at=soon").status == 422
    assert Caller(policyholder()).get(f"/claims/{claim.pk}?known_at=2026-11-01").status == 404


def test_a_policyholder_reads_the_own_claim_as_it_was_known_and_nobody_elses() -> None:
    """Under the role of a policyholder's reads, too, which the log of changes is closed to (PostgreSQL)."""
    claim = submitted_claim()
    update_claim(None, claim.pk, version=None, changes={"claim_type": "theft"})
    owner, moment = Caller(policyholder(claim.policy.customer)), f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"
    tomorrow = f"{timezone.now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    assert owner.get(f"/claims/{claim.pk}?known_at={tomorrow}").data["claimType"] == "theft"
    assert owner.get(f"/claims/{claim.pk}?known_at=2001-01-01T00:00:00Z").errors == {"knownAt": "not_known_yet"}
    assert owner.get(f"/claims/{submitted_claim().pk}?known_at={moment}").status == 404
    assert owner.get(f"/claims/{claim.pk}").status == 200, "and is held to the own again"
