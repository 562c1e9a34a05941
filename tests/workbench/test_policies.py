from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from policies.models import Policy
from policies.services import cancel_policy
from tests.factories import CustomerFactory, PolicyFactory, submitted_claim
from tests.workbench.desk import confirm, hidden, local, open_form, send, source, words

pytestmark = pytest.mark.django_db
LIST = "/admin/policies/policy/"


@pytest.fixture
def policy() -> Policy:
    return PolicyFactory.create(policy_number="POL-2025-018834", customer=CustomerFactory.create(first_name="Harold", last_name="Finch"))


def url(policy: Policy, what: str = "change") -> str:
    return f"{LIST}{policy.pk}/{what}/"


def now(policy: Policy) -> Policy:
    return Policy.objects.get(pk=policy.pk)


def test_the_policy_page_shows_terms_cover_claims_and_history(at_priya: Client, policy: Policy) -> None:
    claim = submitted_claim(policy)
    text = words(at_priya.get(url(policy)))
    for expected in (
        "POL-2025-018834", "Active", "in force today", "Harold Finch", "Homeowners", "365 days", "25,000.00", "1,000.00", "1,200.00",
        "Claims on this policy", claim.claim_number, "Edit terms", "Cancel policy…",
    ):  # fmt: skip
        assert expected in text, expected


def test_who_does_not_underwrite_reads_only(at_maya: Client, policy: Policy) -> None:
    text = words(at_maya.get(url(policy)))
    assert "Cancel policy…" not in text
    assert "Edit terms" not in text
    assert "Take first notice" in text


def test_cancelling_asks_for_a_reason_and_says_from_when(at_priya: Client, policy: Policy) -> None:
    assert send(at_priya, url(policy, "cancel"), reason="", effective_date="").status_code == 422
    answer = confirm(at_priya, url(policy, "cancel"), reason="insured_request", effective_date=local(timezone.now() + timedelta(days=3)))
    text = words(answer)
    assert "POL-2025-018834 is cancelled from" in text
    assert "Cancelled by Priya Nair" in text
    assert "Insured's request" in text
    assert now(policy).status == "cancelled"
    assert "Cancel policy…" not in text


def test_cancelling_outside_the_term_is_refused_at_its_field(at_priya: Client, policy: Policy) -> None:
    answer = send(at_priya, url(policy, "cancel"), reason="non_payment", effective_date=local(policy.end_date + timedelta(days=1)))
    assert answer.status_code == 409
    assert 'id="cancel_effective_date_error"' in source(answer)
    assert now(policy).status == "active"


def test_cancelling_twice_cancels_once_and_says_so(at_priya: Client, policy: Policy) -> None:
    given = {"reason": "non_payment", "effective_date": ""}
    shown = at_priya.post(url(policy, "cancel"), open_form(at_priya, url(policy, "cancel")) | given)
    assert now(policy).status == "active"
    sent = hidden(source(shown), "command-form") | given
    at_priya.post(url(policy, "cancel"), sent)
    again = at_priya.post(url(policy, "cancel"), sent, follow=True)
    assert "Your second click changed nothing." in words(again)
    assert policy.transitions.filter(command="cancel").count() == 1


def booking(owner: Any, **changes: Any) -> dict[str, Any]:
    given = {
        "customer": owner.email,
        "policy_type": "Homeowners",
        "premium_amount": "1,460.00",
        "coverage_amount": "420,000.00",
        "deductible_amount": "2,500.00",
        "start_date": "2026-12-01T00:01",
        "end_date": "",
        "policy_number": "",
    }
    return given | changes


def test_a_policy_is_booked_for_a_year_with_the_next_number(at_priya: Client) -> None:
    owner = CustomerFactory.create()
    answer = at_priya.post(f"{LIST}add/", booking(owner), follow=True)
    policy = Policy.objects.get()
    assert f"{policy} is booked." in words(answer)
    assert policy.policy_number.startswith("POL-")
    assert (policy.policy_type, policy.coverage_amount) == ("homeowners", Decimal("420000.00"))
    assert (policy.end_date - policy.start_date).days == 365
    assert "Booked by Priya Nair" in words(answer)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"customer": "nobody@example.com"}, "There is no customer nobody@example.com."),
        ({"premium_amount": ""}, "Premium is missing."),
        ({"coverage_amount": "lots"}, "Enter an amount"),
        ({"premium_amount": "123,456,789.00"}, "The amount is too large."),
        ({"end_date": "2026-11-01T00:00"}, "End date is after the start date."),
        ({"start_date": "soon"}, "Enter a day and an hour."),
        ({"start_date": "9999-06-01T00:00"}, "Enter a year from 1900 to 2200."),
        ({"start_date": "0001-01-01T00:00"}, "Enter a"),
        ({"start_date": "2200-02-29T00:00"}, "Enter a day and an hour."),
        ({"start_date": "2200-06-01T00:00"}, "End date is between 1900 and 2200."),
        ({"end_date": "9999-12-31T23:59"}, "Enter a year from 1900 to 2200."),
        ({"start_date": "1900-01-01T00:00", "end_date": "2300-01-01T00:00"}, "Enter a year from 1900 to 2200."),
    ],
)
def test_what_is_wrong_with_a_booking_is_said_at_the_field(at_priya: Client, changes: dict[str, str], says: str) -> None:
    answer = at_priya.post(f"{LIST}add/", booking(CustomerFactory.create(), **changes))
    assert answer.status_code == 422
    assert says in words(answer)
    assert Policy.objects.count() == 0


def test_a_number_that_is_taken_is_refused_at_its_field(at_priya: Client, policy: Policy) -> None:
    answer = at_priya.post(f"{LIST}add/", booking(policy.customer, policy_number="POL-2025-018834", policy_type="umbrella"))
    assert answer.status_code == 409
    assert "Another policy has this number." in words(answer)


def test_the_same_policy_is_shown_before_it_is_booked_twice(at_priya: Client) -> None:
    owner = CustomerFactory.create()
    at_priya.post(f"{LIST}add/", booking(owner))
    again = at_priya.post(f"{LIST}add/", booking(owner))
    assert "Tick this if it is another policy." in words(again)
    assert Policy.objects.count() == 1
    at_priya.post(f"{LIST}add/", booking(owner, again="on"))
    assert Policy.objects.count() == 2


def test_terms_are_corrected_but_not_after_a_cancellation(at_priya: Client, policy: Policy) -> None:
    terms = {
        "policy_type": policy.policy_type,
        "premium_amount": "1,300.00",
        "coverage_amount": "25,000.00",
        "deductible_amount": "1,000.00",
        "start_date": local(policy.start_date),
        "end_date": local(policy.end_date),
        "reason": "A typing error.",
    }
    shown = send(at_priya, url(policy, "edit"), **terms)
    for expected in ("Premium 1,200.00 → 1,300.00: +100.00", "Nothing is booked yet", "Save the terms"):
        assert expected in words(shown), expected
    assert now(policy).premium_amount == Decimal("1200.00")
    answer = confirm(at_priya, url(policy, "edit"), **terms)
    assert "Terms corrected by Priya Nair Premium amount" in words(answer)
    assert "A typing error." in words(answer)
    assert now(policy).premium_amount == Decimal("1300.00")
    assert now(policy).start_date == policy.start_date
    cancel_policy(None, policy.pk, reason="flat")
    assert send(at_priya, url(policy, "edit"), **terms | {"premium_amount": "1.00"}).status_code == 409
    assert "/edit/" not in source(at_priya.get(url(policy))).partition("<main")[2]


def test_a_policy_with_claims_is_not_deleted_and_one_without_is(at_priya: Client, policy: Policy) -> None:
    submitted_claim(policy)
    refused = send(at_priya, url(policy, "remove"))
    assert refused.status_code == 409
    assert "cannot be deleted; it has claim CLM-" in words(refused)
    empty = PolicyFactory.create()
    send(at_priya, url(empty, "remove"))
    assert list(Policy.objects.all()) == [policy]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?view=force", 2),
        ("?view=starting", 1),
        ("?view=ending", 1),
        ("?view=cancelled", 0),
        ("?q=018834", 1),
        ("?q=finch", 3),
        ("?policy_type=renters", 0),
        ("?status=active", 3),
    ],
)
def test_views_filters_and_search_narrow_the_list(at_priya: Client, policy: Policy, query: str, found: int) -> None:
    soon = timezone.now() + timedelta(days=10)
    PolicyFactory.create(start_date=soon)
    PolicyFactory.create(start_date=soon - timedelta(days=365), end_date=soon)
    page = source(at_priya.get(LIST + query)).partition("<tbody")[2]
    assert page.count('class="wb-id"') == found


def test_an_active_policy_past_its_end_reads_expired_everywhere(at_priya: Client, policy: Policy) -> None:
    over = timezone.now() - timedelta(days=1)
    old = PolicyFactory.create(
        policy_number="POL-2024-000001", customer=policy.customer, start_date=over - timedelta(days=365), end_date=over, status="active"
    )
    listed = at_priya.get(f"{LIST}?status=expired")
    assert "POL-2024-000001" in words(listed)
    assert "POL-2025-018834" not in words(listed)
    assert "POL-2024-000001" not in words(at_priya.get(f"{LIST}?status=active"))
    page = words(at_priya.get(url(old)))
    assert "POL-2024-000001 Expired not in force today" in page
    assert "Cancel policy…" not in page
    assert "Expired" in words(at_priya.get(f"/admin/customers/customer/{policy.customer_id}/change/"))
    assert "Expired" in words(at_priya.get("/admin/search/?q=finch"))
    sent = {"reason": "non_payment", "version": str(old.version)}
    assert at_priya.post(url(old, "cancel"), sent).status_code == 409
    assert now(old).cancelled_at is None
