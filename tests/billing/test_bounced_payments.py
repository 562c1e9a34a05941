"""A payment that bounced never came: the cover ends as if nobody had paid, unless it has gone on otherwise. (docs/decisions/0134)"""

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone

from claims.services import approve_claim, start_claim
from policies.billing.models import BillingAccount, Notice
from policies.billing.services import (
    charge_fee,
    reverse_entry,
    reverse_payment,
)
from policies.reading import cover_at
from policies.services import cancel_policy, reinstate_policy
from tests.billing.books import assert_books_agree
from tests.billing.unpaid import LAPSE, assert_covered, assert_lapsed, at, chase, pay, policy_of
from tests.clock import SetClock
from tests.factories import submitted_claim

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("bounces", "again", "lapses"),
    [
        ("2026-01-25 12:00", None, True),
        ("2026-02-10 12:00", None, True),
        ("2026-02-10 12:00", at(2, 1), False),
    ],
    ids=["within the grace", "after it", "after it, and paid in time otherwise"],
)
def test_a_payment_that_bounces_has_never_ended_the_notice(
    clock: SetClock, unpaid: BillingAccount, bounces: str, again: datetime.datetime | None, *, lapses: bool
) -> None:
    clock.set("2026-01-20 12:00")
    cheque = pay(unpaid, timezone.now())
    assert_covered(unpaid)
    clock.set(bounces)
    if again:
        pay(unpaid, again)
    reverse_payment(None, cheque.pk, reason="Returned")
    assert policy_of(unpaid).lapses_at == (LAPSE if lapses else None)
    clock.set("2026-02-12 12:00")
    chase()
    assert Notice.objects.count() == 1
    if lapses:
        assert_lapsed(unpaid, booked=True)
    else:
        assert_covered(unpaid)


@pytest.mark.parametrize("typed", ["before the bounce", "after it", "after the run"])
def test_what_came_before_the_bounce_was_told_has_gone_on_with_the_cover_whichever_is_typed_first(
    clock: SetClock, unpaid: BillingAccount, typed: str
) -> None:
    clock.set("2026-01-20 12:00")
    cheque = pay(unpaid, timezone.now())
    clock.set("2026-02-10 12:00")
    if typed == "before the bounce":
        pay(unpaid, at(2, 9))
    reverse_payment(None, cheque.pk, reason="Returned")
    clock.set("2026-02-12 12:00")
    if typed == "after the run":
        chase()
    if typed != "before the bounce":
        pay(unpaid, at(2, 11), "1000.00")
        assert_lapsed(unpaid, booked=typed == "after the run")
        pay(unpaid, at(2, 9))
    assert_covered(unpaid)


def a_claim_approved(account: BillingAccount) -> None:
    claim = submitted_claim(policy_of(account), incident_date=at(2, 5), reported_date=at(2, 6))
    start_claim(None, claim.pk)
    approve_claim(None, claim.pk)


def reinstated_with_a_gap(account: BillingAccount) -> None:
    cancel_policy(None, account.policy_id, effective_at=at(2, 1))
    reinstate_policy(None, account.policy_id, effective_at=at(2, 3))


def paid_again_by_what_bounces_as_well(account: BillingAccount) -> None:
    pay(account, at(2, 4))


@pytest.mark.parametrize("since", [a_claim_approved, reinstated_with_a_gap, paid_again_by_what_bounces_as_well])
def test_where_the_cover_has_gone_on_a_payment_that_bounces_has_a_notice_of_its_own(
    clock: SetClock, unpaid: BillingAccount, since: Callable[[BillingAccount], None]
) -> None:
    clock.set("2026-01-20 12:00")
    pay(unpaid, timezone.now())
    clock.set("2026-02-07 12:00")
    since(unpaid)
    clock.set("2026-02-10 12:00")
    for payment in unpaid.payments.order_by("received_at"):
        reverse_payment(None, payment.pk, reason="Returned")
    charge_fee(None, unpaid.policy_id, amount=Decimal("25.00"), reason="Returned")
    reverse_entry(None, unpaid.entries.get(kind="fee").pk, reason="Wrong")
    assert policy_of(unpaid).lapses_at is None
    chase()
    policy = policy_of(unpaid)
    assert (policy.current_status, policy.lapses_at) == ("active", at(3, 13, 0) + datetime.timedelta(minutes=1))
    assert cover_at(policy, at(2, 5)).in_force
    assert_books_agree(unpaid)
