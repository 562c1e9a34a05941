"""Plans and their instalments: what is owed is laid out to the cent, and whatever changes the premium changes it."""

import datetime
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from policies.billing.models import BillingAccount, Plan
from policies.billing.rules import INSTALMENTS, due_dates, lapse_of, months_after, parts
from policies.billing.services import change_plan, receive_payment, run_delinquency
from policies.models import Policy
from policies.rules import EARLIEST, LATEST
from policies.services import book_policy, cancel_policy, delete_policy, renew_policy
from tests.billing.books import START, assert_books_agree, booked, fresh, instalments, tell
from tests.clock import SetClock, moment
from tests.factories import CustomerFactory, adjuster, staff
from vanguard.errors import Conflict, Invalid, NotAllowed, StaleVersion
from vanguard.money import ZERO

pytestmark = [pytest.mark.django_db, pytest.mark.once]
YEAR = datetime.timedelta(days=365)
AMOUNTS = st.decimals(min_value="0.01", max_value="99999999.99", places=2)


@given(amount=AMOUNTS, plan=st.sampled_from(Plan.values))
def test_the_instalments_of_any_premium_and_plan_sum_to_it_and_none_is_below_nought(amount: Decimal, plan: str) -> None:
    found = parts(amount, INSTALMENTS[Plan(plan)])
    assert sum(found) == amount
    assert min(found) >= 0
    assert len(set(found[:-1])) <= 1
    assert found[-1] - found[0] < Decimal("0.01") * len(found)


@given(
    start=st.datetimes(EARLIEST.replace(tzinfo=None), LATEST.replace(year=2190, tzinfo=None), timezones=st.just(datetime.UTC)),
    days=st.integers(1, 3000),
    plan=st.sampled_from(Plan.values),
)
def test_due_dates_begin_with_the_term_rise_and_stay_within_it(start: datetime.datetime, days: int, plan: str) -> None:
    end = start + datetime.timedelta(days=days)
    dates = due_dates(start, end, plan)
    assert dates[0] == start
    assert dates == sorted(set(dates))
    assert all(date < end for date in dates)
    assert len(dates) <= INSTALMENTS[Plan(plan)]


def test_a_month_after_its_31st_is_the_last_day_of_the_next_and_the_31st_again_later() -> None:
    start = datetime.datetime(2026, 12, 31, 0, 1, tzinfo=datetime.UTC)
    assert [months_after(start, months).day for months in range(4)] == [31, 31, 28, 31]


def test_six_months_paid_monthly_are_six_instalments_and_three_years_are_paid_in_the_first() -> None:
    assert len(due_dates(START, months_after(START, 6), Plan.MONTHLY)) == 6
    assert due_dates(START, months_after(START, 36), Plan.MONTHLY)[-1] == months_after(START, 11)


def test_new_business_by_the_service_is_billed_in_one_step_and_numbered() -> None:
    start = timezone.now() + datetime.timedelta(days=5)
    policy = book_policy(
        None,
        customer_id=CustomerFactory.create().pk,
        policy_type="renters",
        premium_amount=Decimal("240.00"),
        coverage_amount=Decimal("1000.00"),
        start_date=start,
        end_date=start + YEAR,
    )
    account = BillingAccount.objects.get(policy=policy)
    [invoice] = account.invoices.all()
    assert (invoice.amount, invoice.due_at, invoice.state) == (Decimal("240.00"), start, "open")
    assert re.fullmatch(rf"INV-{timezone.now().year}-\d{{6}}", invoice.invoice_number)
    entry = account.entries.get()
    assert (entry.kind, entry.amount, entry.policy_version) == ("premium_charge", Decimal("240.00"), 1)


def test_a_policy_that_was_never_paid_can_be_deleted_with_its_account_and_one_that_was_cannot() -> None:
    account = booked()
    delete_policy(None, account.policy_id, version=1)
    paid = booked()
    receive_payment(None, paid.policy_id, amount=Decimal("1.00"), method="card")
    with pytest.raises(Conflict, match="cannot be deleted"):
        delete_policy(None, paid.policy_id, version=1)
    assert fresh(paid).balance == Decimal("999.00")


def test_a_policy_without_premium_owes_nothing() -> None:
    account = booked("0.00")
    assert (account.balance, account.next_due_at, account.invoices.count()) == (ZERO, None, 0)


def test_a_term_that_began_before_it_was_booked_is_due_when_it_was_booked() -> None:
    account = booked("1200.00", "quarterly", start_date=timezone.now() + datetime.timedelta(days=10))
    past = booked("1200.00", start_date=timezone.now() - datetime.timedelta(days=200))
    tell(past.policy, "50.00")
    assert account.invoices.first().due_at == account.policy.start_date  # type: ignore[union-attr]
    extra = past.invoices.last()
    assert extra is not None
    assert extra.due_at >= timezone.now() - datetime.timedelta(minutes=1)


def test_an_additional_premium_is_spread_over_the_instalments_to_come() -> None:
    account = booked("1200.00", "quarterly", start_date=timezone.now() - datetime.timedelta(days=100))
    receive_payment(None, account.policy_id, amount=Decimal("600.00"), method="card")
    tell(account.policy, "100.01")
    assert instalments(account) == ["0.00/300.00", "0.00/300.00", "350.00/350.00", "350.01/350.01"]
    assert_books_agree(account)


def test_an_additional_premium_with_no_instalment_to_come_is_invoiced_at_once() -> None:
    account = booked("1200.00", start_date=timezone.now() - datetime.timedelta(days=100))
    tell(account.policy, "120.99")
    assert instalments(account) == ["1200.00/1200.00", "120.99/120.99"]
    assert fresh(account).balance == Decimal("1320.99")
    assert_books_agree(account)


def test_a_return_premium_reduces_what_is_open_from_the_last_instalment_and_the_rest_is_credit() -> None:
    account = booked("1200.00", "quarterly")
    receive_payment(None, account.policy_id, amount=Decimal("700.00"), method="card")
    tell(account.policy, "-350.00")
    assert instalments(account) == ["0.00/300.00", "0.00/300.00", "150.00/250.00"]
    tell(account.policy, "-504.11", kind="cancellation")
    assert instalments(account) == ["0.00/300.00", "0.00/300.00", "0.00/100.00"]
    assert (fresh(account).credit, fresh(account).balance) == (Decimal("354.11"), Decimal("-354.11"))
    assert_books_agree(account)


def test_cancelled_halfway_with_a_holdback_and_reinstated_without_a_gap() -> None:
    account = booked("1000.00")
    receive_payment(None, account.policy_id, amount=Decimal("1000.00"), method="card")
    tell(account.policy, "-450.00", kind="cancellation")
    assert fresh(account).credit == Decimal("450.00")
    tell(account.policy, "450.00", kind="reinstatement")
    assert (fresh(account).credit, fresh(account).balance) == (ZERO, ZERO)
    assert_books_agree(account)


def test_a_credit_pays_what_is_charged_later_before_anybody_is_invoiced() -> None:
    account = booked("500.00")
    receive_payment(None, account.policy_id, amount=Decimal("600.00"), method="card")
    tell(account.policy, "150.00", kind="renewal", effective_at=account.policy.start_date + datetime.timedelta(days=364))
    assert instalments(account) == ["0.00/500.00", "50.00/150.00"]
    assert_books_agree(account)


def test_the_plan_changes_before_the_first_payment_and_not_after() -> None:
    finance = staff("Finance")
    account = booked("1000.00")
    changed = change_plan(finance, account.policy_id, plan="semi_annual", version=account.version)
    assert instalments(changed) == ["500.00/500.00", "500.00/500.00"]
    assert [each.state for each in changed.invoices.all()].count("withdrawn") == 1
    assert_books_agree(account)
    receive_payment(finance, account.policy_id, amount=Decimal("1.00"), method="card")
    with pytest.raises(Conflict) as refused:
        change_plan(finance, account.policy_id, plan="monthly", version=None)
    assert (refused.value.code, refused.value.errors[0].field) == ("paid_before", "plan")


def test_a_renewal_is_paid_by_the_plan_of_the_policy_that_it_renews() -> None:
    account = booked("1200.00", "quarterly")
    renewal = renew_policy(None, account.policy_id)
    assert instalments(BillingAccount.objects.get(policy=renewal)) == ["300.00/300.00"] * 4


def test_a_cancelled_policy_gives_back_what_its_versions_say() -> None:
    account = booked("1000.00", start_date=timezone.now() - datetime.timedelta(days=181))
    receive_payment(None, account.policy_id, amount=Decimal("1000.00"), method="card")
    cancel_policy(None, account.policy_id, effective_at=account.policy.start_date + datetime.timedelta(days=181))
    assert fresh(account).credit == Decimal("504.11")


def test_a_plan_is_changed_by_who_may_as_read_and_to_one_that_there_is() -> None:
    account = booked()
    with pytest.raises(NotAllowed):
        change_plan(adjuster(), account.policy_id, plan="monthly", version=None)
    with pytest.raises(StaleVersion):
        change_plan(staff("Underwriter"), account.policy_id, plan="monthly", version=account.version - 1)
    with pytest.raises(Invalid) as refused:
        change_plan(None, account.policy_id, plan="weekly", version=None)
    assert refused.value.errors[0].field == "plan"


def test_instalments_are_due_when_the_policys_own_day_begins_also_in_summer(clock: SetClock) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    start = datetime.datetime(2026, 1, 1, tzinfo=zone)
    account = booked("1200.00", "quarterly", start_date=start, end_date=start.replace(year=2027), time_zone="America/Los_Angeles")
    dues = [each.due_at.astimezone(zone) for each in account.invoices.filter(amount__gt=0).order_by("due_at")]
    assert [f"{each:%m-%d %H:%M}" for each in dues] == ["01-01 00:00", "04-01 00:00", "07-01 00:00", "10-01 00:00"]
    clock.set("2026-01-15 20:00")
    account = change_plan(None, account.policy_id, plan="monthly", version=None)
    assert {each.due_at.astimezone(zone).hour for each in account.invoices.open() if each.due_at > timezone.now()} == {0}


@pytest.mark.parametrize(
    ("given", "zone", "ends"),
    [
        ("2026-02-10 20:00", "America/Los_Angeles", "2026-03-13 07:00"),  # summer time since the 8th
        ("2026-01-05 20:00", "America/Los_Angeles", "2026-02-05 08:00"),
        ("2026-10-05 06:30", "America/Los_Angeles", "2026-11-04 08:00"),
        ("2026-01-05 20:00", "UTC", "2026-02-05 08:00"),
    ],
)
def test_the_grace_runs_on_to_when_the_policys_own_day_begins(given: str, zone: str, ends: str) -> None:
    start = datetime.datetime(2026, 1, 1, 8, tzinfo=datetime.UTC)
    assert lapse_of(moment(given), 30, start, ZoneInfo(zone)) == moment(ends)


def test_a_notice_names_midnight_where_the_policy_is(clock: SetClock) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    start = datetime.datetime(2026, 2, 1, tzinfo=zone)
    account = booked("1200.00", start_date=start, end_date=start.replace(year=2027), time_zone="America/Los_Angeles")
    clock.set("2026-02-10 20:00")
    run_delinquency(timezone.now())
    policy = Policy.objects.get(pk=account.policy_id)
    assert policy.lapses_at is not None
    assert f"{policy.lapses_at.astimezone(zone):%Y-%m-%d %H:%M}" == "2026-03-13 00:00"
