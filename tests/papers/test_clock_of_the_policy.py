"""Papers and letters tell the time by the policy's own wall clock, and say which that is."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from claims.letters.models import LetterKind
from claims.letters.services import draft, draft_denial
from claims.services import deny_claim
from policies.billing.services import run_delinquency
from policies.models import Policy
from policies.papers.facts import facts_of
from policies.papers.letters import paper_of
from policies.papers.models import PolicyDocument
from policies.rules import Endorsement
from policies.services import book_policy, cancel_policy, endorse_policy, reinstate_policy
from tests.api.calling import Caller
from tests.billing.books import booked
from tests.clock import SetClock, moment
from tests.factories import CustomerFactory, PolicyFactory, adjuster, started_claim, underwriter
from tests.papers.test_policy_papers import said
from vanguard.accounts.zones import clock_words, zone_named

pytestmark = [pytest.mark.django_db, pytest.mark.once]
Kind = PolicyDocument.Kind
STARTS = moment("2026-01-01 08:01")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> SetClock:
    settings.MEDIA_ROOT = tmp_path
    clock = SetClock(monkeypatch)
    clock.set("2026-03-01 12:00")
    return clock


@pytest.fixture
def policy(clock: SetClock) -> Policy:
    """A year from 1 January, 00:01 in Los Angeles."""
    return book_policy(
        None,
        customer_id=CustomerFactory.create().pk,
        policy_type="homeowners",
        premium_amount=Decimal("1200.00"),
        coverage_amount=Decimal("250000.00"),
        deductible_amount=Decimal("1000.00"),
        start_date=STARTS,
        end_date=STARTS.replace(year=2027),
        time_zone="America/Los_Angeles",
    )


def text(policy: Policy, kind: Kind) -> str:
    return said(paper_of(facts_of(Policy.objects.get(pk=policy.pk), kind)))


def test_a_schedule_tells_the_term_its_stretches_and_its_gaps_by_the_policys_clock(policy: Policy) -> None:
    endorse_policy(None, policy.pk, Endorsement({"coverage_amount": Decimal(300_000)}, effective_at=moment("2026-07-01 07:00")))
    found = text(policy, Kind.SCHEDULE)
    for expected in (
        "Covered from January 1, 2026, 00:01 PST, this moment included",
        "Covered until January 1, 2027, 00:01 PST",
        "January 1, 2026 to July 1, 2026",
    ):
        assert expected in found, expected
    assert "UTC" not in found
    assert "is changed from July 1, 2026, 00:00 PDT on" in text(policy, Kind.ENDORSEMENT)
    cancel_policy(None, policy.pk, reason="insured_request", effective_at=moment("2026-08-01 05:30"))
    assert "ends on July 31, 2026, 22:30 PDT." in text(policy, Kind.CANCELLATION)
    reinstate_policy(None, policy.pk, effective_at=moment("2026-08-10 07:00"), no_known_loss="None.")
    assert "From July 31, 2026, 22:30 PDT until August 10, 2026, 00:00 PDT" in text(policy, Kind.SCHEDULE)


def test_a_notice_says_by_that_clock_since_when_it_is_due_and_when_cover_ends(clock: SetClock) -> None:
    clock.set("2025-12-20 12:00")
    account = booked("600.00", start_date=STARTS, time_zone="America/Los_Angeles")
    clock.set("2026-01-02 06:00")  # still the 1st in Los Angeles
    run_delinquency(timezone.now())
    facts = facts_of(account.policy, Kind.NONPAYMENT)
    found = said(paper_of(facts))
    assert "Due since January 1, 2026" in found
    assert "cover ends on February 1, 2026, 00:01 PST" in found
    assert facts.as_of == datetime.date(2026, 1, 1)


def test_a_paper_through_the_api_is_of_the_same_words(policy: Policy) -> None:
    made = Caller(underwriter()).post(f"/policies/{policy.pk}/documents", {"kind": "schedule"})
    assert made.status == 201, made
    stored = PolicyDocument.objects.get(policy=policy)
    assert stored.file.open().read().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("zone", "told"), [("UTC", "12:00 UTC"), ("America/Los_Angeles", "04:00 PST"), ("America/Sao_Paulo", "09:00 UTC-03:00")]
)
def test_a_zone_without_letters_is_told_by_its_distance(zone: str, told: str) -> None:
    assert clock_words(moment("2026-01-15 12:00").astimezone(zone_named(zone))) == told


def test_a_claims_letter_tells_the_days_of_the_insureds_own_calendar(clock: SetClock) -> None:
    clock.set("2026-03-05 03:00")  # the evening of the 4th in Los Angeles
    covered = PolicyFactory.create(time_zone="America/Los_Angeles", start_date=STARTS, end_date=STARTS.replace(year=2027))
    claim = started_claim(adjuster(), covered, incident_date=moment("2026-03-02 02:30"), reported_date=timezone.now())
    paper = draft(claim, LetterKind.ACKNOWLEDGEMENT)
    for expected in ("March 1, 2026", "Reported March 4, 2026"):
        assert expected in said(paper), expected
    deny_claim(claim.assignee, claim.pk, reason="The pipe had rusted through.", reason_code="excluded_peril")
    denied = draft_denial(claim.denials.get())
    assert "Decided March 4, 2026" in said(denied)
    assert (denied.date, denied.foot) == (datetime.date(2026, 3, 4), f"Claim {claim.claim_number}, March 4, 2026")
