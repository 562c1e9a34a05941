"""Finance sees who is in grace: what is due, until when, and whose cover ends first."""

import pytest
from django.test import Client
from django.utils import timezone

from policies.billing.models import BillingAccount
from policies.billing.services import run_delinquency
from tests.billing.books import booked
from tests.billing.unpaid import at, pay
from tests.clock import SetClock
from tests.factories import staff
from tests.workbench.desk import desk_of, source, words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST = "/admin/billing/billingaccount/"


@pytest.fixture
def at_finance() -> Client:
    return desk_of(staff("Finance"))


@pytest.fixture
def in_grace(clock: SetClock) -> list[BillingAccount]:
    """Noticed on the 5th and on the 2nd of January, the first by the clock of Los Angeles; one that is not, and pays monthly."""
    early, late = (
        booked("1200.00", "quarterly", start_date=at(1, day, 9), policy_number=f"POL-2026-0000{day:02}", time_zone=zone)
        for day, zone in ((2, ""), (5, "America/Los_Angeles"))
    )
    booked("1200.00", "monthly", start_date=at(3, 1), policy_number="POL-2026-000099")
    for day in (2, 5):
        clock.set(f"2026-01-0{day} 12:00")
        run_delinquency(timezone.now())
    return [late, early]


def order(page: str) -> list[str]:
    return [part.partition("<")[0] for part in page.partition("<tbody")[2].split('/change/">')[1:]]


def test_accounts_in_grace_are_a_view_in_the_order_in_which_cover_ends(at_finance: Client, in_grace: list[BillingAccount]) -> None:
    page = at_finance.get(f"{LIST}?view=grace")
    assert order(source(page)) == ["POL-2026-000002", "POL-2026-000005"]
    text = words(page)
    assert "In grace 2" in text
    for told in ("Grace until", "Due now", "300.00", "Mon 2 Feb, 28 days left", "cover ends Mon 2 Feb 2026, 09:00 UTC", "Thu 5 Feb"):
        assert told in text, told
    assert "In grace 2 cover ends unless they pay" in words(at_finance.get("/admin/"))


def test_who_has_paid_or_lapsed_is_not_in_grace_any_more(at_finance: Client, in_grace: list[BillingAccount], clock: SetClock) -> None:
    late, _ = in_grace
    pay(late, timezone.now(), "300.00")
    assert order(source(at_finance.get(f"{LIST}?view=grace"))) == ["POL-2026-000002"]
    clock.set("2026-02-05 17:00")
    assert order(source(at_finance.get(f"{LIST}?view=grace"))) == [], "its cover has ended, whether that is booked or not"


def test_the_list_can_be_sorted_by_the_end_of_grace(at_finance: Client, in_grace: list[BillingAccount]) -> None:
    assert order(source(at_finance.get(f"{LIST}?view=grace&o=-5"))) == ["POL-2026-000005", "POL-2026-000002"]
