"""A grace that has run out unpaid has ended the cover for the fraud indicators too, whether or not that is booked yet."""

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from claims.fraud.facts import assessment_of, facts_of
from policies.billing.models import BillingAccount
from policies.billing.services import run_delinquency
from tests.api.calling import Caller
from tests.billing.unpaid import LAPSE, NEXT_YEAR, at, noticed, policy_of
from tests.clock import SetClock
from tests.factories import PolicyFactory, staff, submitted_claim

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> SetClock:
    settings.MEDIA_ROOT = tmp_path
    clock = SetClock(monkeypatch)
    clock.set("2025-12-01 09:00")
    return clock


@pytest.fixture
def unpaid(clock: SetClock) -> BillingAccount:
    """Cover ends on 2 February 2026, 00:01, unless it is paid before."""
    return noticed(clock)


def test_a_loss_before_a_lapse_is_before_the_end_from_the_instant_on_booked_or_not(unpaid: BillingAccount, clock: SetClock) -> None:
    clock.set("2026-01-28 12:00")
    claim = submitted_claim(policy_of(unpaid), incident_date=at(1, 27), reported_date=at(1, 28))
    assert facts_of(claim).ended is None, "whether it is paid in time nobody knows yet"
    found = []
    for booked in (False, True):
        clock.set("2026-02-03 12:00")
        if booked:
            run_delinquency(timezone.now())
        claim.policy = policy_of(unpaid)
        assert claim.policy.status == ("cancelled" if booked else "active")
        assert facts_of(claim).ended == LAPSE
        found.append([(hit.code, hit.reason) for hit in assessment_of(claim).hits])
    assert found[0] == found[1]
    assert "before_the_end" in dict(found[0])


def test_the_api_says_the_same(unpaid: BillingAccount, clock: SetClock) -> None:
    clock.set("2026-01-28 12:00")
    claim = submitted_claim(policy_of(unpaid), incident_date=at(1, 27), reported_date=at(1, 28))
    clock.set("2026-02-03 12:00")
    told = Caller(staff("Supervisor")).get(f"/claims/{claim.pk}/indicators")
    assert (told.status, "before_the_end" in told.text) == (200, True)


def test_a_term_that_lapsed_is_no_beginning_of_what_was_insured_later(unpaid: BillingAccount, clock: SetClock) -> None:
    clock.set("2026-03-10 12:00")
    lapsed = policy_of(unpaid)
    anew = PolicyFactory.create(
        customer=lapsed.customer, policy_type=lapsed.policy_type, start_date=at(3, 1), end_date=NEXT_YEAR.replace(month=3)
    )
    claim = submitted_claim(anew, incident_date=at(3, 9), reported_date=at(3, 10))
    assert facts_of(claim).inception == at(3, 1)
    assert "early_claim" in [hit.code for hit in assessment_of(claim).hits]
