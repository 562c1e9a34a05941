"""A policy whose premium is unpaid and noticed, and what is asked of it."""

import datetime
from decimal import Decimal

from django.utils import timezone

from policies.billing.models import BillingAccount, Notice, Payment
from policies.billing.services import (
    receive_payment,
    run_delinquency,
)
from policies.models import Policy
from policies.reading import cover_at
from tests.billing.books import assert_books_agree, booked
from tests.clock import SetClock

DAY = datetime.timedelta(days=1)
NEXT_YEAR = datetime.datetime(2027, 1, 1, 0, 1, tzinfo=datetime.UTC)
LAPSE = datetime.datetime(2026, 2, 2, 0, 1, tzinfo=datetime.UTC)


def at(month: int, day: int, hour: int = 12, year: int = 2026) -> datetime.datetime:
    return datetime.datetime(year, month, day, hour, tzinfo=datetime.UTC)


def noticed(clock: SetClock, end_date: datetime.datetime = NEXT_YEAR) -> BillingAccount:
    account = booked("1200.00", start_date=NEXT_YEAR.replace(year=2026), end_date=end_date)
    clock.set("2026-01-02 12:00")
    run_delinquency(timezone.now())
    assert Notice.objects.get().lapses_at == LAPSE
    return account


def policy_of(account: BillingAccount) -> Policy:
    return Policy.objects.get(pk=account.policy_id)


def pay(account: BillingAccount, received_at: datetime.datetime, amount: str = "1200.00") -> Payment:
    return receive_payment(None, account.policy_id, amount=Decimal(amount), method="check", received_at=received_at)


def chase() -> None:
    done = run_delinquency(timezone.now())
    assert done.held == {}


def assert_lapsed(account: BillingAccount, *, booked: bool) -> None:
    policy = policy_of(account)
    assert [cover_at(policy, moment).in_force for moment in (LAPSE - DAY, LAPSE + DAY)] == [True, False]
    assert [policy in Policy.objects.in_force_at(moment) for moment in (LAPSE - DAY, LAPSE + DAY)] == [True, False]
    assert (policy.current_status, policy.lapses_at) == ("cancelled", None if booked else LAPSE)
    if booked:
        assert (policy.status, policy.cancelled_at, policy.cancellation_reason) == ("cancelled", LAPSE, "non_payment")
    assert_books_agree(account)


def assert_covered(account: BillingAccount) -> None:
    policy = policy_of(account)
    assert (policy.current_status, policy.lapses_at, policy.cancelled_at) == ("active", None, None)
    assert all(cover_at(policy, moment).in_force for moment in (LAPSE - DAY, LAPSE, LAPSE + DAY))
    assert_books_agree(account)
