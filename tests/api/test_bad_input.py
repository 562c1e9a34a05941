"""Each way to send something wrong: answered as the contract says, and nothing is changed."""

import json
from typing import Any

import pytest

from claims.models import Claim
from customers.models import Customer
from policies.models import Policy
from tests.api.calling import Answer, Caller
from tests.factories import CustomerFactory, superuser

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def caller() -> Caller:
    return Caller(superuser())


@pytest.fixture
def good() -> dict[str, Any]:
    return {
        "customerId": str(CustomerFactory.create().pk),
        "policyType": "homeowners",
        "premiumAmount": 1200.50,
        "coverageAmount": 250000,
        "startDate": "2026-01-01T00:00:00Z",
        "endDate": "2027-01-01T00:00:00Z",
    }


def refused(caller: Caller, good: dict[str, Any], **wrong: Any) -> Answer:
    """The answer to a policy with these fields, which must leave no policy behind."""
    answer = caller.post("/policies", good | wrong)
    assert Policy.objects.count() == 0, answer
    return answer


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{'a': 1}",
        b"policyType=homeowners",
        b'{"policyType": "caf\xe9"}',
        b'\xef\xbb\xbf{"policyType": "x"}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"policyType": "x"} trailing',
    ],
    ids=["half", "python", "form", "latin-1", "byte order mark", "nested lists", "nested objects", "trailing"],
)
def test_a_body_that_is_not_json_is_400(caller: Caller, raw: bytes) -> None:
    answer = caller.send_bytes("POST", "/policies", raw)
    assert (answer.status, answer.errors) == (400, {"": "malformed"})


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"])
def test_another_content_type_is_415(caller: Caller, kind: str) -> None:
    assert caller.send_bytes("POST", "/policies", b"{}", Content_Type=kind).status == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/merge-patch+json", ""])
def test_json_by_another_name_is_read(caller: Caller, kind: str) -> None:
    assert caller.send_bytes("POST", "/policies", b"{}", Content_Type=kind).status == 422


def test_more_than_a_mebibyte_is_413(caller: Caller) -> None:
    answer = caller.send_bytes("POST", "/policies", b'{"policyType": "' + b"x" * 1024 * 1024 + b'"}')
    assert answer.status == 413


def test_a_body_of_more_values_than_any_operation_asks_for_is_413_before_each_is_looked_at(caller: Caller) -> None:
    fields = b",".join(b'"a%d":1' % number for number in range(80_000))
    answer = caller.send_bytes("POST", "/policies", b"{" + fields + b"}")
    assert (answer.status, answer.errors) == (413, {"": "too_large"})
    assert caller.send_bytes("POST", "/policies", b"{" + fields[:5_000].rpartition(b",")[0] + b"}").status == 422


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1", b'"text"', b"true"])
def test_json_that_is_no_object_is_422(caller: Caller, raw: bytes) -> None:
    answer = caller.send_bytes("POST", "/policies", raw)
    assert (answer.status, answer.errors) == (422, {"body": "wrong_type"})


def test_every_missing_field_is_named(caller: Caller) -> None:
    answer = caller.post("/policies", {})
    required = ["customerId", "policyType", "premiumAmount", "coverageAmount", "startDate", "endDate"]
    assert (answer.status, answer.errors) == (422, dict.fromkeys(required, "required"))
    assert caller.send("POST", "/policies").errors == answer.errors


@pytest.mark.parametrize("name", ["premium_amount", "version", "id", "createdAt", "is_superuser", "", "x" * 500])
def test_an_unknown_field_is_422_and_named(caller: Caller, good: dict[str, Any], name: str) -> None:
    answer = refused(caller, good, **{name: 1})
    assert answer.status == 422
    assert list(answer.errors.values()) == ["unknown_field"]


def test_a_field_whose_name_is_no_text_is_422(caller: Caller, good: dict[str, Any]) -> None:
    assert refused(caller, good, **{"\ud800": 1}).status == 422


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("customerId", "17", "malformed_id"),
        ("customerId", 17, "malformed_id"),
        ("policyType", 17, "wrong_type"),
        ("policyType", True, "wrong_type"),
        ("policyType", None, "wrong_type"),
        ("policyType", ["homeowners"], "wrong_type"),
        ("policyType", "", "blank"),
        ("policyType", " \u00a0 ", "blank"),
        ("policyType", "x" * 51, "too_long"),
        ("policyType", "home\u0000owners", "control_characters"),
        ("policyType", "home\nowners", "control_characters"),
        ("policyType", "home\u007fowners", "control_characters"),
        ("policyType", "\ud800", "control_characters"),
        ("policyNumber", "", "blank"),
        ("policyNumber", "x" * 51, "too_long"),
        ("status", "sold", "not_a_choice"),
        ("status", "expired", "not_a_start"),
        ("premiumAmount", True, "wrong_type"),
        ("premiumAmount", None, "wrong_type"),
        ("premiumAmount", "12,50", "wrong_type"),
        ("premiumAmount", "1_000", "wrong_type"),
        ("premiumAmount", "٣", "wrong_type"),
        ("premiumAmount", " 1", "wrong_type"),
        ("premiumAmount", "NaN", "wrong_type"),
        ("premiumAmount", [], "wrong_type"),
        ("premiumAmount", -1, "negative"),
        ("premiumAmount", "-0.01", "negative"),
        ("premiumAmount", 0.001, "too_many_decimals"),
        ("premiumAmount", "10.000", "too_many_decimals"),
        ("premiumAmount", 100_000_000, "out_of_range"),
        ("premiumAmount", 10**30, "out_of_range"),
        ("coverageAmount", 10**30, "out_of_range"),
        ("coverageAmount", 10_000_000_000_000, "out_of_range"),
        ("startDate", 1767225600, "wrong_type"),
        ("startDate", True, "wrong_type"),
        ("startDate", None, "wrong_type"),
        ("startDate", "yesterday", "malformed_time"),
        ("startDate", "2026-02-30", "malformed_time"),
        ("startDate", "20260101", "malformed_time"),
        ("startDate", "2026-W01-1", "malformed_time"),
        ("startDate", "01/02/2026", "malformed_time"),
        ("startDate", "1767225600", "malformed_time"),
        ("startDate", "2026-01-01T25:00:00Z", "malformed_time"),
        ("startDate", "0000-01-01", "malformed_time"),
        ("startDate", "0001-01-01T00:00:00+14:00", "malformed_time"),
        ("startDate", "9999-12-31T23:59:59-05:00", "malformed_time"),
        ("startDate", "1899-12-31", "out_of_range"),
        ("endDate", "9999-12-31T12:00:00Z", "out_of_range"),
    ],
)
def test_a_wrong_value_is_422_at_its_field(caller: Caller, good: dict[str, Any], field: str, value: Any, code: str) -> None:
    answer = refused(caller, good, **{field: value})
    assert (answer.status, answer.errors) == (422, {field: code})


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e400", "1e99999999999999999999", "9" * 5000, "-" + "9" * 5000, "1e-400"]
)
def test_a_number_beyond_all_numbers_is_422_at_its_field(caller: Caller, good: dict[str, Any], number: str) -> None:
    raw = json.dumps(good | {"premiumAmount": 0}).replace('"premiumAmount": 0', f'"premiumAmount": {number}').encode()
    answer = caller.send_bytes("POST", "/policies", raw)
    assert (answer.status, list(answer.errors)) == (422, ["premiumAmount"]), answer
    assert Policy.objects.count() == 0


def test_dates_in_reverse_and_an_empty_period_are_422(caller: Caller, good: dict[str, Any]) -> None:
    assert refused(caller, good, endDate="2025-01-01").errors == {"endDate": "before_start"}
    assert refused(caller, good, endDate=good["startDate"]).errors == {"endDate": "before_start"}


def test_several_wrong_fields_are_all_named(caller: Caller, good: dict[str, Any]) -> None:
    answer = refused(caller, good, policyType="", premiumAmount=-1, color="red")
    assert answer.errors == {"policyType": "blank", "premiumAmount": "negative", "color": "unknown_field"}


def test_no_answer_repeats_the_value_that_was_sent(caller: Caller, good: dict[str, Any]) -> None:
    ssn = "078-05-1120"
    for field in ("customerId", "premiumAmount", "coverageAmount", "startDate", "endDate", "status"):
        assert ssn not in refused(caller, good, **{field: ssn}).text


def test_an_unknown_customer_is_404_at_its_field(caller: Caller, good: dict[str, Any]) -> None:
    answer = refused(caller, good, customerId="00000000-0000-7000-8000-000000000000")
    assert (answer.status, list(answer.errors)) == (404, ["customerId"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("page=", "page"),
        ("page=1.5", "page"),
        ("page=%2B1", "page"),
        ("page_size=1_0", "page_size"),
        (f"page={10**30}", "page"),
        (f"page={'9' * 5000}", "page"),
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("sort=color", "sort"),
        ("sort=", "sort"),
        ("sort=-", "sort"),
        ("sort=--created_at", "sort"),
        ("sort=customer__ssn", "sort"),
        ("status=sold", "status"),
        ("customer_id=17", "customer_id"),
        ("q=" + "x" * 201, "q"),
        ("q=a%01b", "q"),
        ("cursor=abc", "cursor"),
        ("cursor=%F0%9F%92%A9", "cursor"),
        ("cursor=" + "x" * 3000, "cursor"),
    ],
)
def test_a_bad_query_value_is_422_and_named(caller: Caller, query: str, field: str) -> None:
    answer = caller.get(f"/policies?{query}")
    assert (answer.status, list(answer.errors)) == (422, [field]), answer


@pytest.mark.parametrize("path", ["/policies/17", "/claims/17/approve", "/customers/%00", "/policies/by-number/%01"])
def test_a_malformed_path_value_is_422(caller: Caller, path: str) -> None:
    answer = caller.send("POST" if path.endswith("approve") else "GET", path)
    assert answer.status == 422, answer


def test_nothing_was_written_by_any_of_it() -> None:
    assert (Customer.objects.count(), Policy.objects.count(), Claim.objects.count()) == (0, 0, 0)
