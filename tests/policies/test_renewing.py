"""Renewal and expiry, by hand and by the clock."""

import datetime
import threading
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from policies.models import Policy
from policies.quotes.models import Quote
from policies.rules import Endorsement, renewed_until
from policies.services import bring_forward, cancel_policy, endorse_policy, expire_policies, offer_renewals, renew_policy
from tests import needs
from tests.api.calling import Caller
from tests.factories import CustomerFactory, adjuster, underwriter
from tests.policies.booking import booked, day, days_into, fresh, running
from tests.quotes.making import quoted
from tests.workbench.desk import desk_of, send
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_a_renewal_starts_exactly_at_the_old_end_on_the_terms_that_hold_there() -> None:
    policy = booked("2024-02-29", "2025-03-01", policy_number="POL-2024-000009")
    endorse_policy(None, policy.pk, Endorsement(factors={"roof": Decimal("1.5")}, effective_at=day("2024-06-01")))
    renewal = renew_policy(underwriter(), policy.pk)
    assert (renewal.start_date, renewal.renews_id, renewal.policy_number) == (policy.end_date, policy.pk, "POL-2024-000009-R2")
    assert (renewal.premium_amount, renewal.versions.get().kind) == (Decimal("1800.00"), "renewal")
    assert renew_policy(None, renewal.pk).policy_number == "POL-2024-000009-R3"


def test_at_most_one_renewal_and_none_of_a_cancelled_policy() -> None:
    policy = running()
    renew_policy(None, policy.pk, terms={"premium_amount": Decimal("1.00")})
    with pytest.raises(Conflict) as refused:
        renew_policy(None, policy.pk)
    assert refused.value.code == "already_renewed"
    other = running()
    cancel_policy(None, other.pk)
    with pytest.raises(Conflict):
        renew_policy(None, other.pk)
    with pytest.raises(Invalid) as backwards:
        renew_policy(None, running().pk, terms={"end_date": policy.start_date})
    assert backwards.value.errors[0].field == "end_date"
    with pytest.raises(NotAllowed):
        renew_policy(adjuster(), running().pk)


def test_a_number_that_would_be_too_long_comes_from_the_series() -> None:
    policy = running(policy_number="N" * 49)
    assert renew_policy(None, policy.pk).policy_number.startswith("POL-")


@pytest.mark.parametrize(
    ("start", "end", "next_end"),
    [
        ("2024-01-01", "2025-01-01", "2026-01-01"),
        ("2024-01-15", "2024-07-15", "2025-01-15"),
        ("2023-02-28", "2024-02-28", "2025-02-28"),
        ("2024-01-01", "2024-01-11", "2024-01-21"),
        ("2024-02-29", "2025-03-01", "2026-03-01"),
    ],
)
def test_a_renewal_is_as_long_as_the_term_before(start: str, end: str, next_end: str) -> None:
    assert renewed_until(day(start), day(end)) == day(next_end)


@pytest.mark.parametrize(("month", "offsets"), [(1, (8, 7, 8)), (7, (7, 8, 7))])
def test_a_term_from_local_midnight_is_followed_by_one_to_local_midnight_whatever_the_clocks_do(month: int, offsets: Any) -> None:
    edges = [datetime.datetime(2026 + (month + n * 6 > 12), (month + n * 6 - 1) % 12 + 1, 1, hour, tzinfo=datetime.UTC)
             for n, hour in enumerate(offsets)]  # fmt: skip
    body = {
        "customerId": str(CustomerFactory.create().pk),
        "policyType": "homeowners",
        "premiumAmount": 600,
        "coverageAmount": 1000,
        "startDate": edges[0].isoformat(),
        "endDate": edges[1].isoformat(),
    }
    caller = Caller(underwriter())
    made = caller.post("/policies", body | {"timeZone": "America/Los_Angeles"})
    assert made.data["timeZone"] == "America/Los_Angeles"
    renewal = renew_policy(None, made.data["id"])
    assert (renewal.end_date, renewal.time_zone) == (edges[2], "America/Los_Angeles")
    assert caller.post("/policies", body | {"timeZone": "Mars/Olympus"}).errors == {"timeZone": "unknown_zone"}


def test_what_a_program_sends_is_in_utc_and_what_a_person_fills_in_by_the_own_clock() -> None:
    there = underwriter(time_zone="America/Los_Angeles")
    body = {
        "customerId": str(CustomerFactory.create().pk),
        "policyType": "homeowners",
        "premiumAmount": 600,
        "coverageAmount": 1000,
        "startDate": "2026-01-01",
        "endDate": "2026-07-01",
    }
    made = Caller(there).post("/policies", body).data
    assert "timeZone" not in made
    assert renew_policy(None, made["id"]).end_date == day("2027-01-01")
    bound = Caller(there).post(f"/quotes/{quoted().pk}/bind", {}).data["policyId"]
    assert Policy.objects.get(pk=bound).time_zone == ""
    desk, quote = desk_of(there), quoted()
    send(desk, f"/admin/quotes/quote/{quote.pk}/bind/")
    typed = {
        "customer": CustomerFactory.create().email, "policy_type": "homeowners", "premium_amount": "600.00", "coverage_amount": "1000.00",
        "deductible_amount": "0.00", "start_date": "2026-01-01T00:00", "end_date": "2026-07-01T00:00",
    }  # fmt: skip
    send(desk, "/admin/policies/policy/add/", "edit-form", **typed)
    booked_there = Policy.objects.get(customer__email=typed["customer"])
    policy = Quote.objects.get(pk=quote.pk).policy
    assert policy is not None
    assert booked_there.time_zone == policy.time_zone == "America/Los_Angeles"
    assert renew_policy(None, booked_there.pk).end_date.isoformat() == "2027-01-01T08:00:00+00:00"


def test_expiry_is_written_down_once_however_often_it_runs() -> None:
    over, on = booked("2020-01-01", "2021-01-01"), running()
    assert (expire_policies(), expire_policies()) == (1, 0)
    assert (fresh(over).status, fresh(on).status) == ("expired", "active")
    assert [row.command for row in over.transitions.all()] == ["book", "expire"]


def test_terms_booked_for_a_day_that_has_come_become_the_policys_own() -> None:
    policy = running()
    soon = timezone.now() + datetime.timedelta(days=3)
    endorse_policy(None, policy.pk, Endorsement({"coverage_amount": Decimal("9000.00")}, effective_at=soon))
    assert bring_forward() == 0
    assert (bring_forward(soon), bring_forward(soon)) == (1, 0)
    assert (fresh(policy).coverage_amount, fresh(policy).next_change_at) == (Decimal("9000.00"), None)


def test_renewals_are_offered_once_for_what_ends_soon() -> None:
    ending, cancelled = running(), running()
    cancel_policy(None, cancelled.pk)
    now = days_into(ending, 340)
    assert (offer_renewals(45, now), offer_renewals(45, now)) == ((1, 0), (0, 0))
    assert Policy.objects.get(renews=ending).start_date == ending.end_date
    call_command("expire_policies", stdout=StringIO())
    call_command("offer_renewals", stdout=StringIO())


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_renew_each_policy_once() -> None:
    policies = [running() for _ in range(10)]
    now, made = days_into(policies[0], 340), []

    def work() -> None:
        made.append(offer_renewals(45, now))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done for done, _ in made) == 10
    assert Policy.objects.exclude(renews=None).count() == 10
