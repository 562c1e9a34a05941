"""Whatever underwriters do to a policy and its renewals, in whatever order, the books add up: terms, account, and where terms meet.

HISTORIES says how many policies live through it; the suite takes fifty.
"""

import datetime
import os
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from django.utils import timezone

from policies.billing.models import BillingAccount, Plan, total
from policies.billing.services import change_plan, charge_fee, receive_payment
from policies.billing.services.instalments import PREMIUM, of_premium
from policies.models import Policy
from policies.reading import cover_at, renewal_of, timeline_of, versions_of
from policies.rules import Endorsement
from policies.services import cancel_policy, endorse_policy, reinstate_policy, renew_policy, update_policy
from tests.billing.books import assert_books_agree
from tests.policies.booking import days_into, fresh, running
from vanguard.errors import Conflict, DomainError, Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HISTORIES, LENGTH = int(os.environ.get("HISTORIES", "50")), 8
# A transaction each: in one alone, a long run would read past ever more dead rows.
PARTS = max(4, HISTORIES // 25)
KINDS = ("endorse", "endorse", "endorse", "factor", "cancel", "reinstate", "correct", "dates", "renew", "plan", "pay", "fee")


def money(chance: Random, most: int) -> Decimal:
    return Decimal(chance.randint(0, most * 100)).scaleb(-2)


def step(chance: Random, policy: Policy) -> None:
    """One thing that an underwriter tries; most make sense, some do not."""
    at = days_into(policy, chance.randint(-2, 366)) + datetime.timedelta(hours=chance.choice([0, 0, 11, 13]))
    match chance.choice(KINDS):
        case "endorse":
            field = chance.choice(["coverage_amount", "deductible_amount", "premium_amount"])
            keep = {field: chance.choice(["this", "later"])} if chance.random() < 0.7 else {}
            carry = chance.random() < 0.3
            asked = Endorsement({field: money(chance, 50_000)}, effective_at=at, keep=keep, carry_to_renewal=carry)
            endorse_policy(None, policy.pk, asked)
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
        case "dates":
            name = chance.choice(["start_date", "end_date"])
            moved = getattr(policy, name) + datetime.timedelta(days=chance.randint(-20, 20))
            update_policy(None, policy.pk, version=None, changes={name: moved})
        case "renew":
            renew_policy(None, policy.pk)
        case "plan":
            change_plan(None, policy.pk, plan=chance.choice(Plan.values), version=None)
        case "pay":
            receive_payment(None, policy.pk, amount=money(chance, 500) + 1, method="card")
        case "fee":
            charge_fee(None, policy.pk, amount=money(chance, 50) + 1, reason="Asked for a copy")


def chain(policy: Policy) -> list[Policy]:
    """The policy, its renewal, the renewal of that."""
    found = [fresh(policy)]
    while following := renewal_of(found[-1]):
        found.append(following)
    return found


def check_account(policy: Policy, written: Decimal) -> None:
    """What is charged is what is written; and what is to be collected, as long as nothing was paid, is too."""
    account = BillingAccount.objects.get(policy=policy)
    assert_books_agree(account)
    assert total(account.entries.filter(kind__in=PREMIUM)) == written
    if not account.payments.exists():
        assert total(of_premium(account)) == written


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
    check_account(policy, written)
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
            before = chain(policy)
            try:
                step(chance, chance.choice(before))
                outcomes["done"] += 1
            except (Conflict, Invalid) as refused:
                outcomes[refused.code] += 1
                assert [each.booked_versions for each in chain(policy)] == [each.booked_versions for each in before]
            except DomainError as unexpected:
                pytest.fail(f"seed {seed}: {unexpected}")
        terms = chain(policy)
        assert all(one.end_date == other.start_date for one, other in pairwise(terms))
        assert all(other.cancelled_at for one, other in pairwise(terms) if one.cancelled_at and other.start_date > timezone.now())
        for each in terms:
            check_books(each)
    assert outcomes["done"] > HISTORIES // PARTS, outcomes
