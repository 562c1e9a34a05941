"""Claims under the law of a state, and what their clocks say."""

import datetime
from typing import Any

from django.utils import timezone

from claims.clocks.models import Clock, Kind
from claims.clocks.reading import next_clock, why
from claims.models import Claim
from tests.factories import CustomerFactory, PolicyFactory, started_claim, submitted_claim

ADDRESSES = {
    "US-CA": "1187 Alder Court, Sacramento CA",
    "US-TX": "1 Main St, Austin, TX 78701",
    "US-IA": "1 Main St, Des Moines, IA 50309",
    "US-PA": "1 Main St, Harrisburg, PA 17101",
    "": "Lindenweg 3, Bern",
}


def day(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(hour=15, tzinfo=datetime.UTC)


def in_state(state: str, **fields: Any) -> Claim:
    """A claim that was filed on a policy of somebody who lives there."""
    policy = PolicyFactory.create(
        customer=CustomerFactory.create(address=ADDRESSES[state]), start_date=day("2025-06-01"), end_date=day("2027-05-31")
    )
    given = {"incident_date": day("2025-12-18"), "reported_date": day("2025-12-19")} | fields
    return submitted_claim(policy, **given)


def running(claim: Claim) -> dict[str, tuple[str, str, str]]:
    """By kind: the day on which it is due, its sentence and its citation."""
    rows = claim.clocks.running().select_related("rule")
    return {clock.kind: (f"{clock.due_at:%Y-%m-%d}", why(clock), clock.rule.citation) for clock in rows}


def ended(claim: Claim) -> dict[str, tuple[str, bool]]:
    """By kind: what ended it last, and whether it was met by that."""
    rows = claim.clocks.exclude(ended_at=None).order_by("ended_at", "started_at")
    return {clock.kind: (clock.ended_by, clock.met) for clock in rows}


def follows(claim: Claim) -> bool:
    """Whether the claim's deadline is that of its next clock."""
    fresh = Claim.objects.get(pk=claim.pk)
    clock = next_clock(fresh)
    return fresh.due_at == (clock.due_at if clock else None)


def texan(person: Any, reported: datetime.datetime | None = None) -> tuple[Claim, Clock]:
    policy = PolicyFactory.create(customer=CustomerFactory.create(address=ADDRESSES["US-TX"]))
    at = reported or timezone.now() - datetime.timedelta(days=2)
    claim = started_claim(person, policy, reported_date=at, incident_date=at - datetime.timedelta(days=1))
    return claim, claim.clocks.get(kind=Kind.DECIDE, ended_at=None)
