"""Which losses are covered: it is the instant of the loss that counts."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from policies.billing.models import BillingAccount
from tests.billing.books import assert_books_agree
from tests.clock import SetClock, moment
from tests.examples.ways import OTHER, Refused, Way

pytestmark = pytest.mark.once


def test_lapse_at_03_01_00_01_its_losses_and_the_reinstatement_with_a_gap_on_03_10(way: Way, clock: SetClock) -> None:
    clock.set("2025-12-20 09:00")
    policy = way.book("2025-12-29 00:01", "2026-12-29 00:01", "1200")
    way.pay_in_instalments(policy)
    way.pay_premium(policy, "100.00")
    for day in ("2026-01-29 09:30", "2026-03-04 05:00"):  # however late the command is
        clock.set(day)
        call_command("chase_unpaid")
    policy.refresh_from_db()
    assert (policy.status, policy.cancellation_reason, policy.cancelled_at) == ("cancelled", "non_payment", moment("2026-03-01 00:01"))
    assert way.owed(policy) == Decimal("103.84")  # 62 of 365 days of 1,200.00, less the 100.00 that were paid
    not_covered = "was not in force at the loss: it was cancelled from 2026-03-01 00:01 UTC"
    with pytest.raises(Refused, match=not_covered):
        way.file(policy, "2026-03-02 12:00")
    clock.set("2026-03-10 09:00")
    way.reinstate(policy, "2026-03-10")
    clock.set("2026-03-20 09:00")
    for loss in ("2026-03-02 12:00", "2026-03-05 12:00"):
        with pytest.raises(Refused, match=f"{not_covered} and reinstated from 2026-03-10 00:00 UTC"):
            way.file(policy, loss)
    for loss in ("2026-02-28 12:00", "2026-03-10 00:00"):
        assert way.status_of(way.file(policy, loss, reported="2026-03-20 08:00")) == "pending"
    assert way.owed(policy) == Decimal("1070.41")  # 356 of 365 days
    assert_books_agree(BillingAccount.objects.get(policy=policy))


def test_a_loss_at_04_30_Z_is_the_prior_terms_where_the_policy_starts_at_08_01_Z_in_los_angeles(way: Way, clock: SetClock) -> None:
    way.zone = "America/Los_Angeles"
    clock.set("2025-12-01 20:00")
    prior = way.book("2025-01-01T00:01-08:00", "2026-01-01T00:01-08:00", "1200", kind=OTHER)
    policy = way.renew(prior)
    assert policy.start_date == moment("2026-01-01 08:01")
    clock.set("2026-01-02 20:00")
    with pytest.raises(Refused, match="covers 2026-01-01 08:01 to 2027-01-01 08:01 UTC"):
        way.file(policy, "2026-01-01T04:30Z")
    assert way.status_of(way.file(prior, "2026-01-01T04:30Z")) == "pending"
    assert way.status_of(way.file(policy, "2026-01-01T08:01Z")) == "pending"


def test_a_renewal_of_a_term_that_lapsed_covers_nothing_although_no_job_has_run_since(way: Way, clock: SetClock) -> None:
    clock.set("2025-01-01 09:00")
    prior = way.book("2025-01-02 00:01", "2025-03-15 00:01", "1200")
    clock.set("2025-01-05 09:00")
    call_command("chase_unpaid")
    renewal = way.renew(prior)
    clock.set("2025-03-20 09:00")
    with pytest.raises(Refused, match="was not in force at the loss: the term that it renews lapsed at 2025-02-05 00:01 UTC"):
        way.file(renewal, "2025-03-16 12:00")
    way.pay_premium(prior, "1200.00", received="2025-02-04 12:00")
    assert way.status_of(way.file(renewal, "2025-03-16 12:00")) == "pending"
