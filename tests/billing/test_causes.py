"""What a booking was for is told by its columns: its words are for people, and may be anything."""

import datetime
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from policies.billing.models import BillingAccount
from policies.models import PolicyVersion
from policies.reading import as_of
from policies.reading.standing import status_then
from policies.services import cancel_policy, reinstate_policy, renew_policy
from tests import needs
from tests.api.calling import Caller
from tests.billing.unpaid import DAY, LAPSE, assert_lapsed, at, chase, noticed, pay, policy_of
from tests.clock import SetClock
from tests.factories import underwriter

Told = list[tuple[str, str, datetime.datetime | None]]


def told_of(account: BillingAccount) -> Told:
    versions = PolicyVersion.objects.filter(policy=account.policy_id).order_by("number")
    return [(each.kind, each.cause, each.lapsed_at) for each in versions][1:]


@pytest.mark.django_db
def test_a_lapse_has_its_cause_and_its_instant_and_so_has_what_is_brought_back_by_right(clock: SetClock) -> None:
    account = noticed(clock, end_date=at(3, 1))
    renewal = BillingAccount.objects.get(policy=renew_policy(None, account.policy_id))
    clock.set("2026-02-10 12:00")
    chase()
    pay(account, LAPSE - DAY)
    assert told_of(account) == [("cancellation", "non_payment", LAPSE), ("reinstatement", "paid_before", None)]
    assert told_of(renewal) == [("cancellation", "prior_term", LAPSE), ("reinstatement", "paid_before", None)]
    shown = Caller(underwriter()).get(f"/policies/{renewal.policy_id}/versions").data["data"]
    assert [(each["cause"], each.get("lapsedAt")) for each in shown[:2]] == [("paid_before", None), ("prior_term", "2026-02-02T00:01:00Z")]


@pytest.mark.django_db
def test_what_a_person_cancels_for_non_payment_is_no_lapse(clock: SetClock, unpaid: BillingAccount) -> None:
    clock.set("2026-02-01 12:00")
    cancel_policy(underwriter(), unpaid.policy_id, reason="non_payment", effective_at=LAPSE)
    assert told_of(unpaid) == [("cancellation", "non_payment", None)]
    pay(unpaid, LAPSE - DAY)
    assert policy_of(unpaid).status == "cancelled"


@pytest.mark.django_db
def test_words_decide_nothing(clock: SetClock, unpaid: BillingAccount) -> None:
    clock.set("2026-02-10 12:00")
    chase()
    reinstate_policy(None, unpaid.policy_id, reason="Paid before the lapse")
    assert told_of(unpaid)[-1] == ("reinstatement", "", None)


@pytest.mark.django_db
def test_a_renewal_was_known_to_have_lapsed_along_from_that_instant_whenever_it_was_booked(clock: SetClock) -> None:
    account = noticed(clock, end_date=at(3, 1))
    renewal = renew_policy(None, account.policy_id)
    clock.set("2026-02-20 12:00")
    chase()
    renewal.refresh_from_db()
    held = [as_of(renewal, at(3, 2), known) for known in (at(2, 1), at(2, 4), at(2, 21))]
    assert [(each.in_force, status_then(each)) for each in held] == [(True, "active"), (False, "cancelled"), (False, "cancelled")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [{"cause": "paid_before"}, {"cause": "flat", "lapsed_at": LAPSE}, {"lapsed_at": LAPSE}, {"cause": "because"}],
    ids=["of a cancellation by right", "a flat lapse", "a lapse for nothing", "unknown"],
)
def test_the_database_refuses_a_cause_that_does_not_fit(clock: SetClock, unpaid: BillingAccount, wrong: dict[str, object]) -> None:
    chase()
    clock.set("2026-02-10 12:00")
    chase()
    lapse = PolicyVersion.objects.get(cause="non_payment")
    again = {each.attname: getattr(lapse, each.attname) for each in PolicyVersion._meta.concrete_fields if each.name != "id"}
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.create(**(again | {"number": 9, "reason": "", "cause": "", "lapsed_at": None} | wrong))


@pytest.fixture
def migrated_back() -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


@pytest.mark.usefixtures("migrated_back")
@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.both
def test_bookings_of_before_are_told_by_their_words_forward_and_back(clock: SetClock) -> None:
    account = noticed(clock, end_date=at(3, 1))
    renewal = BillingAccount.objects.get(policy=renew_policy(None, account.policy_id))
    clock.set("2026-02-10 12:00")
    chase()
    pay(account, LAPSE - DAY)
    cancel_policy(underwriter(), account.policy_id, reason="non_payment", effective_at=at(2, 20))
    before = told_of(account), told_of(renewal)[:1]
    call_command("migrate", "policies", "0016", verbosity=0)
    call_command("migrate", verbosity=0)
    assert (told_of(account), told_of(renewal)[:1]) == before
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(policy=account.policy_id).update(cause="flat")


@needs.postgresql  # only there two releases run beside each other
@pytest.mark.django_db
def test_what_a_task_of_the_release_before_books_is_told_by_its_words_too(clock: SetClock, unpaid: BillingAccount) -> None:
    clock.set("2026-02-10 12:00")
    chase()
    lapse = PolicyVersion.objects.get(cause="non_payment")
    again = {each.attname: getattr(lapse, each.attname) for each in PolicyVersion._meta.concrete_fields if each.name != "id"}
    PolicyVersion.objects.create(**(again | {"number": 9, "cause": "", "lapsed_at": None, "booked_at": timezone.now()}))
    assert told_of(unpaid)[-1] == ("cancellation", "non_payment", LAPSE)
    assert_lapsed(unpaid, booked=True)
