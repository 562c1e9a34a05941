"""Cover ends unless it was paid for before the instant that the notice named: whenever that is booked, and whatever is booked meanwhile."""

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone

from policies.billing.models import BillingAccount, Notice
from policies.billing.providers import PAYMENT_RECEIVED, Told
from policies.billing.services import (
    allocate_event,
    change_plan,
    refund_payment,
    reverse_entry,
    reverse_payment,
    run_delinquency,
    take_delivery,
)
from policies.models import Policy
from policies.reading import as_of, cover_at
from policies.reading.standing import cancelled_for, status_then
from policies.rules import Endorsement
from policies.services import cancel_policy, endorse_policy, reinstate_policy, renew_policy, update_policy
from tests.billing.books import assert_books_agree, tell
from tests.billing.unpaid import DAY, LAPSE, assert_covered, assert_lapsed, at, chase, noticed, pay, policy_of
from tests.clock import SetClock
from tests.factories import submitted_claim
from vanguard.errors import Conflict

pytestmark = pytest.mark.django_db


def test_a_cancellation_for_later_neither_undoes_a_lapse_nor_is_undone_with_it(clock: SetClock, unpaid: BillingAccount) -> None:
    cancel_policy(None, unpaid.policy_id, effective_at=at(4, 1))
    clock.set("2026-02-10 12:00")
    assert_lapsed(unpaid, booked=False)
    with pytest.raises(Conflict) as refused:
        reinstate_policy(None, unpaid.policy_id)
    assert refused.value.code == "lapse_not_booked"
    held = as_of(policy_of(unpaid), at(2, 9), at(2, 9))
    assert (held.cancelled_at, cancelled_for(held)) == (LAPSE, "non_payment")
    chase()
    assert_lapsed(unpaid, booked=True)
    pay(unpaid, LAPSE - DAY)
    policy = policy_of(unpaid)
    assert (policy.cancelled_at, policy.cancellation_reason, cover_at(policy, at(3, 31)).in_force) == (at(4, 1), "insured_request", True)
    assert_books_agree(unpaid)


def test_a_cancellation_from_before_the_lapse_ends_the_notice_and_what_is_reinstated_is_cover(
    clock: SetClock, unpaid: BillingAccount
) -> None:
    clock.set("2026-02-10 12:00")
    cancel_policy(None, unpaid.policy_id, effective_at=at(1, 20))
    assert policy_of(unpaid).lapses_at is None
    assert Notice.objects.get().lapsed_at is not None
    reinstate_policy(None, unpaid.policy_id, effective_at=at(2, 11))
    policy = policy_of(unpaid)
    assert [cover_at(policy, moment).in_force for moment in (at(2, 10), at(2, 12))] == [False, True]
    chase()
    assert (policy_of(unpaid).status, policy_of(unpaid).lapses_at) == ("active", at(3, 13, 0) + datetime.timedelta(minutes=1))


def correct_the_end(account: BillingAccount) -> None:
    """Paid in full, and too late; then only a date is corrected, as the books are told of it."""
    pay(account, timezone.now())
    tell(policy_of(account), "0.00", kind="correction")


def correct_through_the_service(account: BillingAccount) -> None:
    for changes in ({"start_date": at(1, 25)}, {"end_date": at(12, 1)}, {"premium_amount": Decimal("1.00")}):
        with pytest.raises(Conflict) as refused:
            update_policy(None, account.policy_id, version=None, changes=changes)
        assert refused.value.code == "cancelled"


def return_premium(account: BillingAccount) -> None:
    """What was paid in time would pay what is left."""
    pay(account, at(1, 20), "1100.00")
    endorse_policy(None, account.policy_id, Endorsement({"premium_amount": Decimal("1080.00")}, effective_at=at(1, 15)))
    assert not Notice.objects.get().invoice.open_amount


def change_the_plan(account: BillingAccount) -> None:
    chase()
    with pytest.raises(Conflict) as refused:
        change_plan(None, account.policy_id, plan="monthly", version=None)
    assert refused.value.code == "noticed"
    pay(account, timezone.now(), "1.00")


@pytest.mark.parametrize("book", [change_the_plan, correct_the_end, correct_through_the_service, return_premium])
def test_nothing_but_a_payment_brings_back_what_has_lapsed(
    clock: SetClock, unpaid: BillingAccount, book: Callable[[BillingAccount], None]
) -> None:
    clock.set("2026-02-10 12:00")
    book(unpaid)
    assert_lapsed(unpaid, booked=policy_of(unpaid).cancelled_at is not None)
    chase()
    assert_lapsed(unpaid, booked=True)


def test_a_term_that_has_lapsed_is_not_corrected_along_with_its_renewal(clock: SetClock) -> None:
    account = noticed(clock, end_date=at(3, 1))
    renewal = renew_policy(None, account.policy_id)
    clock.set("2026-02-10 12:00")
    with pytest.raises(Conflict) as refused:
        update_policy(None, account.policy_id, version=None, changes={"end_date": at(3, 5)})
    assert refused.value.code == "cancelled"
    with pytest.raises(Conflict) as refused:
        update_policy(None, renewal.pk, version=None, changes={"start_date": at(3, 5)})
    assert refused.value.code == "cancelled"


def by_hand(account: BillingAccount) -> None:
    pay(account, LAPSE - DAY)


def allocated(account: BillingAccount) -> None:
    told = Told("evt_1", PAYMENT_RECEIVED, LAPSE - DAY, "pi_1", Decimal("1200.00"), policy_number="POL-NOWHERE")
    event = take_delivery("local", told, b"")
    allocate_event(None, event.pk, policy_number=account.policy.policy_number)


@pytest.mark.parametrize("runs", [True, False], ids=["after the run", "before the run"])
@pytest.mark.parametrize("pays", [by_hand, allocated])
def test_a_payment_that_came_in_time_covers_whenever_it_is_booked(
    clock: SetClock, unpaid: BillingAccount, pays: Callable[[BillingAccount], None], *, runs: bool
) -> None:
    clock.set("2026-02-10 12:00")
    if runs:
        chase()
    pays(unpaid)
    assert_covered(unpaid)
    chase()
    assert_covered(unpaid)
    notice = Notice.objects.get()
    assert (notice.paid_at is not None, notice.lapsed_at) == (True, None)


@pytest.mark.parametrize("received_at", [LAPSE, LAPSE + DAY])
def test_a_payment_that_came_late_brings_back_nothing_that_is_booked(
    clock: SetClock, unpaid: BillingAccount, received_at: datetime.datetime
) -> None:
    clock.set("2026-02-10 12:00")
    chase()
    pay(unpaid, received_at)
    assert_lapsed(unpaid, booked=True)


def test_a_gap_that_a_person_left_is_filled_by_what_came_in_time_and_no_other_cancellation_is_undone(
    clock: SetClock, unpaid: BillingAccount
) -> None:
    clock.set("2026-02-10 12:00")
    chase()
    reinstate_policy(None, unpaid.policy_id, effective_at=at(2, 20))
    pay(unpaid, LAPSE - DAY, "1100.00")
    assert not cover_at(policy_of(unpaid), at(2, 12)).in_force
    first = pay(unpaid, LAPSE - DAY, "100.00")
    assert_covered(unpaid)
    reverse_payment(None, first.pk, reason="Returned")
    cancel_policy(None, unpaid.policy_id, effective_at=at(1, 20))
    pay(unpaid, LAPSE - DAY, "100.00")
    assert policy_of(unpaid).cancelled_at == at(1, 20)


def test_a_cancellation_that_was_asked_for_from_the_very_instant_of_the_lapse_is_not_undone(
    clock: SetClock, unpaid: BillingAccount
) -> None:
    clock.set("2026-01-10 12:00")
    cancel_policy(None, unpaid.policy_id, effective_at=LAPSE)
    clock.set("2026-01-20 12:00")
    pay(unpaid, timezone.now())
    policy = policy_of(unpaid)
    assert (policy.cancelled_at, policy.cancellation_reason) == (LAPSE, "insured_request")
    assert_books_agree(unpaid)


def test_a_payment_in_time_brings_nothing_back_where_money_was_paid_out_since(clock: SetClock, unpaid: BillingAccount) -> None:
    clock.set("2026-01-20 12:00")
    most = pay(unpaid, timezone.now(), "1100.00")
    clock.set("2026-02-05 12:00")
    chase()
    refund_payment(None, most.pk, amount=Decimal("900.00"), reason="Cover has ended")
    pay(unpaid, LAPSE - DAY, "100.00")
    assert_lapsed(unpaid, booked=True)
    refund = unpaid.entries.get(kind="refund")
    reverse_entry(None, refund.pk, reason="Never cashed")
    pay(unpaid, LAPSE - DAY, "1.00")
    assert_covered(unpaid)


def test_what_came_in_time_for_an_earlier_lapse_fills_its_gap_though_another_notice_has_ended_since(
    clock: SetClock, unpaid: BillingAccount
) -> None:
    clock.set("2026-02-10 12:00")
    chase()
    reinstate_policy(None, unpaid.policy_id, effective_at=at(2, 12))
    chase()
    assert Notice.objects.count() == 2
    clock.set("2026-02-18 12:00")
    cancel_policy(None, unpaid.policy_id, effective_at=at(2, 20))
    pay(unpaid, LAPSE - DAY)
    policy = policy_of(unpaid)
    assert [cover_at(policy, moment).in_force for moment in (at(2, 5), at(2, 13), at(2, 21))] == [True, True, False]
    assert (policy.cancelled_at, policy.cancellation_reason) == (at(2, 20), "insured_request")
    assert_books_agree(unpaid)


@pytest.mark.parametrize(
    ("run_at", "ends"),
    [("2026-02-05 12:00", None), ("2026-03-05 12:00", None), ("2026-03-05 12:00", at(4, 1))],
    ids=["before it begins", "after it began", "where it is cancelled from later on"],
)
def test_a_lapse_ends_the_renewal_whenever_it_is_booked_and_a_payment_in_time_brings_it_back(
    clock: SetClock, run_at: str, ends: datetime.datetime | None
) -> None:
    account = noticed(clock, end_date=at(3, 1))
    renewal = renew_policy(None, account.policy_id)
    if ends:
        cancel_policy(None, renewal.pk, effective_at=ends)
    clock.set(run_at)
    chase()
    renewal.refresh_from_db()
    assert (renewal.status, renewal.cancellation_reason, renewal.cancelled_at) == ("cancelled", "prior_term", renewal.start_date)
    clock.set("2026-03-06 12:00")
    pay(account, LAPSE - DAY)
    renewal.refresh_from_db()
    assert (renewal.cancelled_at, renewal.cancellation_reason) == (ends, "insured_request" if ends else "")
    assert cover_at(renewal, at(3, 2)).in_force
    assert_books_agree(BillingAccount.objects.get(policy=renewal))


def test_a_begun_renewal_with_a_known_loss_is_not_covered_by_what_paid_for_the_term_before(clock: SetClock) -> None:
    account = noticed(clock, end_date=at(3, 1))
    renewal = renew_policy(None, account.policy_id)
    clock.set("2026-03-05 12:00")
    submitted_claim(renewal, incident_date=at(3, 2), reported_date=at(3, 3), to_be_denied=True)
    chase()
    pay(account, LAPSE - DAY)
    assert cover_at(policy_of(account), LAPSE + DAY).in_force
    renewal.refresh_from_db()
    assert (renewal.status, renewal.cancelled_at) == ("cancelled", renewal.start_date)
    with pytest.raises(Conflict) as refused:
        reinstate_policy(None, renewal.pk)
    assert refused.value.code == "known_loss"


def test_what_an_earlier_release_left_apart_is_brought_in_line_by_the_next_run(clock: SetClock, unpaid: BillingAccount) -> None:
    Policy.objects.filter(pk=unpaid.policy_id).update(lapses_at=None)
    run_delinquency(timezone.now())
    assert policy_of(unpaid).lapses_at == LAPSE
    pay(unpaid, timezone.now())
    Policy.objects.filter(pk=unpaid.policy_id).update(lapses_at=LAPSE)
    clock.set("2026-02-10 12:00")
    run_delinquency(timezone.now())
    assert_covered(unpaid)


def test_a_lapse_is_known_from_its_own_moment_whenever_it_was_booked(clock: SetClock, unpaid: BillingAccount) -> None:
    clock.set("2026-02-05 12:00")
    told = [known_on(unpaid, known) for known in (at(2, 1), at(2, 4))]
    clock.set("2026-02-10 12:00")
    chase()
    assert told == [known_on(unpaid, known) for known in (at(2, 1), at(2, 4))]
    assert told == [(True, "active", ""), (False, "cancelled", "non_payment")]
    assert known_on(unpaid, at(2, 11)) == (False, "cancelled", "non_payment")


def known_on(account: BillingAccount, known_at: datetime.datetime) -> tuple[bool, str, str]:
    policy = policy_of(account)
    held = as_of(policy, at(2, 3), known_at)
    assert held.in_force == cover_at(policy, at(2, 3), known_at).in_force
    return held.in_force, status_then(held), cancelled_for(held)
