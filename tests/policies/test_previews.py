"""What a booking would come to, before it is made: the API's figures are those that the page shows and that are booked."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from policies.models import Policy, PolicyVersion
from policies.services import cancel_policy, renew_policy
from tests.api.calling import Caller
from tests.factories import policyholder, submitted_claim, underwriter
from tests.policies.booking import booked, days_into, running
from tests.workbench.desk import desk_of, local, open_form, words

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def caller() -> Caller:
    return Caller(underwriter())


def everything() -> tuple[Any, ...]:
    return (PolicyVersion.objects.count(), *Policy.objects.values_list("version", "status"))


def test_the_worked_example_of_two_rating_factors_is_previewed_as_it_is_booked(caller: Caller) -> None:
    policy, body = booked(), {"effectiveDate": "2025-07-01", "factors": {"garage": 1.20}}
    before = everything()
    seen = caller.post(f"/policies/{policy.pk}/endorse/preview", body)
    assert (seen.status, everything()) == (200, before)
    figures = [seen.data[name] for name in ("premiumBefore", "premiumAfter", "premiumChange")]
    assert figures == [1200, Decimal("1320.99"), Decimal("120.99")]
    assert (seen.data["number"], seen.data["needsApproval"], seen.data["clashes"], "settlement" in seen.data) == (2, False, [], False)
    caller.post(f"/policies/{policy.pk}/endorse", body)
    version = caller.get(f"/policies/{policy.pk}/versions").data["data"][0]
    assert (version["premiumChange"], version["segments"]) == (seen.data["premiumChange"], seen.data["segments"])


def test_a_refund_is_the_same_to_the_api_and_on_the_page(caller: Caller) -> None:
    policy = running(premium="500.00")
    at = days_into(policy, 150)
    body = {"effectiveDate": at.isoformat(), "method": "short_rate"}
    seen = caller.post(f"/policies/{policy.pk}/cancel/preview", body).data
    assert {name: str(value) for name, value in seen["settlement"].items()} == {
        "earnedAmount": "205.48",
        "penaltyAmount": "29.45",
        "refundAmount": "265.07",
        "days": "150",
        "termDays": "365",
    }
    client: Client = desk_of(underwriter())
    url = f"/admin/policies/policy/{policy.pk}/cancel/"
    sent = {"reason": "insured_request", "effective_date": local(at), "method": "short_rate", "penalty": ""}
    assert "Refund $265.07." in words(client.post(url, open_form(client, url) | sent))
    assert Policy.objects.get(pk=policy.pk).status == "active"


def test_a_reinstatement_says_what_it_charges_again(caller: Caller) -> None:
    policy = running(premium="365.00")
    cancel_policy(None, policy.pk, effective_at=days_into(policy, 100))
    assert caller.post(f"/policies/{policy.pk}/reinstate/preview").data["premiumChange"] == 265
    gap = {"effectiveDate": days_into(policy, 165).isoformat()}
    seen = caller.post(f"/policies/{policy.pk}/reinstate/preview", gap).data
    assert (seen["premiumChange"], [each["inForce"] for each in seen["segments"]]) == (200, [True, False, True])


def test_a_clash_is_listed_with_both_values_and_none_once_it_is_said_which_holds(caller: Caller) -> None:
    policy = booked()
    caller.post(f"/policies/{policy.pk}/endorse", {"effectiveDate": "2025-07-01", "deductibleAmount": 500})
    body: dict[str, Any] = {"effectiveDate": "2025-04-01", "deductibleAmount": 2500}
    (clash,) = caller.post(f"/policies/{policy.pk}/endorse/preview", body).data["clashes"]
    assert (clash["field"], clash["version"], clash["later"], clash["this"]) == ("deductibleAmount", 2, "500.00", "2500.00")
    kept = caller.post(f"/policies/{policy.pk}/endorse/preview", body | {"keep": {"deductibleAmount": "this"}})
    assert kept.data["segments"][-1]["deductibleAmount"] == 2500


def test_what_would_wait_for_a_second_person_says_so_and_asks_nobody(caller: Caller) -> None:
    policy = submitted_claim().policy
    raise_limit = {"effectiveDate": policy.start_date.isoformat(), "coverageAmount": 90_000}
    assert caller.post(f"/policies/{policy.pk}/endorse/preview", raise_limit).errors == {"coverageAmount": "known_loss"}
    seen = caller.post(f"/policies/{policy.pk}/endorse/preview", raise_limit | {"noKnownLoss": "None is known."})
    assert (seen.data["needsApproval"], policy.endorsement_requests.count()) == (True, 0)


@pytest.mark.parametrize(
    ("which", "body", "status", "errors"),
    [
        ("endorse", {"factors": {"roof": -1}}, 422, {"factors.roof": "negative"}),
        ("endorse", {}, 422, {"": "required"}),
        ("endorse", {"effectiveDate": "2024-12-31", "policyType": "auto"}, 409, {"effectiveDate": "outside_period"}),
        ("cancel", {"effectiveDate": "2025-02-01"}, 409, {"status": "not_allowed_now"}),
        ("reinstate", {}, 409, {"status": "not_allowed_now"}),
    ],
)
def test_what_could_not_be_booked_is_refused_alike(caller: Caller, which: str, body: Any, status: int, errors: dict[str, str]) -> None:
    policy = booked()  # of 2025, which is over
    for path in (f"{which}/preview", which):
        answer = caller.post(f"/policies/{policy.pk}/{path}", body)
        assert (answer.status, answer.errors) == (status, errors), path


def test_anothers_policy_is_not_there_and_the_own_is_not_the_policyholders_to_change() -> None:
    policy = running()
    assert Caller(policyholder()).post(f"/policies/{policy.pk}/cancel/preview").status == 404
    assert Caller(policyholder(policy.customer)).post(f"/policies/{policy.pk}/cancel/preview").status == 403


def test_a_renewal_names_the_policy_that_it_renews(caller: Caller) -> None:
    policy = running()
    renewal = renew_policy(None, policy.pk)
    found = caller.get(f"/policies/{renewal.pk}").data
    assert found["renewsId"] == str(policy.pk)
    assert "renewsId" not in caller.get(f"/policies/{policy.pk}").data
    assert caller.get(f"/policies/{renewal.pk}?known_at=2199-01-01").data["renewsId"] == str(policy.pk)
