"""A premium that is named holds as it is named, and what waits for a second person is approved with the figures that were shown."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from policies.models import EndorsementRequest, Policy
from policies.quotes.models import Quote
from policies.services import approve_endorsement, decline_endorsement, draft_correction, renew_policy, update_policy
from tests.api.calling import Caller
from tests.factories import underwriter
from tests.policies.booking import fresh
from tests.workbench.desk import confirm, desk_of, words
from tests.workbench.test_correcting_terms import STATEMENT, edit, sold, typed, url
from vanguard.errors import Conflict, Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = datetime.timedelta(days=1)


@pytest.fixture
def at_priya() -> Client:
    return desk_of(underwriter(first_name="Priya", last_name="Nair"))


def at(policy: Policy) -> dict[str, Any]:
    return {"If-Match": f'"{fresh(policy).version}"'}


def without_rates(policy: Policy) -> Policy:
    """The product asks by now for what the quote never answered."""
    Quote.objects.filter(policy=policy).update(inputs={})
    return policy


def waiting(days: int = 20) -> Policy:
    policy = sold(180)
    changes = {"start_date": policy.start_date - days * DAY}
    update_policy(underwriter(), policy.pk, version=None, changes=changes, no_known_loss=STATEMENT)
    return fresh(policy)


def test_the_present_premium_is_named_by_being_sent_and_holds(at_priya: Client) -> None:
    for_service, for_api, for_desk = sold(180), sold(180), sold(180)
    was, end = for_service.premium_amount, for_service.end_date + 90 * DAY
    update_policy(None, for_service.pk, version=None, changes={"end_date": end, "premium_amount": was})
    sent = {"endDate": end.isoformat(), "premiumAmount": float(was)}
    assert Caller(underwriter()).patch(f"/policies/{for_api.pk}", sent, **at(for_api)).status == 200
    form = typed(for_desk, end_date=f"{end:%Y-%m-%dT%H:%M}", premium_stays="on")
    assert "At the rates that it was sold at" not in words(edit(at_priya, for_desk, **form))
    confirm(at_priya, url(for_desk, "edit"), **form)
    for policy in (for_service, for_api, for_desk):
        assert (fresh(policy).booked_versions, fresh(policy).premium_amount) == (2, was)


def test_where_the_rates_cannot_tell_the_premium_that_it_has_is_a_way_on(at_priya: Client) -> None:
    for_service, for_api, for_desk = (without_rates(sold(180)) for _ in range(3))
    was, end = for_service.premium_amount, for_service.end_date + 90 * DAY
    with pytest.raises(Conflict) as refused:
        update_policy(None, for_service.pk, version=None, changes={"end_date": end})
    assert refused.value.code == "not_rated"
    update_policy(None, for_service.pk, version=None, changes={"end_date": end, "premium_amount": was})
    caller = Caller(underwriter())
    assert caller.patch(f"/policies/{for_api.pk}", {"endDate": end.isoformat()}, **at(for_api)).status == 409
    sent = {"endDate": end.isoformat(), "premiumAmount": float(was)}
    assert caller.patch(f"/policies/{for_api.pk}", sent, **at(for_api)).status == 200
    form = typed(for_desk, end_date=f"{end:%Y-%m-%dT%H:%M}")
    assert "give its premium" in words(edit(at_priya, for_desk, **form))
    confirm(at_priya, url(for_desk, "edit"), **form, premium_stays="on")
    for policy in (for_service, for_api, for_desk):
        assert fresh(policy).premium_amount == was
        assert fresh(policy).end_date == end


def test_the_same_put_twice_leaves_what_the_first_one_did() -> None:
    policy, caller = sold(180), Caller(underwriter())
    body = {
        "policyType": policy.policy_type,
        "premiumAmount": float(policy.premium_amount),
        "coverageAmount": float(policy.coverage_amount),
        "deductibleAmount": float(policy.deductible_amount),
        "startDate": policy.start_date.isoformat(),
        "endDate": (policy.end_date + 90 * DAY).isoformat(),
    }
    for _ in range(2):
        answer = caller.put(f"/policies/{policy.pk}", body, **at(policy))
        assert (answer.status, answer.data["premiumAmount"]) == (200, policy.premium_amount)
    assert fresh(policy).booked_versions == 2


def test_a_named_premium_that_waits_is_approved_as_it_was_named() -> None:
    policy = sold(180)
    changes = {"start_date": policy.start_date - 20 * DAY, "premium_amount": policy.premium_amount}
    update_policy(underwriter(), policy.pk, version=None, changes=changes, no_known_loss=STATEMENT)
    approve_endorsement(underwriter(), policy.pk)
    assert fresh(policy).premium_amount == policy.premium_amount
    assert fresh(policy).start_date == changes["start_date"]


def test_while_a_correction_waits_no_other_is_booked(at_priya: Client) -> None:
    policy = waiting()
    more = policy.coverage_amount + 100_000
    with pytest.raises(Conflict) as refused:
        update_policy(None, policy.pk, version=None, changes={"coverage_amount": more})
    assert refused.value.code == "waiting"
    answer = Caller(underwriter()).patch(f"/policies/{policy.pk}", {"coverageAmount": float(more)}, **at(policy))
    assert answer.status == 409
    assert "waits for its approval" in words(edit(at_priya, policy, coverage_amount=str(more)))
    assert fresh(policy).booked_versions == 1
    decline_endorsement(underwriter(), policy.pk, reason="First the limit.")
    update_policy(None, policy.pk, version=None, changes={"coverage_amount": more})
    assert fresh(policy).coverage_amount == more


def test_a_term_whose_correction_waits_is_not_moved_along() -> None:
    policy = waiting()
    renewal = renew_policy(None, policy.pk)
    with pytest.raises(Conflict) as refused:
        update_policy(None, renewal.pk, version=None, changes={"start_date": renewal.start_date + DAY})
    assert (refused.value.code, "waits for its approval" in refused.value.message) == ("terms_apart", True)
    assert fresh(policy).end_date == policy.end_date


def test_what_waited_over_another_correction_in_older_times_is_not_approved_with_old_figures(at_priya: Client) -> None:
    policy = sold(180)
    earlier = policy.start_date - 20 * DAY
    update_policy(underwriter(), policy.pk, version=None, changes={"start_date": earlier}, no_known_loss=STATEMENT)
    request = EndorsementRequest.objects.get(policy=policy)
    # As it was possible before: booked while the other waited.
    EndorsementRequest.objects.filter(pk=request.pk).update(outcome="declined", decided_at=request.requested_at)
    update_policy(None, policy.pk, version=None, changes={"coverage_amount": policy.coverage_amount + 100_000})
    EndorsementRequest.objects.filter(pk=request.pk).update(outcome="waiting", decided_at=None)
    premium = fresh(policy).premium_amount
    with pytest.raises(Conflict) as refused:
        approve_endorsement(underwriter(), policy.pk)
    assert refused.value.code == "changed_since"
    assert Caller(underwriter()).post(f"/policies/{policy.pk}/approve", {}).status == 409
    assert "was corrected since" in words(confirm(at_priya, url(policy, "approve")))
    assert fresh(policy).premium_amount == premium


def test_a_refused_correction_leaves_the_record_as_it_is_stored() -> None:
    policy = sold(180)
    with pytest.raises(Invalid):
        update_policy(None, policy.pk, version=None, changes={"coverage_amount": Decimal(-1)})
    end = policy.end_date
    with pytest.raises(Invalid):
        draft_correction(None, policy, {"end_date": policy.start_date - DAY})
    assert policy.end_date == end
