import datetime
import json
from decimal import Decimal
from typing import Any

import pytest

from claims.models import Claim
from customers.models import Customer
from policies.models import Policy
from tests.api.calling import Caller
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, submitted_claim, superuser, supervisor, underwriter

pytestmark = pytest.mark.django_db
POLICY_TERMS = {"policyType", "premiumAmount", "coverageAmount", "startDate", "endDate"}
POLICY_KEYS = POLICY_TERMS | {"id", "policyNumber", "customerId", "status", "createdAt", "updatedAt"}
CUSTOMER_KEYS = {"id", "email", "firstName", "lastName", "createdAt", "updatedAt"}
CLAIM_FACTS = {"claimType", "claimAmount", "incidentDate", "reportedDate"}
CLAIM_KEYS = CLAIM_FACTS | {"id", "claimNumber", "policyId", "status", "createdAt", "updatedAt"}


def policy_body(**fields: Any) -> dict[str, Any]:
    return {
        "customerId": str(CustomerFactory.create().pk),
        "policyType": "homeowners",
        "premiumAmount": 1200.5,
        "coverageAmount": 250000,
        "startDate": "2026-01-01",
        "endDate": "2027-01-01T00:00:00+02:00",
    } | fields


def claim_body(**fields: Any) -> dict[str, Any]:
    policy = PolicyFactory.create()
    loss = policy.start_date + datetime.timedelta(days=1)
    return {"policyId": str(policy.pk), "claimType": "theft", "claimAmount": 1500, "incidentDate": loss.isoformat()} | fields


def test_a_policy_is_created_with_its_address_its_etag_and_a_readable_number() -> None:
    answer = Caller(underwriter()).post("/policies", policy_body())
    assert answer.status == 201, answer
    assert set(answer.data) >= POLICY_KEYS
    assert answer.headers["Location"] == f"/api/policies/{answer.data['id']}"
    assert answer.etag == '"1"'
    assert answer.data["policyNumber"].startswith("POL-")
    assert (answer.data["status"], answer.data["startDate"], answer.data["endDate"]) == (
        "active",
        "2026-01-01T00:00:00Z",
        "2026-12-31T22:00:00Z",
    )
    assert "cancelledAt" not in answer.data


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("9999999999999.99", "9999999999999.99"),
        ("0.1", "0.10"),
        ("0.3", "0.30"),
        ("1.15", "1.15"),
        ("4.35", "4.35"),
        ("1e3", "1000.00"),
        ("0", "0.00"),
        ("-0.0", "0.00"),
        ('"0.07"', "0.07"),
        ('"9999999999999.99"', "9999999999999.99"),
    ],
)
def test_money_is_exact_to_the_cent_in_both_directions(sent: str, stored: str) -> None:
    raw = json.dumps(policy_body() | {"coverageAmount": 0}).replace('"coverageAmount": 0', f'"coverageAmount": {sent}')
    caller = Caller(superuser())
    answer = caller.send_bytes("POST", "/policies", raw.encode())
    assert answer.status == 201, answer
    read = caller.get(f"/policies/{answer.data['id']}")
    for each in (answer, read):
        assert f'"coverageAmount":{stored}' in each.text
    assert Policy.objects.get().coverage_amount == Decimal(stored)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-03-01", "2026-03-01T00:00:00Z"),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
        ("2026-03-01T10:00:00.123456Z", "2026-03-01T10:00:00.123456Z"),
        ("2026-03-01T10:00:00.5+05:30", "2026-03-01T04:30:00.500000Z"),
        ("2026-03-01t10:00:00z", "2026-03-01T10:00:00Z"),
        ("2026-03-01T10:00-0800", "2026-03-01T18:00:00Z"),
        ("2026-03-01T10:00:00", "2026-03-01T10:00:00Z"),
    ],
)
def test_times_come_with_any_offset_and_leave_in_utc(sent: str, shown: str) -> None:
    answer = Caller(superuser()).post("/policies", policy_body(startDate=sent))
    assert answer.data["startDate"] == shown


def test_text_is_stored_composed_and_trimmed() -> None:
    answer = Caller(superuser()).post("/policies", policy_body(policyType="  Cafe\u0301  "))
    assert answer.data["policyType"] == "Café"


def test_a_number_and_a_status_may_be_sent_and_a_number_serves_once() -> None:
    caller, body = Caller(underwriter()), policy_body(policyNumber="H-100", status="active")
    assert caller.post("/policies", body).data["policyNumber"] == "H-100"
    answer = caller.post("/policies", body)
    assert (answer.status, answer.errors) == (409, {"policyNumber": "duplicate"})
    assert Policy.objects.count() == 1


def test_objects_are_found_by_their_number() -> None:
    claim, caller = submitted_claim(), Caller(adjuster())
    assert caller.get(f"/claims/by-number/{claim.claim_number}").data["id"] == str(claim.pk)
    found = caller.get(f"/policies/by-number/{claim.policy.policy_number}")
    assert (found.data["id"], found.etag) == (str(claim.policy_id), '"1"')
    assert caller.get("/policies/by-number/nothing").status == 404


def test_a_claim_is_filed_and_read_back() -> None:
    caller = Caller(adjuster())
    answer = caller.post("/claims", claim_body(description="Two\r\nlines", claimAmount="0.30"))
    assert answer.status == 201, answer
    assert set(answer.data) >= CLAIM_KEYS
    assert not {"processedDate", "closedAt", "approvedAmount", "assigneeId"} & set(answer.data)
    read = caller.get(answer.headers["Location"].removeprefix("/api"))
    assert read.data == answer.data
    assert (read.data["description"], read.data["status"], read.data["stage"]) == ("Two\nlines", "pending", "triaged")


def test_a_claim_outside_the_policys_period_is_409_and_says_why() -> None:
    policy = PolicyFactory.create()
    for moment in (policy.start_date - datetime.timedelta(seconds=1), policy.start_date - datetime.timedelta(days=400)):
        answer = Caller(adjuster()).post("/claims", claim_body(policyId=str(policy.pk), incidentDate=moment.isoformat()))
        assert (answer.status, answer.errors) == (409, {"incidentDate": "not_in_force"})
    assert Claim.objects.count() == 0


def test_the_period_is_half_open() -> None:
    end = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=5)
    policy = PolicyFactory.create(start_date=end - datetime.timedelta(days=365), end_date=end)
    caller = Caller(adjuster())
    assert caller.post("/claims", claim_body(policyId=str(policy.pk), incidentDate=end.isoformat())).status == 409
    assert caller.post("/claims", claim_body(policyId=str(policy.pk), incidentDate=policy.start_date.isoformat())).status == 201


def test_a_customer_goes_in_with_an_ssn_that_never_comes_out() -> None:
    body = {"email": "rosa@example.com", "firstName": "Rosa", "lastName": "Diaz", "ssn": "078-05-1120", "dateOfBirth": "1980-02-29"}
    caller = Caller(superuser())
    answer = caller.post("/customers", body)
    assert answer.status == 201, answer
    assert set(answer.data) == CUSTOMER_KEYS | {"dateOfBirth"}
    assert answer.data["dateOfBirth"] == "••••"
    assert not any(part in answer.text for part in ("078-05-1120", "078051120", "ssn"))
    stored = Customer.objects.get()
    assert (str(stored.date_of_birth), len(stored.ssn_hash)) == ("1980-02-29", 64)


def test_an_email_serves_once_without_regard_to_case() -> None:
    caller, body = Caller(underwriter()), {"email": "rosa@example.com", "firstName": "Rosa", "lastName": "Diaz"}
    assert caller.post("/customers", body).status == 201
    answer = caller.post("/customers", body | {"email": "ROSA@example.com"})
    assert (answer.status, answer.errors) == (409, {"email": "duplicate"})


@pytest.mark.parametrize("email", ["rosa", "rosa@", "@example.com", "rosa@exa mple.com", "x" * 250 + "@e.com"])
def test_a_malformed_email_is_422(email: str) -> None:
    answer = Caller(underwriter()).post("/customers", {"email": email, "firstName": "Rosa", "lastName": "Diaz"})
    assert (answer.status, list(answer.errors)) == (422, ["email"])


def test_patch_changes_what_is_sent_and_put_everything() -> None:
    caller, policy = Caller(underwriter()), PolicyFactory.create()
    patched = caller.patch(f"/policies/{policy.pk}", {"premiumAmount": 99.95}, If_Match='"1"')
    assert (patched.status, patched.data["premiumAmount"], patched.etag) == (200, Decimal("99.95"), '"2"')
    whole = {"policyType": "auto", "premiumAmount": 1, "coverageAmount": 2, "startDate": "2026-01-01", "endDate": "2027-01-01"}
    put = caller.put(f"/policies/{policy.pk}", whole, If_Match=patched.etag)
    assert (put.status, put.data["policyType"], put.data["coverageAmount"]) == (200, "auto", Decimal(2))
    assert put.data["deductibleAmount"] == Decimal(1000)
    missing = caller.put(f"/policies/{policy.pk}", {"policyType": "auto"}, If_Match=put.etag)
    assert (missing.status, len(missing.errors)) == (422, 4)
    nulled = caller.patch(f"/policies/{policy.pk}", {"premiumAmount": None}, If_Match=put.etag)
    assert (nulled.status, nulled.errors) == (422, {"premiumAmount": "wrong_type"})


def test_status_numbers_and_owners_are_changed_by_command_only() -> None:
    claim, caller = submitted_claim(), Caller(superuser())
    policy, other = claim.policy, PolicyFactory.create()
    for path, body, field in [
        (f"/policies/{policy.pk}", {"status": "cancelled"}, "status"),
        (f"/policies/{policy.pk}", {"policyNumber": "X"}, "policyNumber"),
        (f"/policies/{policy.pk}", {"customerId": str(other.customer_id)}, "customerId"),
        (f"/claims/{claim.pk}", {"status": "approved"}, "status"),
        (f"/claims/{claim.pk}", {"claimNumber": "X"}, "claimNumber"),
        (f"/claims/{claim.pk}", {"policyId": str(other.pk)}, "policyId"),
        (f"/claims/{claim.pk}", {"reportedDate": "2026-01-01"}, "reportedDate"),
    ]:
        answer = caller.patch(path, body, If_Match='"1"')
        assert (answer.status, answer.errors) == (409, {field: "use_command"})
    as_read = {"status": "active", "policyNumber": policy.policy_number, "customerId": str(policy.customer_id)}
    assert caller.patch(f"/policies/{policy.pk}", as_read, If_Match='"1"').status == 200


@pytest.mark.parametrize(
    "field", ["version", "id", "createdAt", "stage", "paidAmount", "approvedAmount", "assigneeId", "closedAt", "processedDate"]
)
def test_no_other_field_of_a_claim_can_be_assigned(field: str) -> None:
    claim = submitted_claim()
    answer = Caller(superuser()).patch(f"/claims/{claim.pk}", {field: "1"}, If_Match='"1"')
    assert (answer.status, answer.errors) == (422, {field: "unknown_field"})


def test_what_others_refer_to_cannot_be_deleted() -> None:
    claim, caller = submitted_claim(), Caller(superuser())
    for path in (f"/policies/{claim.policy_id}", f"/customers/{claim.policy.customer_id}"):
        answer = caller.delete(path, If_Match='"1"')
        assert (answer.status, answer.errors) == (409, {"": "in_use"})
    for path in (f"/claims/{claim.pk}", f"/policies/{claim.policy_id}", f"/customers/{claim.policy.customer_id}"):
        answer = caller.delete(path, If_Match='"1"')
        assert (answer.status, answer.text) == (204, "")
    assert caller.get(f"/claims/{claim.pk}").status == 404


def test_a_claim_that_is_being_processed_cannot_be_deleted() -> None:
    claim, caller = submitted_claim(), Caller(supervisor())
    started = caller.post(f"/claims/{claim.pk}/start")
    assert caller.delete(f"/claims/{claim.pk}", If_Match=started.etag).status == 409


def test_a_policyholder_files_a_claim_on_an_own_policy_only() -> None:
    mine, other = PolicyFactory.create(), PolicyFactory.create()
    owner = Caller(policyholder(mine.customer))
    loss = (mine.start_date + datetime.timedelta(days=1)).isoformat()
    assert owner.post("/claims", claim_body(policyId=str(mine.pk), incidentDate=loss)).status == 201
    answer = owner.post("/claims", claim_body(policyId=str(other.pk), incidentDate=loss))
    assert (answer.status, list(answer.errors)) == (404, ["policyId"])
