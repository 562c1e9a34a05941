"""Requirements 8.1 and 8.3: what the business did is counted and on record, after the commit and without a person's data."""

import datetime
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from prometheus_client import REGISTRY

from claims import services as claims
from policies import services as policies
from tests import factories
from tests.observability.lines import formatted

pytestmark = pytest.mark.django_db
type Committed = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Committed) -> Callable[[], AbstractContextManager[Any]]:
    """Inside it, what waits for the commit happens at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def events(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What is on record, but for what billing books with it."""
    lines = [json.loads(formatted(record)) for record in caplog.records if record.name == "insurance.events"]
    return [line for line in lines if line["event_type"] != "billing_entry_booked"]


def book(premium: str = "1200.00") -> Any:
    start = timezone.now()
    return policies.book_policy(
        None,
        customer_id=factories.CustomerFactory.create().pk,
        policy_type="homeowners",
        premium_amount=Decimal(premium),
        coverage_amount=Decimal("25000.00"),
        start_date=start,
        end_date=start + datetime.timedelta(days=365),
    )


def test_a_booked_policy_is_counted_with_its_premium(committed: Any) -> None:
    created, premiums = value("insurance_policies_created_total"), value("insurance_premium_amount_dollars_sum")
    with committed():
        book("1200.00")
    assert value("insurance_policies_created_total") == created + 1
    assert value("insurance_premium_amount_dollars_sum") == premiums + 1200


def test_a_booked_policy_is_on_record(committed: Any, caplog: pytest.LogCaptureFixture) -> None:
    with committed():
        policy = book()
    [event] = events(caplog)
    assert (event["event_type"], event["compliance_log"], event["user_id"], event["level"]) == ("policy_created", True, None, "info")
    assert event["details"] == {
        "policy_id": str(policy.pk),
        "policy_number": policy.policy_number,
        "policy_type": "homeowners",
        "premium_amount": "1200.00",
    }


def test_a_cancelled_policy_is_on_record(committed: Any, caplog: pytest.LogCaptureFixture) -> None:
    policy = factories.PolicyFactory.create()
    underwriter = factories.underwriter()
    with committed():
        policies.cancel_policy(underwriter, policy.pk, reason="insured_request")
    [event] = events(caplog)
    assert (event["event_type"], event["user_id"], event["details"]["reason"]) == (
        "policy_cancelled",
        str(underwriter.pk),
        "insured_request",
    )


def test_a_claims_way_is_on_record_step_by_step(committed: Any, caplog: pytest.LogCaptureFixture) -> None:
    adjuster = factories.adjuster()
    filed = value("insurance_claims_submitted_total")
    with committed():
        claim = factories.submitted_claim()
    assert value("insurance_claims_submitted_total") == filed + 1
    with committed():
        claims.assign_claim(adjuster, claim.pk)
    with committed():
        claims.start_claim(adjuster, claim.pk)
    with committed():
        claims.approve_claim(adjuster, claim.pk, amount=Decimal("3000.00"))
    told = events(caplog)
    assert [event["event_type"] for event in told] == ["claim_submitted", "claim_assigned", "claim_started", "claim_processed"]
    assert [event["user_id"] for event in told] == [None, *[str(adjuster.pk)] * 3]
    details = told[-1]["details"]
    assert (details["claim_number"], details["status"], details["amount"]) == (claim.claim_number, "approved", "3000.00")


@pytest.mark.parametrize("status", ["approved", "denied"])
def test_a_decision_is_counted_by_its_status(committed: Any, status: str) -> None:
    before = value("insurance_claims_processed_total", status=status)
    adjuster = factories.adjuster()
    claim = factories.started_claim(adjuster)
    with committed():
        if status == "approved":
            claims.approve_claim(adjuster, claim.pk, amount=Decimal("3000.00"))
        else:
            claims.deny_claim(adjuster, claim.pk, reason="No cover for wear and tear.")
    assert value("insurance_claims_processed_total", status=status) == before + 1


def test_a_payment_is_counted_when_it_has_left(committed: Any) -> None:
    before = value("insurance_claim_payments_total")
    boss = factories.superuser()
    claim = factories.started_claim(boss)
    with committed():
        claims.approve_claim(boss, claim.pk, amount=Decimal("20.00"))
    assert value("insurance_claim_payments_total") == before
    with committed():
        claims.pay_claim(boss, claim.pk)
    assert value("insurance_claim_payments_total") == before + 1


def test_a_letter_is_counted_by_what_it_is_about(committed: Any) -> None:
    before = value("insurance_claim_letters_total", kind="denial")
    adjuster = factories.adjuster()
    claim = factories.started_claim(adjuster)
    with committed():
        claims.deny_claim(adjuster, claim.pk, reason="No cover for wear and tear.")
    assert value("insurance_claim_letters_total", kind="denial") == before + 1


def test_what_was_rolled_back_did_not_happen(committed: Any, caplog: pytest.LogCaptureFixture) -> None:
    created = value("insurance_policies_created_total")

    def book_and_fail() -> None:
        with transaction.atomic():
            book()
            raise RuntimeError("and everything goes back")

    with committed(), pytest.raises(RuntimeError):
        book_and_fail()
    assert value("insurance_policies_created_total") == created
    assert not events(caplog)


def test_no_person_is_in_an_event(committed: Any, caplog: pytest.LogCaptureFixture) -> None:
    customer = factories.CustomerFactory.create(first_name="Canaryfirst", last_name="Canarylast", email="canary@example.com")
    with committed():
        claim = factories.submitted_claim(factories.PolicyFactory.create(customer=customer), description="Canarytext about the insured")
    assert claim.policy.customer == customer
    assert "canary" not in json.dumps(events(caplog)).lower()
