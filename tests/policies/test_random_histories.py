"""Whatever underwriters do to a policy, in whatever order, its books add up.

HISTORIES says how many policies live through it; the suite takes fifty.
"""

import datetime
import os
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from policies.models import Policy
from policies.reading import cover_at, timeline_of, versions_of
from policies.rules import Endorsement
from policies.services import cancel_policy, endorse_policy, reinstate_policy, renew_policy, update_policy
from tests.policies.booking import days_into, fresh, running
from vanguard.errors import Conflict, DomainError, Invalid

pytestmark = pytest.mark.django_db
HISTORIES, LENGTH = int(os.environ.get("HISTORIES", "50")), 8
# A transaction each: in one alone, a long run would read past ever more dead rows.
PARTS = max(4, HISTORIES // 25)
KINDS = ("endorse", "endorse", "endorse", "factor", "cancel", "reinstate", "correct", "renew")


def money(chance: Random, most: int) -> Decimal:
    return Decimal(chance.randint(0, most * 100)).scaleb(-2)


def step(chance: Random, policy: Policy) -> None:
    """One thing that an underwriter tries; most make sense, some do not."""
    at = days_into(policy, chance.randint(-2, 366)) + datetime.timedelta(hours=chance.choice([0, 0, 11, 13]))
    match chance.choice(KINDS):
        case "endorse":
            field = chance.choice(["coverage_amount", "deductible_amount", "premium_amount"])
            keep = {field: chance.choice(["this", "later"])} if chance.random() < 0.7 else {}
            endorse_policy(None, policy.pk, Endorsement({field: money(chance, 50_000)}, effective_at=at, keep=keep))
        case "factor":
            name, factor = chance.choice("abc"), Decimal(chance.randint(5000, 20000)).scaleb(-4)
            endorse_policy(None, policy.pk, Endorsement(factors={name: factor}, effective_at=at, keep={f"factors.{name}": "this"}))
        case "cancel":
            method = chance.choice(["", "flat", "pro_rata", "short_rate"])
            cancel_policy(None, policy.pk, effective_at=at, method=method)
        case "reinstate":
            reinstate_policy(None, policy.pk, effective_at=chance.choice([None, at]))
        case "correct":
            update_policy(None, policy.pk, version=None, changes={"premium_amount": money(chance, 5000)})
        case "renew":
            renew_policy(None, policy.pk)


def check_books(policy: Policy) -> None:
    """What must hold of every policy at every time."""
    versions, written = list(versions_of(policy).prefetch_related("segments")), Decimal(0)
    assert [version.number for version in versions] == list(range(1, policy.booked_versions + 1))
    assert all(one.booked_at < other.booked_at for one, other in pairwise(versions))
    for version in versions:
        segments = list(version.segments.all())
        written += version.premium_change
        assert version.written_premium == written == sum(segment.premium for segment in segments)
        assert all(one.ends_at == other.starts_at for one, other in pairwise(segments))
        assert (segments[0].starts_at, segments[-1].ends_at) == (policy.start_date, policy.end_date)
    found = timeline_of(policy)
    assert (found.written, found.cancelled_at) == (written, policy.cancelled_at)
    for place in range(0, 366, 30):
        moment = days_into(policy, place)
        held, cover = found.at(moment), cover_at(policy, moment)
        assert found.earned_at(moment) + found.unearned_at(moment) == written
        assert cover.in_force is policy.is_in_force_at(moment) is (held is not None and held.in_force)
        assert held is None or (cover.limit, cover.deductible) == (held.terms.coverage_amount, held.terms.deductible_amount)


@pytest.mark.parametrize("part", range(PARTS))
def test_the_books_of_any_history_add_up(part: int) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(part, HISTORIES, PARTS):
        chance, policy = Random(seed), running(premium=str(money(Random(seed), 5000)))
        for _ in range(LENGTH):
            before = fresh(policy).booked_versions
            try:
                step(chance, policy)
                outcomes["done"] += 1
            except (Conflict, Invalid) as refused:
                outcomes[refused.code] += 1
                assert fresh(policy).booked_versions == before
            except DomainError as unexpected:
                pytest.fail(f"seed {seed}: {unexpected}")
        check_books(fresh(policy))
    assert outcomes["done"] > HISTORIES // PARTS, outcomes
