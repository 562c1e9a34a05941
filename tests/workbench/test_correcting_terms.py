"""What a correction comes to is seen before it is saved; what covers more of the past takes a second person, at the desk as by quote."""

import datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from policies.models import Policy
from policies.quotes import services as quotes
from policies.services import approve_endorsement, decline_endorsement, renew_policy, update_policy
from tests.api.calling import Caller
from tests.factories import submitted_claim, underwriter
from tests.policies.booking import fresh, running
from tests.quotes.making import days_ahead, requested
from tests.workbench.desk import Answer, confirm, desk_of, local, send, words
from vanguard.errors import Conflict, Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = datetime.timedelta(days=1)
STATEMENT = "The insured knows of no loss."


def url(policy: Policy, what: str = "change") -> str:
    return f"/admin/policies/policy/{policy.pk}/{what}/"


def sold(days: int = 365) -> Policy:
    """A home that was bound from a quote, from midnight today."""
    start = days_ahead(0)
    quote = quotes.price_quote(None, requested(starts_in=0, end_date=start + days * DAY).pk)
    policy = quotes.bind_quote(None, quote.pk).policy
    assert policy is not None
    return fresh(policy)


def typed(policy: Policy, **changes: str) -> dict[str, str]:
    amounts = {name: str(getattr(policy, name)) for name in ("policy_type", "premium_amount", "coverage_amount", "deductible_amount")}
    return amounts | {"start_date": local(policy.start_date), "end_date": local(policy.end_date), "reason": "As applied for."} | changes


def edit(client: Client, policy: Policy, **changes: str) -> Answer:
    return send(client, url(policy, "edit"), **typed(policy, **changes))


def test_a_rated_term_that_is_made_longer_costs_more_and_says_so_before_it_is_saved(at_priya: Client) -> None:
    half, whole = sold(180), sold(365)
    end = whole.end_date
    shown = words(edit(at_priya, half, end_date=local(end)))
    assert f"Premium {half.premium_amount:,} → {whole.premium_amount:,}" in shown
    assert "At the rates that it was sold at" in shown
    for expected in ("Covers until", "Is", "Will be", "Nothing is booked yet"):
        assert expected in shown, expected
    assert fresh(half).booked_versions == 1
    assert "are corrected" in words(confirm(at_priya, url(half, "edit"), **typed(half, end_date=local(end))))
    assert (fresh(half).premium_amount, fresh(half).end_date) == (whole.premium_amount, end)


def test_the_same_through_the_api_and_the_service() -> None:
    half, other, whole = sold(180), sold(180), sold(365)
    answer = Caller(underwriter()).patch(
        f"/policies/{half.pk}", {"endDate": whole.end_date.isoformat()}, **{"If-Match": f'"{half.version}"'}
    )
    assert answer.status == 200, answer
    update_policy(None, other.pk, version=None, changes={"end_date": whole.end_date})
    assert fresh(half).premium_amount == fresh(other).premium_amount == whole.premium_amount
    # What was given is what holds.
    update_policy(None, other.pk, version=None, changes={"end_date": whole.start_date + 90 * DAY, "premium_amount": Decimal("700.00")})
    assert fresh(other).premium_amount == Decimal("700.00")


def test_a_rated_term_is_never_longer_than_its_product_sells(at_priya: Client) -> None:
    policy = sold()
    later = policy.end_date + 2 * DAY
    assert "A term is a year at most" in words(edit(at_priya, policy, end_date=local(later)))
    caller = Caller(underwriter())
    assert caller.patch(f"/policies/{policy.pk}", {"endDate": later.isoformat()}, **{"If-Match": f'"{policy.version}"'}).status == 422
    renewal = renew_policy(None, policy.pk)
    with pytest.raises(Invalid) as refused:
        update_policy(None, renewal.pk, version=None, changes={"start_date": later})
    assert refused.value.errors[0].field == "start_date"
    assert fresh(policy).end_date == policy.end_date


def test_a_rated_term_begins_earlier_in_the_past_only_by_the_statement_and_a_second_person(at_priya: Client) -> None:
    policy = sold(180)
    start = policy.start_date - 20 * DAY
    asked = edit(at_priya, policy, start_date=local(start))
    assert "Cover would begin in the past." in words(asked)
    assert "Statement of no known loss" in words(asked)
    answer = Caller(underwriter()).patch(f"/policies/{policy.pk}", {"startDate": start.isoformat()}, **{"If-Match": f'"{policy.version}"'})
    assert (answer.status, fresh(policy).start_date) == (409, policy.start_date)
    with pytest.raises(Conflict) as refused:
        update_policy(None, policy.pk, version=None, changes={"start_date": start})
    assert (refused.value.code, refused.value.errors[0].field) == ("backdated", "start_date")
    form = typed(policy, start_date=local(start), no_known_loss=STATEMENT)
    assert "It waits for another underwriter’s approval" in words(send(at_priya, url(policy, "edit"), **form))
    page = words(confirm(at_priya, url(policy, "edit"), **form))
    assert "another underwriter has to approve the correction" in page
    assert "A correction waits for a second person." in page
    assert fresh(policy).start_date == policy.start_date
    assert send(at_priya, url(policy, "approve")).status_code == 409
    tom = desk_of(underwriter(first_name="Tom", last_name="Hale"))
    assert STATEMENT in words(tom.get(url(policy, "approve")))
    send(tom, url(policy, "approve"))
    corrected = fresh(policy)
    assert corrected.start_date == start
    assert corrected.premium_amount > policy.premium_amount
    assert STATEMENT in corrected.versions.latest("number").reason


def test_a_start_that_is_still_to_come_is_corrected_by_one_person(at_priya: Client) -> None:
    quote = quotes.price_quote(None, requested(starts_in=30, end_date=days_ahead(200)).pk)
    policy = quotes.bind_quote(None, quote.pk).policy
    assert policy is not None
    update_policy(underwriter(), policy.pk, version=None, changes={"start_date": policy.start_date - 5 * DAY})
    assert fresh(policy).premium_amount > policy.premium_amount


def test_a_known_loss_is_no_dead_end_and_what_waits_can_be_declined(at_priya: Client) -> None:
    policy, asker = running(), underwriter()
    submitted_claim(policy)
    shown = edit(at_priya, policy, coverage_amount="30,000.00")
    assert "That takes a statement that no other loss is known" in words(shown)
    assert "Statement of no known loss" in words(shown)
    update_policy(asker, policy.pk, version=None, changes={"coverage_amount": Decimal(30_000)}, no_known_loss=STATEMENT)
    assert fresh(policy).coverage_amount == Decimal(25_000)
    with pytest.raises(Conflict) as refused:
        approve_endorsement(asker, policy.pk)
    assert refused.value.code == "four_eyes"
    decline_endorsement(underwriter(), policy.pk, reason="Not so.")
    caller, sent = Caller(underwriter()), {"coverageAmount": 31_000, "noKnownLoss": STATEMENT}
    answer = caller.patch(f"/policies/{policy.pk}", sent, **{"If-Match": f'"{fresh(policy).version}"'})
    assert (answer.status, answer.data["coverageAmount"]) == (200, Decimal(25_000))
    assert caller.post(f"/policies/{policy.pk}/decline", {"reason": "Not so either."}).status == 200
    update_policy(asker, policy.pk, version=None, changes={"coverage_amount": Decimal(30_000)}, no_known_loss=STATEMENT)
    approve_endorsement(underwriter(), policy.pk)
    assert fresh(policy).coverage_amount == Decimal(30_000)
    assert fresh(policy).versions.latest("number").kind == "correction"
    assert timezone.now() > fresh(policy).start_date
