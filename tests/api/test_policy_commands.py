"""A policy's commands and its history through the API."""

from typing import Any

import pytest

from policies.models import Policy
from tests.api.calling import Caller
from tests.factories import policyholder, underwriter
from tests.policies.booking import booked, running

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def caller() -> Caller:
    return Caller(underwriter())


def versions(caller: Caller, policy: Policy) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = caller.get(f"/policies/{policy.pk}/versions?sort=number").data["data"]
    return rows


def test_a_clash_names_each_field_and_takes_the_choice(caller: Caller) -> None:
    policy = booked()
    caller.post(f"/policies/{policy.pk}/endorse", {"effectiveDate": "2025-07-01", "deductibleAmount": 500, "factors": {"roof": 2}})
    body = {"effectiveDate": "2025-04-01", "deductibleAmount": 2500, "factors": {"roof": 3}}
    refused = caller.post(f"/policies/{policy.pk}/endorse", body)
    assert (refused.status, refused.errors) == (409, {"deductibleAmount": "clash", "factors.roof": "clash"})
    kept = caller.post(f"/policies/{policy.pk}/endorse", body | {"keep": {"deductibleAmount": "this", "factors.roof": "later"}})
    assert kept.status == 200
    last = versions(caller, policy)[-1]["segments"][-1]
    assert (last["deductibleAmount"], last["termPremium"]) == (2500, 2400)


@pytest.mark.parametrize(
    ("body", "status", "errors"),
    [
        ({"coverageAmount": -1}, 422, {"coverageAmount": "negative"}),
        ({"coverageAmount": 1e30}, 422, {"coverageAmount": "out_of_range"}),
        ({"factors": {"roof": -1}}, 422, {"factors.roof": "negative"}),
        ({"factors": {"roof": 0}}, 422, {"factors.roof": "out_of_range"}),
        ({"factors": {"roof": 1.23456}}, 422, {"factors.roof": "too_many_decimals"}),
        ({"factors": {"The Roof": 1.1}}, 422, {"factors": "invalid"}),
        ({"factors": [1]}, 422, {"factors": "wrong_type"}),
        ({"keep": {"coverageAmount": "mine"}, "coverageAmount": 1}, 422, {"keep.coverageAmount": "not_a_choice"}),
        ({"effectiveDate": "2024-01-01", "coverageAmount": 1}, 409, {"effectiveDate": "outside_period"}),
        ({"effectiveDate": "2400-01-01", "coverageAmount": 1}, 409, {"effectiveDate": "outside_period"}),
        ({"status": "expired"}, 422, {"status": "unknown_field"}),
        ({"endDate": "2425-01-01"}, 422, {"endDate": "unknown_field"}),
        ({}, 422, {"": "required"}),
    ],
)
def test_a_bad_endorsement_names_its_field_and_changes_nothing(
    caller: Caller, body: dict[str, Any], status: int, errors: dict[str, str]
) -> None:
    policy = booked()
    answer = caller.post(f"/policies/{policy.pk}/endorse", {"effectiveDate": "2025-02-01"} | body)
    assert (answer.status, answer.errors) == (status, errors)
    assert len(versions(caller, policy)) == 1


def test_cancelling_twice_a_stale_version_and_declining_nothing_are_refused(caller: Caller) -> None:
    policy = running()
    assert caller.post(f"/policies/{policy.pk}/decline", {}).errors == {"": "nothing_waits"}
    assert caller.post(f"/policies/{policy.pk}/cancel", {}, If_Match='"7"').status == 412
    assert caller.post(f"/policies/{policy.pk}/cancel", {}).status == 200
    assert caller.post(f"/policies/{policy.pk}/cancel", {}).errors == {"status": "not_allowed_now"}
    assert caller.post(f"/policies/{policy.pk}/cancel", {"method": "short_rate", "penaltyShare": 2}).errors == {
        "penaltyShare": "out_of_range"
    }


def test_the_same_key_endorses_once(caller: Caller) -> None:
    policy, body = running(), {"coverageAmount": 30000}
    answers = [caller.post(f"/policies/{policy.pk}/endorse", body, Idempotency_Key="once") for _ in range(2)]
    assert answers[0].text == answers[1].text
    assert len(versions(caller, policy)) == 2


def test_a_renewal_is_a_policy_of_its_own(caller: Caller) -> None:
    policy = running()
    answer = caller.post(f"/policies/{policy.pk}/renew", {"premiumAmount": 1300})
    assert (answer.status, answer.data["policyNumber"], answer.data["premiumAmount"]) == (201, f"{policy.policy_number}-R2", 1300)
    assert answer.headers["Location"] == f"/api/policies/{answer.data['id']}"
    assert answer.data["startDate"] == caller.get(f"/policies/{policy.pk}").data["endDate"]
    assert caller.post(f"/policies/{policy.pk}/renew", {}).errors == {"": "already_renewed"}


def test_a_policy_is_read_as_effective_and_known_at_other_moments(caller: Caller) -> None:
    policy = booked()
    known = policy.versions.get().booked_at.isoformat().replace("+00:00", "Z")
    caller.post(f"/policies/{policy.pk}/endorse", {"effectiveDate": "2025-07-01", "coverageAmount": 30000})
    caller.post(f"/policies/{policy.pk}/endorse", {"effectiveDate": "2025-09-01", "coverageAmount": 40000})

    def at(query: str) -> Any:
        return caller.get(f"/policies/{policy.pk}?{query}").data

    assert at("effective_at=2025-08-01")["coverageAmount"] == 30000
    assert at("effective_at=2025-10-01")["asOf"]["version"] == 3
    then = at(f"effective_at=2025-10-01&known_at={known}")
    assert (then["coverageAmount"], then["asOf"]["leftOut"], then["asOf"]["inForce"]) == (25000, 2, True)
    assert at("effective_at=2027-01-01")["asOf"]["inForce"] is False
    assert "asOf" not in caller.get(f"/policies/{policy.pk}").data
    assert caller.get(f"/policies/{policy.pk}?known_at=1999-01-01").errors == {"knownAt": "not_known_yet"}
    assert caller.get(f"/policies/{policy.pk}?effective_at=soon").errors == {"effective_at": "malformed_time"}


def test_a_policyholder_reads_the_own_history_and_no_other(caller: Caller) -> None:
    own, other = running(), running()
    holder = Caller(policyholder(own.customer))
    assert len(versions(holder, own)) == 1
    for path in (f"/policies/{other.pk}/versions", f"/policies/{other.pk}?effective_at=2025-01-01"):
        assert holder.get(path).status == 404
    assert holder.post(f"/policies/{own.pk}/endorse", {"coverageAmount": 1}).status == 403


def test_endorsed_terms_are_not_put_or_patched(caller: Caller) -> None:
    policy = running()
    caller.post(f"/policies/{policy.pk}/endorse", {"coverageAmount": 30000})
    refused = caller.patch(f"/policies/{policy.pk}", {"premiumAmount": 1}, If_Match='"2"')
    assert (refused.status, refused.errors) == (409, {"premiumAmount": "use_command"})


def test_a_400_year_term_is_refused(caller: Caller) -> None:
    policy = running()
    body = {
        "customerId": str(policy.customer_id), "policyType": "auto", "premiumAmount": 1, "coverageAmount": 1,
        "startDate": "1900-01-01", "endDate": "2300-01-01",
    }  # fmt: skip
    assert caller.post("/policies", body).errors == {"endDate": "out_of_range"}
