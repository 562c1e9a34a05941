"""Instalments add up to the premium and fall on the plan's days, whatever changes in whatever order: plan, premium, dates, fees."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from policies.billing.models import BillingAccount, Kind, Plan
from policies.billing.rules import months_after
from policies.billing.services import change_plan, charge_fee, receive_payment, reverse_entry, run_delinquency
from policies.billing.services.instalments import of_premium
from policies.models import Policy
from policies.services import update_policy
from tests.billing.books import assert_books_agree, booked, fresh, instalments, tell
from tests.factories import PolicyFactory
from tests.policies.booking import days_into, running
from vanguard.money import ZERO

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = datetime.timedelta(days=1)
AMOUNTS = st.decimals(min_value="-900.00", max_value="900.00", places=2)
STEPS = st.one_of(
    st.tuples(st.just("plan"), st.sampled_from(Plan.values)),
    st.tuples(st.sampled_from(["endorsement", "correction", "reinstatement"]), AMOUNTS),
    st.tuples(st.just("dates"), st.integers(-60, 60)),
    st.tuples(st.just("fee"), AMOUNTS.map(abs)),
)


def collected(account: BillingAccount) -> tuple[Decimal, Decimal]:
    """What the instalments of the premium, and what the fees ask for."""
    invoices = list(account.invoices.all())
    premium = {each.pk for each in of_premium(account)}
    apart = sum((each.amount for each in invoices if each.pk in premium), ZERO)
    return apart, sum((each.amount for each in invoices), ZERO) - apart


def correct_dates(policy: Policy, days: int, amount: str = "0.00") -> None:
    Policy.objects.filter(pk=policy.pk).update(start_date=policy.start_date + days * DAY, end_date=policy.end_date + days * DAY)
    policy.refresh_from_db()
    tell(policy, amount, kind="correction")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(days=st.integers(-200, 30), steps=st.lists(STEPS, max_size=8))
@example(days=10, steps=[("plan", "monthly"), ("plan", "annual"), ("endorsement", Decimal("120.00"))])
@example(days=-100, steps=[("plan", "monthly"), ("fee", Decimal("25.00")), ("plan", "annual"), ("endorsement", Decimal("-30.00"))])
def test_unpaid_instalments_are_the_premium_to_the_cent_and_fees_stay_what_they_are(days: int, steps: list[tuple[str, Decimal]]) -> None:
    account = booked("1000.00", start_date=timezone.now() + days * DAY)
    written, fees = Decimal("1000.00"), ZERO
    for what, amount in steps:
        if what == "plan":
            change_plan(None, account.policy_id, plan=str(amount), version=None)
        elif what == "dates":
            correct_dates(account.policy, int(amount))
        elif what != "fee":
            tell(account.policy, change := max(amount, -written), kind=what)
            written += change
        elif amount:
            charge_fee(None, account.policy_id, amount=amount, reason="Asked for a copy")
            fees += amount
        assert collected(account) == (written, fees)
        assert_books_agree(account)


def test_a_later_charge_is_spread_over_the_present_plan_and_not_over_one_that_was_left() -> None:
    account = booked("1200.00")
    for plan in ("monthly", "annual"):
        change_plan(None, account.policy_id, plan=plan, version=None)
    tell(account.policy, "120.00")
    assert instalments(account) == ["1320.00/1320.00"]


def test_a_fee_is_neither_spread_nor_taken_off_with_the_premium() -> None:
    account = booked("1200.00", start_date=timezone.now() - 10 * DAY)
    charge_fee(None, account.policy_id, amount=Decimal("25.00"), reason="Asked for a copy")
    change_plan(None, account.policy_id, plan="quarterly", version=None)
    tell(account.policy, "-300.00")
    assert collected(account) == (Decimal("900.00"), Decimal("25.00"))
    fee = account.entries.get(kind=Kind.FEE)
    reverse_entry(None, fee.pk, reason="By mistake")
    assert collected(account) == (Decimal("900.00"), ZERO)


def test_a_corrected_start_moves_what_is_not_due_and_what_is_paid_stays() -> None:
    account = booked("1200.00", "quarterly", start_date=timezone.now() + 5 * DAY)
    receive_payment(None, account.policy_id, amount=Decimal("300.00"), method="card")
    policy = account.policy
    update_policy(
        None, policy.pk, version=None, changes={"start_date": policy.start_date + 20 * DAY, "end_date": policy.end_date + 20 * DAY}
    )
    policy.refresh_from_db()
    assert instalments(account) == ["0.00/300.00", "300.00/300.00", "300.00/300.00", "300.00/300.00"]
    assert fresh(account).next_due_at == months_after(policy.start_date, 3)
    assert_books_agree(account)
    assert account.entries.filter(kind__in=(Kind.ENDORSEMENT_CHARGE, Kind.ENDORSEMENT_CREDIT)).count() == 0


@pytest.mark.parametrize(("premium", "expected"), [("600.00", "50.00"), ("1800.00", "150.00")])
def test_a_corrected_premium_makes_equal_instalments_of_what_is_not_due(premium: str, expected: str) -> None:
    account = booked("1200.00", "monthly")
    update_policy(None, account.policy_id, version=None, changes={"premium_amount": Decimal(premium)})
    assert instalments(account) == [f"{expected}/{expected}"] * 12


def test_a_premium_that_is_corrected_below_what_was_paid_is_credit_and_no_paid_invoice_is_touched() -> None:
    account = booked("1200.00", "monthly", start_date=timezone.now() - 40 * DAY)
    receive_payment(None, account.policy_id, amount=Decimal("1200.00"), method="card")
    before = instalments(account)
    update_policy(None, account.policy_id, version=None, changes={"premium_amount": Decimal("1000.00")})
    assert (instalments(account), fresh(account).credit) == (before, Decimal("200.00"))


def test_a_corrected_premium_of_a_policy_that_was_taken_over_is_credit_and_pays_what_is_charged_after_that() -> None:
    policy = PolicyFactory.create(premium_amount=Decimal("1200.00"))
    found = []
    for premium in ("1000.00", "1100.00", "1500.00"):
        update_policy(None, policy.pk, version=None, changes={"premium_amount": Decimal(premium)})
        account = BillingAccount.objects.get(policy=policy)
        assert_books_agree(account)
        found.append((account.credit, instalments(account)))
    assert found == [(Decimal("200.00"), []), (Decimal("100.00"), []), (Decimal("0.00"), ["300.00/300.00"])]


def test_a_term_that_turns_out_to_begin_later_is_not_past_due_and_the_notice_is_void() -> None:
    policy = running(premium="1200.00")
    account = BillingAccount.objects.get(policy=policy)
    assert run_delinquency(timezone.now() + DAY).noticed == [policy.pk]
    update_policy(None, policy.pk, version=None, changes={"start_date": days_into(policy, 130)})
    assert fresh(account).next_due_at == days_into(policy, 130)
    assert not account.notices.filter(paid_at=None).exists()
    assert_books_agree(account)
