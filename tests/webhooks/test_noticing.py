"""What happened becomes deliveries: of what was committed and somebody has subscribed to, once, in order, and with nobody's data."""

import datetime
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.admin.timeline import WORDS
from claims.models import ClaimTransition
from claims.partners import KEPT_IN_THE_HOUSE, TYPES
from claims.services import add_note, assign_claim, delete_claim, deny_claim, start_claim, submit_claim
from policies import partners as of_policies
from policies.quotes import partners as of_quotes
from policies.services import cancel_policy
from tests import needs
from tests.factories import CustomerFactory, PolicyFactory, adjuster, submitted_claim, superuser
from tests.webhooks.deliveries import endpoint
from vanguard.webhooks.models import Cursor, Delivery, Event
from vanguard.webhooks.noticing import notice
from vanguard.webhooks.services import switch_off, switch_on
from vanguard.webhooks.sources import event_types

ROOT = Path(__file__).resolve().parents[2]
# On PostgreSQL what is told is what has been committed, so these commit.
pytestmark = pytest.mark.django_db(transaction=True)
HERE = "http://127.0.0.1:9/"
CANARIES = {
    "email": "canary.rosa@example.com", "first_name": "Canarosa", "last_name": "Canadelgado", "phone": "+1 512 555 0147",
    "ssn": "123-45-6789", "address": "7 Canary Row",
}  # fmt: skip


def told() -> list[str]:
    notice()
    return [delivery.event.type for delivery in Delivery.objects.select_related("event").order_by("id")]


def commands_in(folder: str) -> set[str]:
    """The steps that the services of `folder` write down."""
    texts = "".join(path.read_text() for path in (ROOT / folder).rglob("*.py"))
    return set(re.findall(r'\b(?:record|begin|move)\([^")]*"(\w+)"', texts))


def test_each_step_of_a_claim_is_told_in_order_and_with_the_state_that_it_left() -> None:
    endpoint(HERE, "claim.filed", "claim.assigned", "claim.started", "claim.closed")
    owner, claim = adjuster(), submitted_claim()
    assign_claim(owner, claim.pk)
    start_claim(owner, claim.pk)
    notice()
    events = list(Event.objects.filter(subject=claim.pk).order_by("created_at"))
    bodies = [json.loads(event.body) for event in events]
    assert [body["type"] for body in bodies] == ["claim.filed", "claim.assigned", "claim.started"]
    assert [body["data"]["status"] for body in bodies] == ["pending", "pending", "processing"]
    assert bodies[0] == {
        "id": str(events[0].pk), "type": "claim.filed", "createdAt": bodies[0]["createdAt"],
        "data": {
            "claimId": str(claim.pk), "claimNumber": claim.claim_number, "claimType": "water_damage", "policyId": str(claim.policy_id),
            "policyNumber": claim.policy.policy_number, "status": "pending", "stage": claim.stage,
        },
    }  # fmt: skip
    assert bodies[0]["createdAt"].endswith("Z")
    assert [delivery.event_id for delivery in Delivery.objects.order_by("id")] == [event.pk for event in events]


def test_nobody_hears_what_they_have_not_subscribed_to_nor_what_was_before() -> None:
    submitted_claim()
    first = endpoint(HERE, "claim.filed")
    second = endpoint(HERE, "policy.cancelled")
    claim = submitted_claim()
    cancel_policy(None, PolicyFactory.create().pk)
    third = endpoint(HERE, "claim.filed", "policy.cancelled")
    notice()
    assert [delivery.subject for delivery in first.deliveries.all()] == [claim.pk]
    assert [delivery.event.type for delivery in second.deliveries.all()] == ["policy.cancelled"]
    assert not third.deliveries.exists()


def test_what_was_rolled_back_is_told_to_nobody() -> None:
    endpoint(HERE, "claim.filed")
    with transaction.atomic():
        submitted_claim()
        transaction.set_rollback(True)
    assert told() == []


def test_looking_again_finds_nothing_twice_also_where_it_forgot_how_far_it_was() -> None:
    endpoint(HERE, "claim.filed")
    submitted_claim()
    assert told() == told() == ["claim.filed"]
    Cursor.objects.update(transaction=0, record=0, floor=0)
    assert told() == ["claim.filed"]


@needs.postgresql
def test_a_transaction_that_commits_late_is_waited_for_and_not_passed_over() -> None:
    endpoint(HERE, "claim.filed")
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
    submitted_claim()
    assert told() == [], "an older transaction still runs: it may have something to tell that comes before"
    other.rollback()
    other.close()
    assert told() == ["claim.filed"]


def test_after_a_dump_was_restored_elsewhere_what_is_new_is_told_and_what_was_told_is_not() -> None:
    endpoint(HERE, "claim.filed")
    submitted_claim()
    assert told() == ["claim.filed"]
    Cursor.objects.update(transaction=2**40, record=0)  # where transactions were counted before
    if connection.vendor != "postgresql":
        Cursor.objects.update(transaction=0)
    notice()
    submitted_claim()
    assert told() == ["claim.filed", "claim.filed"]


def test_history_that_came_with_a_book_is_no_news() -> None:
    endpoint(HERE, "claim.closed")
    claim = submitted_claim()
    long_ago = timezone.now() - datetime.timedelta(days=400)
    step = {"claim": claim, "command": "close", "from_status": "approved", "to_status": "approved", "stage": "paid"}
    ClaimTransition.objects.bulk_create([ClaimTransition(**step, at=long_ago), ClaimTransition(**step)])
    assert told() == ["claim.closed"]


def test_while_an_endpoint_is_off_nothing_is_kept_for_it() -> None:
    one = endpoint(HERE, "claim.filed")
    switch_off(None, one.pk)
    submitted_claim()
    notice()
    switch_on(None, one.pk)
    later = submitted_claim()
    notice()
    assert [delivery.subject for delivery in one.deliveries.all()] == [later.pk]


def test_a_removed_claim_is_told_of_and_its_earlier_events_have_no_number_any_more() -> None:
    endpoint(HERE, "claim.filed", "claim.removed")
    claim = submitted_claim()
    delete_claim(None, claim.pk, version=claim.version)
    assert told() == ["claim.filed", "claim.removed"]
    filed, removed = (json.loads(each.event.body)["data"] for each in Delivery.objects.order_by("id").select_related("event"))
    assert (filed["claimId"], filed["claimNumber"], filed["status"]) == (str(claim.pk), None, "pending")
    assert removed == {"claimId": str(claim.pk), "claimNumber": claim.claim_number}


def test_no_body_holds_anything_of_a_person() -> None:
    endpoint(HERE, *event_types())
    customer = CustomerFactory.create(**CANARIES)
    owner = adjuster(first_name="Canadaniel", last_name="Canaworker", email="canary.daniel@example.com")
    policy = PolicyFactory.create(customer=customer)
    claim = submitted_claim(policy, description="Canary: Rosa fell on the stairs.")
    assign_claim(owner, claim.pk)
    claim = start_claim(owner, claim.pk)
    add_note(owner, claim.pk, text="Canary: her doctor said so.")
    deny_claim(superuser(), claim.pk, reason="Canary: nobody believes Rosa.", reason_code="other")
    cancel_policy(None, policy.pk)
    kinds = told()
    assert {"claim.filed", "claim.assigned", "claim.started", "claim.denied", "policy.cancelled"} <= set(kinds)
    for event in Event.objects.all():
        said = event.body.lower()
        assert not [each for each in ("cana", "rosa", "123-45", "0147", "example.com", str(owner.pk)) if each in said], event.body
        assert not any(isinstance(value, int | float) for value in json.loads(event.body)["data"].values()), "no money either"


def test_every_step_of_the_platform_is_told_or_kept_in_the_house_on_purpose() -> None:
    assert set(TYPES) | set(KEPT_IN_THE_HOUSE) == set(WORDS)
    assert not set(TYPES) & set(KEPT_IN_THE_HOUSE)
    assert set(of_policies.TYPES) | set(of_policies.KEPT_IN_THE_HOUSE) == commands_in("policies/services")
    assert set(of_quotes.TYPES) == commands_in("policies/quotes/services")


@needs.postgresql
def test_filing_a_claim_costs_nothing_more_where_somebody_has_subscribed() -> None:
    policy, kinds = PolicyFactory.create(), iter(("fire", "theft", "vandalism"))

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as sent:
            submit_claim(
                None, policy_id=policy.pk, claim_type=next(kinds), claim_amount=Decimal("10.00"), incident_date=timezone.now(),
                reported_date=timezone.now(),
            )  # fmt: skip
        return [query["sql"] for query in sent.captured_queries]

    statements()  # what a process reads once
    before = statements()
    endpoint(HERE, *event_types())
    after = statements()
    assert [sql.split()[0] for sql in after] == [sql.split()[0] for sql in before]
    assert not any("webhook" in sql for sql in after)
