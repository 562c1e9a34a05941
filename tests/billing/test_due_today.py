"""What is due on a day is due until that day is over, by the clock of the policy; late it is from then on."""

from decimal import Decimal

import pytest
from django.utils import timezone

from policies.billing import reading
from policies.billing.models import BillingAccount
from policies.billing.services import run_delinquency
from tests.api.calling import Caller
from tests.billing.books import booked, fresh
from tests.clock import SetClock, moment
from tests.factories import policyholder, staff
from tests.workbench.desk import desk_of, source, words

pytestmark = pytest.mark.django_db

# A day of January in Los Angeles, from its midnight to the next, by UTC.
BEGINS, NOON, LAST, OVER = "2026-01-01 08:00", "2026-01-01 20:00", "2026-01-02 07:59", "2026-01-02 08:00"


@pytest.fixture
def account(clock: SetClock) -> BillingAccount:
    """600.00, due at midnight in Los Angeles."""
    clock.set("2025-12-20 12:00")
    return booked("600.00", start_date=moment(BEGINS), time_zone="America/Los_Angeles", policy_number="POL-2026-000077")


def in_views() -> dict[str, int]:
    found = reading.figures(reading.today(timezone.now()))
    return {name: found[name] for name in ("overdue", "today", "overdue_sum")}


@pytest.mark.parametrize(
    ("now", "standing"),
    [("2026-01-01 07:59", "open"), (BEGINS, "due_today"), (NOON, "due_today"), (LAST, "due_today"), (OVER, "past_due")],
)
def test_an_invoice_is_due_today_from_the_first_minute_of_its_day_to_the_last_by_the_policys_clock(
    account: BillingAccount, clock: SetClock, now: str, standing: str
) -> None:
    clock.set(now)
    invoice = account.invoices.get()
    assert (invoice.state, fresh(account).standing) == (standing, standing)
    late = standing == "past_due"
    assert in_views() == {"overdue": int(late), "today": int(standing == "due_today"), "overdue_sum": Decimal("600.00" if late else "0.00")}
    told = Caller(staff("Finance")).get(f"/policies/{account.policy_id}/billing").data
    assert (told["openInvoices"][0]["status"], told["pastDueAmount"]) == (standing, 600 if late else 0)


@pytest.mark.once
def test_the_desk_says_due_today_and_no_hour_until_the_day_is_over(account: BillingAccount, clock: SetClock) -> None:
    clock.set(LAST)
    at_finance = desk_of(staff("Finance"))
    listed = at_finance.get("/admin/billing/billingaccount/?view=today")
    assert "POL-2026-000077" in words(listed)
    for page in (f"/admin/billing/billingaccount/{account.pk}/change/", f"/admin/policies/policy/{account.policy_id}/change/"):
        text = words(at_finance.get(page))
        assert "Due today" in text
        assert "Past due" not in text
        assert "since 08:00" not in text
    assert "Due today 1 accounts, until the day is over" in words(at_finance.get("/admin/"))
    clock.set(OVER)
    late = at_finance.get(f"/admin/billing/billingaccount/{account.pk}/change/")
    assert "Past due, 1 day late" in words(late)
    assert "wb-clock-late" in source(late)


@pytest.mark.once
def test_a_policyholder_is_told_the_same_of_the_own_invoice(account: BillingAccount, clock: SetClock) -> None:
    clock.set(NOON)
    holder = policyholder()
    account.policy.customer = holder.customer
    account.policy.save(update_fields=["customer"])
    told = Caller(holder).get(f"/policies/{account.policy_id}/invoices").data["data"]
    assert [each["status"] for each in told] == ["due_today"]
    assert Caller(holder).get(f"/invoices/{account.invoices.get().pk}").data["status"] == "due_today"


@pytest.mark.once
def test_policies_of_several_clocks_are_each_late_by_their_own(account: BillingAccount, clock: SetClock) -> None:
    clock.set("2025-12-20 12:00")
    booked("40.00", start_date=moment("2026-01-01 00:01"))
    booked("70.00", start_date=moment("2025-12-31 15:00"), time_zone="Asia/Tokyo")
    clock.set("2026-01-01 14:59")
    assert in_views() == {"overdue": 0, "today": 3, "overdue_sum": Decimal("0.00")}
    clock.set("2026-01-01 15:00")
    assert in_views() == {"overdue": 1, "today": 2, "overdue_sum": Decimal("70.00")}
    clock.set("2026-01-02 00:00")
    assert in_views() == {"overdue": 2, "today": 1, "overdue_sum": Decimal("110.00")}
    clock.set("2026-01-05 00:00")
    assert in_views() == {"overdue": 3, "today": 0, "overdue_sum": Decimal("710.00")}


@pytest.mark.once
def test_notice_is_given_by_a_rule_of_its_own(account: BillingAccount, clock: SetClock) -> None:
    clock.set(NOON)
    run_delinquency(timezone.now())
    assert account.notices.count() == 1
    assert fresh(account).standing == "due_today"
